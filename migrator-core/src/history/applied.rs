//! The set of applied revisions as it was read.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::name::RevisionId;
use crate::registry::Registry;

/// The applied revisions, with the checksum that was recorded for each; rows that Diesel wrote have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Applied(BTreeMap<RevisionId, Option<String>>);

impl Applied {
    pub(crate) fn insert(&mut self, revision: RevisionId, checksum: Option<String>) {
        self.0.insert(revision, checksum);
    }

    pub(crate) fn remove(&mut self, revision: &RevisionId) {
        self.0.remove(revision);
    }

    pub(crate) fn contains(&self, revision: &RevisionId) -> bool {
        self.0.contains_key(revision)
    }

    pub(crate) fn revisions(&self) -> BTreeSet<RevisionId> {
        self.0.keys().cloned().collect()
    }

    /// Those whose text has changed since: known to the program, with a recorded checksum that is another one now.
    pub(crate) fn edited(&self, registry: &Registry) -> Vec<RevisionId> {
        let differs = |(revision, recorded): &(&RevisionId, &Option<String>)| {
            let now = registry.checksum(revision.as_str());
            matches!((recorded.as_deref(), now), (Some(then), Some(now)) if then != now)
        };
        self.0.iter().filter(differs).map(|(revision, _)| revision.clone()).collect()
    }

    /// The digest of the set; a revision without a recorded checksum counts with the program's, as it is never edited.
    pub(crate) fn digest(&self, registry: &Registry) -> String {
        let mut digest = Digest::default();
        for (revision, recorded) in &self.0 {
            let checksum = recorded.as_deref().or_else(|| registry.checksum(revision.as_str()));
            digest.part(revision.as_str()).part(checksum.unwrap_or_default());
        }
        digest.finish()
    }
}

impl FromIterator<(RevisionId, Option<String>)> for Applied {
    fn from_iter<I: IntoIterator<Item = (RevisionId, Option<String>)>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}
