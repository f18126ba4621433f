//! Putting a table back.

use std::collections::BTreeMap;
use std::fmt;

use super::book::{Book, Entry};
use super::left::Left;
use super::make::{Order, back_up};
use super::newer::{Newer, differing, newer, newer_columns};
use super::prune::forget;
use super::table_backup::{BackupId, TableBackup};
use super::under_way;
use crate::connection::{Database, SchemaConnection, Violations};
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};

/// A restore with what is refused by default said to be meant.
///
/// The table becomes what it was when the backup was made: columns, keys, indexes, triggers and rows. What stands there now
/// is backed up first. Rows whose key (without a key: whose values) the backup does not have would go, and so a restore
/// that meets such rows is refused, listing them, unless [`discard_newer_rows`](Restore::discard_newer_rows) is said. Rows
/// that the migration itself brought which made the backup may go: a restore takes that migration back.
///
/// ```
/// use diesel::connection::SimpleConnection;
/// use migrator_core::{Restore, create_table_backup, prelude::*};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// conn.batch_execute("create table users (id integer primary key); insert into users values (1), (2)")?;
/// let backup = create_table_backup(&mut conn, "users", "before the import")?;
/// conn.batch_execute("delete from users; insert into users values (3)")?;
/// let restore = Restore::new(&backup.id());
/// assert!(restore.run(&mut conn).is_err());
/// let restored = restore.discard_newer_rows().run(&mut conn)?;
/// assert_eq!((restored.rows(), restored.discarded()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Restore {
    id: BackupId,
    discard: bool,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Restored {
    backup: TableBackup,
    before: Option<TableBackup>,
    discarded: u64,
    columns_gone: BTreeMap<String, u64>,
}

impl Restored {
    /// The backup that the table was made from.
    pub fn backup(&self) -> &TableBackup {
        &self.backup
    }

    /// The backup of what stood there before; none where the table was gone.
    pub fn before(&self) -> Option<&TableBackup> {
        self.before.as_ref()
    }

    /// How many rows the table has now.
    pub fn rows(&self) -> u64 {
        self.backup.rows()
    }

    /// How many rows went that the backup does not have.
    pub fn discarded(&self) -> u64 {
        self.discarded
    }

    /// The columns that the table had and the backup does not have, where values stood in them, and how many.
    pub fn columns_gone(&self) -> &BTreeMap<String, u64> {
        &self.columns_gone
    }
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "restored {} from {}: {}", self.backup.table(), self.backup.id(), counted(self.rows(), "row"))?;
        if self.discarded > 0 {
            write!(f, "; gone from it: {}", counted(self.discarded, "newer row"))?;
        }
        for (column, values) in &self.columns_gone {
            write!(f, "; gone from it: column {column} with {}", counted(*values, "value"))?;
        }
        match &self.before {
            Some(before) => write!(f, "\n  what stood there is kept as {before}"),
            None => Ok(()),
        }
    }
}

impl Restore {
    /// That of a backup, refusing to take rows away that it does not have.
    pub fn new(id: &BackupId) -> Self {
        Self { id: id.clone(), discard: false }
    }

    /// Rows that the backup does not have may go; the backup of the present state that is made first keeps them.
    #[must_use]
    pub fn discard_newer_rows(mut self) -> Self {
        self.discard = true;
        self
    }

    /// Puts the table back, or leaves everything as it was.
    ///
    /// # Errors
    /// `UnknownTarget` for a backup that is not there; `IntegrityFailed` when its copy is no longer what it was, or the
    /// restored rows would break a foreign key; `DataLoss` for rows that the backup does not have.
    pub fn run(&self, conn: &mut dyn SchemaConnection) -> Result<Restored> {
        let database = conn.database();
        let entry = Book::find(database)?.entry(database, &self.id)?;
        let outcome = match database.transaction_depth()? {
            0 => self.by_itself(database, &entry),
            _ => self.in_transaction(database, &entry),
        };
        outcome.map_err(|error| not_restored(&entry, error))
    }

    /// How many rows that stand now would be overwritten or taken away: those that the backup does not have just so. None
    /// where the table is gone, is empty, or is what it was. Nothing is done.
    ///
    /// # Errors
    /// Those that [`run`](Restore::run) would end with before it changes anything.
    pub fn at_stake(&self, conn: &mut dyn SchemaConnection) -> Result<u64> {
        let database = conn.database();
        let entry = Book::find(database)?.entry(database, &self.id)?;
        self.counted(database, &entry).map_err(|error| not_restored(&entry, error))
    }

