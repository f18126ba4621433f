//! A table and its copy compared row by row, inside SQLite.

use diesel::sqlite::SqliteConnection;

use super::copies::in_main;
use super::ddl::same_name;
use super::digest;
use super::renderer::Renderer;
use crate::connection::Database;
use crate::connection::copies::{Anatomy, Contents, KeptColumn};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

/// What both have, where it is certain that both have so many rows, each the same under the same row number.
///
/// A column's affinity leaves one storage class to a number; where there is no affinity, values are compared as literals,
/// which tell 1 from 1.0 and 0.0 from -0.0.
pub(super) fn contents_alike(
    conn: &mut SqliteConnection,
    anatomy: &Anatomy,
    copy: &TableName,
    rows: u64,
) -> Result<Option<Contents>> {
    let words = ["rowid", "_rowid_", "oid"];
    let free = |word: &&&str| !anatomy.columns.iter().any(|column| same_name(&column.name, word));
    let Some(rowid) = words.iter().find(free).filter(|_| has_rowid(anatomy)) else { return Ok(None) };
    let equal: Vec<String> = anatomy.columns.iter().map(equal).collect();
    let values: Vec<String> =
        anatomy.columns.iter().map(|column| format!("c.{}", Renderer.quote(&column.name))).collect();
    let (table, copy) = (in_main(&anatomy.table), in_main(copy));
    let counted = conn.query(&format!("SELECT count(*) FROM {table}"), &[])?;
    let contents = digest::of_rows(
        conn,
        &format!(
            "SELECT {} FROM {table} o JOIN {copy} c ON o.{rowid} = c.{rowid} WHERE {}",
            values.join(", "),
            equal.join(" AND ")
        ),
    )?;
    let original = counted.first().and_then(|row| u64::try_from(row.integer(0)).ok());
    Ok((contents.rows == rows && original == Some(rows)).then_some(contents))
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
