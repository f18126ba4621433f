//! The rebuild on a real database: what stands afterwards, letter by letter and value by value.

mod columns;
mod keys;
mod letters;
mod properties;
mod renames;

use diesel::Connection;
use diesel::sqlite::SqliteConnection;

use crate::connection::{Database, Rebuilt, Value};
use crate::error::{Error, Result};
use crate::operation::{ColumnChange, ColumnDef, ColumnType, TableEdit};

/// A database in memory after these statements, foreign keys off.
fn database(sql: &str) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch("PRAGMA foreign_keys = OFF").unwrap();
    conn.batch(sql).unwrap();
    conn
}

/// As a migration does it: inside its transaction.
fn rebuilt(conn: &mut SqliteConnection, table: &str, edit: &TableEdit) -> Result<Rebuilt> {
    conn.begin()?;
    match super::rebuild(conn, &table.into(), edit) {
        Ok(done) => conn.commit().map(|()| done),
        Err(error) => conn.rollback().and(Err(error)),
    }
}

fn done(conn: &mut SqliteConnection, table: &str, edit: &TableEdit) -> Rebuilt {
    rebuilt(conn, table, edit).unwrap()
}

/// The edit is refused, and nothing is different.
fn refused(conn: &mut SqliteConnection, table: &str, edit: &TableEdit) -> Error {
    let before = everything(conn);
    let error = rebuilt(conn, table, edit).unwrap_err();
    assert_eq!(everything(conn), before, "{error}");
    assert_eq!(conn.transaction_depth().unwrap(), 0);
    error
}

/// A query's values, `|` between columns, as SQLite quotes them.
fn lines(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows = conn.query(sql, &[]).unwrap();
    let told = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => format!("{bytes:?}"),
    };
    rows.iter().map(|row| row.0.iter().map(told).collect::<Vec<_>>().join("|")).collect()
}

/// Every stored text.
fn schema(conn: &mut SqliteConnection) -> Vec<String> {
    let sql = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema UNION ALL \
               SELECT 'temp ' || type, name, tbl_name, sql FROM temp.sqlite_schema ORDER BY 1, 2";
    lines(conn, sql)
}

/// Every row of every table, with its number where it has one.
fn contents(conn: &mut SqliteConnection) -> Vec<String> {
    let tables = lines(conn, "SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name");
    let mut all = Vec::new();
    for table in tables {
        let columns = lines(conn, &format!("SELECT name FROM pragma_table_xinfo('{}')", table.replace('\'', "''")));
        let quoted: Vec<_> = columns.iter().map(|name| format!("quote(\"{}\")", name.replace('"', "\"\""))).collect();
        let name = table.replace('"', "\"\"");
        // where a row of SQLite's own books stands says nothing
        let numbers = if table == "sqlite_sequence" { vec![""] } else { vec!["quote(rowid), ", ""] };
        for number in numbers {
            let sql = format!("SELECT {number}{} FROM \"{name}\" ORDER BY 1, 2", quoted.join(", "));
            if let Ok(rows) = conn.query(&sql, &[]) {
                let rows =
                    rows.iter().map(|row| (0..=columns.len()).map(|at| row.text(at)).collect::<Vec<_>>().join("|"));
                all.extend(rows.map(|row| format!("{table}: {row}")));
                break;
            }
        }
    }
    all
}

fn everything(conn: &mut SqliteConnection) -> (Vec<String>, Vec<String>) {
    (schema(conn), contents(conn))
}

fn altered(column: &str, change: ColumnChange) -> TableEdit {
    TableEdit::AlterColumn(column.to_owned(), change)
}

fn typed(column: &str, column_type: ColumnType) -> TableEdit {
    altered(column, ColumnChange { column_type: Some(column_type), ..ColumnChange::default() })
}

fn not_null(column: &str) -> TableEdit {
    altered(column, ColumnChange { not_null: Some(true), ..ColumnChange::default() })
}

fn added(name: &str, column_type: ColumnType) -> ColumnDef {
    ColumnDef::new(name, column_type)
}
