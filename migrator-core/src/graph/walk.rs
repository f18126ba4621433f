//! Counting steps up and down the graph.

use crate::error::{Error, ErrorKind, Result};

use super::Graph;
use super::applied::Standing;
use super::lineage::Branch;
use super::links::Along;
use super::target::{Symbol, Target};

/// Counting from one position to another; none is the base, below all.
pub(super) struct Walk<'g> {
    pub(super) graph: &'g Graph,
    pub(super) target: &'g Target<'g>,
    pub(super) branch: Option<&'g Branch<'g>>,
}

impl Walk<'_> {
    /// So many children up.
    pub(super) fn up(&self, start: Option<usize>, steps: usize) -> Result<Option<usize>> {
        let mut here = start;
        for _ in 0..steps {
            let above = match here {
                Some(at) => self.graph.links[at].children.clone(),
                None => self.graph.base_positions().collect(),
            };
            here = Some(self.one_of(above)?.ok_or_else(|| self.too_far())?);
        }
        Ok(here)
    }

    /// So many parents down.
    pub(super) fn down(&self, start: Option<usize>, steps: usize) -> Result<Option<usize>> {
        let mut here = start;
        for _ in 0..steps {
            let at = here.ok_or_else(|| self.too_far())?;
            here = self.one_of(self.graph.links[at].parents.clone())?;
        }
        Ok(here)
    }

    /// From the base, or from the one revision at which the database stands on the branch, over what it lacks.
    pub(super) fn up_from_current(&self, standing: &Standing, steps: usize) -> Result<Option<usize>> {
        let start = self.one_tip(&self.front(standing))?;
        let below = self.graph.ancestors(start, Along::Parents);
        let late: Vec<usize> = self.graph.in_order(&below).filter(|&at| !standing.reached.has(at)).collect();
        match steps.checked_sub(late.len()) {
            Some(further) => self.up(start, further),
            None => Ok(steps.checked_sub(1).map(|last| late[last])),
        }
    }

    /// The revision that the last of so many steps down from the current one undoes.
    pub(super) fn last_undone(&self, standing: &Standing, steps: usize) -> Result<usize> {
        let mut here = self.one_tip(&standing.tips_of(self.branch))?;
        for _ in 1..steps {
            let Some(at) = here else { break };
            here = self.applied_below(at, standing)?;
        }
        here.ok_or_else(|| self.too_far())
    }

    /// The next revision below that the database has; a late arrival is passed over.
    fn applied_below(&self, mut at: usize, standing: &Standing) -> Result<Option<usize>> {
        while let Some(below) = self.one_of(self.graph.links[at].parents.clone())? {
            if standing.reached.has(below) {
                return Ok(Some(below));
            }
            at = below;
        }
        Ok(None)
    }

    /// Where the database stands on the branch; if it has left it by another way, where it left it.
    fn front(&self, standing: &Standing) -> Vec<usize> {
        let tips = standing.tips_of(self.branch);
        match self.branch.filter(|_| tips.is_empty()) {
            Some(branch) => {
                let applied = standing.reached.iter().filter(|&at| branch.members.has(at));
                self.graph.topmost(&self.graph.marks(applied))
            }
            None => tips,
        }
    }

    /// The one of these to count from; none is the base.
    pub(super) fn one_tip(&self, tips: &[usize]) -> Result<Option<usize>> {
        match *tips {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            ref several => Err(self.graph.ambiguous(self.target, several)),
        }
    }

    fn one_of(&self, ways: Vec<usize>) -> Result<Option<usize>> {
        let ways: Vec<usize> = match ways.len() {
            0 | 1 => ways,
            _ => ways.into_iter().filter(|&at| Branch::has(self.branch, at)).collect(),
        };
        match ways[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            ref several => Err(self.graph.ambiguous(self.target, several)),
        }
    }

    pub(super) fn too_far(&self) -> Error {
        let steps = self.target.steps.unwrap_or_default().unsigned_abs();
        let from = match self.target.symbol {
            Symbol::Current => "from where the database stands",
            _ => "from there",
        };
        let migrations = if steps == 1 { "migration" } else { "migrations" };
        let what = format!("{} did not produce {steps} {migrations}: there are not so many {from}", self.target.text);
        Error::target(ErrorKind::InvalidTarget, what).remedy("count fewer steps, or name a revision")
    }

    /// Steps down on the way up, or up on the way down.
    pub(super) fn wrong_way(&self, right: &str) -> Error {
        let steps = self.target.steps.unwrap_or_default();
        let (migrations, way) =
            (if steps.abs() == 1 { "migration" } else { "migrations" }, if steps < 0 { "down" } else { "up" });
        let what = format!(
            "{} did not produce {} {migrations}: it counts {way} from where the database stands",
            self.target.text,
            steps.unsigned_abs()
        );
        Error::target(ErrorKind::InvalidTarget, what).remedy(format!("to go {way}, call {right}"))
    }
}
