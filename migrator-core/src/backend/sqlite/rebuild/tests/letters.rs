//! Everything that stands on a table, letter by letter.

use super::*;
use crate::operation::CheckDef;

/// One of everything that rebuilding from a reflection loses.
const STANDING: &str = "
    CREATE TABLE other (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE CASCADE);
    CREATE TABLE [p] ( -- the table
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name VARCHAR(20) COLLATE NOCASE NOT NULL ON CONFLICT IGNORE, /* who */
      'odd type' \"my strange\" (3) DEFAULT 'it''s',
      price MONEY DEFAULT (1 + 1) CHECK (price >= 0),
      parent INTEGER REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
      doubled AS (price * 2) STORED,
      upper_name TEXT GENERATED ALWAYS AS (upper(name)),
      CHECK (length(name) < 50), UNIQUE (name, price) ON CONFLICT REPLACE
    );
    CREATE UNIQUE INDEX  \"odd index\" ON p (lower(name) DESC, price) WHERE price > 1;
    CREATE INDEX by_parent ON p(parent);
    CREATE INDEX by_doubled ON p(doubled);
    CREATE TABLE log (what);
    CREATE TRIGGER first AFTER INSERT ON p WHEN new.price > 3 BEGIN INSERT INTO log VALUES ('in;' || new.name); END;
    CREATE TRIGGER second BEFORE DELETE ON [p] BEGIN INSERT INTO log VALUES ('out'); DELETE FROM other WHERE p_id = old.id; END;
    CREATE TRIGGER elsewhere AFTER INSERT ON other BEGIN UPDATE p SET price = price WHERE id = new.p_id; END;
    CREATE VIEW dear AS SELECT name FROM p WHERE price > 1;
    CREATE VIEW broken AS SELECT x FROM nowhere;
    CREATE TRIGGER on_view INSTEAD OF INSERT ON dear BEGIN INSERT INTO p (name) VALUES (new.name); END;
    CREATE TEMP TRIGGER passing AFTER DELETE ON p BEGIN SELECT 1; END;
    CREATE TEMP TABLE passed (a);
    INSERT INTO p (name, 'odd type', price) VALUES ('Ann', x'00ff', 1), ('bob', 12, 9007199254740993), ('Cy', 1.5, 5);
    UPDATE p SET parent = 1 WHERE id = 2;
    INSERT INTO other VALUES (1, 1), (2, 2), (3, 3);
    PRAGMA foreign_keys = OFF;
    INSERT INTO p (name) VALUES ('gone'); DELETE FROM p WHERE name = 'gone';
";

fn check(expression: &str) -> TableEdit {
    TableEdit::AddCheck(CheckDef { name: Some("added".to_owned()), expression: expression.to_owned() })
}

#[test]
fn everything_survives_letter_by_letter_and_value_by_value() {
    let mut conn = database(STANDING);
    let before = everything(&mut conn);
    let done = done(&mut conn, "P", &check("id > 0"));
    assert_eq!((done.rows, done.changed_values), (3, 0));
    let after = everything(&mut conn);
    assert_eq!(after.1, before.1);
    let different: Vec<_> = after.0.iter().filter(|text| !before.0.contains(text)).collect();
    let [table] = different.as_slice() else { panic!("{different:#?}") };
    assert_eq!(
        table.replace(", CONSTRAINT \"added\" CHECK (id > 0)", ""),
        before.0.iter().find(|text| text.starts_with("table|p|")).unwrap().clone()
    );
    rebuilt(&mut conn, "p", &TableEdit::DropConstraint("added".to_owned())).unwrap();
    assert_eq!(everything(&mut conn), before);
    // a deleted id does not come back, and the triggers run
    conn.batch("INSERT INTO p (name, price) VALUES ('Di', 4)").unwrap();
    assert_eq!(lines(&mut conn, "SELECT id FROM p WHERE name = 'Di'"), ["5"]);
    assert_eq!(lines(&mut conn, "SELECT what FROM log ORDER BY rowid DESC LIMIT 1"), ["in;Di"]);
    assert_eq!(lines(&mut conn, "PRAGMA integrity_check"), ["ok"]);
}

#[test]
fn a_table_whose_expressions_say_its_own_name_is_rebuilt_too() {
    for (text, index) in [
        ("CREATE TABLE p (a CHECK (\"P\".a > 0), b AS (a + 1))", "CREATE INDEX i ON p (a)"),
        ("CREATE TABLE p (a, b)", "CREATE INDEX i ON p (a) WHERE p.b > 0"),
        (
            "CREATE TABLE p (a INTEGER PRIMARY KEY CHECK (p.a > 0), b)",
            "CREATE INDEX i ON p (abs(b)) WHERE p.b IS NOT NULL",
        ),
        ("CREATE TABLE p (a, b, PRIMARY KEY (b, a), CHECK (p.a > 0)) WITHOUT ROWID", "CREATE INDEX i ON p (a)"),
    ] {
        let insert = if text.contains("AS (") {
            "INSERT INTO p (rowid, a) VALUES (9, 2), (4, '3')"
        } else {
            "INSERT INTO p VALUES (2, 5), (7, x'00'), (9, '1e400')"
        };
        let mut conn = database(&format!("{text}; {index}; {insert}"));
        let before = everything(&mut conn);
        done(&mut conn, "p", &check("1"));
        done(&mut conn, "p", &TableEdit::DropConstraint("added".to_owned()));
        assert_eq!(everything(&mut conn), before);
    }
}

