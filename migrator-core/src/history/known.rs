//! What the history asks of a program.

use crate::name::RevisionId;

/// What a program knows of its migrations.
pub(crate) trait Known {
    /// The checksum of what a migration says now; none where it has none, or is not known.
    fn checksum(&self, revision: &str) -> Option<&str>;

    /// The revisions that a squash stands for.
    fn stands_for(&self, revision: &RevisionId) -> Vec<RevisionId>;
}
