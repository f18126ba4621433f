//! A row of the journal, as the next run reads it.

use std::collections::BTreeMap;

use super::{Place, Step};
use crate::connection::Record;

/// A row of the journal, or of what a migration's attempts came to.
#[derive(Debug, Clone)]
pub(in crate::history) struct JournalRow {
    pub(super) state: String,
    pub(super) call: usize,
    /// The how manieth step of it, where that is not just the number of those that are told before it.
    pub(super) part: Option<usize>,
    pub(super) step: Step,
    pub(super) witness: Option<String>,
}

impl JournalRow {
    /// `state, statements, checksum, note, witness`
    pub(in crate::history) fn read(row: &Record) -> Self {
        let (part, witness) = parted(row.optional_text(4));
        Self {
            state: row.text(0),
            call: usize::try_from(row.integer(1)).unwrap_or(0),
            part,
            step: Step { hash: row.text(2), words: row.text(3) },
            witness,
        }
    }

    /// The how manieth step of its call it is, behind so many that are told.
    pub(super) fn part_behind<T>(&self, done: &BTreeMap<Place, T>) -> usize {
        self.part.unwrap_or_else(|| done.keys().filter(|(call, _)| *call == self.call).count())
    }
}

/// What the part follows of a step that others were rolled back before.
const PART: &str = "part ";

/// A witness, behind the part of its step.
pub(super) fn with_part(part: usize, witness: Option<&str>) -> String {
    format!("{PART}{part} {}", witness.unwrap_or_default())
}

fn parted(witness: Option<String>) -> (Option<usize>, Option<String>) {
    let part = witness.as_deref().and_then(|text| text.strip_prefix(PART)?.split_once(' '));
    let read = part.and_then(|(part, rest)| Some((part.parse().ok()?, rest.to_owned())));
    match read {
        Some((part, rest)) => (Some(part), Some(rest).filter(|rest| !rest.is_empty())),
        None => (None, witness),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_a_step_is_read_as_it_was_told() {
        for witness in [None, Some("again"), Some("schema 1f in part 3 x")] {
            let told = Some(with_part(12, witness));
            assert_eq!(parted(told), (Some(12), witness.map(str::to_owned)));
            assert_eq!(parted(witness.map(str::to_owned)), (None, witness.map(str::to_owned)));
        }
    }
}
