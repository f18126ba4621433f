//! A column's new name, and what follows it.

use super::*;
use crate::error::ErrorKind;

const NAMING: &str = "
    CREATE TABLE p (id INTEGER, a TEXT CHECK (a <> 'a'), b AS (a || 'x'), c REFERENCES p (a), PRIMARY KEY (id, a), UNIQUE (a));
    CREATE TABLE child (x REFERENCES p (a));
    CREATE INDEX i ON p (a, lower(\"a\")) WHERE a > 0;
    CREATE VIEW v AS SELECT t.a AS kept FROM p t;
    CREATE TRIGGER tr AFTER UPDATE OF a ON p BEGIN UPDATE child SET x = new.a; END;
    CREATE TRIGGER far AFTER DELETE ON child BEGIN DELETE FROM p WHERE a = old.x; END;
    INSERT INTO p (id, a) VALUES (1, 'z')";

#[test]
fn what_names_the_column_follows() {
    for legacy in [0, 1] {
        let mut conn = database(NAMING);
        conn.batch(&format!("PRAGMA legacy_alter_table = {legacy}")).unwrap();
        super::super::check_rename(&mut conn, &"p".into(), "a", "new").unwrap();
        assert_eq!(conn.settings().unwrap().0["legacy_alter_table"], legacy.to_string());
        conn.batch("ALTER TABLE p RENAME COLUMN a TO \"new\"").unwrap();
        let texts = schema(&mut conn).join("\n");
        for text in [
            "\"new\" TEXT CHECK (\"new\" <> 'a')",
            "REFERENCES p (\"new\")",
            "t.\"new\" AS kept",
            "UPDATE OF \"new\"",
            "WHERE \"new\" = old.x",
        ] {
            assert!(texts.contains(text), "{text} in {texts}");
        }
        assert_eq!(lines(&mut conn, "SELECT kept FROM v"), ["z"]);
        conn.batch("UPDATE p SET \"new\" = 'y'; DELETE FROM child").unwrap();
    }
}

#[test]
fn what_would_not_follow_is_named() {
    for (other, by) in [
        ("CREATE VIEW broken AS SELECT 1 FROM gone", "view broken"),
        ("CREATE TRIGGER t AFTER INSERT ON p BEGIN DELETE FROM gone; END", "trigger t"),
        ("CREATE VIEW v AS SELECT * FROM p; CREATE VIEW w AS SELECT a FROM v", "view w"),
        // what SQLite would take for a text from then on, without a word
        ("CREATE VIEW v AS SELECT * FROM p; CREATE VIEW w AS SELECT \"A\" FROM v", "view w"),
        (
            "CREATE VIEW v AS SELECT * FROM p; CREATE TRIGGER x AFTER INSERT ON p BEGIN SELECT \"a\" FROM v; END",
            "trigger x",
        ),
    ] {
        for legacy in [0, 1] {
            let mut conn = database(&format!("CREATE TABLE p (a, b); {other}; PRAGMA legacy_alter_table = {legacy}"));
            let before = schema(&mut conn);
            let error = super::super::check_rename(&mut conn, &"p".into(), "a", "z").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
            assert!(error.to_string().contains(by), "{error}");
            assert_eq!(schema(&mut conn), before);
        }
    }
}

#[test]
fn the_same_name_of_something_else_stops_no_rename() {
    let mut conn = database(
        "CREATE TABLE p (a, b); CREATE TABLE q (\"a\"); CREATE VIEW v AS SELECT \"a\" FROM q;
         CREATE VIEW w AS SELECT * FROM p; CREATE VIEW x AS SELECT \"b\" AS \"a\" FROM w;
         CREATE TRIGGER t AFTER INSERT ON q BEGIN SELECT new.\"a\"; END; CREATE TEMP VIEW tv AS SELECT \"a\" FROM x;
         CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO q VALUES (new.\"a\"); END",
    );
    let before = schema(&mut conn);
    super::super::check_rename(&mut conn, &"p".into(), "a", "z").unwrap();
    assert_eq!(schema(&mut conn), before);
}
