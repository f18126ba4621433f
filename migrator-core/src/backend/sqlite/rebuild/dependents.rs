//! What names a column, found by asking SQLite: it is renamed, and what says the new name did name it.

use diesel::sqlite::SqliteConnection;

use super::standing::Standing;
use super::witness::{Stored, stored};
use super::{rename, session};
use crate::backend::sqlite::ddl::{CreateIndex, mentions, same_name};
use crate::connection::Database;
use crate::error::{Error, ErrorKind, Result};

/// A name that nobody else uses.
const PROBE: &str = "__migrator_dropped";

/// The indexes that go with the column, being on it alone; an error when anything else names it.
pub(super) fn going_with(conn: &mut SqliteConnection, standing: &Standing, column: &str) -> Result<Vec<String>> {
    let naming = naming(conn, standing, column)?;
    let (going, staying): (Vec<_>, Vec<_>) = naming.into_iter().partition(|one| goes_with(one, column));
    if staying.is_empty() {
        return Ok(going.into_iter().map(|one| one.name).collect());
    }
    let told: Vec<_> = staying.iter().map(|one| one.told(&standing.name)).collect();
    let message = format!("column {column} of {} is named by {}", standing.name, told.join(", "));
    Err(Error::new(ErrorKind::PreconditionFailed, message)
        .state("nothing was changed")
        .remedy("change or drop those first; a view or trigger can be created again afterwards"))
}

fn goes_with(one: &Stored, column: &str) -> bool {
    one.kind == "index" && CreateIndex::parse(&one.sql).is_ok_and(|index| index.is_only_on(column))
}

/// Everything outside the table's own text that names the column.
fn naming(conn: &mut SqliteConnection, standing: &Standing, column: &str) -> Result<Vec<Stored>> {
    let before = stored(conn)?;
    let names = match session::undone(conn, |conn| Ok(rename::renamed(conn, &standing.name, column, PROBE).ok()))? {
        Some(after) => after.into_iter().filter(|one| mentions(&one.sql, PROBE)).collect(),
        None => suspects(conn, standing, &before, column)?,
    };
    let is_own = |one: &Stored| one.kind == "table" && one.schema == "main" && same_name(&one.name, &standing.name);
    let named = |one: &Stored| names.iter().any(|other: &Stored| other.is_the_one(one));
    Ok(before.into_iter().filter(|one| named(one) && !is_own(one)).collect())
}

/// Where a broken view keeps SQLite from answering: every text that may mean the column.
fn suspects(conn: &mut SqliteConnection, standing: &Standing, all: &[Stored], column: &str) -> Result<Vec<Stored>> {
    let children = children(conn, &standing.name, column)?;
    let suspect = |one: &&Stored| match one.kind.as_str() {
        "index" => same_name(&one.table, &standing.name) && mentions(&one.sql, column),
        "table" => children.iter().any(|child| same_name(child, &one.name)),
        _ => mentions(&one.sql, column),
    };
    Ok(all.iter().filter(suspect).cloned().collect())
}

fn children(conn: &mut SqliteConnection, table: &str, column: &str) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT m.name FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f \
               WHERE m.type = 'table' AND f.\"table\" = ? COLLATE NOCASE AND f.\"to\" = ? COLLATE NOCASE";
    Ok(conn.query(sql, &[table.into(), column.into()])?.iter().map(|row| row.text(0)).collect())
}

/// Views and triggers, anywhere: ALTER TABLE DROP COLUMN looks at all of them, and one that is broken stops it.
pub(super) fn has_views_or_triggers(conn: &mut SqliteConnection) -> Result<bool> {
    Ok(stored(conn)?.iter().any(|one| matches!(one.kind.as_str(), "view" | "trigger")))
}
