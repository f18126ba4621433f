//! Changes that SQLite's ALTER TABLE lacks: the old table is set aside, a new one with the edited text takes its name,
//! the rows are copied, what stood on the old one is created again from its own text.
//!
//! ```text
//! SAVEPOINT
//! ALTER TABLE p RENAME TO __migrator_r_p        -- legacy_alter_table = ON: nobody's text follows
//! CREATE TABLE p (..)                           -- the stored text, with the edit's few letters changed
//! INSERT INTO p (..) SELECT .. FROM __migrator_r_p
//! DROP TABLE __migrator_r_p
//! CREATE INDEX .., CREATE TRIGGER ..            -- the stored texts
//! RELEASE
//! ```
//!
//! The new table is created under its final name because a rename writes that name into the text in its own way, and
//! leaves expressions that say `p.column` behind. What the other order is preferred for, that foreign keys, views and
//! triggers must not follow the old table, holds here by `legacy_alter_table` with foreign keys off, and is compared:
//! afterwards every other text of the schema is what it was, letter by letter, or all is undone.

mod aside;
mod copy;
mod dependents;
mod rename;
mod session;
mod shape;
mod standing;
mod witness;

#[cfg(test)]
mod tests;

use diesel::sqlite::SqliteConnection;

pub(super) use rename::check_rename;
pub(super) use witness::all_violations;

use super::ddl::{CreateTable, add_needs_rebuild, edited};
use crate::connection::{Database, Rebuilds, Rebuilt, reaching_others};
use crate::error::Result;
use crate::name::TableName;
use crate::operation::TableEdit;
use copy::Copy;
use standing::Standing;
use witness::Witness;

/// What is left where a rebuild would not keep what it has to keep.
const BY_HAND: &str = "something else changes rows or definitions while the table is rebuilt: take it away, or write the \
    change out in SQL of your own";

impl Rebuilds for SqliteConnection {
    fn needs_rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<bool> {
        needs_rebuild(self, table, edit)
    }

    fn rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<Rebuilt> {
        rebuild(self, table, edit)
    }

    fn rebuild_reaches_others(&mut self, table: &TableName) -> Result<bool> {
        reaches_others(self, table)
    }
}

/// Makes the change, or leaves the table as it was.
fn rebuild(conn: &mut SqliteConnection, table: &TableName, edit: &TableEdit) -> Result<Rebuilt> {
    if conn.transaction_depth()? == 0 {
        return session::without_foreign_keys(conn, |conn| {
            session::undone_on_error(conn, |conn| run(conn, table, edit))
        });
    }
    if reaches_others(conn, table)? {
        return Err(reaching_others(table));
    }
    session::undone_on_error(conn, |conn| run(conn, table, edit))
}

/// Whether foreign keys are enforced now, cannot be switched off, and a rebuild would meet them.
pub(super) fn reaches_others(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    if conn.transaction_depth()? == 0 || !session::pragma(conn, "foreign_keys")? {
        return Ok(false);
    }
    let name = table.name();
    Ok(witness::is_referenced(conn, name)? || !witness::violations(conn, &[name.to_owned()])?.is_empty())
}

/// Whether ALTER TABLE lacks the change, or would be stopped by things that have nothing to do with it.
fn needs_rebuild(conn: &mut SqliteConnection, table: &TableName, edit: &TableEdit) -> Result<bool> {
    let (TableEdit::AddColumn(_) | TableEdit::DropColumn(_)) = edit else { return Ok(true) };
    let standing = Standing::read(conn, table)?;
    let create = CreateTable::parse(&standing.sql)?;
    Ok(match edit {
        TableEdit::AddColumn(column) => add_needs_rebuild(&create, column),
        TableEdit::DropColumn(name) => {
            let held = create.column(name).is_some_and(|column| create.holds(column));
            held || standing.names_column(name) || dependents::has_views_or_triggers(conn)?
        }
        _ => true,
    })
}

fn run(conn: &mut SqliteConnection, table: &TableName, edit: &TableEdit) -> Result<Rebuilt> {
    let mut standing = Standing::read(conn, table)?;
    let text = edited(&standing.sql, edit)?;
    if text == standing.sql && !copy::has_new_values(edit) {
        return Ok(Rebuilt::default());
    }
    if let TableEdit::DropColumn(column) = edit {
        standing.let_go(dependents::going_with(conn, &standing, column)?);
    }
    let witness = Witness::take(conn, &standing)?;
    let done = session::with_legacy_alter(conn, |conn| replace(conn, &standing, &text, edit))?;
    witness.compare(conn, &standing)?;
    Ok(done)
}

fn replace(conn: &mut SqliteConnection, standing: &Standing, text: &str, edit: &TableEdit) -> Result<Rebuilt> {
    let old = shape::of(conn, &standing.name, &standing.sql)?;
    let aside = aside::set_aside(conn, standing, &old)?;
    conn.batch(&create_statement(text)?)?;
    let new = shape::of(conn, &standing.name, text)?;
    let copy = Copy::plan(&standing.name, &aside, &old, &new, edit)?;
    let rows = copy.run(conn)?;
    let changed_values = copy.compare(conn, rows)?;
    conn.batch(&format!("DROP TABLE {}", shape::in_main(&aside)))?;
    standing.recreate(conn)?;
    Ok(Rebuilt { rows, changed_values })
}

/// The stored text again as a statement that creates the table in `main`, whatever stands in `temp`.
pub(super) fn create_statement(text: &str) -> Result<String> {
    Ok(format!("CREATE TABLE main.{}", &text[CreateTable::parse(text)?.name_start..]))
}
