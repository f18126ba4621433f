//! Writing the migration that makes one line of several.

use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;
use crate::report::list;

use super::links::Along;
use super::{Applied, Graph};

impl Graph {
    /// The Rust text of a migration that follows all the targets: `heads`, or several revisions or labels.
    ///
    /// ```
    /// # use migrator_core::{Metadata, graph::{Graph, Node}};
    /// # fn main() -> migrator_core::Result<()> {
    /// let branches = ["b", "c"].map(|revision| Metadata::new(revision).down_revision("a"));
    /// let nodes = [Metadata::new("a")].into_iter().chain(branches).map(|metadata| Node::new(&metadata, "m.rs"));
    /// let text = Graph::build(nodes)?.merge("heads", &"d".into(), "bring b and c together")?;
    /// assert!(text.contains("#[migration(revision = \"d\", down_revision = [\"b\", \"c\"])]"));
    /// assert!(text.contains("mod merge_bring_b_and_c_together {"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidTarget` if the targets are fewer than two or one includes another; `DuplicateRevision` or
    /// `InvalidRevision` for the new revision; what [`upgrade`](Graph::upgrade) says of targets.
    pub fn merge(&self, targets: &str, revision: &RevisionId, message: &str) -> Result<String> {
        self.fits(revision)?;
        let parents = self.revisions(self.merged(targets)?);
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = if message.is_empty() { format!("merge {}", list(&parents)) } else { message };
        let quoted: Vec<String> = parents.iter().map(|parent| format!("\"{parent}\"")).collect();
        Ok(TEMPLATE
            .replace("{parents}", &quoted.join(", "))
            .replace("{revision}", revision.as_str())
            .replace("{module}", &module(&message))
            .replace("{message}", &message))
    }

    fn fits(&self, revision: &RevisionId) -> Result<()> {
        if let Some(fault) = revision.fault() {
            let what = format!("{:?} is not a revision: {fault}", revision.as_str());
            return Err(Error::new(ErrorKind::InvalidRevision, what));
        }
        match self.node(revision.as_str()) {
            Some(node) => Err(Error::new(ErrorKind::DuplicateRevision, format!("there is a revision {node} already"))
                .remedy("give the merge a revision of its own")),
            None => Ok(()),
        }
    }

    fn merged(&self, targets: &str) -> Result<Vec<usize>> {
        let standing = self.standing(&Applied::new());
        let mut ends = Vec::new();
        for target in self.targets(targets)? {
            ends.extend(self.upgrade_target(&target, &standing)?);
        }
        let ends: Vec<usize> = self.marks(ends).iter().collect();
        match &ends[..] {
            [] | [_] => Err(nothing_to_merge(&self.revisions(ends))),
            _ => self.side_by_side(ends),
        }
    }

    fn side_by_side(&self, ends: Vec<usize>) -> Result<Vec<usize>> {
        let below = self.ancestors(ends.iter().flat_map(|&end| &self.links[end].parents).copied(), Along::Parents);
        match ends.iter().find(|end| below.has(**end)) {
            Some(&end) => Err(Error::target(
                ErrorKind::InvalidTarget,
                format!("{} overlaps with another of the targets, which follows it", self.nodes[end]),
            )
            .remedy("leave it out")),
            None => Ok(ends),
        }
    }
}

fn nothing_to_merge(ends: &[RevisionId]) -> Error {
    let there = if ends.is_empty() { "none".to_owned() } else { format!("only {}", list(ends)) };
    Error::target(ErrorKind::InvalidTarget, format!("a merge follows at least two revisions, and there is {there}"))
        .remedy("name two revisions or more; with one head there is nothing to merge")
}

/// A name that is no keyword of Rust, whatever the message.
fn module(message: &str) -> String {
    let letters = message.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    let words: String = letters.collect();
    let words = words.split_whitespace().skip_while(|word| *word == "merge").take(8);
    ["merge"].into_iter().chain(words).collect::<Vec<_>>().join("_")
}

const TEMPLATE: &str = r#"use migrator_core::prelude::*;

/// {message}
#[migration(revision = "{revision}", down_revision = [{parents}])]
mod {module} {
    fn upgrade(_op: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_op: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}
"#;