    /// The columns that stand now and that the backup does not have, and how many values would go with each: but where the
    /// table is as the migration left it which made the backup, which brought them then. Nothing is done.
    ///
    /// # Errors
    /// `UnknownTarget` for a backup that is not there.
    pub fn columns_at_stake(&self, conn: &mut dyn SchemaConnection) -> Result<BTreeMap<String, u64>> {
        let database = conn.database();
        let entry = Book::find(database)?.entry(database, &self.id)?;
        columns_at_stake(database, &entry).map_err(|error| not_restored(&entry, error))
    }

    fn counted(&self, database: &mut dyn Database, entry: &Entry) -> Result<u64> {
        refuse_changed_copy(database, entry)?;
        let Entry { anatomy, copy, .. } = entry;
        if !database.has_table(&anatomy.table)? {
            return Ok(0);
        }
        self.newer(database, entry)?;
        differing(database, anatomy, copy)
    }

    /// How many rows would go that the backup does not have, where they may.
    fn newer(&self, database: &mut dyn Database, entry: &Entry) -> Result<u64> {
        let newer = newer(database, &entry.anatomy, &entry.copy, entry.left.as_ref().map_or(0, Left::reach))?;
        let rows = newer.rows;
        if !self.discard {
            refuse_unexplained(database, newer, entry)?;
        }
        Ok(rows)
    }

    /// The session's settings are put back however it ends.
    fn by_itself(&self, database: &mut dyn Database, entry: &Entry) -> Result<Restored> {
        let settings = database.settings()?;
        database.prepare_session()?;
        let outcome = database.enforce_foreign_keys(false).and_then(|()| self.in_transaction(database, entry));
        let settled = database.restore_settings(&settings);
        let restored = outcome?;
        settled.map(|()| restored)
    }

    fn in_transaction(&self, database: &mut dyn Database, entry: &Entry) -> Result<Restored> {
        let violations = Violations::standing(database)?;
        database.begin_restore(&entry.anatomy.table)?;
        let outcome = self.inside(database, entry).and_then(|restored| {
            let sound = violations.refuse_more(database);
            sound.map_err(|error| error.remedy("restore the tables that they name first, or mend the rows"))?;
            Ok(restored)
        });
        let transactional = database.renderer()?.capabilities().transactional_ddl;
        match outcome {
            Ok(restored) if transactional => database.commit().map(|()| restored),
            Err(error) if transactional => {
                let undone = database.rollback();
                Err(undone
                    .map_or_else(|undone| error.copy().state(undone.what()), |()| error.copy())
                    .with_source(error))
            }
            outcome => outcome,
        }
    }

    fn inside(&self, database: &mut dyn Database, entry: &Entry) -> Result<Restored> {
        refuse_changed_copy(database, entry)?;
        let anatomy = &entry.anatomy;
        let mut before = None;
        let (mut discarded, mut columns_gone) = (0, BTreeMap::new());
        if database.has_table(&anatomy.table)? {
            discarded = self.newer(database, entry)?;
            columns_gone = newer_columns(database, anatomy)?;
            let label = format!("before the restore of {}", self.id);
            before = Some(back_up(database, &anatomy.table, &Order::labelled(&label))?);
        }
        match exchange_told(database, entry, before.as_ref()) {
            Ok(()) => Ok(Restored { backup: entry.backup.clone(), before, discarded, columns_gone }),
            Err(error) => Err(without_needless_backup(database, before.as_ref(), error)),
        }
    }
}

fn columns_at_stake(database: &mut dyn Database, entry: &Entry) -> Result<BTreeMap<String, u64>> {
    let Entry { anatomy, left, .. } = entry;
    if !database.has_table(&anatomy.table)? {
        return Ok(BTreeMap::new());
    }
    let columns = newer_columns(database, anatomy)?;
    match left {
        Some(left) if !columns.is_empty() && left.still_stands(database, anatomy)? => Ok(BTreeMap::new()),
        _ => Ok(columns),
    }
}

/// Where no transaction takes it back, a row of the book tells of it until the table is what it was, or what it is to be.
fn exchange_told(database: &mut dyn Database, entry: &Entry, before: Option<&TableBackup>) -> Result<()> {
    let told = under_way::begin_restore(database, entry)?;
    let outcome = exchange(database, entry);
    if let Some(told) = told {
        let ended = match &outcome {
            Ok(()) => under_way::end_restores(database, &told),
            Err(_) if is_as_it_was(database, entry, before).unwrap_or(false) => under_way::end(database, &told),
            Err(_) => database.disclaim(told.place.name()),
        };
        // A row that stays is looked at again.
        ended.ok();
    }
    outcome
}

