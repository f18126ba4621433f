//! How a migration left a table that it had copied: which rows a restore of the copy may take away without being told.

use super::book::Book;
use super::newer::{Newer, Row, newer};
use super::table_backup::BackupId;
use crate::connection::Database;
use crate::connection::copies::{Anatomy, Contents};
use crate::error::Result;

/// Of a larger table the rows that a migration brought are not kept one by one: only whether it is as it was left.
const FEW: u64 = 100_000;
/// So many rows are kept one by one at most.
const KEPT: usize = 10_000;

/// A table as it stood when the migration ended that had copied it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) contents: Contents,
    /// The columns that told rows apart.
    pub(super) columns: Vec<String>,
    /// The rows that the copy did not have, told by these columns, and how many of each.
    pub(super) brought: Vec<Row>,
}

/// Writes down, for each copy that a migration has made, how it leaves the table.
///
/// Only where nobody else could write to the table since it was copied: what others brought explains nothing.
pub(crate) fn note_left(database: &mut dyn Database, made: &[BackupId]) -> Result<()> {
    let book = Book::find(database)?;
    for id in made {
        let mut entry = book.entry(database, id)?;
        if database.has_table(&entry.anatomy.table)? && database.has_table(&entry.copy)? {
            entry.left = Some(look(database, &entry.anatomy, &entry)?);
            book.rewrite(database, &entry)?;
        }
    }
    Ok(())
}

fn look(database: &mut dyn Database, then: &Anatomy, entry: &super::book::Entry) -> Result<Left> {
    let now = database.dissect(&then.table)?;
    let contents = database.contents(&now.table, &now.columns)?;
    let is_as_it_was = now.columns == then.columns && contents == entry.contents();
    if is_as_it_was || contents.rows.max(entry.backup.rows()) > FEW {
        return Ok(Left { contents, columns: Vec::new(), brought: Vec::new() });
    }
    let newer = newer(database, then, &entry.copy, KEPT)?;
    let brought = if newer.is_listed_whole() { newer.listed } else { Vec::new() };
    Ok(Left { contents, columns: newer.columns, brought })
}

impl Left {
    /// Takes away what the migration explains.
    pub(super) fn explain(&self, database: &mut dyn Database, then: &Anatomy, newer: &mut Newer) -> Result<()> {
        if self.still_stands(database, then)? {
            *newer = Newer { columns: newer.columns.clone(), ..Newer::default() };
            return Ok(());
        }
        if newer.columns == self.columns && newer.is_listed_whole() {
            newer.take_away(&self.brought);
        }
        Ok(())
    }

    /// Whether nobody has changed the table since.
    pub(super) fn still_stands(&self, database: &mut dyn Database, then: &Anatomy) -> Result<bool> {
        let now = database.dissect(&then.table)?;
        Ok(database.contents(&now.table, &now.columns)? == self.contents)
    }

    /// How many rows are looked through for those that the migration brought.
    pub(super) fn reach(&self) -> usize {
        if self.brought.is_empty() { 0 } else { 2 * KEPT }
    }
}
