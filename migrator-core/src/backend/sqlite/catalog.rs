//! Whether something stands in an SQLite database.

use diesel::sqlite::SqliteConnection;

use super::ddl::same_name;
use super::inspect;
use super::renderer::is_of_file;
use super::watch::{enforces_keys, place};
use crate::connection::{Database, Record, Scope, Value};
use crate::error::Result;
use crate::name::TableName;
use crate::schema::ForeignKey;

/// SQLite compares names without regard to the case of ASCII letters, and so does the catalogue here.
const NAMED: &str = "name = ? COLLATE NOCASE";

pub(super) fn has_table(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    if table.schema().is_some_and(|schema| !is_of_file(schema)) {
        return Ok(false);
    }
    // SQLite finds the columns of a name by its hash, and reads every row of the schema to find the name.
    let sql = "SELECT CASE WHEN EXISTS (SELECT 1 FROM pragma_table_xinfo(?1, 'main')) \
               THEN EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE) END";
    count(conn, sql, &[table.name().into()])
}

/// The pragma itself is made ready in a tenth of the time that a query of it takes.
pub(super) fn is_free(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    let told = format!("PRAGMA main.table_xinfo('{}')", table.name().replace('\'', "''"));
    let found = !conn.query(&told, &[])?.is_empty();
    Ok(!(found && has_table(conn, table)?))
}

/// The same of what is likely to be there. SQLite before 3.37 has no such pragma and answers nothing; it names its own tables
/// there too, which stand in no schema.
pub(super) fn stands(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    if table.schema().is_none() && !table.name().starts_with("sqlite_") {
        let told = format!("PRAGMA main.table_list('{}')", table.name().replace('\'', "''"));
        if let Some(found) = conn.query(&told, &[])?.first() {
            return Ok(found.text(2) != "view");
        }
    }
    has_table(conn, table)
}

/// In the letters that it was made with.
pub(super) fn locate(conn: &mut SqliteConnection, table: &TableName) -> Result<Option<TableName>> {
    if !has_table(conn, table)? {
        return Ok(None);
    }
    let sql = format!("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND {NAMED}");
    Ok(conn.query(&sql, &[table.name().into()])?.first().map(|row| row.text(0).into()))
}

pub(super) fn column_names(conn: &mut SqliteConnection, table: &TableName) -> Result<Vec<String>> {
    if !has_table(conn, table)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT name FROM pragma_table_xinfo(?) ORDER BY cid";
    Ok(conn.query(sql, &[table.name().into()])?.iter().map(|row| row.text(0)).collect())
}

pub(super) fn has_index(conn: &mut SqliteConnection, table: &TableName, index: &str) -> Result<bool> {
    let sql = format!(
        "SELECT count(*) FROM main.sqlite_schema WHERE type = 'index' AND {NAMED} AND tbl_name = ? COLLATE NOCASE"
    );
    count(conn, &sql, &[index.into(), table.name().into()])
}

/// A table with a foreign key says so, and the pragma, which takes longer, is not asked of the others; LIKE may have been
/// told to mind the case.
pub(super) const MAY_REFERENCE: &str = "(m.sql LIKE '%references%' OR 'a' NOT LIKE 'A')";

pub(super) fn referencing(conn: &mut SqliteConnection, table: &TableName) -> Result<Vec<String>> {
    if is_cleared_at_once(conn, table)? {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT DISTINCT m.name FROM main.sqlite_schema m CROSS JOIN pragma_foreign_key_list(m.name) f \
         WHERE m.type = 'table' AND {MAY_REFERENCE} AND f.\"table\" = ?1 COLLATE NOCASE \
         AND m.name <> ?1 COLLATE NOCASE"
    );
    let rows = conn.query(&sql, &[table.name().into()])?;
    let children: Vec<TableName> = rows.iter().map(|row| row.text(0).into()).collect();
    if children.is_empty() {
        return Ok(Vec::new());
    }
    let schema = inspect::inspect(conn, Scope::Tables(&children))?;
    let names = |key: &&ForeignKey| same_name(key.references.name(), table.name());
    let told = |key: &ForeignKey| key.name.clone().unwrap_or_else(|| key.columns.join(", "));
    let of_child = schema.tables.iter().flat_map(|(child, of)| of.foreign_keys.iter().map(move |key| (child, key)));
    Ok(of_child.filter(|(_, key)| names(key)).map(|(child, key)| format!("{child} ({})", told(key))).collect())
}

/// Whether SQLite would empty the table without a look at its rows. Where it enforces foreign keys it does that only to a
/// table in which none begins or ends: it knows that without reading the schema.
fn is_cleared_at_once(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    let question = format!("EXPLAIN DELETE FROM {}", place(table));
    let clears = |steps: Vec<Record>| steps.iter().any(|step| step.text(1) == "Clear");
    Ok(enforces_keys(conn)? && conn.query(&question, &[]).is_ok_and(clears))
}

fn count(conn: &mut SqliteConnection, sql: &str, binds: &[Value]) -> Result<bool> {
    Ok(conn.query(sql, binds)?.first().is_some_and(|row| row.flag(0)))
}
