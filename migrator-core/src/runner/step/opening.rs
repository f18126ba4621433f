//! The lock, and what is opened with it.

use super::Stepper;
use crate::connection::{Attempt, Database, Limits, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::runner::run::Run;
use crate::runner::wait;

impl Stepper<'_, '_> {
    /// Takes the lock: with the migration's own transaction where there is one. That of the session is kept from one
    /// migration outside a transaction to the next.
    pub(super) fn open(&mut self) -> Result<()> {
        if self.nested() {
            return self.open_nested();
        }
        if self.transactional {
            self.run.release()?;
        }
        if !self.run.locked {
            self.lock()?;
        }
        if self.run.locked { self.limit() } else { Ok(()) }
    }

    /// The session is limited for the migration, unless it still is.
    fn limit(&mut self) -> Result<()> {
        if !self.run.limited && self.database().limits_transactions() {
            let limits = self.run.options.limits;
            self.database().limit_statements(&limits)?;
        }
        self.run.limited = true;
        Ok(())
    }

    fn lock(&mut self) -> Result<()> {
        let Run { conn, book, options, .. } = &mut *self.run;
        let question = if self.transactional { book.question(conn.database()) } else { None };
        let answer = &mut self.answer;
        let lease =
            wait::for_lock(conn.database(), options, |database, limits| match (&question, self.transactional) {
                (Some(question), _) => begin_asking(database, limits, question, answer),
                (None, true) => database.try_begin_migration(limits),
                (None, false) => database.try_session_lock(),
            })?;
        book.locked(lease);
        self.run.locked = !self.transactional;
        Ok(())
    }

    fn open_nested(&mut self) -> Result<()> {
        if !self.transactional {
            let message = "it runs outside a transaction, and the caller has one open";
            return Err(Error::new(ErrorKind::InTransaction, message)
                .state("nothing was written; the transaction is open as it was")
                .remedy("end the transaction first"));
        }
        self.bare = self.is_bare();
        if self.bare {
            Ok(())
        } else {
            self.run.book.owed.pay(self.run.conn.database()).and_then(|()| self.database().begin())
        }
    }

    pub(super) fn close_unchanged(&mut self) -> Result<()> {
        if self.transactional && !self.bare { self.database().rollback() } else { Ok(()) }
    }
}

impl Run<'_> {
    /// Does this with the session's lock, which is waited for and given back.
    pub(in crate::runner) fn under_lock<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let attempt = |database: &mut dyn Database, _: &Limits| database.try_session_lock();
        let lease = wait::for_lock(self.conn.database(), self.options, attempt)?;
        self.book.locked(lease);
        self.locked = true;
        let outcome = act(self);
        let released = self.release();
        outcome.and_then(|outcome| released.map(|()| outcome))
    }

    /// Gives the session's lock back, where it is held.
    pub(in crate::runner) fn release(&mut self) -> Result<()> {
        self.limited = false;
        if std::mem::take(&mut self.locked) { self.book.unlock(self.conn.database()) } else { Ok(()) }
    }
}

fn begin_asking(
    database: &mut dyn Database,
    limits: &Limits,
    question: &str,
    answer: &mut Option<Vec<Record>>,
) -> Result<Attempt> {
    match database.try_begin_asking(limits, question)? {
        Some((attempt, rows)) => {
            *answer = Some(rows);
            Ok(attempt)
        }
        None => database.try_begin_migration(limits),
    }
}
