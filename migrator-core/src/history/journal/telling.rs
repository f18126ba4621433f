//! How rows of the journal are written, and which of them can wait.
//!
//! What comes before the thing that it tells of is written before it: the row of a statement that is about to be sent.
//! What tells of things that are done can wait for the next row: it is *owed*, and goes into the same transaction, before
//! it. So a kill between leaves a journal that knows less, and never one that knows what is not so:
//!
//! - A migration that was begun and has done nothing yet has no row: it begins anew, and its conditions are asked again.
//! - A statement that is done and whose end is owed is still told as running: the next run asks the schema what became of
//!   it. The end of one that the schema does not show, or that takes something away each time it is sent (TRUNCATE), is
//!   never owed, and none is behind a temporary table, which must be known to be lost.
//! - An answer that is owed is not remembered: nothing was done since, so the question is asked of the same database again.
//!
//! What is owed is written before the migration's own SQL opens a transaction, and before its own connection is handed out,
//! for nobody could tell what comes after. At its end the journal goes, and what is owed with it.

use super::row::with_part;
use super::{Journal, Row, Sending, State, Step, now};
use crate::connection::Database;
use crate::error::Result;

impl Journal {
    /// The migration is begun: told with its first step.
    pub(crate) fn owe_begin(&mut self, database: &dyn Database, row: &Row) {
        let begun = self.book.noting(database, row);
        self.owed.push(begun);
    }

    /// Something is done: told with what comes next, or at once in a transaction, which is kept or undone as a whole.
    pub(super) fn owe(&mut self, database: &mut dyn Database, row: String) -> Result<()> {
        if self.is_inside(database)? {
            return self.tell(database, vec![row]);
        }
        self.owed.push(row);
        Ok(())
    }

    /// Writes what is owed.
    pub(crate) fn pay(&mut self, database: &mut dyn Database) -> Result<()> {
        if self.owed.is_empty() { Ok(()) } else { self.tell(database, Vec::new()) }
    }

    /// No transaction is open any more; what is owed, as far as it can be written.
    pub(crate) fn end_with_error(&mut self, database: &mut dyn Database) {
        self.undo();
        self.pay(database).ok();
    }

    /// Writes what is owed and these rows, all or none of them, if the lock is still this session's.
    pub(super) fn tell(&mut self, database: &mut dyn Database, rows: Vec<String>) -> Result<()> {
        let inside = self.is_inside(database)?;
        self.book.tell(database, &self.with_owed(rows), inside)?;
        self.owed.clear();
        Ok(())
    }

    fn with_owed(&self, rows: Vec<String>) -> Vec<String> {
        self.owed.iter().cloned().chain(rows).collect()
    }

    pub(super) fn is_inside(&self, database: &mut dyn Database) -> Result<bool> {
        Ok(self.is_in_transaction() || database.transaction_depth()? > 0)
    }

    /// A row of this migration, at this place.
    pub(super) fn row(&self, database: &dyn Database, state: State, step: &Step, witness: Option<&str>) -> String {
        let row = Row {
            revision: self.revision.clone(),
            direction: self.direction,
            state,
            statements: self.place.0,
            checksum: Some(step.hash.clone()),
            started: now(),
            note: Some(step.words.clone()),
        };
        let (call, part) = self.place;
        let parted = (self.done.range((call, 0)..self.place).count() != part).then(|| with_part(part, witness));
        self.book.step(database, &row, parted.as_deref().or(witness))
    }

    /// The statement that was begun is done, or was refused and leaves nothing.
    pub(super) fn end(&self, database: &dyn Database, done: bool) -> String {
        self.book.ending(database, &self.revision, self.since, done)
    }

    /// A statement and what tells of it, in a transaction of their own; in one text, where that is a transaction.
    pub(super) fn send_with(
        &mut self,
        database: &mut dyn Database,
        sql: &str,
        row: String,
        sending: &mut dyn Sending,
    ) -> Result<()> {
        if self.renderer.capabilities().texts_are_transactions && sending.is_plain() {
            let script = self.with_owed(vec![format!("{sql}\n"), row]);
            self.book.tell_with(database, &script, false).map_err(|error| error.of_statement(sql))?;
        } else {
            let rows = self.with_owed(vec![row]);
            self.renew(database)?;
            sending
                .begin(database)
                .and_then(|()| self.send_and_tell(database, sql, &rows, sending))
                .and_then(|()| database.commit())
                .inspect_err(|_| drop(database.rollback()))?;
        }
        self.owed.clear();
        Ok(())
    }

    /// Inside a transaction.
    pub(super) fn send_and_tell(
        &self,
        database: &mut dyn Database,
        sql: &str,
        rows: &[String],
        sending: &mut dyn Sending,
    ) -> Result<()> {
        sending.send(database, sql)?;
        self.book.tell(database, rows, true)
    }
}
