//! Who follows whom, by position, and the sets that following leads to.

use super::Graph;

/// The neighbours of one revision, by position, each list sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    pub(super) parents: Vec<usize>,
    /// Less those that are parents already.
    pub(super) dependencies: Vec<usize>,
    pub(super) children: Vec<usize>,
    pub(super) dependents: Vec<usize>,
}

/// Which links a walk takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    Parents,
    ParentsAndDependencies,
}

impl Links {
    /// All that must run before.
    pub(super) fn needs(&self) -> impl Iterator<Item = usize> {
        self.below(Along::ParentsAndDependencies)
    }

    fn below(&self, along: Along) -> impl Iterator<Item = usize> {
        choose(&self.parents, &self.dependencies, along)
    }

    fn above(&self, along: Along) -> impl Iterator<Item = usize> {
        choose(&self.children, &self.dependents, along)
    }
}

fn choose<'l>(line: &'l [usize], other: &'l [usize], along: Along) -> impl Iterator<Item = usize> + 'l {
    let other = if along == Along::Parents { &[] } else { other };
    line.iter().chain(other).copied()
}

/// A set of positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marks(Vec<bool>);

impl Marks {
    pub(super) fn none(len: usize) -> Self {
        Self(vec![false; len])
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0[at]
    }

    /// Whether it is new.
    pub(super) fn insert(&mut self, at: usize) -> bool {
        !std::mem::replace(&mut self.0[at], true)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, marked)| **marked).map(|(at, _)| at)
    }

    pub(super) fn union(mut self, other: &Self) -> Self {
        other.iter().for_each(|at| self.0[at] = true);
        self
    }
}

impl Graph {
    /// These and all below them.
    pub(super) fn ancestors(&self, of: impl IntoIterator<Item = usize>, along: Along) -> Marks {
        self.reach(of, |at| self.links[at].below(along))
    }

    /// These and all above them.
    pub(super) fn descendants(&self, of: impl IntoIterator<Item = usize>, along: Along) -> Marks {
        self.reach(of, |at| self.links[at].above(along))
    }

    fn reach<I: Iterator<Item = usize>>(
        &self,
        from: impl IntoIterator<Item = usize>,
        next: impl Fn(usize) -> I,
    ) -> Marks {
        let mut marks = self.marks(from);
        let mut todo: Vec<usize> = marks.iter().collect();
        while let Some(at) = todo.pop() {
            todo.extend(next(at).filter(|&near| marks.insert(near)));
        }
        marks
    }

    pub(super) fn marks(&self, positions: impl IntoIterator<Item = usize>) -> Marks {
        let mut marks = Marks::none(self.nodes.len());
        positions.into_iter().for_each(|at| {
            marks.insert(at);
        });
        marks
    }

    /// These, less those that lie below others of them.
    pub(super) fn topmost(&self, of: &Marks) -> Vec<usize> {
        let below = self.ancestors(of.iter().flat_map(|at| &self.links[at].parents).copied(), Along::Parents);
        of.iter().filter(|&at| !below.has(at)).collect()
    }

    /// These, in the order in which they run.
    pub(super) fn in_order(&self, of: &Marks) -> impl DoubleEndedIterator<Item = usize> {
        self.order.iter().copied().filter(|&at| of.has(at))
    }
}
