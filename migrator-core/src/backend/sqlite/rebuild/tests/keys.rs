//! Foreign keys: no row of another table changes.

use super::*;
use crate::error::ErrorKind;
use crate::operation::{Action, ForeignKey};

fn family(action: &str, enforced: bool) -> SqliteConnection {
    let mut conn = database(&format!(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT, boss INTEGER REFERENCES p (id) ON DELETE {action});
         CREATE TABLE child (id INTEGER PRIMARY KEY, p_id INTEGER DEFAULT 2 REFERENCES p (id) ON DELETE {action} ON UPDATE {action});
         CREATE TABLE grandchild (id INTEGER PRIMARY KEY, c REFERENCES child ON DELETE CASCADE);
         CREATE TABLE log (what);
         CREATE TRIGGER gone AFTER DELETE ON child BEGIN INSERT INTO log VALUES ('child'); END;
         CREATE TRIGGER p_gone AFTER DELETE ON p BEGIN INSERT INTO log VALUES ('p'); DELETE FROM child; END;
         INSERT INTO p VALUES (1, '1', 1), (2, '2', 1); INSERT INTO child VALUES (1, 1), (2, 2); INSERT INTO grandchild VALUES (1, 1)"
    ));
    conn.enforce_foreign_keys(enforced).unwrap();
    conn
}

#[test]
fn no_child_row_changes() {
    for action in ["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"] {
        for enforced in [false, true] {
            let mut conn = family(action, enforced);
            let before = contents(&mut conn);
            // outside a transaction the rebuild switches foreign keys off by itself
            super::super::rebuild(&mut conn, &"p".into(), &typed("a", ColumnType::Integer)).unwrap();
            assert_eq!(lines(&mut conn, "PRAGMA foreign_keys"), [i32::from(enforced).to_string()]);
            let after: Vec<_> = contents(&mut conn);
            assert_eq!(
                after
                    .iter()
                    .map(|row| row.replace("|1|1", "|'1'|1").replace("|2|1", "|'2'|1"))
                    .filter(|row| row.starts_with("p:"))
                    .count(),
                2
            );
            let children =
                |rows: &[String]| rows.iter().filter(|row| !row.starts_with("p:")).cloned().collect::<Vec<_>>();
            assert_eq!(children(&after), children(&before), "{action}");
        }
    }
}

#[test]
fn inside_a_transaction_with_foreign_keys_on_it_is_refused_with_the_way_round() {
    for table in ["p", "child"] {
        let mut conn = family("CASCADE", true);
        let error = refused(&mut conn, table, &typed("id", ColumnType::Text));
        assert_eq!(error.kind(), ErrorKind::InTransaction);
        assert!(error.to_string().contains("PRAGMA foreign_keys = off"), "{error}");
        conn.begin().unwrap();
        assert!(super::super::reaches_others(&mut conn, &table.into()).unwrap());
        assert!(!super::super::reaches_others(&mut conn, &"grandchild".into()).unwrap());
    }
    let mut conn = family("CASCADE", true);
    done(&mut conn, "grandchild", &typed("c", ColumnType::Integer));
    let mut conn = family("CASCADE", false);
    done(&mut conn, "p", &typed("a", ColumnType::Integer));
}

#[test]
fn a_key_that_rows_break_is_refused_and_one_that_they_keep_is_added() {
    let mut conn = database(
        "CREATE TABLE o (id INTEGER PRIMARY KEY); INSERT INTO o VALUES (1);
         CREATE TABLE p (a, b REFERENCES nowhere); INSERT INTO p VALUES (1, 1), (2, 2)",
    );
    let add = |column: &str| {
        let key = ForeignKey::on([column]).references("o", ["id"]).named("fk").on_delete(Action::Cascade);
        TableEdit::AddForeignKey(key)
    };
    let error = refused(&mut conn, "p", &add("a"));
    assert_eq!(error.kind(), ErrorKind::IntegrityFailed);
    assert!(error.to_string().contains("p row 2 names a row of o that is not there"), "{error}");
    conn.batch("INSERT INTO o VALUES (2)").unwrap();
    // keys that were broken before do not count
    done(&mut conn, "p", &add("a"));
    done(&mut conn, "p", &TableEdit::DropConstraint("fk".to_owned()));
    assert_eq!(lines(&mut conn, "SELECT count(*) FROM pragma_foreign_key_list('p')"), ["1"]);
}

#[test]
fn what_a_child_references_does_not_go() {
    let mut conn = database(
        "CREATE TABLE p (a TEXT CONSTRAINT u UNIQUE, b); CREATE TABLE child (x TEXT REFERENCES p (a));
         INSERT INTO p VALUES ('1', 2); INSERT INTO child VALUES ('1')",
    );
    let error = refused(&mut conn, "p", &TableEdit::DropConstraint("u".to_owned()));
    assert_eq!(error.kind(), ErrorKind::IntegrityFailed);
    assert!(error.to_string().contains("foreign key mismatch"), "{error}");
    let lost = ColumnChange { using: Some("'other'".to_owned()), ..ColumnChange::default() };
    let error = refused(&mut conn, "p", &altered("a", lost));
    assert!(error.to_string().contains("child row 1 names a row of p"), "{error}");
}

#[test]
fn a_key_to_itself_names_the_table() {
    let mut conn = family("CASCADE", false);
    let key = ForeignKey::on(["boss"]).references("p", ["id"]).named("self");
    done(&mut conn, "p", &TableEdit::AddForeignKey(key));
    let parents = lines(&mut conn, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list('p')");
    assert_eq!(parents, ["p"]);
    assert!(lines(&mut conn, "PRAGMA foreign_key_check").is_empty());
}
