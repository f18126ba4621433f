//! The way down.

use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;

use super::applied::Standing;
use super::lineage::Branch;
use super::links::{Along, Marks};
use super::target::{Symbol, Target};
use super::walk::Walk;
use super::{Applied, Graph};

/// How far down.
enum Depth {
    /// What stands above this, or everything.
    To(Option<usize>),
    /// This and what stands above it.
    Through(usize),
}

impl Graph {
    /// What a downgrade to the target undoes, in order: all applied that follows the target, and all that depends on
    /// that; with a label, only by way of that branch.
    ///
    /// What a squash stands for goes with it: see [`stands_for`](Graph::stands_for).
    ///
    /// # Errors
    /// `UnknownTarget`, `AmbiguousTarget`, `InvalidTarget`, `MultipleHeads`; `MissingRevision` if the database has some
    /// of what a squash on the way replaces, but not all.
    pub fn downgrade(&self, applied: &Applied, target: &str) -> Result<Vec<RevisionId>> {
        let standing = self.standing(applied);
        let [target] = self.targets(target)?[..] else {
            return Err(several(target));
        };
        let doomed = self.undone(&target, &standing)?;
        self.no_half_squash(doomed.iter(), applied)?;
        Ok(self.revisions(self.in_order(&doomed).rev().filter(|&at| standing.reached.has(at))))
    }

    /// The target's descendants and dependents, applied or not.
    pub(super) fn undone(&self, target: &Target<'_>, standing: &Standing) -> Result<Marks> {
        let branch = self.branch(target)?;
        let depth = self.depth(target, branch.as_ref(), standing)?;
        let undone = self.descendants(self.roots(&depth, branch.as_ref()), Along::ParentsAndDependencies);
        match depth {
            Depth::To(Some(at)) if !standing.reached.has(at) && !standing.has_any(&undone) => {
                Err(self.not_applied(at, target))
            }
            _ => Ok(undone),
        }
    }

    fn depth(&self, target: &Target<'_>, branch: Option<&Branch<'_>>, standing: &Standing) -> Result<Depth> {
        let walk = Walk { graph: self, target, branch };
        let Some(steps) = target.steps else {
            return Ok(Depth::To(self.spot(target, branch, standing)?));
        };
        let count = steps.unsigned_abs() as usize;
        match target.symbol {
            Symbol::Current if steps < 0 => Ok(Depth::Through(walk.last_undone(standing, count)?)),
            Symbol::Current => Err(walk.wrong_way("upgrade")),
            _ if steps > 0 => Ok(Depth::To(walk.up(self.spot(target, branch, standing)?, count)?)),
            _ => below(&walk, self.spot(target, branch, standing)?, count),
        }
    }

    /// The lowest revisions to undo.
    fn roots(&self, depth: &Depth, branch: Option<&Branch<'_>>) -> Vec<usize> {
        let roots: Vec<usize> = match *depth {
            Depth::Through(at) => return vec![at],
            Depth::To(Some(at)) => self.links[at].children.clone(),
            Depth::To(None) => self.base_positions().collect(),
        };
        roots.into_iter().filter(|&at| Branch::has(branch, at)).collect()
    }

    fn not_applied(&self, at: usize, target: &Target<'_>) -> Error {
        let what = format!(
            "{} is no place to downgrade to: {} is not applied, and neither is anything that follows it",
            target.text, self.nodes[at]
        );
        Error::target(ErrorKind::InvalidTarget, what)
            .remedy("name an applied revision; `current` shows where the database stands, an upgrade goes up")
    }
}

/// Down to the base from a revision is the base of its own line, so it says which revision goes last.
fn below(walk: &Walk<'_>, start: Option<usize>, steps: usize) -> Result<Depth> {
    match (walk.down(start, steps)?, steps.checked_sub(1)) {
        (None, Some(before)) => Ok(walk.down(start, before)?.map_or(Depth::To(None), Depth::Through)),
        (end, _) => Ok(Depth::To(end)),
    }
}

fn several(text: &str) -> Error {
    Error::target(ErrorKind::InvalidTarget, format!("a downgrade goes to one target, and {text:?} names several"))
        .remedy("downgrade to one after the other")
}
