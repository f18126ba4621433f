//! Any table, edited and edited back, is the first one, letter by letter and value by value.

use proptest::prelude::*;

use super::*;
use crate::operation::{CheckDef, Default, ForeignKey, Literal};

const TYPES: [&str; 9] =
    ["", " TEXT", " INTEGER", " varchar (20)", " \"odd type\"(1)", " REAL", " BLOB", " unsigned big int", " DATETIME"];
const CLAUSES: [&str; 9] = [
    "",
    " NOT NULL ON CONFLICT REPLACE DEFAULT 'x'",
    " /* c, ( */ COLLATE NOCASE",
    " CONSTRAINT named CHECK (1 > 0)",
    " DEFAULT (1 + (2))",
    " REFERENCES p ON DELETE CASCADE",
    " REFERENCES other (id) DEFERRABLE INITIALLY DEFERRED -- end\n ",
    " NULL DEFAULT -.5",
    " CONSTRAINT dangling",
];
const VALUES: [&str; 8] = ["NULL", "'5'", "'x'", "12", "9007199254740993", "0.1", "x'00ff'", "'1e400'"];
const TABLE: [&str; 5] = [
    "",
    ", CHECK (c0 IS c0)",
    ", UNIQUE (id, c0)",
    ",\n  FOREIGN KEY (c0) REFERENCES other (id) CHECK (1)",
    ", CONSTRAINT n CHECK ('a)' <> \"c0\")",
];
const AROUND: [&str; 6] = [
    "",
    "CREATE INDEX i ON p (c0, id)",
    "CREATE INDEX i ON p (lower(c0)) WHERE id > 0",
    "CREATE TRIGGER t AFTER UPDATE ON p BEGIN SELECT new.c0; END",
    "CREATE VIEW v AS SELECT c0 FROM p; CREATE VIEW broken AS SELECT 1 FROM gone",
    "CREATE TABLE child (x REFERENCES p (id) ON DELETE CASCADE); INSERT INTO child SELECT min(id) FROM p",
];

fn table() -> impl Strategy<Value = String> {
    let column =
        (0..TYPES.len(), 0..CLAUSES.len()).prop_map(|(declared, clause)| [TYPES[declared], CLAUSES[clause]].concat());
    let columns = prop::collection::vec(column, 1..4);
    let values = prop::collection::vec(prop::collection::vec(0..VALUES.len(), 3), 0..4);
    let key = prop::sample::select(vec![
        "INTEGER PRIMARY KEY",
        "INTEGER PRIMARY KEY AUTOINCREMENT",
        "INT",
        "TEXT PRIMARY KEY",
    ]);
    let separator = prop::sample::select(vec![", ", ",\n  ", " -- , x\n, ", ",/* ( */"]);
    (columns, values, key, separator, 0..TABLE.len(), 0..AROUND.len()).prop_map(
        |(columns, values, key, separator, end, around)| {
            let list: Vec<_> = columns.iter().enumerate().map(|(at, rest)| format!("c{at}{rest}")).collect();
            let create = format!("CREATE TABLE p (\n  id {key}{separator}{}{})", list.join(separator), TABLE[end]);
            let row = |(id, values): (usize, &Vec<usize>)| {
                let values: Vec<_> = values[..columns.len()].iter().map(|at| VALUES[*at]).collect();
                format!("INSERT OR IGNORE INTO p VALUES ({}, {});", id + 1, values.join(", "))
            };
            // a foreign key needs a key to reference
            let around = if key == "INT" { around % (AROUND.len() - 1) } else { around };
            let rows: String = values.iter().enumerate().map(row).collect();
            format!("CREATE TABLE other (id INTEGER PRIMARY KEY); {create}; {rows} {}", AROUND[around])
        },
    )
}

/// An edit, and what undoes it.
fn edits() -> Vec<(TableEdit, TableEdit)> {
    let mut column = added("zz", ColumnType::Timestamp);
    (column.not_null, column.default) = (true, Some(Default::Now));
    let mut referring = added("zz", ColumnType::Integer);
    (referring.unique, referring.references) = (true, Some(("other".into(), "id".to_owned())));
    let drop = |name: &str| TableEdit::DropConstraint(name.to_owned());
    let key = ForeignKey::on(["id"]).references("p", ["id"]).named("added");
    let check = CheckDef { name: Some("added".to_owned()), expression: "id IS id".to_owned() };
    let one = Some(Some(Default::Value(Literal::Integer(1))));
    vec![
        (TableEdit::AddColumn(column), TableEdit::DropColumn("zz".to_owned())),
        (TableEdit::AddColumn(referring), TableEdit::DropColumn("zz".to_owned())),
        (TableEdit::AddForeignKey(key), drop("added")),
        (TableEdit::AddUnique("added".to_owned(), vec!["id".to_owned()]), drop("added")),
        (TableEdit::AddCheck(check), drop("added")),
        (
            altered("id", ColumnChange { default: one, ..ColumnChange::default() }),
            altered("id", ColumnChange { default: Some(None), ..ColumnChange::default() }),
        ),
        (not_null("id"), altered("id", ColumnChange { not_null: Some(false), ..ColumnChange::default() })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_and_its_reverse_leave_no_trace(sql in table(), at in 0..7_usize) {
        let mut conn = database(&sql);
        let before = everything(&mut conn);
        let violations = conn.foreign_key_violations().ok();
        let (edit, reverse) = edits().swap_remove(at);
        match rebuilt(&mut conn, "p", &edit) {
            Ok(done) => prop_assert_eq!(done.changed_values, 0),
            // a key to itself that the table cannot have
            Err(error) => {
                prop_assert!(matches!(edit, TableEdit::AddForeignKey(_)), "{error}\n{sql}");
                return Ok(());
            }
        }
        prop_assert_ne!(schema(&mut conn), before.0.clone());
        rebuilt(&mut conn, "p", &reverse).map_err(|error| TestCaseError::fail(format!("{error}\n{sql}")))?;
        let after = everything(&mut conn);
        prop_assert_eq!(after, before);
        prop_assert_eq!(conn.foreign_key_violations().ok(), violations);
        prop_assert_eq!(lines(&mut conn, "PRAGMA integrity_check"), ["ok"]);
    }
}
