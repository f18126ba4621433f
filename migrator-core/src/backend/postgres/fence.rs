//! Behind a pooler the session may be another one at each statement.

use super::lock;
use crate::backend::postgres::session::Session;
use crate::connection::{Attempt, Database, Fence, Limits, Record};
use crate::error::{Error, Result};

impl<C: Session> Fence for C {
    fn refusing_without_lock(&self) -> Option<&'static str> {
        Some(lock::refusing_without())
    }

    fn has_lost_lock(&mut self, error: &Error) -> Result<bool> {
        Ok(error.what().contains(lock::LOST))
    }

    fn lock_holder(&mut self) -> Result<Option<String>> {
        lock::holder(self)
    }

    fn try_begin_asking(&mut self, limits: &Limits, question: &str) -> Result<Option<(Attempt, Vec<Record>)>> {
        lock::try_begin_asking(self, limits, question).map(Some)
    }

    /// A setting of the transaction's own ends with it.
    fn mark_transaction(&mut self) -> Result<()> {
        self.batch("SET LOCAL migrator.mark = 'on'")
    }

    fn end_what_is_open(&mut self) -> Result<()> {
        self.batch("ROLLBACK")
    }
}

/// Whether the transaction that was marked is no longer the one that is open.
pub(super) fn has_lost_transaction(conn: &mut impl Session) -> Result<bool> {
    let marked = conn.query("SELECT current_setting('migrator.mark', true) = 'on'", &[])?;
    Ok(!marked.first().is_some_and(|row| row.flag(0)))
}
