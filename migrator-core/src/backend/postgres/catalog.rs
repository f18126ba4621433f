//! Whether a name is there: one query each.

use super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Value};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

/// The relation that a schema (or none) and a name mean, as two SQL expressions of type text.
///
/// Without a schema the search path decides, as it does for the statements of a migration: the first schema that has a
/// relation of that name, be it a view. Temporary relations, which would come before all, are outside.
pub(super) fn relation(schema: &str, name: &str) -> String {
    format!(
        "SELECT c.oid, c.relkind FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {name} AND c.relpersistence <> 't' AND CASE WHEN {schema} IS NULL \
         THEN n.nspname = ANY (current_schemas(false)) ELSE n.nspname = {schema} END \
         ORDER BY array_position(current_schemas(false), n.nspname) LIMIT 1"
    )
}

/// Ordinary and partitioned tables; no views, no foreign tables.
pub(super) const IS_TABLE: &str = "c.relkind IN ('r', 'p')";

/// `found` is the table of binds 1 and 2, or nothing.
pub(super) fn with_table(query: &str) -> String {
    format!("WITH found AS (SELECT c.oid FROM ({}) c WHERE {IS_TABLE}) {query}", relation("$1::text", "$2::text"))
}

pub(super) fn binds(table: &TableName) -> Vec<Value> {
    vec![table.schema().map(possible).into(), possible(table.name()).into()]
}

/// The name, or the empty one, which nothing has either: a text with a NUL is refused as a value.
fn possible(name: &str) -> &str {
    if name.contains('\0') { "" } else { name }
}

/// Each operation asks. An unqualified name is looked up in the server's own cache first, which is several times cheaper;
/// a temporary relation hides what is behind it there.
pub(super) fn has_table(conn: &mut impl Session, table: &TableName) -> Result<bool> {
    if Renderer.check_table_name(table).is_err() {
        return Ok(false);
    }
    if table.schema().is_some() {
        return is_in_catalog(conn, table);
    }
    let resolved = "SELECT c.relkind IN ('r', 'p'), c.relpersistence = 't' FROM pg_catalog.pg_class c \
                    WHERE c.oid = to_regclass($1::text)";
    let rows = conn.query(resolved, &[Renderer.table(table).into()])?;
    let Some(row) = rows.first() else { return Ok(false) };
    if row.flag(1) { is_in_catalog(conn, table) } else { Ok(row.flag(0)) }
}

/// Whether it is there and this role may read it.
pub(super) fn can_read(conn: &mut impl Session, table: &TableName) -> Result<bool> {
    let sql = with_table("SELECT 1 FROM found WHERE has_table_privilege(found.oid, 'SELECT')");
    Ok(!conn.query(&sql, &binds(table))?.is_empty())
}

fn is_in_catalog(conn: &mut impl Session, table: &TableName) -> Result<bool> {
    let rows = conn.query(&with_table("SELECT 1 FROM found"), &binds(table))?;
    Ok(!rows.is_empty())
}

/// With the schema in which an unqualified name was found.
pub(super) fn locate(conn: &mut impl Session, table: &TableName) -> Result<Option<TableName>> {
    let sql = with_table(
        "SELECT n.nspname, c.relname FROM found JOIN pg_catalog.pg_class c ON c.oid = found.oid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    );
    let rows = conn.query(&sql, &binds(table))?;
    Ok(rows.first().map(|row| (row.text(0).as_str(), row.text(1).as_str()).into()))
}

pub(super) fn column_names(conn: &mut impl Session, table: &TableName) -> Result<Vec<String>> {
    let sql = with_table(
        "SELECT a.attname FROM found JOIN pg_catalog.pg_attribute a ON a.attrelid = found.oid \
         WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    );
    Ok(conn.query(&sql, &binds(table))?.iter().map(|row| row.text(0)).collect())
}

pub(super) fn column_types(conn: &mut impl Session, table: &TableName) -> Result<Vec<(String, String)>> {
    let sql = with_table(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) \
         FROM found JOIN pg_catalog.pg_attribute a ON a.attrelid = found.oid \
         WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    );
    Ok(conn.query(&sql, &binds(table))?.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// Of the first type of that name on the search path; an enum may be without a value.
pub(super) fn enum_values(conn: &mut impl Session, name: &TableName) -> Result<Option<Vec<String>>> {
    let sql = "SELECT e.enumlabel FROM (SELECT t.oid FROM pg_catalog.pg_type t \
         JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         WHERE t.typname = $2::text AND t.typtype = 'e' AND CASE WHEN $1::text IS NULL \
         THEN n.nspname = ANY (current_schemas(false)) ELSE n.nspname = $1::text END \
         ORDER BY array_position(current_schemas(false), n.nspname) LIMIT 1) found \
         LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = found.oid ORDER BY e.enumsortorder";
    let rows = conn.query(sql, &binds(name))?;
    Ok((!rows.is_empty()).then(|| rows.iter().filter_map(|row| row.optional_text(0)).collect()))
}

pub(super) fn has_index(conn: &mut impl Session, table: &TableName, index: &str) -> Result<bool> {
    let sql = with_table(
        "SELECT 1 FROM found JOIN pg_catalog.pg_index i ON i.indrelid = found.oid \
         JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE x.relname = $3::text",
    );
    let mut binds = binds(table);
    binds.push(possible(index).into());
    Ok(!conn.query(&sql, &binds)?.is_empty())
}

/// A key of a partitioned table is named once: the copies that PostgreSQL keeps for its partitions have a parent. A key
/// that references a partitioned table reaches each partition by a copy, and only the parent can be dropped.
pub(super) fn referencing(conn: &mut impl Session, table: &TableName) -> Result<Vec<String>> {
    let sql = with_table(
        "SELECT CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || c.relname \
         || ' (' || coalesce(parent.conname, k.conname) || ')' \
         FROM found JOIN pg_catalog.pg_constraint k ON k.confrelid = found.oid AND k.contype = 'f' \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_constraint parent ON parent.oid = k.conparentid \
         WHERE k.conrelid <> found.oid AND parent.confrelid IS DISTINCT FROM found.oid ORDER BY 1",
    );
    Ok(conn.query(&sql, &binds(table))?.iter().map(|row| row.text(0)).collect())
}
