//! The way up.

use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;

use super::applied::Standing;
use super::links::{Along, Marks};
use super::target::{Symbol, Target};
use super::walk::Walk;
use super::{Applied, Graph};

/// One thing to do on the way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Run the migration's upgrade.
    Run(RevisionId),
    /// Record the squash as applied: the database has all that it replaces.
    Adopt(RevisionId),
}

impl Step {
    /// The migration.
    pub fn revision(&self) -> &RevisionId {
        match self {
            Self::Run(revision) | Self::Adopt(revision) => revision,
        }
    }
}

impl Graph {
    /// What an upgrade to the target takes, in order: all that the target follows or depends on, less what is applied.
    ///
    /// The target may be several, with spaces or commas between them.
    ///
    /// # Errors
    /// `UnknownTarget`, `AmbiguousTarget`, `InvalidTarget`, `MultipleHeads`; `MissingRevision` if the database has some
    /// of what a squash on the way replaces, but not all.
    pub fn upgrade(&self, applied: &Applied, target: &str) -> Result<Vec<Step>> {
        let standing = self.standing(applied);
        let targets = self.upgrade_targets(target, &standing)?;
        self.steps_to(&self.ancestors(targets, Along::ParentsAndDependencies), applied)
    }

    fn steps_to(&self, wanted: &Marks, applied: &Applied) -> Result<Vec<Step>> {
        self.no_half_squash(wanted.iter(), applied)?;
        let settled = self.settled(applied);
        let open = self.in_order(wanted).map(|at| self.revision(at)).filter(|revision| !applied.contains(*revision));
        let step = |revision: &RevisionId| match settled.contains(revision) {
            true => Step::Adopt(revision.clone()),
            false => Step::Run(revision.clone()),
        };
        Ok(open.map(step).collect())
    }

    /// The positions that the targets name, none of them below another that was named apart from it.
    pub(super) fn upgrade_targets(&self, text: &str, standing: &Standing) -> Result<Vec<usize>> {
        let targets = self.targets(text)?;
        let groups: Result<Vec<_>> = targets.iter().map(|target| self.upgrade_target(target, standing)).collect();
        let groups = groups?;
        self.no_overlap(&groups)?;
        Ok(groups.concat())
    }

    pub(super) fn upgrade_target(&self, target: &Target<'_>, standing: &Standing) -> Result<Vec<usize>> {
        let branch = self.branch(target)?;
        let branch = branch.as_ref();
        let walk = Walk { graph: self, target, branch };
        let Some(steps) = target.steps else {
            return self.spots(target, branch, standing);
        };
        let count = steps.unsigned_abs() as usize;
        let end = match target.symbol {
            Symbol::Current if steps > 0 => walk.up_from_current(standing, count)?,
            Symbol::Current => return Err(walk.wrong_way("downgrade")),
            _ if steps > 0 => walk.up(self.spot(target, branch, standing)?, count)?,
            _ => walk.down(self.spot(target, branch, standing)?, count)?,
        };
        Ok(end.into_iter().collect())
    }

    fn no_overlap(&self, groups: &[Vec<usize>]) -> Result<()> {
        for (index, group) in groups.iter().enumerate().filter(|_| groups.len() > 1) {
            let below = self.ancestors(group.iter().copied(), Along::ParentsAndDependencies);
            let others = groups.iter().enumerate().filter(|(other, _)| *other != index);
            let mut overlaps = others.flat_map(|(_, other)| other).filter(|at| below.has(**at) && !group.contains(at));
            if let Some(&at) = overlaps.next() {
                return Err(self.overlap(at, group));
            }
        }
        Ok(())
    }

    fn overlap(&self, at: usize, group: &[usize]) -> Error {
        let mut above =
            group.iter().copied().filter(|&top| self.ancestors([top], Along::ParentsAndDependencies).has(at));
        let above = above.next().unwrap_or(at);
        let what = format!("target {} overlaps with target {}, which includes it", self.nodes[at], self.nodes[above]);
        Error::target(ErrorKind::InvalidTarget, what).remedy(format!("name {} alone", self.revision(above)))
    }
}
