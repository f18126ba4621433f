//! A table and its copy compared row by row, inside SQLite.

use diesel::sqlite::SqliteConnection;

use super::ddl::same_name;
use super::renderer::Renderer;
use crate::connection::Database;
use crate::connection::copies::{Anatomy, KeptColumn};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

/// Whether it is certain that both have so many rows, each the same under the same row number.
///
/// A column's affinity leaves one storage class to a number; where there is no affinity, values are compared as literals,
/// which tell 1 from 1.0 and 0.0 from -0.0.
pub(super) fn are_alike(conn: &mut SqliteConnection, anatomy: &Anatomy, copy: &TableName, rows: u64) -> Result<bool> {
    let words = ["rowid", "_rowid_", "oid"];
    let free = |word: &&&str| !anatomy.columns.iter().any(|column| same_name(&column.name, word));
    let Some(rowid) = words.iter().find(free).filter(|_| has_rowid(anatomy)) else { return Ok(false) };
    let equal: Vec<String> = anatomy.columns.iter().map(equal).collect();
    let (table, copy) = (Renderer.quote(anatomy.table.name()), Renderer.quote(copy.name()));
    let sql = format!(
        "SELECT (SELECT count(*) FROM main.{table}), \
         (SELECT count(*) FROM main.{table} o JOIN main.{copy} c ON o.{rowid} = c.{rowid} WHERE {})",
        equal.join(" AND ")
    );
    let counted = conn.query(&sql, &[])?;
    let is = |at| counted.first().is_some_and(|row| u64::try_from(row.integer(at)) == Ok(rows));
    Ok(is(0) && is(1))
}

/// A table without row numbers has nothing to be told by quickly.
fn has_rowid(anatomy: &Anatomy) -> bool {
    let text = anatomy.parts.first().map(|part| part.text.to_ascii_lowercase()).unwrap_or_default();
    !text.contains("rowid")
}

fn equal(column: &KeptColumn) -> String {
    let name = Renderer.quote(&column.name);
    if has_affinity(&column.sql_type) {
        return format!("o.{name} COLLATE BINARY IS c.{name}");
    }
    format!("quote(o.{name}) IS quote(c.{name})")
}

/// Whether SQLite makes of a number what the column's type says (<https://www.sqlite.org/datatype3.html>).
fn has_affinity(sql_type: &str) -> bool {
    let lower = sql_type.to_ascii_lowercase();
    let told = ["int", "char", "clob", "text"].iter().any(|word| lower.contains(word));
    told || !(lower.is_empty() || lower.contains("blob") || lower == "any")
}
