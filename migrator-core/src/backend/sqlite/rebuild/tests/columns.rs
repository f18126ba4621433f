//! Columns: types with their values, columns that come and go.

use super::*;
use crate::backend::sqlite::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::error::ErrorKind;
use crate::operation::{Default, Literal};

#[test]
fn a_new_type_casts_and_counts_what_it_could_not_hold() {
    let mut conn = database("CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT)");
    conn.batch("INSERT INTO p VALUES (1, '5'), (2, '-17'), (3, NULL), (4, '05'), (5, 'x'), (6, '9007199254740993')")
        .unwrap();
    let done = done(&mut conn, "p", &typed("a", ColumnType::Integer));
    assert_eq!((done.rows, done.changed_values), (6, 2));
    let rows = lines(&mut conn, "SELECT typeof(a), a FROM p");
    assert_eq!(rows, ["integer|5", "integer|-17", "null|NULL", "integer|5", "integer|0", "integer|9007199254740993"]);
}

#[test]
fn a_type_that_converts_alike_changes_no_value() {
    let mut conn = database("CREATE TABLE p (a INTEGER)");
    conn.batch("INSERT INTO p VALUES ('x'), (1), (1.5), (x'00'), (NULL)").unwrap();
    let before = lines(&mut conn, "SELECT quote(a) FROM p");
    assert_eq!(done(&mut conn, "p", &typed("a", ColumnType::BigInteger)).changed_values, 0);
    assert_eq!(lines(&mut conn, "SELECT quote(a) FROM p"), before);
}

#[test]
fn a_text_that_becomes_a_time_stays_a_text() {
    let mut conn = database("CREATE TABLE p (a TEXT)");
    conn.batch("INSERT INTO p VALUES ('2026-01-01 00:00:00'), ('7')").unwrap();
    assert_eq!(done(&mut conn, "p", &typed("a", ColumnType::Timestamp)).changed_values, 0);
    assert_eq!(lines(&mut conn, "SELECT quote(a) FROM p"), ["'2026-01-01 00:00:00'", "7"]);
}

#[test]
fn values_that_no_cast_may_touch_are_counted_when_they_change() {
    for (declared, value, wanted, changed) in [
        ("INTEGER", "9007199254740993", ColumnType::Double, 1),
        ("DOUBLE", "1.5", ColumnType::Integer, 1),
        ("DOUBLE", "3.0", ColumnType::Integer, 0),
        ("TEXT", "'1e400'", ColumnType::Double, 1),
        ("TEXT", "'abc'", ColumnType::Binary, 0),
        ("BLOB", "x'ff00'", ColumnType::Text, 1),
        ("BLOB", "x'c3bc'", ColumnType::Text, 0),
        ("INTEGER", "12", ColumnType::Text, 0),
        ("TEXT COLLATE NOCASE", "'A'", ColumnType::Text, 0),
        ("TEXT", "'05'", ColumnType::Decimal(10, 2), 1),
        ("TEXT", "'5x'", ColumnType::Decimal(10, 2), 0),
        ("TEXT", "'2026-01-01'", ColumnType::Date, 0),
        ("TEXT", "'1.50'", ColumnType::Decimal(10, 2), 1),
        ("DOUBLE", "3.0", ColumnType::Decimal(10, 2), 0),
        ("TEXT", "NULL", ColumnType::Integer, 0),
    ] {
        let mut conn = database(&format!("CREATE TABLE p (a {declared}); INSERT INTO p VALUES ({value})"));
        let foretold = Renderer.values_changed_by(&"p".into(), "a", declared, &wanted);
        let foretold = foretold.map_or(0, |sql| conn.query(&sql, &[]).unwrap()[0].integer(0));
        let done = done(&mut conn, "p", &typed("a", wanted));
        assert_eq!((done.changed_values, foretold), (changed, changed as i64), "{declared} {value}");
    }
}

#[test]
fn the_author_says_how_old_values_become_new_ones() {
    let mut conn = database("CREATE TABLE p (a TEXT, b); INSERT INTO p VALUES ('x', 2), (NULL, 3)");
    let using = Some("coalesce(length(p.a), b * 10)".to_owned());
    let change =
        ColumnChange { using, not_null: Some(true), column_type: Some(ColumnType::Integer), ..ColumnChange::default() };
    done(&mut conn, "p", &altered("a", change));
    assert_eq!(lines(&mut conn, "SELECT * FROM p"), ["1|2", "30|3"]);
}

