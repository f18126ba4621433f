//! Editing the text alone; whether SQLite agrees is tested beside the rebuild.

use super::*;
use crate::error::ErrorKind;
use crate::operation::{Action, CheckDef, ColumnChange, ColumnDef, ColumnType, Default, ForeignKey, TableEdit};

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(name, ColumnType::Text)
}

fn dropped(text: &str, name: &str) -> String {
    edited(text, &TableEdit::DropColumn(name.to_owned())).unwrap()
}

fn refusal(text: &str, edit: &TableEdit) -> String {
    let error = edited(text, edit).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    error.to_string()
}

fn altered(text: &str, name: &str, change: ColumnChange) -> String {
    edited(text, &TableEdit::AlterColumn(name.to_owned(), change)).unwrap()
}

fn typed(column_type: ColumnType) -> ColumnChange {
    ColumnChange { column_type: Some(column_type), ..ColumnChange::default() }
}

/// A table with one of everything that SQLite's grammar allows between the brackets.
const EVERYTHING: &str = r#"CREATE TABLE "or""der" (
  id INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT ROLLBACK AUTOINCREMENT NOT NULL, -- the, key)
  'a b' VARCHAR(10) DEFAULT 'it''s, (' COLLATE NOCASE /* , */ UNIQUE ON CONFLICT REPLACE,
  [c] "my type" (1, -2) CONSTRAINT dangling CONSTRAINT c_check CHECK ([c] > 0 AND "c" <> ')') DEFAULT -.5,
  `d` DEFAULT (random() + (1)) REFERENCES other ON DELETE SET NULL ON UPDATE NO ACTION MATCH FULL NOT DEFERRABLE,
  e UNSIGNED BIG INT GENERATED ALWAYS AS (id * (2)) STORED,
  f AS (lower("a b")),
  g DEFAULT CURRENT_TIMESTAMP NULL DEFERRABLE INITIALLY DEFERRED,
  h generated DEFAULT 5.,
  i REFERENCES "or""der" (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED DEFAULT x'00'
  , CONSTRAINT multi UNIQUE ("a b" COLLATE BINARY DESC, g) ON CONFLICT IGNORE
  CHECK (h > 0) CONSTRAINT fk FOREIGN KEY (g, h) REFERENCES "x y" (p, q) ON UPDATE CASCADE,
  CHECK (length([c]) > 1)
) STRICT"#;

#[test]
fn everything_is_read() {
    let table = CreateTable::parse(EVERYTHING).unwrap();
    assert_eq!(table.name, "or\"der");
    assert!(table.strict && !table.without_rowid);
    let types: Vec<_> = table.columns.iter().map(|column| (&*column.name, column.sql_type(EVERYTHING))).collect();
    let wanted = [
        ("id", "INTEGER"),
        ("a b", "VARCHAR(10)"),
        ("c", "\"my type\" (1, -2)"),
        ("d", ""),
        ("e", "UNSIGNED BIG INT"),
        ("f", ""),
        ("g", ""),
        ("h", "generated"),
        ("i", ""),
    ];
    assert_eq!(types, wanted);
    let rules =
        |at: usize| table.columns[at].constraints.iter().map(|one| &EVERYTHING[one.span.clone()]).collect::<Vec<_>>();
    assert_eq!(rules(0), ["CONSTRAINT pk PRIMARY KEY ON CONFLICT ROLLBACK AUTOINCREMENT", "NOT NULL"]);
    assert_eq!(rules(1), ["DEFAULT 'it''s, ('", "COLLATE NOCASE", "UNIQUE ON CONFLICT REPLACE"]);
    let c = ["CONSTRAINT dangling", "CONSTRAINT c_check CHECK ([c] > 0 AND \"c\" <> ')')", "DEFAULT -.5"];
    assert_eq!(rules(2), c);
    assert_eq!(rules(3)[1], "REFERENCES other ON DELETE SET NULL ON UPDATE NO ACTION MATCH FULL NOT DEFERRABLE");
    assert_eq!(rules(4), ["GENERATED ALWAYS AS (id * (2)) STORED"]);
    assert_eq!(rules(6), ["DEFAULT CURRENT_TIMESTAMP", "NULL", "DEFERRABLE INITIALLY DEFERRED"]);
    assert_eq!(rules(7), ["DEFAULT 5."]);
    let names: Vec<_> = table.constraints.iter().map(|one| one.name.as_deref()).collect();
    assert_eq!(names, [Some("multi"), None, Some("fk"), None]);
}

