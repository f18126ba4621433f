//! Squashes: migrations that stand for others.
//!
//! A squash takes the place of what it replaces at once: the replaced migrations leave the graph, whether the program
//! still has them or not, and whatever follows or depends on one of them follows or depends on the squash. A database
//! that has all of them counts as having the squash; one that has none of them runs it; one that has some is told to
//! finish with the program that still runs them one by one.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;
use crate::report::list;

use super::{Applied, Graph, Node};

/// Which squash stands for which revisions, those of inner squashes included.
#[derive(Debug, Clone, Default)]
pub(super) struct Squashes {
    /// Replaced revision to the squash that names it.
    by_replaced: BTreeMap<RevisionId, RevisionId>,
    /// Squash to what it names.
    parts: BTreeMap<RevisionId, Vec<RevisionId>>,
}

impl Squashes {
    /// Takes the replaced ones out of `nodes`.
    pub(super) fn take(nodes: &mut Vec<Node>) -> Result<Self> {
        let mut squashes = Self::default();
        for node in nodes.iter().filter(|node| !node.replaces.is_empty()) {
            squashes.add(node, nodes)?;
        }
        if let Some(revision) = squashes.parts.keys().find(|squash| squashes.outermost(squash).is_none()) {
            return Err(replaces_itself(nodes, revision));
        }
        nodes.retain(|node| !squashes.by_replaced.contains_key(&node.revision));
        Ok(squashes)
    }

    fn add(&mut self, squash: &Node, nodes: &[Node]) -> Result<()> {
        for replaced in &squash.replaces {
            let other = self.by_replaced.insert(replaced.clone(), squash.revision.clone());
            let twice = other.filter(|other| *other != squash.revision);
            if let Some(other) = twice.and_then(|other| nodes.iter().find(|node| node.revision == other)) {
                return Err(replaced_twice(replaced, other, squash));
            }
        }
        self.parts.insert(squash.revision.clone(), squash.replaces.clone());
        Ok(())
    }

    /// The squash of the graph that a replaced revision is part of; the revision itself if it is not replaced, none if
    /// squashes replace each other in a circle.
    pub(super) fn outermost<'s>(&'s self, revision: &'s RevisionId) -> Option<&'s RevisionId> {
        let mut outer = revision;
        for _ in 0..=self.parts.len() {
            match self.by_replaced.get(outer) {
                Some(squash) => outer = squash,
                None => return Some(outer),
            }
        }
        None
    }

    pub(super) fn replaces(&self, revision: &RevisionId) -> bool {
        self.by_replaced.contains_key(revision)
    }

    /// All that a squash stands for, inner squashes and their parts included.
    fn all_parts(&self, squash: &RevisionId) -> Vec<RevisionId> {
        let mut parts = self.parts.get(squash).cloned().unwrap_or_default();
        let mut next = 0;
        while next < parts.len() {
            parts.extend(self.parts.get(&parts[next]).into_iter().flatten().cloned().collect::<Vec<_>>());
            next += 1;
        }
        parts.sort();
        parts.dedup();
        parts
    }

    /// What is applied, with each squash whose parts all are.
    fn settle(&self, applied: &Applied) -> Applied {
        let mut settled = applied.clone();
        let whole = |settled: &Applied| {
            let mut open = self.parts.iter().filter(|(squash, _)| !settled.contains(*squash));
            open.find(|(_, parts)| parts.iter().all(|part| settled.contains(part))).map(|(squash, _)| squash.clone())
        };
        while let Some(squash) = whole(&settled) {
            settled.insert(squash);
        }
        settled
    }
}

impl Graph {
    /// The revisions that one stands for, those of squashes within it included: when it is undone their rows go too.
    pub fn stands_for(&self, revision: &RevisionId) -> Vec<RevisionId> {
        self.squashes.all_parts(revision)
    }

    /// Squashes that a database has by having all of their parts, and that are not recorded yet.
    pub fn adoptable(&self, applied: &Applied) -> Vec<RevisionId> {
        let settled = self.settled(applied);
        let known = settled.iter().filter(|revision| self.contains(revision.as_str()));
        known.filter(|revision| !applied.contains(*revision)).cloned().collect()
    }

    pub(super) fn settled(&self, applied: &Applied) -> Applied {
        if self.squashes.parts.is_empty() { applied.clone() } else { self.squashes.settle(applied) }
    }

    /// An error if the database has some, and not all, of what one of these stands for.
    pub(super) fn no_half_squash(&self, among: impl Iterator<Item = usize>, applied: &Applied) -> Result<()> {
        let settled = self.settled(applied);
        for node in among.map(|at| &self.nodes[at]).filter(|node| !settled.contains(&node.revision)) {
            let (there, missing): (Vec<_>, Vec<_>) =
                node.replaces.iter().cloned().partition(|part| settled.contains(part));
            if !there.is_empty() {
                return Err(half_squashed(node, &there, &missing));
            }
        }
        Ok(())
    }
}

fn half_squashed(squash: &Node, there: &[RevisionId], missing: &[RevisionId]) -> Error {
    let what = format!(
        "{squash} replaces migrations of which the database has some, {}, and lacks others, {}",
        list(there),
        list(missing)
    );
    let remedy = format!(
        "upgrade this database with the release that still runs {} one by one, then start this one; or, if the schema \
         is already what {} makes of it, stamp {}",
        list(missing),
        squash.revision,
        squash.revision
    );
    Error::new(ErrorKind::MissingRevision, what).remedy(remedy)
}

fn replaced_twice(replaced: &RevisionId, one: &Node, other: &Node) -> Error {
    Error::new(ErrorKind::DuplicateRevision, format!("{replaced} is replaced twice: by {one} and by {other}"))
        .remedy("let one of the two replace the other, or leave the revision to one of them")
        .state("the database was not touched")
}

fn replaces_itself(nodes: &[Node], revision: &RevisionId) -> Error {
    let named: Vec<String> = nodes.iter().filter(|node| node.revision == *revision).map(ToString::to_string).collect();
    Error::new(ErrorKind::Cycle, format!("{} replaces itself, through its own `replaces`", named.join(", ")))
        .remedy("take the revision out of the `replaces` of one of the squashes")
        .state("the database was not touched")
}