#[test]
fn strict_and_without_rowid_stay() {
    let mut conn = database(
        "CREATE TABLE p (k TEXT COLLATE NOCASE, n INT, v ANY, PRIMARY KEY (k DESC, n)) STRICT, WITHOUT ROWID;
         INSERT INTO p VALUES ('b', 1, 1), ('A', 2, '1'), ('c', 3, x'00');",
    );
    let before = everything(&mut conn);
    done(&mut conn, "p", &check("n > 0"));
    done(&mut conn, "p", &TableEdit::DropConstraint("added".to_owned()));
    assert_eq!(everything(&mut conn), before);
    done(&mut conn, "p", &typed("n", ColumnType::Double));
    let error = refused(
        &mut conn,
        "p",
        &altered("n", ColumnChange { using: Some("'x'".to_owned()), ..ColumnChange::default() }),
    );
    assert!(error.to_string().contains("cannot store TEXT value in REAL column p.n"), "{error}");
}

#[test]
fn row_numbers_stay() {
    let mut conn = database("CREATE TABLE p (rowid, oid); INSERT INTO p (_rowid_, rowid) VALUES (9, 'x'), (4, 'y')");
    done(&mut conn, "p", &typed("oid", ColumnType::Text));
    assert_eq!(lines(&mut conn, "SELECT _rowid_, rowid FROM p"), ["4|y", "9|x"]);
    let mut conn = database("CREATE TABLE p (rowid, oid, _rowid_)");
    refused(&mut conn, "p", &typed("oid", ColumnType::Text));
}

#[test]
fn names_of_any_letters() {
    for name in ["a\"b", "a.b", "order", "a'b", "ünïcode", "x]", " ", "a`b", "--", "/*"] {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let mut conn = database(&format!(
            "CREATE TABLE {quoted} ({quoted} TEXT, b REFERENCES {quoted}); CREATE INDEX \"i {0}\" ON {quoted} ({quoted});
             CREATE TRIGGER \"t {0}\" AFTER INSERT ON {quoted} BEGIN SELECT 1; END; INSERT INTO {quoted} VALUES ('5', NULL)",
            name.replace('"', "\"\"")
        ));
        let before = everything(&mut conn);
        done(&mut conn, name, &typed(name, ColumnType::Integer));
        assert_ne!(everything(&mut conn), before);
        done(&mut conn, name, &typed(name, ColumnType::Text));
        assert_eq!(everything(&mut conn), before, "{name}");
    }
}

#[test]
fn a_temporary_table_of_the_same_name_is_left_alone() {
    let mut conn = database(
        "CREATE TABLE p (a TEXT); INSERT INTO p VALUES ('1'); CREATE INDEX i ON p (a);
         CREATE TRIGGER t AFTER INSERT ON p BEGIN SELECT 1; END;
         CREATE TEMP TABLE p (a); INSERT INTO temp.p VALUES ('temp');
         CREATE TEMP TRIGGER tt AFTER INSERT ON p BEGIN SELECT 2; END;",
    );
    let before = schema(&mut conn);
    done(&mut conn, "p", &typed("a", ColumnType::Integer));
    assert_eq!(lines(&mut conn, "SELECT a FROM main.p"), ["1"]);
    assert_eq!(lines(&mut conn, "SELECT a FROM temp.p"), ["temp"]);
    done(&mut conn, "p", &typed("a", ColumnType::Text));
    assert_eq!(schema(&mut conn), before);
}

#[test]
fn what_an_earlier_try_left_behind_is_in_nobodys_way() {
    let mut conn = database("CREATE TABLE p (a TEXT); CREATE TABLE __migrator_r_p (a); INSERT INTO p VALUES ('1')");
    done(&mut conn, "p", &typed("a", ColumnType::Integer));
    let tables = lines(&mut conn, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    assert_eq!(tables, ["__migrator_r_p", "p"]);
}

#[test]
fn settings_are_put_back() {
    for legacy in [0, 1] {
        let mut conn = database("CREATE TABLE p (a TEXT); INSERT INTO p VALUES (NULL)");
        conn.batch(&format!("PRAGMA legacy_alter_table = {legacy}; PRAGMA foreign_keys = ON")).unwrap();
        let before = conn.settings().unwrap();
        done(&mut conn, "p", &typed("a", ColumnType::Integer));
        refused(&mut conn, "p", &not_null("a"));
        // outside a transaction it opens its own
        super::super::rebuild(&mut conn, &"p".into(), &typed("a", ColumnType::Text)).unwrap();
        super::super::rebuild(&mut conn, &"p".into(), &not_null("a")).unwrap_err();
        assert_eq!(conn.settings().unwrap(), before);
        assert_eq!(conn.transaction_depth().unwrap(), 0);
    }
}

#[test]
fn only_ordinary_tables_are_rebuilt() {
    let mut conn = database("CREATE VIEW v AS SELECT 1 AS a; CREATE VIRTUAL TABLE f USING fts5(a)");
    for (table, kind) in [
        ("v", crate::ErrorKind::PreconditionFailed),
        ("f", crate::ErrorKind::Unsupported),
        ("x", crate::ErrorKind::PreconditionFailed),
    ] {
        assert_eq!(refused(&mut conn, table, &typed("a", ColumnType::Text)).kind(), kind, "{table}");
    }
}
