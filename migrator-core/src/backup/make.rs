//! Making copies: all of those that are asked for, or none.

use super::book::{Book, Entry, short};
use super::table_backup::{BackupId, TableBackup};
use super::under_way::{self, Work, sweep};
use crate::connection::Database;
use crate::connection::copies::Contents;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Observers};
use crate::history::now;
use crate::name::{RevisionId, TableName};

/// So many rows take long enough to tell how far the work is.
const LONG_WORK: u64 = 10_000;

/// What is said of a backup besides its table.
#[derive(Default)]
pub(crate) struct Order<'a> {
    pub(crate) label: &'a str,
    /// The migration that makes it.
    pub(crate) revision: Option<&'a RevisionId>,
    /// Told of the progress.
    pub(crate) observers: Option<&'a Observers>,
}

impl<'a> Order<'a> {
    pub(crate) fn labelled(label: &'a str) -> Self {
        Self { label, ..Self::default() }
    }

    /// That of a migration, whose revision is the label.
    pub(crate) fn of_migration(revision: &'a RevisionId, observers: &'a Observers) -> Self {
        Self { label: revision.as_str(), revision: Some(revision), observers: Some(observers) }
    }

    /// A row is copied, read in the copy and read in the original.
    fn tell_progress(&self, rows: u64, steps: u64) {
        if let Some(observers) = self.observers.filter(|_| rows >= LONG_WORK) {
            observers.tell(&Event::Progress { done: steps * rows, total: 3 * rows });
        }
    }
}

/// Copies one table, and verifies the copy by its content.
pub(crate) fn back_up(database: &mut dyn Database, table: &TableName, order: &Order<'_>) -> Result<TableBackup> {
    let made = back_up_all(database, std::slice::from_ref(table), order)?;
    made.into_iter().next().ok_or_else(|| Error::new(ErrorKind::BackupFailed, format!("no backup of {table} was made")))
}

/// Copies tables as they are at one moment, where the database can hold them still together.
pub(crate) fn back_up_all(
    database: &mut dyn Database,
    tables: &[TableName],
    order: &Order<'_>,
) -> Result<Vec<TableBackup>> {
    let renderer = database.renderer()?;
    let tables: Vec<TableName> = tables.iter().map(|table| renderer.plain_name(table.clone())).collect();
    let tables = tables.as_slice();
    tables.iter().try_for_each(|table| refuse_missing(database, table))?;
    sweep(database);
    let book_was_there = Book::find(database)?.is_there();
    match attempt(database, tables, order) {
        // Somebody else made the book at the same moment.
        Err(_) if !book_was_there && database.transaction_depth()? == 0 && Book::find(database)?.is_there() => {
            attempt(database, tables, order)
        }
        outcome => outcome,
    }
}

pub(super) fn refuse_missing(database: &mut dyn Database, table: &TableName) -> Result<()> {
    database.renderer()?.check_table_name(table)?;
    if database.has_table(table)? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there"))
        .state("no backup was made")
        .remedy("name a table that is there"))
}

/// What an attempt has made so far.
#[derive(Default)]
struct Made {
    book: Option<Book>,
    entries: Vec<Entry>,
}

fn attempt(database: &mut dyn Database, tables: &[TableName], order: &Order<'_>) -> Result<Vec<TableBackup>> {
    let transactional = database.renderer()?.capabilities().transactional_ddl;
    database.begin_copies().map_err(|error| failed(&told(tables), error, None))?;
    let mut made = Made::default();
    match made.make_all(database, tables, order) {
        Ok(()) if transactional => database.commit().map_err(|error| failed(&told(tables), error, None))?,
        Ok(()) => {}
        Err((table, error)) => {
            let undone = if transactional { database.rollback() } else { made.undo(database) };
            return Err(failed(&table.to_string(), error, undone.err()));
        }
    }
    Ok(made.entries.into_iter().map(|entry| entry.backup).collect())
}

