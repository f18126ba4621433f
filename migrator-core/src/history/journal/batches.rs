//! How far the batches of a call are: one row, which goes on with each of them.

use super::{Journal, JournalRow, interrupted};
use crate::connection::Database;
use crate::digest;
use crate::error::Result;
use crate::history::entry::{Row, State, now};

/// How far the batches of a call are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// So many rows are done.
    pub(crate) rows: u64,
    /// The condition that holds for those that are not; empty for all of them.
    pub(crate) left: String,
}

impl Reached {
    const BETWEEN: &str = " rows are done; left are those where ";

    fn told(&self, what: &str) -> String {
        format!("{what}: {}{}{}", self.rows, Self::BETWEEN, self.left)
    }

    fn read(note: &str) -> Option<Self> {
        let (before, left) = note.split_once(Self::BETWEEN)?;
        let (_, rows) = before.rsplit_once(": ")?;
        Some(Self { rows: rows.parse().ok()?, left: left.to_owned() })
    }
}

/// The batches of one call of an operation: a digest of what they walk, and how far they are.
pub(super) struct Batches {
    call: usize,
    what: String,
    pub(super) reached: String,
}

impl Batches {
    pub(super) fn of(row: &JournalRow) -> Self {
        Self { call: row.call, what: row.step.hash.clone(), reached: row.step.words.clone() }
    }
}

impl Journal {
    /// How far the batches of this call got before the migration broke off.
    pub(crate) fn reached(&self, what: &str) -> Result<Option<Reached>> {
        let Some(batches) = self.batches_here() else { return Ok(None) };
        if batches.what != digest::of_text(what) {
            let message = format!("it has changed since it broke off: what was {}\n  is now {what}", batches.reached);
            return Err(interrupted(&message));
        }
        let reached = Reached::read(&batches.reached);
        let unreadable = || interrupted(&format!("its journal cannot be read: {}", batches.reached));
        reached.map(Some).ok_or_else(unreadable)
    }

    /// Writes down how far the batches of this call are, in the transaction of the last one.
    pub(crate) fn note_batch(&self, database: &mut dyn Database, what: &str, reached: &Reached) -> Result<()> {
        let row = Row {
            revision: self.revision.clone(),
            direction: self.direction,
            state: State::Batch,
            statements: self.place.0,
            checksum: Some(digest::of_text(what)),
            started: now(),
            note: Some(reached.told(what)),
        };
        let told = match self.batches_here() {
            Some(_) => self.book.going_on(database, &row),
            None => self.book.step(database, &row, None),
        };
        self.book.tell(database, &[told], true)
    }

    /// That transaction is committed.
    pub(crate) fn has_reached(&mut self, what: &str, reached: &Reached) {
        let call = self.place.0;
        self.batches.retain(|batches| batches.call != call);
        self.batches.push(Batches { call, what: digest::of_text(what), reached: reached.told(what) });
    }

    fn batches_here(&self) -> Option<&Batches> {
        self.batches.iter().find(|batches| batches.call == self.place.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_batches_are_is_read_as_it_was_told() {
        for left in ["", "id > 7", "a: b = ': '"] {
            let reached = Reached { rows: 1_200, left: left.to_owned() };
            assert_eq!(Reached::read(&reached.told("update_in_batches users: 3")), Some(reached));
        }
        assert_eq!(Reached::read("somebody wrote this"), None);
    }
}
