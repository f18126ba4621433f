//! Labels, and the line of revisions that a label or revision stands for.

use std::collections::BTreeSet;

use super::Graph;
use super::links::{Along, Marks};

/// A branch that a target names before its `@`: all below and above one revision, by parents.
#[derive(Debug, Clone)]
pub(super) struct Branch<'t> {
    pub(super) name: &'t str,
    pub(super) at: usize,
    pub(super) members: Marks,
}

impl Branch<'_> {
    pub(super) fn has(branch: Option<&Self>, at: usize) -> bool {
        branch.is_none_or(|branch| branch.members.has(at))
    }
}

impl Graph {
    /// The labels of a revision, its own and those that reach it: a label spreads to all that follow the revision it
    /// was given to, and back down from there to the nearest branch or merge point, which it does not enter.
    pub fn labels_of(&self, revision: &str) -> BTreeSet<&str> {
        let Some(at) = self.position(revision) else {
            return BTreeSet::new();
        };
        let below = self.ancestors([at], Along::Parents);
        let spread = self.labels.iter().filter(|(_, given)| below.has(**given)).map(|(label, _)| label.as_str());
        spread.chain(self.labels_from_above(at)).collect()
    }

    fn labels_from_above(&self, mut at: usize) -> impl Iterator<Item = &str> {
        let mut line = Vec::new();
        while let Some(child) = self.only_child(at).filter(|_| !self.is_merge(at)) {
            at = child;
            if self.is_fork(at) || self.is_merge(at) {
                break;
            }
            line.extend(&self.nodes[at].labels);
        }
        line.into_iter().map(String::as_str)
    }

    fn only_child(&self, at: usize) -> Option<usize> {
        match self.links[at].children[..] {
            [child] => Some(child),
            _ => None,
        }
    }

    fn is_fork(&self, at: usize) -> bool {
        self.links[at].children.len() > 1
    }

    fn is_merge(&self, at: usize) -> bool {
        self.links[at].parents.len() > 1
    }

    /// All below and above a revision.
    pub(super) fn lineage(&self, at: usize, along: Along) -> Marks {
        self.ancestors([at], along).union(&self.descendants([at], along))
    }

    /// What to write before `@` so that only this one of `rivals` is meant: a label if there is one, else the revision.
    pub(super) fn handle(&self, at: usize, rivals: &[usize]) -> &str {
        let others: Vec<usize> = rivals.iter().copied().filter(|&rival| rival != at).collect();
        let below = self.ancestors(others.iter().copied(), Along::Parents);
        let theirs = self.descendants(others, Along::Parents).union(&below);
        let own = self.lineage(at, Along::Parents);
        let mut labels = self.labels.iter().filter(|(_, given)| own.has(**given) && !theirs.has(**given));
        labels.next().map_or(self.revision(at).as_str(), |(label, _)| label)
    }
}
