//! The set of applied revisions as it was read.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Row;
use super::known::Known;
use crate::digest;
use crate::name::RevisionId;
use crate::report::Direction;

/// The applied revisions, with the checksum that was recorded for each; rows that Diesel wrote have none.
///
/// The digest of the set is a sum over its members, so that one more or less costs the same however many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    rows: BTreeMap<RevisionId, Option<String>>,
    sum: u128,
}

impl Applied {
    /// A revision without a recorded checksum counts with the program's: it is never edited.
    pub(crate) fn new(
        rows: impl IntoIterator<Item = (RevisionId, Option<String>)>,
        checksum: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let rows: BTreeMap<_, _> = rows.into_iter().collect();
        let member = |(revision, recorded): (&RevisionId, &Option<String>)| {
            summand(revision, recorded.clone().or_else(|| checksum(revision.as_str())).as_deref())
        };
        let sum = rows.iter().map(member).fold(0, u128::wrapping_add);
        Self { rows, sum }
    }

    pub(crate) fn insert(&mut self, revision: RevisionId, checksum: Option<String>) {
        self.sum = self.sum.wrapping_add(summand(&revision, checksum.as_deref()));
        self.rows.insert(revision, checksum);
    }

    pub(crate) fn remove(&mut self, revision: &RevisionId, known: &dyn Known) {
        if let Some(recorded) = self.rows.remove(revision) {
            let checksum = recorded.as_deref().or_else(|| known.checksum(revision.as_str()));
            self.sum = self.sum.wrapping_sub(summand(revision, checksum));
        }
    }

    /// Has what a migration that stands, or no longer does, leaves behind; the rows of Diesel's table that come or go for
    /// it: for a squash that is undone, those of what it replaced too.
    pub(crate) fn follow(&mut self, row: &Row, known: &dyn Known) -> Vec<RevisionId> {
        let versions = self.versions(row, known);
        versions.iter().for_each(|version| self.remove(version, known));
        if row.direction == Direction::Up {
            // What is recorded again, because its text has changed, has its row already.
            self.remove(&row.revision, known);
            self.insert(row.revision.clone(), row.checksum.clone());
        }
        versions
    }

    fn versions(&self, row: &Row, known: &dyn Known) -> Vec<RevisionId> {
        if row.direction == Direction::Up {
            return (!self.contains(&row.revision)).then(|| row.revision.clone()).into_iter().collect();
        }
        let replaced = known.stands_for(&row.revision);
        [row.revision.clone()].into_iter().chain(replaced).filter(|version| self.contains(version)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn contains(&self, revision: &RevisionId) -> bool {
        self.rows.contains_key(revision)
    }

    pub(crate) fn revisions(&self) -> BTreeSet<RevisionId> {
        self.rows.keys().cloned().collect()
    }

    /// Those whose text has changed since: known to the program, with a recorded checksum that is another one now.
    pub(crate) fn edited(&self, known: &dyn Known) -> Vec<RevisionId> {
        let differs = |(revision, recorded): &(&RevisionId, &Option<String>)| {
            let now = known.checksum(revision.as_str());
            matches!((recorded.as_deref(), now), (Some(then), Some(now)) if then != now)
        };
        self.rows.iter().filter(differs).map(|(revision, _)| revision.clone()).collect()
    }

    /// The digest of the set: 32 hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        format!("{:032x}", self.sum)
    }
}

fn summand(revision: &RevisionId, checksum: Option<&str>) -> u128 {
    digest::Digest::default().part(revision.as_str()).part(checksum.unwrap_or_default()).number()
}
