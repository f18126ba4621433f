//! Whether everything that names a column follows its new name.

use diesel::sqlite::SqliteConnection;

use super::session;
use super::shape::in_main;
use super::witness::{Stored, stored};
use crate::backend::sqlite::ddl::{in_schema, without_double_quotes};
use crate::backend::sqlite::renderer::Renderer;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// A name that nobody else uses.
const PROBE: &str = "__migrator_probe";

/// Renames and undoes it, to see what would not follow.
pub(in crate::backend::sqlite) fn check_rename(
    conn: &mut SqliteConnection,
    table: &TableName,
    old: &str,
    new: &str,
) -> Result<()> {
    let tried = session::undone(conn, |conn| renamed(conn, table.name(), old, new));
    tried.map(|_| ()).map_err(|error| match error.what().split_once("error in ") {
        Some((_, told)) => blocked(table, old, told).with_source(error),
        None => error,
    })
}

/// Renames a column; every text as it is then. SQLite rewrites each index, key, check, trigger and view that names the
/// column, and refuses when one of them could not be read before or after; with `legacy_alter_table` it would not look
/// after.
pub(super) fn renamed(conn: &mut SqliteConnection, table: &str, old: &str, new: &str) -> Result<Vec<Stored>> {
    session::without_legacy_alter(conn, |conn| {
        rename(conn, table, old, new)?;
        let after = stored(conn)?;
        refuse_strings(conn, &after, table, old, new)?;
        Ok(after)
    })
}

fn rename(conn: &mut SqliteConnection, table: &str, old: &str, new: &str) -> Result<()> {
    let (from, to) = (Renderer.quote(old), Renderer.quote(new));
    conn.batch(&format!("ALTER TABLE {} RENAME COLUMN {from} TO {to}", in_main(table)))
}

/// A view that says `"old"` of another view does not follow, and reads as the text 'old' from then on, without a word.
/// In backticks a name is never a text; another rename has SQLite read everything once more.
fn refuse_strings(conn: &mut SqliteConnection, all: &[Stored], table: &str, old: &str, new: &str) -> Result<()> {
    let readable = |one: &&Stored| matches!(one.kind.as_str(), "view" | "trigger");
    let sure = |one: &Stored| Some((one.clone(), without_double_quotes(&one.sql, old)?));
    let mut doubtful: Vec<_> = all.iter().filter(readable).filter_map(sure).collect();
    // A view's own triggers go with it when it is dropped.
    doubtful.sort_by_key(|(one, _)| one.kind != "view");
    for (one, sql) in &doubtful {
        conn.batch(&format!("DROP {} IF EXISTS {}.{}", one.kind, one.schema, Renderer.quote(&one.name)))?;
        conn.batch(&in_schema(sql, &one.schema))?;
    }
    if doubtful.is_empty() { Ok(()) } else { rename(conn, table, new, PROBE) }
}

fn blocked(table: &TableName, column: &str, told: &str) -> Error {
    let message = format!("column {column} of {table} cannot be renamed, for this would not follow: {told}");
    Error::new(ErrorKind::PreconditionFailed, message)
        .state("nothing was changed")
        .remedy("mend or drop it first, and create it again with the new name")
}
