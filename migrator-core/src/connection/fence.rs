//! Whether a lock or a transaction is still what it was when it was got.

use super::{Attempt, Limits, Record};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};

/// Asks, and ends what somebody left open.
#[doc(hidden)]
pub trait Fence {
    /// A statement that is refused while this session does not hold the lock; none where a lock that is held cannot be lost.
    fn refusing_without_lock(&self) -> Option<&'static str> {
        None
    }

    /// Whether it was that statement's refusal.
    fn has_lost_lock(&mut self, _error: &Error) -> Result<bool> {
        Ok(false)
    }

    /// Who is seen to hold the lock, by one light query; none where it is free, or where only an attempt tells.
    fn lock_holder(&mut self) -> Result<Option<String>> {
        Ok(None)
    }

    /// One attempt to begin a migration in a transaction, and to ask this once the lock is got, where both together take
    /// fewer round trips; the rows where it was got.
    fn try_begin_asking(&mut self, _limits: &Limits, _question: &str) -> Result<Option<(Attempt, Vec<Record>)>> {
        Ok(None)
    }

    /// What changes with every commit of anybody else, where that is told by a word: as long as it is the same, what was read
    /// stands but for what this session did.
    fn commits_of_others(&mut self) -> Result<Option<i64>> {
        Ok(None)
    }

    /// Whether nobody else can commit anything as long as a transaction is open that has written.
    fn writes_alone(&self) -> bool {
        false
    }

    /// The transaction that is open is known again from here on by this mark, where nothing else tells it from another one.
    fn mark_transaction(&mut self) -> Result<String> {
        Ok(String::new())
    }

    /// Marks the transaction that is open, where a statement may end it that says nothing of that.
    fn hold_open(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether the transaction that was marked so is still open; the mark is let go.
    fn is_held_open(&mut self) -> Result<bool> {
        Ok(true)
    }

    /// What the statement before changed of the values that it was given, where the database only warns.
    fn changed_values(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Ends what was opened past Diesel: a transaction, locks of tables. Nothing of it is kept.
    fn end_what_is_open(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The caller's transaction would not outlive a run.
pub(crate) fn ended_by_ddl(dialect: Dialect) -> Error {
    let message = format!("the connection is inside a transaction, and {dialect} commits it at the first DDL");
    Error::new(ErrorKind::InTransaction, message)
        .state("nothing was written; the transaction is open as it was")
        .remedy("end the transaction first, or give migrations a connection of their own")
}
