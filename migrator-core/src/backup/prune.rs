//! Backups that are no longer wanted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::book::Book;
use super::make::remove;
use super::table_backup::TableBackup;
use super::under_way::{self, Work, sweep};
use crate::connection::Database;
use crate::error::{Error, Result};
use crate::name::TableName;

/// Which backups go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Prune {
    /// All but the newest so many of each table.
    Keep(usize),
    /// Those made before.
    Before(DateTime<Utc>),
}

impl Prune {
    /// Of all backups, oldest first.
    pub(crate) fn going(self, all: Vec<TableBackup>) -> Vec<TableBackup> {
        let mut newer = BTreeMap::<TableName, usize>::new();
        let mut going: Vec<_> = all.into_iter().rev().filter(|backup| self.takes(backup, &mut newer)).collect();
        going.reverse();
        going
    }

    fn takes(self, backup: &TableBackup, newer: &mut BTreeMap<TableName, usize>) -> bool {
        let count = newer.entry(backup.table.clone()).or_default();
        *count += 1;
        match self {
            Self::Keep(keep) => *count > keep,
            Self::Before(moment) => DateTime::parse_from_rfc3339(&backup.made_at).is_ok_and(|made_at| made_at < moment),
        }
    }
}

/// Every backup, oldest first.
pub(crate) fn backups(database: &mut dyn Database) -> Result<Vec<TableBackup>> {
    sweep(database);
    Book::find(database)?.backups(database)
}

/// Drops the copies of backups that go, and forgets them; those that went, oldest first.
pub(crate) fn prune(database: &mut dyn Database, prune: Prune) -> Result<Vec<TableBackup>> {
    let going = prune.going(backups(database)?);
    let left = |error: Error| error.state("the backups before it are gone, it and those after it are as they were");
    going.iter().try_for_each(|backup| drop_copy(database, backup).map_err(left))?;
    Ok(going)
}

/// Drops a copy and forgets it, or leaves both.
pub(super) fn drop_copy(database: &mut dyn Database, backup: &TableBackup) -> Result<()> {
    if !database.renderer()?.capabilities().transactional_ddl {
        return forget(database, backup);
    }
    database.begin()?;
    match forget(database, backup) {
        Ok(()) => database.commit(),
        Err(error) => database.rollback().and(Err(error)),
    }
}

/// The copy first: a copy without a row would be forgotten. Where no transaction is round both, the row tells of it before.
pub(super) fn forget(database: &mut dyn Database, backup: &TableBackup) -> Result<()> {
    let book = Book::find(database)?;
    if !under_way::is_told(database)? {
        return remove(database, &backup.copy).and_then(|()| book.forget(database, &backup.id));
    }
    // Whoever has claimed it drops it.
    let Some(digest) = under_way::claim(database, Work::Drop, &backup.copy)? else { return Ok(()) };
    let outcome = book
        .recount(database, &TableBackup { digest, ..backup.clone() })
        .and_then(|()| remove(database, &backup.copy))
        .and_then(|()| book.forget(database, &backup.id));
    outcome.and(database.disclaim(backup.copy.name()))
}
