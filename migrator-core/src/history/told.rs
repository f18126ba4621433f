//! What the rows of both tables tell, read in one SELECT.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::State;
use super::statements::FORMAT;
use crate::connection::{Record, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;

/// What the rows of both tables tell.
pub(super) struct Told {
    /// Each applied revision, with the checksum recorded for it.
    pub(super) applied: Vec<(RevisionId, Option<String>)>,
    /// Whether something was begun that neither ended nor failed.
    pub(super) under_way: bool,
    /// Those of which single steps stand, done outside a transaction, and the rest does not.
    pub(super) half_done: BTreeSet<RevisionId>,
}

/// The newest rows of one migration.
#[derive(Default)]
struct Newest {
    applied: i64,
    checksum: Option<String>,
    begun: i64,
    ended: i64,
    /// The last step that is told of, and the last end that was no failure.
    step: i64,
    settled: i64,
}

/// The rows of both tables out of the two texts that hold them.
pub(super) fn unpacked(versions: &str, ours: &str) -> Vec<Record> {
    let values = |text: &str| -> Vec<String> {
        text.split('\u{1e}').filter(|value| !value.is_empty()).map(str::to_owned).collect()
    };
    let of_diesel = values(versions).into_iter().map(|version| {
        let mut row = vec![Value::Null; 6];
        row[0] = version.into();
        Record(row)
    });
    let of_ours = values(ours).into_iter().map(|value| {
        let parts = value.split('\u{1f}').enumerate();
        Record(parts.map(|(at, part)| if at == 1 && part.is_empty() { Value::Null } else { part.into() }).collect())
    });
    of_diesel.chain(of_ours).collect()
}

/// Rows without an id are of Diesel's table, the others of ours.
pub(super) fn told(rows: &[Record]) -> Result<Told> {
    let (ours, diesels): (Vec<&Record>, Vec<&Record>) = rows.iter().partition(|row| row.optional_text(2).is_some());
    let format = ours.iter().map(|row| row.integer(5)).max().unwrap_or(0);
    if format > FORMAT {
        return Err(later(format));
    }
    let mut newest: BTreeMap<String, Newest> = BTreeMap::new();
    for row in &ours {
        newest.entry(row.text(0)).or_default().see(row);
    }
    let versions = diesels.iter().filter_map(|row| row.optional_text(0));
    let checksum = |version: &str| newest.get(version).and_then(|newest| newest.checksum.clone());
    Ok(Told {
        applied: versions.map(|version| (RevisionId::new(&version), checksum(&version))).collect(),
        under_way: newest.values().any(|newest| newest.begun > newest.ended),
        half_done: newest
            .iter()
            .filter(|(_, newest)| newest.step > newest.settled)
            .map(|(revision, _)| RevisionId::new(revision))
            .collect(),
    })
}

impl Newest {
    fn see(&mut self, row: &Record) {
        let (id, state) = (row.integer(2), row.text(3));
        let is = |one: State| state == one.as_str();
        if is(State::Started) {
            self.begun = self.begun.max(id);
        } else if is(State::Running) || is(State::Ran) || is(State::Opaque) {
            self.step = self.step.max(id);
        } else if is(State::Batch) {
            self.step = self.step.max(id);
            // Those of an upgrade are pending, and go on by themselves.
            self.ended = if row.text(4) == "up" { self.ended.max(id) } else { self.ended };
        } else {
            self.ended = self.ended.max(id);
            if !is(State::Failed) {
                self.settled = self.settled.max(id);
            }
        }
        let stands = is(State::Done) || is(State::Skipped) || is(State::Stamped);
        if stands && row.text(4) == "up" && id > self.applied {
            (self.applied, self.checksum) = (id, row.optional_text(1));
        }
    }
}

fn later(format: i64) -> Error {
    let message = format!("the history is of format {format}, this program writes format {FORMAT}");
    Error::new(ErrorKind::HistoryFormat, message)
        .state("nothing was written")
        .remedy("a later version of migrator-core wrote it: use that version or a later one")
}

#[cfg(test)]
mod tests {
    use super::*;
    fn diesel(version: &str) -> Record {
        Record(vec![version.into(), Value::Null, Value::Null, Value::Null, Value::Null, Value::Null])
    }

    fn ours(revision: &str, checksum: &str, id: i64, state: &str, direction: &str) -> Record {
        Record(vec![revision.into(), checksum.into(), id.into(), state.into(), direction.into(), 1.into()])
    }

    #[test]
    fn the_newest_upgrade_tells_the_checksum() {
        let rows = [
            ours("1", "old", 1, "done", "up"),
            ours("1", "old", 2, "done", "down"),
            ours("1", "new", 3, "done", "up"),
            diesel("1"),
            diesel("2"),
        ];
        let told = told(&rows).unwrap();
        assert_eq!(told.applied, [("1".into(), Some("new".to_owned())), ("2".into(), None)]);
        assert!(!told.under_way);
    }

    #[test]
    fn what_was_begun_is_under_way_until_it_ends_or_fails() {
        let begun = [ours("1", "", 1, "started", "up"), ours("1", "", 2, "ran", "up")];
        assert!(told(&begun).unwrap().under_way);
        let failed = [&begun[..], &[ours("1", "", 3, "failed", "up")]].concat();
        assert!(!told(&failed).unwrap().under_way);
    }

    #[test]
    fn texts_are_unpacked_into_the_rows_that_they_hold() {
        let rows = unpacked(
            "1\u{1e}2",
            "1\u{1f}r1:ab\u{1f}7\u{1f}done\u{1f}up\u{1f}1\u{1e}2\u{1f}\u{1f}8\u{1f}done\u{1f}up\u{1f}1",
        );
        let told = told(&rows).unwrap();
        assert_eq!(told.applied, [("1".into(), Some("r1:ab".to_owned())), ("2".into(), None)]);
        assert!(unpacked("", "").is_empty());
    }

    #[test]
    fn an_empty_table_of_diesels_has_no_revision() {
        let nothing = Record(vec![Value::Null; 6]);
        assert!(told(&[nothing]).unwrap().applied.is_empty());
    }
}
