//! What is there: tables, columns, indexes, who references whom.
//!
//! The catalogue compares names without regard to case and accents, so that `uni` would be found for `ünï`. What it
//! returns is compared again, as the server compares: names of tables and databases letter by letter unless it is told
//! to fold them, names of columns and indexes without regard to case.

use diesel::mysql::MysqlConnection;

use crate::connection::{Database, Record, Value};
use crate::error::Result;
use crate::name::TableName;

/// What `table_type` says of a table; views, sequences and temporary tables have other words.
const TABLE_TYPES: [&str; 2] = ["BASE TABLE", "SYSTEM VERSIONED"];

/// Whether the server compares names of tables without regard to case, by `@@lower_case_table_names`.
pub(super) fn folds(lower_case_table_names: i64) -> bool {
    lower_case_table_names != 0
}

/// Whether two names of tables or databases are one.
pub(super) fn same_table(one: &str, other: &str, folds: bool) -> bool {
    one == other || folds && same_word(one, other)
}

/// Whether two names of columns or indexes are one.
fn same_word(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether the catalogue's row is of a table and no view.
pub(super) fn is_table(table_type: &str) -> bool {
    TABLE_TYPES.contains(&table_type)
}

pub(super) fn has_table(conn: &mut MysqlConnection, table: &TableName) -> Result<bool> {
    Ok(locate(conn, table)?.is_some())
}

/// With the database that an unqualified name stands in.
pub(super) fn locate(conn: &mut MysqlConnection, table: &TableName) -> Result<Option<TableName>> {
    let rows = rows_of(conn, table, "tables", "table_type", "")?;
    let found = rows.iter().find(|row| is_table(&row.text(DETAIL)));
    Ok(found.map(|row| (row.text(0).as_str(), row.text(1).as_str()).into()))
}

pub(super) fn column_names(conn: &mut MysqlConnection, table: &TableName) -> Result<Vec<String>> {
    if !has_table(conn, table)? {
        return Ok(Vec::new());
    }
    let rows = rows_of(conn, table, "columns", "column_name", "ORDER BY ordinal_position")?;
    Ok(rows.iter().map(|row| row.text(DETAIL)).collect())
}

/// A view's columns are in the catalogue too.
pub(super) fn column_types(conn: &mut MysqlConnection, table: &TableName) -> Result<Vec<(String, String)>> {
    if !has_table(conn, table)? {
        return Ok(Vec::new());
    }
    let rows = rows_of(conn, table, "columns", "column_name, column_type", "ORDER BY ordinal_position")?;
    Ok(rows.iter().map(|row| (row.text(DETAIL), row.text(DETAIL + 1))).collect())
}

pub(super) fn has_column(conn: &mut MysqlConnection, table: &TableName, column: &str) -> Result<bool> {
    Ok(column_names(conn, table)?.iter().any(|name| same_word(name, column)))
}

pub(super) fn has_index(conn: &mut MysqlConnection, table: &TableName, index: &str) -> Result<bool> {
    let rows = rows_of(conn, table, "statistics", "index_name", "AND seq_in_index = 1")?;
    Ok(rows.iter().any(|row| same_word(&row.text(DETAIL), index)))
}

/// Where [`rows_of`] puts what it was asked for.
const DETAIL: usize = 4;

/// What a view of the catalogue says of one table. Schema and name are compared with constants first: only then does
/// MariaDB open that table alone.
fn rows_of(conn: &mut MysqlConnection, table: &TableName, view: &str, detail: &str, tail: &str) -> Result<Vec<Record>> {
    let (schema, binds) = located(table);
    let sql = format!(
        "SELECT table_schema, table_name, DATABASE(), @@lower_case_table_names, {detail} \
         FROM information_schema.{view} WHERE table_schema = {schema} AND table_name = ? {tail}"
    );
    let mut rows = conn.query(&sql, &binds)?;
    rows.retain(|row| is_named(row, table));
    Ok(rows)
}

/// The schema's expression, and the binds of schema and name.
fn located(table: &TableName) -> (&'static str, Vec<Value>) {
    let schema = if table.schema().is_some() { "?" } else { "DATABASE()" };
    (schema, table.parts().map(Value::from).collect())
}

/// Whether a row that begins with schema, name, current schema and folding is of that table.
fn is_named(row: &Record, table: &TableName) -> bool {
    let folds = folds(row.integer(3));
    let current = row.text(2);
    same_table(&row.text(0), table.schema().unwrap_or(&current), folds) && same_table(&row.text(1), table.name(), folds)
}

/// Of every database on the server: a table may be referenced from another one.
pub(super) fn referencing(conn: &mut MysqlConnection, table: &TableName) -> Result<Vec<String>> {
    let (schema, binds) = located(table);
    let sql = format!(
        "SELECT DISTINCT referenced_table_schema, referenced_table_name, DATABASE(), @@lower_case_table_names, \
         table_schema, table_name, constraint_name FROM information_schema.key_column_usage \
         WHERE referenced_table_schema = {schema} AND referenced_table_name = ? ORDER BY 5, 6, 7"
    );
    let rows = conn.query(&sql, &binds)?;
    let of_others = rows.iter().filter(|row| is_named(row, table) && !is_of_itself(row));
    Ok(of_others.map(referencing_constraint).collect())
}

fn is_of_itself(row: &Record) -> bool {
    let folds = folds(row.integer(3));
    same_table(&row.text(0), &row.text(4), folds) && same_table(&row.text(1), &row.text(5), folds)
}

fn referencing_constraint(row: &Record) -> String {
    let (schema, table, constraint) = (row.text(4), row.text(5), row.text(6));
    if schema == row.text(2) { format!("{table} ({constraint})") } else { format!("{schema}.{table} ({constraint})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_tell_names_apart_and_case_does_where_it_should() {
        assert!(same_table("users", "Users", true) && !same_table("users", "Users", false));
        assert!(!same_table("uni", "ünï", true) && !same_word("uni", "ünï"));
        assert!(same_word("E_Mail", "e_mail") && same_word("ÜNÏ", "ünï"));
    }
}
