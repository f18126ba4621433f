//! Stretches of history.

use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;

use super::applied::Standing;
use super::lineage::Branch;
use super::links::Along;
use super::target::{Symbol, Target};
use super::walk::Walk;
use super::{Applied, Graph};

impl Graph {
    /// The revisions between two targets, both included, in order: `a:b`, `a:`, `:b`, `current:`.
    ///
    /// Steps alone count from the other end: `-2:d` starts two below `d`, `b:+2` ends two above `b`. Counting past the
    /// base stops there.
    ///
    /// # Errors
    /// `UnknownTarget`, `AmbiguousTarget`, `MultipleHeads`; `InvalidTarget` also if the second is not above the first.
    pub fn range(&self, applied: &Applied, text: &str) -> Result<Vec<RevisionId>> {
        let Some((lower, upper)) = text.split_once(':') else {
            return Err(no_range(text));
        };
        let standing = self.standing(applied);
        let ends = Ends { graph: self, standing: &standing };
        let (lower, upper) = (self.end(lower, "base")?, self.end(upper, "heads")?);
        let (from, to) = ends.both(&lower, &upper)?;
        self.between(&from, &to).map_err(|at| self.not_above(at, text))
    }

    /// The revisions that a target names by itself, in order; none for `base`.
    #[cfg(feature = "cli")]
    pub(crate) fn at(&self, applied: &Applied, text: &str) -> Result<Vec<RevisionId>> {
        let standing = self.standing(applied);
        let ends = Ends { graph: self, standing: &standing };
        let mut named = Vec::new();
        for target in self.targets(text)? {
            named.extend(ends.end(&target, None)?);
        }
        Ok(self.revisions(named))
    }

    fn end<'t>(&self, text: &'t str, otherwise: &'static str) -> Result<Target<'t>> {
        let text = if text.trim().is_empty() { otherwise } else { text.trim() };
        Ok(Target::parse(text, |name| self.exactly(name).is_some()))
    }

    /// All above one of the first and below one of the second; a first one that lies below none is the error.
    fn between(&self, from: &[usize], to: &[usize]) -> Result<Vec<RevisionId>, usize> {
        let below = self.ancestors(to.iter().copied(), Along::ParentsAndDependencies);
        if let Some(&outside) = from.iter().find(|at| !below.has(**at)) {
            return Err(outside);
        }
        let above = self.descendants(from.iter().copied(), Along::Parents);
        Ok(self.revisions(self.in_order(&below).filter(|&at| from.is_empty() || above.has(at))))
    }

    fn not_above(&self, at: usize, text: &str) -> Error {
        let what = format!("{text} is no range: its end does not follow its start, {}", self.nodes[at]);
        Error::target(ErrorKind::InvalidTarget, what).remedy("put the older revision first")
    }
}

fn no_range(text: &str) -> Error {
    Error::target(ErrorKind::InvalidTarget, format!("{text:?} is no range of history"))
        .remedy("write start:end, start: or :end")
}

struct Ends<'g> {
    graph: &'g Graph,
    standing: &'g Standing,
}

impl Ends<'_> {
    fn both(&self, lower: &Target<'_>, upper: &Target<'_>) -> Result<(Vec<usize>, Vec<usize>)> {
        if let Some(steps) = lower.alone().filter(|steps| *steps < 0) {
            let to = self.end(upper, None)?;
            return Ok((self.below(lower, &to, steps.unsigned_abs())?, to));
        }
        let from = self.end(lower, None)?;
        let to = match upper.alone().filter(|steps| *steps > 0) {
            Some(steps) => self.above(upper, &from, steps.unsigned_abs())?,
            None => self.end(upper, self.graph.branch(lower)?.as_ref())?,
        };
        Ok((from, to))
    }

    /// The end's positions; `heads` are those of the branch that the other end names.
    fn end(&self, target: &Target<'_>, other: Option<&Branch<'_>>) -> Result<Vec<usize>> {
        let branch = self.graph.branch(target)?;
        let branch = branch.as_ref().or(other.filter(|_| target.symbol == Symbol::Heads));
        let walk = Walk { graph: self.graph, target, branch };
        let Some(steps) = target.steps else {
            return self.graph.spots(target, branch, self.standing);
        };
        let start = self.graph.spot(target, branch, self.standing)?;
        let count = steps.unsigned_abs() as usize;
        let end = if steps > 0 { walk.up(start, count)? } else { walk.down(start, count)? };
        Ok(end.into_iter().collect())
    }

    fn below(&self, lower: &Target<'_>, to: &[usize], steps: u32) -> Result<Vec<usize>> {
        let branch = self.graph.branch(lower)?;
        let walk = Walk { graph: self.graph, target: lower, branch: branch.as_ref() };
        let mut here = walk.one_tip(to)?;
        for _ in 0..steps {
            let Some(at) = here else { break };
            here = walk.down(Some(at), 1)?;
        }
        Ok(here.into_iter().collect())
    }

    fn above(&self, upper: &Target<'_>, from: &[usize], steps: u32) -> Result<Vec<usize>> {
        let branch = self.graph.branch(upper)?;
        let walk = Walk { graph: self.graph, target: upper, branch: branch.as_ref() };
        Ok(walk.up(walk.one_tip(from)?, steps as usize)?.into_iter().collect())
    }
}