#[test]
fn a_copy_that_fails_leaves_everything_and_the_second_try_works() {
    let sql = "CREATE TABLE p (a, b UNIQUE); INSERT INTO p VALUES (1, 1), (NULL, 2); CREATE INDEX i ON p (a)";
    let mut conn = database(sql);
    let error = refused(&mut conn, "p", &not_null("a"));
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert!(error.to_string().contains("NOT NULL constraint failed: p.a"), "{error}");
    conn.batch("UPDATE p SET a = 0 WHERE a IS NULL").unwrap();
    done(&mut conn, "p", &not_null("a"));
    assert_eq!(lines(&mut conn, "SELECT * FROM p"), ["1|1", "0|2"]);
}

#[test]
fn a_columns_own_conflict_clause_leaves_no_row_out() {
    let mut conn = database("CREATE TABLE p (a NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT REPLACE, b)");
    conn.batch("INSERT INTO p VALUES (1, 1), (2, 1)").unwrap();
    let error = refused(&mut conn, "p", &TableEdit::AddUnique("u".to_owned(), vec!["b".to_owned()]));
    assert!(error.to_string().contains("UNIQUE constraint failed: p.b"), "{error}");
    // a value that the clause would leave out or put another in the place of
    let using = |using: &str| ColumnChange { using: Some(using.to_owned()), ..ColumnChange::default() };
    for (value, told) in [("NULL", "NOT NULL constraint failed: p.a"), ("7", "UNIQUE constraint failed: p.a")] {
        let error = refused(&mut conn, "p", &altered("a", using(value)));
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn any_column_can_be_added_where_the_rows_allow_it() {
    let mut conn =
        database("CREATE TABLE p (a); INSERT INTO p VALUES (10), (20); CREATE TABLE q (id INTEGER PRIMARY KEY)");
    let mut unique = added("u", ColumnType::Text);
    unique.unique = true;
    done(&mut conn, "p", &TableEdit::AddColumn(unique));
    let mut now = added("t", ColumnType::Timestamp);
    (now.not_null, now.default) = (true, Some(Default::Now));
    done(&mut conn, "p", &TableEdit::AddColumn(now));
    let mut missing = added("n", ColumnType::Text);
    missing.not_null = true;
    let error = refused(&mut conn, "p", &TableEdit::AddColumn(missing));
    assert!(error.to_string().contains("NOT NULL constraint failed: p.n"), "{error}");
    let mut reference = added("q_id", ColumnType::BigInteger);
    reference.references = Some(("q".into(), "id".to_owned()));
    reference.default = Some(Default::Value(Literal::Integer(1)));
    assert_eq!(refused(&mut conn, "p", &TableEdit::AddColumn(reference.clone())).kind(), ErrorKind::IntegrityFailed);
    conn.batch("INSERT INTO q VALUES (1)").unwrap();
    done(&mut conn, "p", &TableEdit::AddColumn(reference));
    assert_eq!(lines(&mut conn, "SELECT a, u, t IS NULL, q_id FROM p"), ["10|NULL|0|1", "20|NULL|0|1"]);
}

#[test]
fn a_table_without_a_key_gets_one_from_its_row_numbers() {
    let mut conn = database("CREATE TABLE p (a); INSERT INTO p (rowid, a) VALUES (7, 'x'), (3, 'y')");
    let mut id = added("id", ColumnType::BigInteger);
    (id.primary_key, id.auto_increment, id.not_null) = (true, true, true);
    done(&mut conn, "p", &TableEdit::AddColumn(id));
    assert_eq!(lines(&mut conn, "SELECT id, a FROM p"), ["3|y", "7|x"]);
    conn.batch("INSERT INTO p (a) VALUES ('z')").unwrap();
    assert_eq!(lines(&mut conn, "SELECT max(id) FROM p"), ["8"]);
}

#[test]
fn a_key_that_stops_being_the_row_number_keeps_the_numbers() {
    let mut conn = database("CREATE TABLE p (id INTEGER PRIMARY KEY, a); INSERT INTO p VALUES (7, 'x'), (3, 'y')");
    assert_eq!(done(&mut conn, "p", &typed("id", ColumnType::Text)).changed_values, 0);
    assert_eq!(lines(&mut conn, "SELECT rowid, quote(id), a FROM p"), ["3|'3'|y", "7|'7'|x"]);
    assert_eq!(done(&mut conn, "p", &typed("id", ColumnType::Integer)).changed_values, 0);
    assert_eq!(lines(&mut conn, "SELECT rowid, quote(id), a FROM p"), ["3|3|y", "7|7|x"]);
}

#[test]
fn a_dropped_column_takes_what_is_its_own_along() {
    let mut conn = database(
        "CREATE TABLE o (id INTEGER PRIMARY KEY);
         CREATE TABLE p (id INTEGER PRIMARY KEY, a REFERENCES o (id) UNIQUE CHECK (a > 0), b, FOREIGN KEY (a) REFERENCES o);
         INSERT INTO o VALUES (5); INSERT INTO p VALUES (1, 5, 'x');
         CREATE INDEX pa ON p (a DESC) WHERE a IS NOT NULL; CREATE INDEX pb ON p (b)",
    );
    done(&mut conn, "p", &TableEdit::DropColumn("a".to_owned()));
    assert_eq!(
        lines(&mut conn, "SELECT sql FROM sqlite_schema WHERE tbl_name = 'p'"),
        ["CREATE TABLE p (id INTEGER PRIMARY KEY, b)", "CREATE INDEX pb ON p (b)"]
    );
    assert_eq!(lines(&mut conn, "SELECT * FROM p"), ["1|x"]);
}

#[test]
fn what_names_a_column_from_outside_keeps_it_and_is_named() {
    for (other, by) in [
        ("CREATE INDEX other ON p (b, a)", "index other"),
        ("CREATE INDEX other ON p (a + 1)", "index other"),
        ("CREATE INDEX other ON p (b) WHERE a > 0", "index other"),
        ("CREATE VIEW other AS SELECT x.a FROM p x", "view other"),
        ("CREATE VIEW other AS SELECT \"a\" FROM p", "view other"),
        ("CREATE TEMP VIEW other AS SELECT a FROM main.p", "temporary view other"),
        ("CREATE TRIGGER other AFTER UPDATE OF a ON p BEGIN SELECT 1; END", "trigger other"),
        ("CREATE TRIGGER other AFTER DELETE ON q BEGIN DELETE FROM p WHERE a = old.id; END", "trigger other of q"),
        ("CREATE TABLE other (x REFERENCES p (a))", "foreign key of table other"),
        // a view on a view, and one that is broken, so that SQLite does not say
        ("CREATE VIEW v AS SELECT * FROM p; CREATE VIEW other AS SELECT a FROM v", "view other"),
        ("CREATE VIEW v AS SELECT * FROM p; CREATE VIEW other AS SELECT \"a\" FROM v", "view other"),
        ("CREATE VIEW broken AS SELECT 1 FROM gone; CREATE VIEW other AS SELECT a FROM p", "view other"),
    ] {
        let mut conn = database(&format!(
            "CREATE TABLE p (a UNIQUE, b); CREATE TABLE q (id); INSERT INTO p VALUES (1, 2); {other}"
        ));
        let edit = TableEdit::DropColumn("a".to_owned());
        assert!(super::super::needs_rebuild(&mut conn, &"p".into(), &edit).unwrap(), "{other}");
        let error = refused(&mut conn, "p", &edit);
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{other}");
        assert!(error.to_string().contains(by), "{other}: {error}");
    }
}

#[test]
fn what_says_the_same_name_and_means_something_else_stops_no_drop() {
    let mut conn = database(
        "CREATE TABLE p (a, b); CREATE TABLE q (a); CREATE TABLE log (a); INSERT INTO p VALUES (1, 2);
         CREATE VIEW v AS SELECT q.a, p.b, 'a' FROM p, q;
         CREATE TRIGGER t AFTER UPDATE ON p BEGIN INSERT INTO log (a) VALUES (new.b); END;",
    );
    done(&mut conn, "p", &TableEdit::DropColumn("a".to_owned()));
    conn.batch("UPDATE p SET b = 3").unwrap();
    assert_eq!(lines(&mut conn, "SELECT * FROM log"), ["3"]);
}

#[test]
fn plain_alter_table_is_left_what_it_does_well() {
    let mut conn =
        database("CREATE TABLE p (a, b NOT NULL DEFAULT 1 CHECK (b > 0), c UNIQUE, d); CREATE INDEX i ON p (d)");
    let mut needs = |edit: &TableEdit| super::super::needs_rebuild(&mut conn, &"p".into(), edit).unwrap();
    let drop = |name: &str| TableEdit::DropColumn(name.to_owned());
    assert!(!needs(&drop("a")) && !needs(&drop("b")));
    assert!(needs(&drop("c")) && needs(&drop("d")));
    let mut column = added("z", ColumnType::Integer);
    assert!(!needs(&TableEdit::AddColumn(column.clone())));
    column.not_null = true;
    assert!(needs(&TableEdit::AddColumn(column.clone())));
    column.default = Some(Default::Value(Literal::Integer(1)));
    assert!(!needs(&TableEdit::AddColumn(column.clone())));
    column.unique = true;
    assert!(needs(&TableEdit::AddColumn(column)));
    assert!(needs(&typed("a", ColumnType::Text)));
}
