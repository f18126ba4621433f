//! Copies of tables that stand in the same database: verified by content when they are made, and put back.
//!
//! ```text
//! make      copy, digest of the original, digest of the copy, a row in the book: in one transaction, or under a lock
//! book      `__migrator_backups`: each backup, and what its table was made of
//! restore   the copy's digest again, rows that would go, a backup of what stands, the table put back, its digest
//! prune     copies dropped and forgotten
//! repeated  copies that a migration made of a table again, and that say nothing more
//! under_way what of these a killed process has left, where no transaction takes it back
//! ```

mod book;
mod file;
mod hold;
mod left;
mod make;
mod newer;
mod planned;
mod prune;
mod repeated;
mod restore;
mod table_backup;
mod under_way;
mod written;

pub use file::FileBackup;
pub(crate) use file::back_up_to_file;
pub(crate) use hold::{begin_holding_rows, define_while_held};
pub(crate) use left::note_left;
pub(crate) use make::{Order, back_up, back_up_all};
pub(crate) use planned::planned_backup;
pub(crate) use prune::{Prune, backups, prune};
pub(crate) use repeated::drop_repeated;
pub use restore::{Restore, Restored};
pub use table_backup::{BackupId, TableBackup};
pub(crate) use under_way::{sweep, unfinished_restores};
