//! What is done in a transaction that is open, and stands or is undone with it.

use super::kind::Kind;
use super::{Done, Journal, Place, Sending, Step};
use crate::connection::Database;
use crate::error::Result;
use crate::sql::{self, Token};

/// A transaction that the migration has open by its own SQL, and what was done in it or in that of a call.
#[derive(Default)]
pub(super) struct Open {
    by_its_sql: bool,
    places: Vec<Place>,
    undone: bool,
    /// The savepoints that stand, and how many places were there at each.
    savepoints: Vec<(String, usize)>,
}

impl Journal {
    /// Whether a transaction of the migration's own is open, by its SQL.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.open.by_its_sql
    }

    /// Whether something of it was done and rolled back again.
    pub(crate) fn has_undone(&self) -> bool {
        self.open.undone
    }

    /// The step at this place is done.
    pub(super) fn note_done(&mut self, database: &mut dyn Database, done: Done) -> Result<()> {
        if self.is_inside(database)? {
            self.open.places.push(self.place);
        }
        self.done.insert(self.place, done);
        Ok(())
    }

    /// The transaction that was open is kept.
    pub(crate) fn keep(&mut self) {
        self.open.by_its_sql = false;
        self.open.places.clear();
        self.open.savepoints.clear();
    }

    /// It is rolled back.
    pub(crate) fn undo(&mut self) {
        self.undo_from(0);
        self.open.by_its_sql = false;
        self.open.savepoints.clear();
    }

    fn undo_from(&mut self, first: usize) {
        let places = self.open.places.split_off(first.min(self.open.places.len()));
        self.open.undone |= !places.is_empty();
        self.done.retain(|place, _| !places.contains(place));
    }

    /// Sends a statement that may end the transaction that is open, and looks whether it did.
    pub(super) fn define(
        &mut self,
        database: &mut dyn Database,
        step: &Step,
        kind: &Kind,
        sending: &mut dyn Sending,
    ) -> Result<()> {
        let sql = self.fenced(&step.words);
        if self.renderer.capabilities().transactional_ddl {
            return sending.define(database, &sql);
        }
        if !self.is_in_transaction() {
            self.keep();
            return sending.define(database, &sql);
        }
        database.hold_open()?;
        let sent = sending.define(database, &sql);
        // Nobody can be asked any more: a definition commits before it begins.
        let is_open = database.is_held_open().unwrap_or(*kind != Kind::Seen);
        if !is_open {
            self.keep();
        }
        sent
    }

    /// A savepoint is set, let go, or gone back to.
    fn move_among_savepoints(&mut self, sql: &str) {
        let words: Vec<_> = sql::tokens(sql, self.renderer.dialect()).collect();
        let Some(name) = words.iter().rev().find_map(Token::name).map(|name| name.to_ascii_lowercase()) else {
            return;
        };
        if sql::begins_with(sql, &["SAVEPOINT"]) {
            self.open.savepoints.push((name, self.open.places.len()));
            return;
        }
        let Some(at) = self.open.savepoints.iter().rposition(|(known, _)| *known == name) else { return };
        if sql::begins_with(sql, &["RELEASE"]) {
            self.open.savepoints.truncate(at);
        } else if sql::begins_with(sql, &["ROLLBACK"]) {
            self.undo_from(self.open.savepoints[at].1);
            self.open.savepoints.truncate(at + 1);
        }
    }

    fn begins_nothing(&self, sql: &str) -> bool {
        self.renderer.capabilities().transactional_ddl && sql::begins_with(sql, &["BEGIN", "START"])
    }

    /// Sends what belongs to the session; it may open a transaction, or close one.
    pub(super) fn send_of_session(
        &mut self,
        database: &mut dyn Database,
        sql: &str,
        opens: Option<bool>,
        patiently: impl FnOnce(&mut dyn Database, &mut super::Sender<'_>) -> Result<()>,
    ) -> Result<()> {
        patiently(database, &mut |database| database.batch(sql))?;
        match opens {
            // A warning there, and nothing else.
            Some(true) if self.is_in_transaction() && self.begins_nothing(sql) => {}
            None => self.move_among_savepoints(sql),
            Some(_) if sql::begins_with(sql, &["ROLLBACK", "ABORT"]) => self.undo(),
            Some(_) => self.keep(),
        }
        self.open.by_its_sql = opens.unwrap_or(self.open.by_its_sql);
        Ok(())
    }
}
