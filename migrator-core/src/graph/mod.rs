//! The revision graph: what follows what, where a target points, which migrations a change of state takes.
//!
//! Pure functions over values. A [`Graph`] is built once from what the migrations say of themselves, and checked while
//! it is built; every question after that takes the set of applied revisions and answers with revisions.
//!
//! ```
//! # use migrator_core::{Metadata, graph::{Graph, Node}};
//! # fn main() -> migrator_core::Result<()> {
//! let nodes = ["a", "b", "c"].map(|revision| Node::new(&Metadata::new(revision), "src/migrations.rs:1"));
//! let graph = Graph::build(nodes)?;
//! let applied = ["a".into()].into();
//! let steps = graph.upgrade(&applied, "+1")?;
//! assert_eq!(steps[0].revision(), "b");
//! assert_eq!(graph.heads(), ["c"]);
//! # Ok(())
//! # }
//! ```
//!
//! Written for itself after the behaviour of Alembic's revision map, whose targets and rules users bring along.

mod applied;
mod build;
mod cycle;
mod downgrade;
mod lineage;
mod links;
mod merge;
mod mermaid;
mod names;
mod node;
mod order;
mod picture;
mod range;
mod resolve;
mod squash;
mod stamp;
mod target;
mod upgrade;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::name::RevisionId;

use links::Links;
use squash::Squashes;

pub use applied::Anomaly;
pub use node::Node;
pub use stamp::Stamp;
pub use upgrade::Step;

/// The revisions that a database has recorded, known to the program or not.
pub type Applied = BTreeSet<RevisionId>;

/// The migrations of a program, checked and in order.
///
/// Positions in `nodes` stand for revisions inside; they follow byte order, so sorting positions sorts revisions.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    links: Vec<Links>,
    labels: BTreeMap<String, usize>,
    squashes: Squashes,
    /// Every position, each after all that it follows and depends on.
    order: Vec<usize>,
}

impl Graph {
    /// Every revision, each after all that it follows and depends on: one branch is finished before the next begins, and
    /// of several that could come next the smallest does.
    pub fn order(&self) -> Vec<RevisionId> {
        self.revisions(self.order.iter().copied())
    }

    /// The revisions that no other one follows.
    pub fn heads(&self) -> Vec<RevisionId> {
        self.revisions(self.head_positions())
    }

    /// The revisions that follow none.
    pub fn bases(&self) -> Vec<RevisionId> {
        self.revisions(self.base_positions())
    }

    /// The revisions that several others follow.
    pub fn branch_points(&self) -> Vec<RevisionId> {
        self.revisions(self.positions().filter(|&at| self.links[at].children.len() > 1))
    }

    /// The revisions that follow several others.
    pub fn merge_points(&self) -> Vec<RevisionId> {
        self.revisions(self.positions().filter(|&at| self.links[at].parents.len() > 1))
    }

    /// Whether the program has this revision. One that is replaced by another is not there.
    pub fn contains(&self, revision: &str) -> bool {
        self.position(revision).is_some()
    }

    /// What was said of a revision.
    pub fn node(&self, revision: &str) -> Option<&Node> {
        self.position(revision).map(|at| &self.nodes[at])
    }

    /// Every migration, in the byte order of revisions.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The revisions that one follows, named or implied by order.
    pub fn parents(&self, revision: &str) -> Vec<RevisionId> {
        self.neighbours(revision, |links| &links.parents)
    }

    /// The revisions that follow one.
    pub fn children(&self, revision: &str) -> Vec<RevisionId> {
        self.neighbours(revision, |links| &links.children)
    }

    /// The revisions that one depends on without following them.
    pub fn dependencies(&self, revision: &str) -> Vec<RevisionId> {
        self.neighbours(revision, |links| &links.dependencies)
    }

    fn neighbours(&self, revision: &str, side: fn(&Links) -> &Vec<usize>) -> Vec<RevisionId> {
        self.position(revision).map(|at| self.revisions(side(&self.links[at]).iter().copied())).unwrap_or_default()
    }

    fn positions(&self) -> std::ops::Range<usize> {
        0..self.nodes.len()
    }

    fn head_positions(&self) -> impl Iterator<Item = usize> {
        self.positions().filter(|&at| self.links[at].children.is_empty())
    }

    fn base_positions(&self) -> impl Iterator<Item = usize> {
        self.positions().filter(|&at| self.links[at].parents.is_empty())
    }

    fn position(&self, revision: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.revision.as_str().cmp(revision)).ok()
    }

    fn revision(&self, at: usize) -> &RevisionId {
        &self.nodes[at].revision
    }

    fn revisions(&self, positions: impl IntoIterator<Item = usize>) -> Vec<RevisionId> {
        positions.into_iter().map(|at| self.revision(at).clone()).collect()
    }
}