#[test]
fn what_is_no_table_is_said_to_be_none() {
    for text in ["CREATE VIRTUAL TABLE t USING fts5(a)", "CREATE VIEW v AS SELECT 1", "CREATE TABLE t (a", ""] {
        assert_eq!(CreateTable::parse(text).err().map(|error| error.kind()), Some(ErrorKind::Unsupported), "{text}");
    }
}

#[test]
fn a_dropped_column_takes_its_comma_and_nothing_else() {
    for (text, name, left) in [
        ("CREATE TABLE t(a,b,c)", "a", "CREATE TABLE t(b,c)"),
        ("CREATE TABLE t(a,b,c)", "b", "CREATE TABLE t(a,c)"),
        ("CREATE TABLE t(a,b,c)", "C", "CREATE TABLE t(a,b)"),
        ("CREATE TABLE t (\n  a INT,\n  b INT\n)", "b", "CREATE TABLE t (\n  a INT\n)"),
        ("CREATE TABLE t (\n  a INT, -- x\n  b INT -- y\n)", "b", "CREATE TABLE t (\n  a INT -- x\n   -- y\n)"),
        ("CREATE TABLE t (a INT -- x\n, b INT)", "a", "CREATE TABLE t ( -- x\nb INT)"),
        ("CREATE TABLE t (a, b UNIQUE CHECK (b > a) REFERENCES p, c)", "b", "CREATE TABLE t (a, c)"),
        ("CREATE TABLE t (a, b, FOREIGN KEY (b) REFERENCES p (id))", "b", "CREATE TABLE t (a)"),
        ("CREATE TABLE t (a, b, UNIQUE (b), CHECK (a))", "b", "CREATE TABLE t (a, CHECK (a))"),
        ("CREATE TABLE t (a, b, UNIQUE (b) CHECK (a))", "b", "CREATE TABLE t (a, CHECK (a))"),
        ("CREATE TABLE t (a, b, CHECK (a) UNIQUE (b))", "b", "CREATE TABLE t (a, CHECK (a))"),
        ("CREATE TABLE t (a, b AS (a) STORED, c)", "b", "CREATE TABLE t (a, c)"),
    ] {
        assert_eq!(dropped(text, name), left, "{text}");
    }
}

#[test]
fn what_names_a_column_keeps_it_and_is_named() {
    for (text, name, by) in [
        ("CREATE TABLE t (a, b, CHECK (a > 0))", "a", "CHECK (a > 0)"),
        ("CREATE TABLE t (a, b CHECK (\"A\" < b))", "a", "CHECK (\"A\" < b)"),
        ("CREATE TABLE t (a, b AS (t.a + 1))", "a", "AS (t.a + 1)"),
        ("CREATE TABLE t (a, b, CONSTRAINT u UNIQUE (a, b))", "a", "constraint u"),
        ("CREATE TABLE t (a, b, FOREIGN KEY (b, a) REFERENCES p)", "a", "FOREIGN KEY (b, a)"),
        ("CREATE TABLE t (a PRIMARY KEY, b)", "a", "PRIMARY KEY"),
        ("CREATE TABLE t (a, b, PRIMARY KEY (b, a))", "a", "PRIMARY KEY (b, a)"),
        ("CREATE TABLE t (a)", "a", "only one"),
        ("CREATE TABLE t (a)", "z", "no column z"),
    ] {
        let told = refusal(text, &TableEdit::DropColumn(name.to_owned()));
        assert!(told.contains(by), "{text}: {told}");
    }
    // a function of that name, and a text, are no column
    assert_eq!(
        dropped("CREATE TABLE t (lower, b, CHECK (lower(b) <> 'lower'))", "lower"),
        "CREATE TABLE t (b, CHECK (lower(b) <> 'lower'))"
    );
}

#[test]
fn a_new_column_stands_behind_the_last_one() {
    let mut wanted = column("new col");
    (wanted.not_null, wanted.unique) = (true, true);
    wanted.default = Some(Default::Now);
    wanted.references = Some(("p".into(), "id".to_owned()));
    wanted.on_delete = Action::Cascade;
    let definition =
        "\"new col\" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP UNIQUE REFERENCES \"p\" (\"id\") ON DELETE CASCADE";
    for (before, after) in [("CREATE TABLE t (a", ")"), ("CREATE TABLE t (a", " -- x\n, UNIQUE (a)) WITHOUT ROWID")] {
        let text = edited(&format!("{before}{after}"), &TableEdit::AddColumn(wanted.clone())).unwrap();
        assert_eq!(text, format!("{before}, {definition}{after}"));
    }
    let lines = edited("CREATE TABLE t (\n  a INT\n)", &TableEdit::AddColumn(column("b"))).unwrap();
    assert_eq!(lines, "CREATE TABLE t (\n  a INT,\n  \"b\" TEXT\n)");
    let strict = ColumnDef::new("b", ColumnType::BigInteger);
    assert_eq!(
        edited("CREATE TABLE t (a INT) STRICT", &TableEdit::AddColumn(strict)).unwrap(),
        "CREATE TABLE t (a INT, \"b\" INTEGER) STRICT"
    );
}

