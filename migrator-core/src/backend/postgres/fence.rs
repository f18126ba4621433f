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

    /// No two transactions have the same number.
    fn mark_transaction(&mut self) -> Result<String> {
        number(self)
    }

    fn end_what_is_open(&mut self) -> Result<()> {
        self.batch("ROLLBACK")
    }
}

/// Whether the transaction that was marked is no longer the one that is open.
pub(super) fn has_lost_transaction(conn: &mut impl Session, mark: &str) -> Result<bool> {
    number(conn).map(|now| now != mark)
}

fn number(conn: &mut impl Session) -> Result<String> {
    let rows = conn.query("SELECT txid_current()", &[])?;
    Ok(rows.first().map(|row| row.integer(0).to_string()).unwrap_or_default())
}
