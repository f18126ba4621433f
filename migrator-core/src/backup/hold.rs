//! Nobody writes to a table between its copy and the step that takes the original away, where no transaction is round both.
//!
//! A copy takes its time and writers go on meanwhile. So the step itself is sent while they are kept out, and what came to
//! the table since it was copied is copied first.

use super::book::{Book, Entry};
use super::table_backup::BackupId;
use crate::connection::Database;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// Sends a statement that defines while nobody else writes to the tables that were copied for it.
///
/// A few statements cannot be sent so (`RENAME TABLE`, `DROP DATABASE`): those are sent without.
pub(crate) fn define_while_held(
    database: &mut dyn Database,
    copies: &[BackupId],
    send: &mut dyn FnMut(&mut dyn Database) -> Result<()>,
) -> Result<()> {
    let (book, mut entries) = standing(database, copies)?;
    if entries.is_empty() {
        return send(database);
    }
    let copied = entries.iter().flat_map(|entry| [&entry.anatomy.table, &entry.copy]);
    let tables: Vec<TableName> = std::iter::once(book.table()).chain(copied).cloned().collect();
    database.hold_tables(&tables)?;
    let renewed = entries.iter_mut().try_for_each(|entry| renew(database, &book, entry));
    let kept = database.settle_held(renewed.is_ok());
    let sent = renewed.and(kept).and_then(|()| send(database));
    let released = database.release_tables();
    match sent {
        Err(error) if database.is_refused_while_held(&error) => released.and_then(|()| send(database)),
        sent => sent.and(released),
    }
}

/// Begins a transaction in which others are kept from the rows of the tables that were copied.
///
/// What it reads first, it reads behind the lock: a transaction may go on seeing the moment of its first look.
pub(crate) fn begin_holding_rows(database: &mut dyn Database, copies: &[BackupId]) -> Result<()> {
    let (book, mut entries) = standing(database, copies)?;
    database.begin_holding()?;
    entries.iter().try_for_each(|entry| database.hold_rows(&entry.anatomy.table))?;
    entries.iter_mut().try_for_each(|entry| renew(database, &book, entry))
}

/// The copies whose tables stand.
fn standing(database: &mut dyn Database, copies: &[BackupId]) -> Result<(Book, Vec<Entry>)> {
    let book = Book::find(database)?;
    let mut entries = Vec::new();
    for id in copies {
        let entry = book.entry(database, id)?;
        if database.has_table(&entry.anatomy.table)? {
            entries.push(entry);
        }
    }
    Ok((book, entries))
}

fn renew(database: &mut dyn Database, book: &Book, entry: &mut Entry) -> Result<()> {
    let now = database.contents(&entry.anatomy.table, &entry.anatomy.columns)?;
    if now == entry.contents() {
        return Ok(());
    }
    database.refill_copy(&entry.anatomy, &entry.copy)?;
    let here = database.contents(&entry.copy, &entry.anatomy.columns)?;
    if here != now {
        let message = format!("{now} stand in {}, {here} arrived in the copy", entry.anatomy.table);
        return Err(Error::new(ErrorKind::BackupFailed, message));
    }
    (entry.backup.rows, entry.backup.digest) = (now.rows, now.digest);
    book.recount(database, &entry.backup)
}