impl Made {
    fn make_all<'t>(
        &mut self,
        database: &mut dyn Database,
        tables: &'t [TableName],
        order: &Order<'_>,
    ) -> Result<(), (&'t TableName, Error)> {
        tables.iter().try_for_each(|table| self.make(database, table, order).map_err(|error| (table, error)))
    }

    fn make(&mut self, database: &mut dyn Database, table: &TableName, order: &Order<'_>) -> Result<()> {
        let mut book = Book::find(database)?;
        if book.create(database)? {
            self.book = Some(book);
            book = Book::find(database)?;
        }
        let mut entry = begin(database, table, order)?;
        let outcome = copy(database, &book, &mut entry, order);
        self.entries.push(entry);
        outcome
    }

    /// Takes away what was made, where no transaction does.
    fn undo(&mut self, database: &mut dyn Database) -> Result<()> {
        let mut undone = database.release_tables();
        let book = Book::find(database)?;
        for entry in &self.entries {
            undone = undone.and(take_away(database, &book, entry)).and(database.disclaim(entry.copy.name()));
        }
        match &mut self.book {
            // Somebody else may have found it meanwhile.
            Some(book) if book.is_empty(database)? => undone.and(book.remove(database)),
            _ => undone,
        }
    }
}

/// What is known before a row is copied.
fn begin(database: &mut dyn Database, table: &TableName, order: &Order<'_>) -> Result<Entry> {
    let anatomy = database.dissect(table)?;
    let made_at = now();
    let id = BackupId::fresh(table, &made_at);
    let copy = match database.place_of_copies(&anatomy.table)? {
        Some(schema) => TableName::from((schema.as_str(), id.name_of_copy().as_str())),
        None => anatomy.table.sibling(id.name_of_copy()),
    };
    let current = database.current_schema()?;
    let backup = TableBackup {
        id,
        table: table.clone(),
        copy: short(copy.clone(), current.as_deref()),
        label: order.label.to_owned(),
        rows: 0,
        digest: String::new(),
        made_at,
        revision: order.revision.cloned(),
    };
    Ok(Entry { backup, anatomy, copy, left: None })
}

/// Fills a copy, and writes it down once it is verified; before that, only that it is under way.
fn copy(database: &mut dyn Database, book: &Book, entry: &mut Entry, order: &Order<'_>) -> Result<()> {
    let told = under_way::is_told(database)?;
    if told {
        entry.backup.digest = under_way::claim(database, Work::Copy, &entry.copy)?.unwrap_or_default();
        book.insert(database, entry).inspect_err(|_| entry.backup.digest.clear())?;
    }
    let contents = fill(database, entry, order)?;
    (entry.backup.rows, entry.backup.digest) = (contents.rows, contents.digest);
    if !told {
        return book.insert(database, entry);
    }
    book.recount(database, &entry.backup)?;
    database.disclaim(entry.copy.name())
}

fn fill(database: &mut dyn Database, entry: &Entry, order: &Order<'_>) -> Result<Contents> {
    let Entry { anatomy, copy, backup, .. } = entry;
    let rows = database.make_copy(anatomy, copy)?;
    order.tell_progress(rows, 1);
    let [there, here] = database.contents_of_both(anatomy, copy, rows)?;
    order.tell_progress(here.rows, 3);
    database.release_tables()?;
    if there == here {
        return Ok(here);
    }
    let message = format!("{there} stand in {}, {here} arrived in the copy", backup.table);
    Err(Error::new(ErrorKind::BackupFailed, message)
        .remedy("something changes the table's values as they are read or written: take it away, then make it again"))
}

/// Without a digest it is not in the book, and nothing was made.
fn take_away(database: &mut dyn Database, book: &Book, entry: &Entry) -> Result<()> {
    if entry.backup.digest.is_empty() {
        return Ok(());
    }
    remove(database, &entry.copy).and_then(|()| book.forget(database, &entry.backup.id))
}

/// Drops a copy that may be there.
pub(super) fn remove(database: &mut dyn Database, copy: &TableName) -> Result<()> {
    if database.has_table(copy)? {
        let sql = database.renderer()?.drop_table(copy);
        database.batch(&sql)?;
    }
    Ok(())
}

fn told(tables: &[TableName]) -> String {
    tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn failed(table: &str, error: Error, undone: Option<Error>) -> Error {
    let state = match undone {
        None => "the table is as it was, and nothing is left of the copy".to_owned(),
        Some(undone) => format!("the table is as it was; the copy could not be removed: {}", undone.what()),
    };
    Error::new(ErrorKind::BackupFailed, format!("no backup of {table}: {}", error.what()))
        .failing(error.failure())
        .state(state)
        .remedy_of(&error)
        .remedy("mend what the error names, then make it again")
        .with_source(error)
}
