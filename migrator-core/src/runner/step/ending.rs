//! The history row and the commit, or everything as it was.

use super::Stepper;
use crate::error::{Failure, Result};
use crate::history::Row;
use crate::name::RevisionId;
use crate::operations::Context;
use crate::runner::run::Run;

impl Stepper<'_, '_> {
    /// The history row and the commit; outside a transaction the row commits by itself.
    pub(super) fn record(&mut self, row: &Row, context: &Context) -> Result<()> {
        let versions = self.run.applied.follow(row, self.run.registry);
        if self.may_owe(context) {
            let Run { conn, book, applied, .. } = &mut *self.run;
            book.owe(conn.database(), row, &versions, applied);
            return Ok(());
        }
        let restoring = self.restoring.take();
        let mut left = self.retries_of_the_record();
        loop {
            match self.commit_record(row, restoring.clone(), &versions) {
                Err(error) if left > 0 && error.failure() == Failure::Busy => left -= 1,
                ended => break ended?,
            }
            self.close_transactions()?;
        }
        Ok(())
    }

    fn commit_record(&mut self, row: &Row, restoring: Option<String>, versions: &[RevisionId]) -> Result<()> {
        self.run.limited &= restoring.is_none();
        let (book, database, applied) = (&mut self.run.book, self.run.conn.database(), &self.run.applied);
        if !self.transactional {
            return book.record_and_forget(database, restoring, row, versions, applied);
        }
        book.record(database, restoring, row, versions, applied)?;
        if self.bare { Ok(()) } else { database.commit() }
    }

    /// On a cluster other nodes may make a commit fail that had nothing to do with them.
    fn retries_of_the_record(&self) -> u32 {
        if self.run.book.is_leased() { self.run.options.lock_retries } else { 0 }
    }

    /// Puts back what belongs to the caller: transactions as deep as they were, the lock released, settings as they were.
    pub(super) fn leave(&mut self, failed: bool) -> Result<()> {
        if !failed {
            return self.switch_foreign_keys_back();
        }
        self.run.book.distrust();
        if self.bare {
            return self.run.undo_one();
        }
        // Each of them, whatever became of the one before.
        let closed = self.close_transactions();
        let released = self.run.release();
        let restored = self.restore_settings();
        closed.and(released).and(restored)
    }

    /// The session as every migration of the run is to end with it.
    pub(in crate::runner) fn restore_settings(&mut self) -> Result<()> {
        self.run.limited = false;
        self.run.conn.database().restore_settings(&self.run.settings)
    }

    /// Undoes every transaction that is open above those of the caller.
    pub(super) fn close_transactions(&mut self) -> Result<()> {
        let base = self.run.depth;
        let database = self.run.conn.database();
        while database.transaction_depth()? > base {
            database.rollback()?;
        }
        // What SQL of the migration's own opened, Diesel does not count.
        if base == 0 { database.end_what_is_open() } else { Ok(()) }
    }
}