#[test]
fn a_column_that_cannot_be_added_is_refused() {
    assert!(refusal("CREATE TABLE t (a)", &TableEdit::AddColumn(column("A"))).contains("already"));
    let mut key = column("b");
    key.primary_key = true;
    assert!(refusal("CREATE TABLE t (a PRIMARY KEY)", &TableEdit::AddColumn(key)).contains("primary key already"));
}

#[test]
fn only_what_is_named_of_a_column_changes() {
    let default =
        |sql: &str| ColumnChange { default: Some(Some(Default::Sql(sql.to_owned()))), ..ColumnChange::default() };
    let no_default = ColumnChange { default: Some(None), ..ColumnChange::default() };
    let null = |not_null| ColumnChange { not_null: Some(not_null), ..ColumnChange::default() };
    for (text, change, changed) in [
        ("(a TEXT /* x */ UNIQUE)", typed(ColumnType::Integer), "(a INTEGER /* x */ UNIQUE)"),
        ("(a varchar ( 10 ) NOT NULL)", typed(ColumnType::String(20)), "(a VARCHAR(20) NOT NULL)"),
        ("(a)", typed(ColumnType::Text), "(a TEXT)"),
        ("(a AS (1))", typed(ColumnType::Text), "(a TEXT AS (1))"),
        ("(a INT GENERATED ALWAYS AS (1))", typed(ColumnType::Text), "(a TEXT GENERATED ALWAYS AS (1))"),
        ("(a INTEGER PRIMARY KEY)", typed(ColumnType::BigInteger), "(a INTEGER PRIMARY KEY)"),
        ("(a INT PRIMARY KEY)", typed(ColumnType::BigInteger), "(a BIGINT PRIMARY KEY)"),
        ("(a INT DEFAULT 1)", null(true), "(a INT NOT NULL DEFAULT 1)"),
        ("(a CHECK (a) NULL)", null(true), "(a CHECK (a) NOT NULL)"),
        ("(a NOT NULL ON CONFLICT IGNORE)", null(true), "(a NOT NULL ON CONFLICT IGNORE)"),
        ("(a CONSTRAINT n NOT NULL ON CONFLICT IGNORE UNIQUE)", null(false), "(a UNIQUE)"),
        ("(a -- x\n NOT NULL, b)", null(false), "(a -- x\n , b)"),
        ("(a NOT NULL)", default("1"), "(a NOT NULL DEFAULT (1))"),
        ("(a CONSTRAINT d DEFAULT -1 UNIQUE)", default("now()"), "(a CONSTRAINT d DEFAULT (now()) UNIQUE)"),
        ("(a DEFAULT 'x' UNIQUE)", no_default.clone(), "(a UNIQUE)"),
        ("(a DEFAULT 1.e-5)", no_default, "(a)"),
    ] {
        assert_eq!(altered(&format!("CREATE TABLE t {text}"), "a", change), format!("CREATE TABLE t {changed}"));
    }
}

#[test]
fn what_sqlite_counts_up_keeps_its_type() {
    let text = "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)";
    assert_eq!(altered(text, "a", typed(ColumnType::BigInteger)), text);
    assert!(refusal(text, &TableEdit::AlterColumn("a".to_owned(), typed(ColumnType::Text))).contains("counted up"));
    let generated =
        TableEdit::AlterColumn("a".to_owned(), ColumnChange { using: Some("1".to_owned()), ..typed(ColumnType::Text) });
    assert!(refusal("CREATE TABLE t (a AS (1))", &generated).contains("generated"));
}

