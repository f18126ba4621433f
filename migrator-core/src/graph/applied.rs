//! Where a database stands, from the revisions that it has recorded.

use std::fmt;

use crate::name::RevisionId;

use super::lineage::Branch;
use super::links::{Along, Marks};
use super::{Applied, Graph};

/// The applied revisions that the program knows.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) reached: Marks,
    /// Those without an applied descendant.
    pub(super) tips: Vec<usize>,
    /// Applied revisions that are not in the graph.
    pub(super) beyond: Vec<RevisionId>,
}

impl Standing {
    pub(super) fn tips_of(&self, branch: Option<&Branch<'_>>) -> Vec<usize> {
        self.tips.iter().copied().filter(|&tip| Branch::has(branch, tip)).collect()
    }

    pub(super) fn has_any(&self, of: &Marks) -> bool {
        of.iter().any(|at| self.reached.has(at))
    }
}

/// What is wrong with a set of applied revisions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Anomaly {
    /// A migration is applied, and one that it names as its down_revision or depends on is not.
    ChildWithoutParent {
        /// The applied one.
        child: RevisionId,
        /// The one that is not.
        parent: RevisionId,
    },
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::ChildWithoutParent { child, parent } = self;
        write!(f, "{child} is applied, and {parent}, which it follows, is not")
    }
}

impl Graph {
    pub(super) fn standing(&self, applied: &Applied) -> Standing {
        let mut reached = Marks::none(self.nodes.len());
        let mut beyond = Vec::new();
        for revision in self.settled(applied) {
            match self.position(revision.as_str()) {
                Some(at) => drop(reached.insert(at)),
                None if applied.contains(&revision) => beyond.push(revision),
                None => {}
            }
        }
        let tips = self.topmost(&reached);
        Standing { reached, tips, beyond }
    }

    /// Where the database stands: the applied revisions that no applied one follows, directly or over others. By parents
    /// alone: a dependency keeps its own tip. Revisions that the program does not know are kept as they are.
    pub fn tips(&self, applied: &Applied) -> Vec<RevisionId> {
        let Standing { reached, tips, beyond } = self.standing(applied);
        let squash =
            |part: &RevisionId| self.squashes.outermost(part).and_then(|squash| self.position(squash.as_str()));
        let alone = beyond.into_iter().filter(|revision| !squash(revision).is_some_and(|at| reached.has(at)));
        let mut tips: Vec<RevisionId> = self.revisions(tips).into_iter().chain(alone).collect();
        tips.sort();
        tips
    }

    /// Applied revisions that the program does not know, not even as part of a squash.
    pub fn unknown_to(&self, applied: &Applied) -> Vec<RevisionId> {
        let unknown = |revision: &&RevisionId| !self.contains(revision.as_str()) && !self.squashes.replaces(revision);
        applied.iter().filter(unknown).cloned().collect()
    }

    /// Everything that is not applied, in the order in which it would run.
    pub fn pending(&self, applied: &Applied) -> Vec<RevisionId> {
        let reached = self.standing(applied).reached;
        self.revisions(self.order.iter().copied().filter(|&at| !reached.has(at)))
    }

    /// Whether nothing is missing below the heads; a head that an applied revision depends on counts as reached.
    pub fn is_at_head(&self, applied: &Applied) -> bool {
        let reached = self.standing(applied).reached;
        let implied = self.ancestors(reached.iter(), Along::ParentsAndDependencies);
        self.head_positions().all(|head| implied.has(head))
    }

    /// Whether this revision arrives late: it names no parent, and on the line that its number puts it in, a greater one
    /// is applied already. To ask of many, see [`late_arrivals`](Graph::late_arrivals).
    pub fn out_of_order(&self, applied: &Applied, revision: &str) -> bool {
        let greatest = self.greatest_applied_above(&self.standing(applied).reached);
        self.position(revision).is_some_and(|at| self.is_late(at, &greatest))
    }

    /// The pending revisions that arrive late, in the order in which they would run.
    pub fn late_arrivals(&self, applied: &Applied) -> Vec<RevisionId> {
        let reached = self.standing(applied).reached;
        let greatest = self.greatest_applied_above(&reached);
        let pending = self.order.iter().copied().filter(|&at| !reached.has(at));
        self.revisions(pending.filter(|&at| self.is_late(at, &greatest)))
    }

    fn is_late(&self, at: usize, greatest: &[Option<&RevisionId>]) -> bool {
        let node = &self.nodes[at];
        let rival = match self.links[at].parents.first() {
            Some(&parent) => greatest[parent],
            None => greatest.iter().copied().flatten().max(),
        };
        node.is_implicit() && rival > Some(node.place())
    }

    /// For each the greatest place of an applied revision at or above it.
    fn greatest_applied_above(&self, reached: &Marks) -> Vec<Option<&RevisionId>> {
        let mut greatest: Vec<Option<&RevisionId>> =
            self.nodes.iter().enumerate().map(|(at, node)| reached.has(at).then(|| node.place())).collect();
        for &at in self.order.iter().rev() {
            for &parent in &self.links[at].parents {
                greatest[parent] = greatest[parent].max(greatest[at]);
            }
        }
        greatest
    }

    /// What is wrong with the applied set. An implicit parent orders and does not bind, so its absence is no anomaly.
    pub fn anomalies(&self, applied: &Applied) -> Vec<Anomaly> {
        let reached = self.standing(applied).reached;
        let orphaned = |child: usize| {
            let binding = if self.nodes[child].is_implicit() { &[] } else { &self.links[child].parents[..] };
            let missing = binding.iter().chain(&self.links[child].dependencies).filter(|at| !reached.has(**at));
            let missing = missing.map(|&at| (self.revision(child).clone(), self.revision(at).clone()));
            missing.collect::<Vec<_>>()
        };
        let pairs = reached.iter().flat_map(orphaned);
        pairs.map(|(child, parent)| Anomaly::ChildWithoutParent { child, parent }).collect()
    }
}
