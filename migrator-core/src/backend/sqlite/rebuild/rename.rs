//! Whether everything that names a column follows its new name.

use diesel::sqlite::SqliteConnection;

use super::session;
use super::shape::in_main;
use crate::backend::sqlite::renderer::Renderer;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// Renames and undoes it. SQLite rewrites every index, key, check, trigger and view that names the column, and refuses
/// when one of them could not be read before or after; with `legacy_alter_table` it would not look after.
pub(in crate::backend::sqlite) fn check_rename(
    conn: &mut SqliteConnection,
    table: &TableName,
    old: &str,
    new: &str,
) -> Result<()> {
    let (name, from, to) = (in_main(table.name()), Renderer.quote(old), Renderer.quote(new));
    let sql = format!("ALTER TABLE {name} RENAME COLUMN {from} TO {to}");
    let tried = session::undone(conn, |conn| session::without_legacy_alter(conn, |conn| conn.batch(&sql)));
    tried.map_err(|error| match error.what().split_once("error in ") {
        Some((_, told)) => blocked(table, old, told).with_source(error),
        None => error,
    })
}

fn blocked(table: &TableName, column: &str, told: &str) -> Error {
    let message = format!("column {column} of {table} cannot be renamed, for this would not follow: {told}");
    Error::new(ErrorKind::PreconditionFailed, message)
        .state("nothing was changed")
        .remedy("mend or drop it first, and create it again with the new name")
}
