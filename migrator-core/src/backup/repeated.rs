//! Copies that one migration made of the same table, each before a step of its own that takes something away.
//!
//! Where no transaction is round the migration, others may write between two steps, and so each step has its copy. When it
//! ended, a later copy mostly says nothing that an earlier one does not, and lacks what went in between: kept, it would be
//! the newest backup of the table, and the poorer one.

use super::book::{Book, Entry};
use super::newer::has_all_of;
use super::prune::drop_copy;
use super::table_backup::{BackupId, TableBackup};
use crate::connection::Database;
use crate::error::Result;

/// Of the copies that a migration made, drops those of losses whose rows all stand in an earlier one; which went.
pub(crate) fn drop_repeated(
    database: &mut dyn Database,
    made: &[BackupId],
    of_losses: &[BackupId],
) -> Result<Vec<TableBackup>> {
    let book = Book::find(database)?;
    let (mut kept, mut gone) = (Vec::<Entry>::new(), Vec::new());
    for id in made {
        let entry = book.entry(database, id)?;
        if of_losses.contains(id) && is_repeated(database, &kept, &entry)? {
            drop_copy(database, &entry.backup)?;
            gone.push(entry.backup);
        } else {
            kept.push(entry);
        }
    }
    Ok(gone)
}

fn is_repeated(database: &mut dyn Database, kept: &[Entry], later: &Entry) -> Result<bool> {
    for earlier in kept.iter().filter(|earlier| earlier.anatomy.table == later.anatomy.table) {
        if has_all_of(database, (&earlier.anatomy, &earlier.copy), (&later.anatomy, &later.copy))? {
            return Ok(true);
        }
    }
    Ok(false)
}
