//! A row of the journal, as the next run reads it.

use super::Step;
use crate::connection::Record;

/// A row of the journal, or of what a migration's attempts came to.
#[derive(Debug, Clone)]
pub(in crate::history) struct JournalRow {
    pub(super) state: String,
    pub(super) call: usize,
    pub(super) step: Step,
    pub(super) witness: Option<String>,
}

impl JournalRow {
    /// `state, statements, checksum, note, witness`
    pub(in crate::history) fn read(row: &Record) -> Self {
        Self {
            state: row.text(0),
            call: usize::try_from(row.integer(1)).unwrap_or(0),
            step: Step { hash: row.text(2), words: row.text(3) },
            witness: row.optional_text(4),
        }
    }
}