fn constraints() -> [(TableEdit, &'static str, &'static str); 3] {
    let key = ForeignKey::on(["a"]).references("p", ["id"]).named("fk").on_delete(Action::SetNull);
    let check = CheckDef { name: Some("ck".to_owned()), expression: "a > 0".to_owned() };
    [
        (
            TableEdit::AddForeignKey(key),
            "fk",
            "CONSTRAINT \"fk\" FOREIGN KEY (\"a\") REFERENCES \"p\" (\"id\") ON DELETE SET NULL",
        ),
        (TableEdit::AddUnique("uq".to_owned(), vec!["a".to_owned()]), "uq", "CONSTRAINT \"uq\" UNIQUE (\"a\")"),
        (TableEdit::AddCheck(check), "ck", "CONSTRAINT \"ck\" CHECK (a > 0)"),
    ]
}

#[test]
fn a_constraint_comes_and_goes() {
    for (before, after) in [
        ("CREATE TABLE t (a", ")"),
        ("CREATE TABLE t (a, CHECK (a)", " /* x */) STRICT"),
        ("CREATE TABLE t (a DEFAULT 'x,)'", " -- ,)\n)"),
    ] {
        let text = format!("{before}{after}");
        for (add, name, clause) in constraints() {
            let with = edited(&text, &add).unwrap();
            assert_eq!(with, format!("{before}, {clause}{after}"));
            assert!(refusal(&with, &add).contains("already"));
            assert_eq!(edited(&with, &TableEdit::DropConstraint(name.to_owned())).unwrap(), text);
        }
    }
}

#[test]
fn a_constraint_is_dropped_by_its_name_wherever_it_stands() {
    for (text, name, left) in [
        ("(a CONSTRAINT x CHECK (a) UNIQUE)", "x", "(a UNIQUE)"),
        ("(a, CONSTRAINT \"x\" CHECK (a), CONSTRAINT y CHECK (1))", "X", "(a, CONSTRAINT y CHECK (1))"),
        ("(a, CONSTRAINT x CHECK (a) CONSTRAINT y CHECK (1))", "x", "(a, CONSTRAINT y CHECK (1))"),
        ("(a, CONSTRAINT x CHECK (a) CONSTRAINT y CHECK (1))", "y", "(a, CONSTRAINT x CHECK (a))"),
        ("(a UNIQUE, b)", "t_a_key", "(a, b)"),
        ("(a, b, FOREIGN KEY (a, b) REFERENCES p)", "t_a_b_fkey", "(a, b)"),
    ] {
        let edit = TableEdit::DropConstraint(name.to_owned());
        assert_eq!(
            edited(&format!("CREATE TABLE t {text}"), &edit).unwrap(),
            format!("CREATE TABLE t {left}"),
            "{text}"
        );
    }
    let known = refusal("CREATE TABLE t (a CONSTRAINT x CHECK (1))", &TableEdit::DropConstraint("z".to_owned()));
    assert!(known.contains("there are x"), "{known}");
    refusal("CREATE TABLE t (a CONSTRAINT x PRIMARY KEY)", &TableEdit::DropConstraint("x".to_owned()));
}

#[test]
fn an_index_is_read() {
    let text = "CREATE UNIQUE INDEX i ON t (lower(a || ',') COLLATE NOCASE DESC, \"b\" ASC) WHERE b > 'where' -- x";
    let index = CreateIndex::parse(text).unwrap();
    assert_eq!(
        (index.key(0), index.key(1), index.key(2)),
        (Some("lower(a || ',') COLLATE NOCASE"), Some("\"b\""), None)
    );
    assert_eq!(index.filter(), Some("b > 'where' -- x"));
    assert!(index.names("a") && index.names("B") && !index.names("lower") && !index.is_only_on("b"));
    assert!(CreateIndex::parse("CREATE INDEX i ON t(\"b\" COLLATE x DESC)").unwrap().is_only_on("B"));
    assert!(!CreateIndex::parse("CREATE INDEX i ON t(b + 1)").unwrap().is_only_on("b"));
    assert_eq!(in_schema("CREATE INDEX \"i\" ON t(b)", "main"), "CREATE INDEX main. \"i\" ON t(b)");
}

#[test]
fn a_table_that_qualifies_its_columns_is_known() {
    assert!(qualifies("CREATE TABLE p (a CHECK (\"P\".a > 0))", "p"));
    assert!(!qualifies("CREATE TABLE p (a CHECK (p > 0.5), b DEFAULT 'p.a')", "p"));
}

#[test]
fn adding_and_dropping_gives_the_first_text() {
    for text in [EVERYTHING, "CREATE TABLE t(a)", "CREATE TABLE t (\n\ta\n\t, UNIQUE (a)\n)"] {
        let with = edited(text, &TableEdit::AddColumn(column("zz"))).unwrap();
        assert_ne!(with, text);
        assert_eq!(dropped(&with, "zz"), text);
    }
}
