//! What is being copied, put back or dropped where no transaction takes it back: a row of the book tells of it meanwhile.
//!
//! Whoever is at it holds a claim that ends with its session. A row without one was left by somebody who was killed: a half
//! copy is taken away, a copy that was to go goes, and of a table that was being put back it is found out whether it is one.

use chrono::{DateTime, TimeDelta, Utc};

use super::book::{Book, Entry};
use super::make::remove;
use super::table_backup::{BackupId, TableBackup};
use crate::connection::Database;
use crate::error::{Error, ErrorKind, Result};
use crate::history::now;
use crate::name::TableName;
use crate::report::{Finding, FindingKind, Remedy};

/// What stands in place of a digest while the work is under way; a claimant follows.
pub(super) const UNDER_WAY: &str = "under way: ";

/// Nobody is at it any longer than this, where it cannot be asked whether he lives.
const LONG: TimeDelta = TimeDelta::days(1);

/// What somebody is about to do with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Copy,
    Restore,
    Drop,
}

const WORDS: [(Work, &str); 3] = [(Work::Copy, "copy"), (Work::Restore, "restore"), (Work::Drop, "drop")];

/// Work that the book tells of and that may have lost whoever was at it.
pub(super) struct UnderWay {
    pub(super) backup: TableBackup,
    /// The full name of the table where it is done: the copy, or the one that is to take the original's place.
    pub(super) place: TableName,
    work: Work,
    claimant: String,
}

impl UnderWay {
    /// None where the backup stands.
    pub(super) fn of(backup: TableBackup, place: TableName) -> Option<Self> {
        let told = backup.digest.strip_prefix(UNDER_WAY)?;
        let (word, claimant) = told.split_once(' ').unwrap_or((told, ""));
        let (work, _) = WORDS.into_iter().find(|(_, known)| *known == word)?;
        Some(Self { work, claimant: claimant.to_owned(), backup, place })
    }

    /// If so, it is this session's from here on.
    fn is_forsaken(&self, database: &mut dyn Database) -> Result<bool> {
        Ok(database.is_forsaken(self.place.name(), &self.claimant)? || self.is_old())
    }

    fn is_old(&self) -> bool {
        let begun = DateTime::parse_from_rfc3339(&self.backup.made_at);
        !self.claimant.is_empty() && begun.is_ok_and(|begun| Utc::now().signed_duration_since(begun) > LONG)
    }
}

/// Claims the work, which others see as under way until the row says otherwise; none where somebody else is at it.
pub(super) fn claim(database: &mut dyn Database, work: Work, place: &TableName) -> Result<Option<String>> {
    let word = WORDS.iter().find(|(known, _)| *known == work).map_or("", |(_, word)| word);
    Ok(database.claim(place.name())?.map(|claimant| format!("{UNDER_WAY}{word} {claimant}").trim_end().to_owned()))
}

/// Whether what is begun has to be told of: nothing takes it back.
pub(super) fn is_told(database: &mut dyn Database) -> Result<bool> {
    Ok(!database.renderer()?.capabilities().transactional_ddl)
}

/// Takes away what killed processes have left. What cannot be taken away now is found again the next time.
pub(crate) fn sweep(database: &mut dyn Database) {
    if matches!(is_told(database), Ok(true)) && matches!(database.transaction_depth(), Ok(0)) {
        sweep_all(database).ok();
    }
}

fn sweep_all(database: &mut dyn Database) -> Result<()> {
    let book = Book::find(database)?;
    book.under_way(database)?.iter().try_for_each(|left| {
        forsaken(database, left, |database| match is_told_for_nothing(database, &book, left)? {
            true => take_away(database, &book, left),
            false => Ok(()),
        })
    })
}

/// Does it where nobody else is at the work, and nobody has ended it meanwhile.
fn forsaken(
    database: &mut dyn Database,
    left: &UnderWay,
    act: impl FnOnce(&mut dyn Database) -> Result<()>,
) -> Result<()> {
    if !left.is_forsaken(database)? {
        return Ok(());
    }
    let still = Book::find(database)?.under_way(database)?.iter().any(|one| one.backup.id == left.backup.id);
    let outcome = if still { act(database) } else { Ok(()) };
    outcome.and(database.disclaim(left.place.name()))
}

