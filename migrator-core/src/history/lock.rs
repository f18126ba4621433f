//! The lock as the history knows it: on a cluster, whatever is written is sent behind a renewal of the lease.

use super::book::Book;
use super::journal::Journal;
use crate::connection::{Attempt, Database, Lease};
use crate::error::Result;

impl Book {
    /// The lock is got; with a lease, where a session's lock is not seen by all.
    pub(crate) fn locked(&mut self, lease: Option<Lease>) {
        self.lease = lease;
        self.left_over = None;
    }

    /// One attempt at the session's lock, and whether it is got.
    pub(crate) fn try_lock(&mut self, database: &mut dyn Database) -> Result<bool> {
        match database.try_session_lock()? {
            Attempt::Busy(_) => return Ok(false),
            Attempt::Acquired => {}
            Attempt::Leased(lease) => self.lease = Some(lease),
        }
        Ok(true)
    }

    /// Gives the session's lock back.
    pub(crate) fn unlock(&mut self, database: &mut dyn Database) -> Result<()> {
        self.left_over = None;
        let ended = self.lease.take().map_or(Ok(()), |lease| lease.end(database));
        ended.and(database.release_session_lock())
    }

    /// Whether the lock is kept by being renewed.
    pub(crate) fn is_leased(&self) -> bool {
        self.lease.is_some()
    }

    /// Renews the lease, or says that it is lost.
    pub(super) fn renew(&self, database: &mut dyn Database) -> Result<()> {
        self.lease.as_ref().map_or(Ok(()), |lease| database.batch(&lease.renewal))
    }

    /// The same before work that takes long without a word.
    pub(super) fn renew_for_long(&self, database: &mut dyn Database) -> Result<()> {
        self.lease.as_ref().map_or(Ok(()), |lease| database.batch(&lease.long_renewal))
    }

    pub(super) fn fenced(&self, sql: &str) -> String {
        self.lease.as_ref().map_or_else(|| sql.to_owned(), |lease| lease.before(sql))
    }

    pub(super) fn write(&self, database: &mut dyn Database, sql: &str) -> Result<()> {
        database.batch(&self.fenced(sql))
    }
}

impl Journal {
    /// A statement as it is sent: behind a renewal of the lease, where there is one.
    pub(crate) fn fenced(&self, sql: &str) -> String {
        self.book.fenced(sql)
    }

    /// Work begins that a transaction keeps from others' eyes until it ends.
    pub(crate) fn renew(&self, database: &mut dyn Database) -> Result<()> {
        self.book.renew(database)
    }

    /// Work begins that takes long without a word.
    pub(crate) fn renew_for_long(&self, database: &mut dyn Database) -> Result<()> {
        self.book.renew_for_long(database)
    }
}
