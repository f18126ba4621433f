//! Saying where a database stands, without running anything.

use crate::error::Result;
use crate::name::RevisionId;

use super::applied::Standing;
use super::links::{Along, Marks};
use super::target::{Symbol, Target};
use super::{Applied, Graph};

/// What changes in the record of applied revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// To be recorded as applied, in order.
    pub add: Vec<RevisionId>,
    /// To be taken out of the record, in reverse order.
    pub remove: Vec<RevisionId>,
}

impl Graph {
    /// How the record changes so that the database stands at the target.
    ///
    /// What is recorded on the target's own line, above it or below, gives way to the target and all that it needs; other
    /// lines stay, and so does what the program does not know.
    ///
    /// # Errors
    /// `UnknownTarget`, `AmbiguousTarget`, `InvalidTarget`, `MultipleHeads`.
    pub fn stamp(&self, applied: &Applied, target: &str) -> Result<Stamp> {
        let standing = self.standing(applied);
        let after = self.after_stamp(target, &standing)?;
        let add = self.in_order(&after).map(|at| self.revision(at)).filter(|revision| !applied.contains(*revision));
        let gone = self.in_order(&standing.reached).rev().filter(|&at| !after.has(at)).map(|at| self.revision(at));
        Ok(Stamp { add: add.cloned().collect(), remove: gone.flat_map(|gone| self.rows(gone, applied)).collect() })
    }

    /// What stands in the record for a revision: itself, and what it replaces.
    fn rows(&self, revision: &RevisionId, applied: &Applied) -> Vec<RevisionId> {
        let rows = [revision.clone()].into_iter().chain(self.stands_for(revision));
        rows.filter(|row| applied.contains(row)).collect()
    }

    fn after_stamp(&self, text: &str, standing: &Standing) -> Result<Marks> {
        let targets = self.targets(text)?;
        if let [target] = &targets[..] {
            match (target.symbol, target.steps) {
                (Symbol::Current, Some(steps)) if steps < 0 => return self.stepped_down(target, standing),
                (Symbol::Base, None) => return self.without_branch(target, standing),
                _ => {}
            }
        }
        let ends = self.upgrade_targets(text, standing)?;
        Ok(self.moved_to(&ends, standing))
    }

    fn stepped_down(&self, target: &Target<'_>, standing: &Standing) -> Result<Marks> {
        let undone = self.undone(target, standing)?;
        Ok(self.marks(standing.reached.iter().filter(|&at| !undone.has(at))))
    }

    /// Everything, or what only one branch has.
    fn without_branch(&self, target: &Target<'_>, standing: &Standing) -> Result<Marks> {
        let Some(branch) = self.branch(target)? else {
            return Ok(self.marks([]));
        };
        let line = self.lineage(branch.at, Along::ParentsAndDependencies);
        Ok(self.kept_beside(&line, standing))
    }

    fn moved_to(&self, ends: &[usize], standing: &Standing) -> Marks {
        let below = self.ancestors(ends.iter().copied(), Along::ParentsAndDependencies);
        let above = self.descendants(ends.iter().copied(), Along::ParentsAndDependencies);
        let line = above.union(&below);
        self.kept_beside(&line, standing).union(&below)
    }

    /// What the tips outside the line have under them.
    fn kept_beside(&self, line: &Marks, standing: &Standing) -> Marks {
        let tips = standing.tips.iter().copied().filter(|&tip| !line.has(tip));
        let below = self.ancestors(tips, Along::ParentsAndDependencies);
        self.marks(below.iter().filter(|&at| standing.reached.has(at)))
    }
}