fn is_as_it_was(database: &mut dyn Database, entry: &Entry, before: Option<&TableBackup>) -> Result<bool> {
    match before {
        Some(before) => is_needless(database, before),
        None => Ok(!database.has_table(&entry.anatomy.table)?),
    }
}

fn exchange(database: &mut dyn Database, entry: &Entry) -> Result<()> {
    let Entry { anatomy, copy, .. } = entry;
    let expected = entry.contents();
    database.put_back(anatomy, copy, &expected, &entry.stand_in())?;
    let now = database.contents(&anatomy.table, &anatomy.columns)?;
    if now == expected {
        return Ok(());
    }
    let message = format!("{now} would stand in {}, the backup has {expected}", anatomy.table);
    Err(Error::new(ErrorKind::IntegrityFailed, message).remedy(format!(
        "something changes values as they are put in: take it away, then restore again; the rows are in {copy}"
    )))
}

/// Where no transaction takes it away: the backup of what stands is needless when that still stands.
fn without_needless_backup(database: &mut dyn Database, before: Option<&TableBackup>, error: Error) -> Error {
    let Some(before) = before else { return error };
    let removed =
        is_needless(database, before).and_then(|needless| if needless { forget(database, before) } else { Ok(()) });
    match removed {
        Ok(()) => error,
        Err(_) => error.outcome(format!("what stood there is kept as backup {}", before.id)),
    }
}

fn is_needless(database: &mut dyn Database, before: &TableBackup) -> Result<bool> {
    if database.renderer()?.capabilities().transactional_ddl || !database.has_table(&before.table)? {
        return Ok(false);
    }
    let entry = Book::find(database)?.entry(database, &before.id)?;
    let now = database.dissect(&before.table)?;
    Ok(database.are_alike(&now, &entry.anatomy) && database.contents(&now.table, &now.columns)? == entry.contents())
}

fn refuse_changed_copy(database: &mut dyn Database, entry: &Entry) -> Result<()> {
    let Entry { anatomy, copy, .. } = entry;
    if !database.has_table(copy)? {
        let message = format!("the table that held it, {copy}, is gone");
        return Err(Error::new(ErrorKind::IntegrityFailed, message).remedy("restore another backup of the table"));
    }
    let columns = database.column_names(copy)?;
    if let Some(lost) = anatomy.columns.iter().find(|column| !columns.contains(&column.name)) {
        let message = format!("its copy {copy} was changed since it was made: it has no column {}", lost.name);
        return Err(Error::new(ErrorKind::IntegrityFailed, message).remedy("restore another backup of the table"));
    }
    let (now, then) = (database.contents(copy, &anatomy.columns)?, entry.contents());
    if now == then {
        return Ok(());
    }
    let message = format!("its copy {copy} was changed since it was made: it has {now}, it had {then}");
    Err(Error::new(ErrorKind::IntegrityFailed, message).remedy("restore another backup of the table"))
}

fn refuse_unexplained(database: &mut dyn Database, mut newer: Newer, entry: &Entry) -> Result<()> {
    let all = newer.rows;
    if let Some(left) = entry.left.as_ref().filter(|_| all > 0) {
        left.explain(database, &entry.anatomy, &mut newer)?;
    }
    if newer.rows == 0 {
        return Ok(());
    }
    let (rows, table) = (newer.rows, &entry.backup.table);
    let explained = match (all - rows, entry.backup.revision()) {
        (0, _) | (_, None) => String::new(),
        (known, Some(revision)) => format!(" (besides {known} that migration {revision} brought)"),
    };
    let message = format!("{} of {table} not in the backup would go{explained}: {newer}", counted(rows, "row"));
    let id = entry.backup.id.as_ref();
    Err(Error::new(ErrorKind::DataLoss, message).remedy_told(|reader| {
        let way = reader.discard_newer_rows(id);
        format!("if they may go, say {way}; a backup of the present state, made first, keeps them")
    }))
}

fn not_restored(entry: &Entry, error: Error) -> Error {
    let message = format!("backup {} of {} was not restored: {}", entry.backup.id, entry.backup.table, error.what());
    let told = Error::new(error.kind(), message).failing(error.failure()).remedy_of(&error);
    let told = told.remedy("mend what the error names, then restore again; the backup stays");
    told.state(error.told_state().unwrap_or("everything is as it was")).with_source(error)
}