/// Whether the table is whole without what was under way: nothing of a restore was begun with the table itself while the one
/// that is to take its place stands beside it, and all of it was done where it is what it was to become.
fn is_told_for_nothing(database: &mut dyn Database, book: &Book, left: &UnderWay) -> Result<bool> {
    if left.work != Work::Restore {
        return Ok(true);
    }
    let wanted = book.entry_under_way(database, &left.backup.id)?.anatomy;
    if !database.has_table(&wanted.table)? {
        return Ok(false);
    }
    let now = database.dissect(&wanted.table)?;
    Ok(database.has_table(&left.place)? || database.are_alike(&now, &wanted))
}

/// The restores that broke off and that nothing but themselves can bring to an end.
pub(crate) fn unfinished_restores(database: &mut dyn Database) -> Result<Vec<Finding>> {
    if !is_told(database)? {
        return Ok(Vec::new());
    }
    let book = Book::find(database)?;
    let mut findings = Vec::new();
    for left in book.under_way(database)?.iter().filter(|left| left.work == Work::Restore) {
        forsaken(database, left, |database| {
            if !is_told_for_nothing(database, &book, left)? {
                findings.push(finding(left));
            }
            Ok(())
        })?;
    }
    Ok(findings)
}

fn finding(left: &UnderWay) -> Finding {
    let (table, id) = (&left.backup.table, &left.backup.label);
    let what = format!("putting {table} back from backup {id} broke off");
    Finding::new(FindingKind::UnfinishedRestore, what, Remedy::Command(format!("restore {id}"))).advice(format!(
        "{table} may be missing, or lack foreign keys and triggers; its rows are in the backup, and those that stood there \
         before in the backup that was made first"
    ))
}

/// The row of a restore that is about to be done, where one is needed; its claim is held.
pub(super) fn begin_restore(database: &mut dyn Database, entry: &Entry) -> Result<Option<UnderWay>> {
    if !is_told(database)? {
        return Ok(None);
    }
    let place = entry.stand_in();
    let Some(digest) = claim(database, Work::Restore, &place)? else { return Err(busy(entry)) };
    let made_at = now();
    let backup = TableBackup {
        id: BackupId::fresh(&entry.backup.table, &made_at),
        label: entry.backup.id.to_string(),
        made_at,
        digest,
        ..entry.backup.clone()
    };
    let row = Entry { backup, anatomy: entry.anatomy.clone(), copy: place.clone(), left: None };
    let book = Book::find(database)?;
    book.insert(database, &row).inspect_err(|_| drop(database.disclaim(place.name())))?;
    Ok(UnderWay::of(row.backup, place))
}

fn busy(entry: &Entry) -> Error {
    let message = "somebody else is putting the table back from it just now";
    Error::new(ErrorKind::LockTimeout, message)
        .remedy(format!("wait until that has ended, then look at {}", entry.backup.table))
}

/// The row goes: the table is what it was, or what it is to be.
pub(super) fn end(database: &mut dyn Database, restore: &UnderWay) -> Result<()> {
    Book::find(database)?.forget(database, &restore.backup.id)?;
    database.disclaim(restore.place.name())
}

/// The table is put back: what broke off before is over too.
pub(super) fn end_restores(database: &mut dyn Database, restore: &UnderWay) -> Result<()> {
    let book = Book::find(database)?;
    let earlier = |one: &&UnderWay| one.work == Work::Restore && one.backup.table == restore.backup.table;
    for one in book.under_way(database)?.iter().filter(earlier).filter(|one| one.backup.id != restore.backup.id) {
        if one.place == restore.place {
            book.forget(database, &one.backup.id)?;
        } else {
            forsaken(database, one, |database| take_away(database, &book, one))?;
        }
    }
    end(database, restore)
}

fn take_away(database: &mut dyn Database, book: &Book, left: &UnderWay) -> Result<()> {
    remove(database, &left.place).and_then(|()| book.forget(database, &left.backup.id))
}
