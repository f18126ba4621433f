//! One migration as the graph sees it.

use std::fmt;

use crate::metadata::{Metadata, Parents};
use crate::name::RevisionId;

/// One migration as the graph sees it: its place, and where it was written.
#[derive(Debug, Clone)]
pub struct Node {
    /// The identity.
    pub revision: RevisionId,
    /// The migrations it follows.
    pub parents: Parents,
    /// Migrations, or labels of migrations, of other branches that come first.
    pub depends_on: Vec<RevisionId>,
    /// Names for the branch that starts here.
    pub labels: Vec<String>,
    /// The revisions that it stands for (a squash).
    pub replaces: Vec<RevisionId>,
    /// Where it was written: a file, with a line where there is one. Named in every error.
    pub source: String,
    /// One sentence for people.
    pub description: Option<String>,
}

impl Node {
    /// What the metadata says of the place in the graph.
    pub fn new(metadata: &Metadata, source: impl Into<String>) -> Self {
        let description = metadata.description_text();
        Self {
            revision: metadata.revision().clone(),
            parents: metadata.parents().clone(),
            depends_on: metadata.dependencies().to_vec(),
            labels: metadata.branch_labels().to_vec(),
            replaces: metadata.replaced().to_vec(),
            source: source.into(),
            description: (!description.is_empty()).then(|| description.to_owned()),
        }
    }

    /// Where it stands in revision order: a squash stands where the last revision that it replaces stood.
    pub(super) fn place(&self) -> &RevisionId {
        self.replaces.iter().max().unwrap_or(&self.revision)
    }

    pub(super) fn is_implicit(&self) -> bool {
        self.parents == Parents::Implicit
    }
}

/// The revision and its source, as errors name it.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.revision, self.source)
    }
}
