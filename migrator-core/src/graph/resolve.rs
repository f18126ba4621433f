//! From the words of a target to positions.

use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;
use crate::report::{Direction, list};

use super::applied::Standing;
use super::lineage::Branch;
use super::links::Along;
use super::target::{FORMS, Symbol, Target};
use super::{Graph, names};

impl Graph {
    pub(super) fn targets<'t>(&self, text: &'t str) -> Result<Vec<Target<'t>>> {
        Target::several(text, |name| self.exactly(name).is_some())
    }

    /// Whether a target counts from where the database stands, so that it means something else wherever that is.
    pub(crate) fn is_relative(&self, text: &str) -> bool {
        self.targets(text).is_ok_and(|targets| targets.iter().any(|target| target.symbol == Symbol::Current))
    }

    /// Which way a target means from wherever the database stands; none where that decides.
    pub(crate) fn way(&self, text: &str) -> Option<Direction> {
        let mut ways = self.targets(text).ok()?.into_iter().map(|target| target.way());
        let first = ways.next()??;
        ways.all(|way| way == Some(first)).then_some(first)
    }

    /// The branch that a target names, if it does.
    pub(super) fn branch<'t>(&self, target: &Target<'t>) -> Result<Option<Branch<'t>>> {
        let Some(name) = target.label else { return Ok(None) };
        let at = self.named(name, None).map_err(|error| match error.kind() {
            ErrorKind::UnknownTarget => self.unknown(name, format!("there is no branch {name}")),
            _ => error,
        })?;
        Ok(Some(Branch { name, at, members: self.lineage(at, Along::Parents) }))
    }

    /// The positions that a target without steps names; none for `base`.
    pub(super) fn spots(
        &self,
        target: &Target<'_>,
        branch: Option<&Branch<'_>>,
        standing: &Standing,
    ) -> Result<Vec<usize>> {
        match target.symbol {
            Symbol::Base => Ok(Vec::new()),
            Symbol::Heads => Ok(self.heads_of(branch)),
            Symbol::Head => Ok(self.head_of(target, branch)?.into_iter().collect()),
            Symbol::Current => Ok(standing.tips_of(branch)),
            Symbol::Named(name) => match self.named(name, branch) {
                Err(error) if error.kind() == ErrorKind::UnknownTarget => Err(standing.explain(name, error)),
                found => Ok(vec![found?]),
            },
        }
    }

    /// The position that a target without steps names, none for `base`.
    pub(super) fn spot(
        &self,
        target: &Target<'_>,
        branch: Option<&Branch<'_>>,
        standing: &Standing,
    ) -> Result<Option<usize>> {
        match target.symbol {
            Symbol::Heads => self.head_of(target, branch),
            Symbol::Current => match standing.tips_of(branch)[..] {
                [] => Ok(None),
                [one] => Ok(Some(one)),
                ref several => Err(self.ambiguous(target, several)),
            },
            _ => Ok(self.spots(target, branch, standing)?.first().copied()),
        }
    }

    pub(super) fn heads_of(&self, branch: Option<&Branch<'_>>) -> Vec<usize> {
        self.head_positions().filter(|&at| Branch::has(branch, at)).collect()
    }

    pub(super) fn head_of(&self, target: &Target<'_>, branch: Option<&Branch<'_>>) -> Result<Option<usize>> {
        match self.heads_of(branch)[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            ref several => Err(self.multiple_heads(target, several)),
        }
    }

    /// A label or revision as it stands, the hyphens of a revision dropped.
    pub(super) fn exactly(&self, name: &str) -> Option<usize> {
        self.labels.get(name).copied().or_else(|| self.position(RevisionId::new(name).as_str()))
    }

    /// A label, a revision, or the beginning of one revision only.
    fn named(&self, name: &str, branch: Option<&Branch<'_>>) -> Result<usize> {
        let Some(at) = self.exactly(name) else {
            return self.starting_with(name, branch);
        };
        match branch.filter(|branch| !branch.members.has(at)) {
            Some(branch) => Err(self.not_a_member(at, branch)),
            None => Ok(at),
        }
    }

    fn starting_with(&self, name: &str, branch: Option<&Branch<'_>>) -> Result<usize> {
        let prefix = RevisionId::new(name);
        if prefix.as_str().len() < 4 {
            return Err(self.unknown(name, format!("there is no revision or label {name:?}")));
        }
        let start = self.nodes.partition_point(|node| node.revision < prefix);
        let all = (start..self.nodes.len()).take_while(|&at| self.revision(at).as_str().starts_with(prefix.as_str()));
        let all: Vec<usize> = all.collect();
        let members: Vec<usize> = all.iter().copied().filter(|&at| Branch::has(branch, at)).collect();
        match (&members[..], &all[..], branch) {
            (&[one], ..) => Ok(one),
            (&[], &[other], Some(branch)) => Err(self.not_a_member(other, branch)),
            (&[], ..) => Err(self.unknown(name, format!("there is no revision or label {name:?}"))),
            (several, ..) => Err(self.many_start_with(name, several)),
        }
    }

    fn unknown(&self, name: &str, what: String) -> Error {
        let revision = RevisionId::new(name);
        if let Some(squash) = self.squashes.outermost(&revision).filter(|squash| **squash != revision) {
            return Error::target(ErrorKind::UnknownTarget, format!("{name} is part of {squash}, which replaces it"))
                .remedy(format!("name {squash}"));
        }
        let known = self.nodes.iter().map(|node| node.revision.as_str()).chain(self.labels.keys().map(String::as_str));
        let short =
            if revision.as_str().len() < 4 { "; the beginning of a revision must have four letters" } else { "" };
        let near = names::nearest(name, known.clone());
        let number = || names::nearest_number(revision.as_str(), known);
        Error::target(ErrorKind::UnknownTarget, what).remedy(match near.or_else(number) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("{FORMS}{short}"),
        })
    }

    fn not_a_member(&self, at: usize, branch: &Branch<'_>) -> Error {
        let what = format!("{} is not a member of branch {}", self.nodes[at], branch.name);
        Error::target(ErrorKind::UnknownTarget, what).remedy(format!(
            "name a revision that {} follows or that follows it, or leave out `{}@`",
            self.revision(branch.at),
            branch.name
        ))
    }

    fn many_start_with(&self, name: &str, several: &[usize]) -> Error {
        let shown = self.revisions(several.iter().copied().take(4));
        let more = if several.len() > shown.len() { ", ..." } else { "" };
        let what = format!("{} revisions start with {name}: {}{more}", several.len(), list(&shown));
        let needed = self.letters_that_tell(several);
        Error::target(ErrorKind::AmbiguousTarget, what)
            .remedy(format!("write the first {needed} letters of the one you mean: so many tell it from the others"))
    }

    /// One more than any two that stand beside each other in their order begin with alike.
    fn letters_that_tell(&self, several: &[usize]) -> usize {
        let alike = |pair: &[usize]| {
            let (one, other) = (self.revision(pair[0]), self.revision(pair[1]));
            one.as_str().bytes().zip(other.as_str().bytes()).take_while(|(one, other)| one == other).count()
        };
        several.windows(2).map(alike).max().unwrap_or_default() + 1
    }

    fn multiple_heads(&self, target: &Target<'_>, heads: &[usize]) -> Error {
        let named: Vec<String> = heads.iter().map(|&at| self.nodes[at].to_string()).collect();
        let what = format!("{} asks for one head and there are {}: {}", target.text, heads.len(), named.join(", "));
        let handles = heads.iter().take(SHOWN).map(|&at| format!("{}@head", self.handle(at, heads)));
        let handles: Vec<String> = handles.collect();
        let renumber = self.renumber(heads).unwrap_or_default();
        let all = and_list(&self.revisions(heads.iter().copied()));
        Error::target(ErrorKind::MultipleHeads, what).remedy_told(|reader| {
            let handles = handles.join(", ");
            format!("{}{renumber}; or go to heads, which takes all, or to one of {handles}", reader.merge(&all))
        })
    }

    /// A head that only its number put beside the line can be put at its end.
    fn renumber(&self, heads: &[usize]) -> Option<String> {
        let last = heads.last().map(|&at| self.revision(at))?;
        let late = heads.iter().map(|&at| &self.nodes[at]).filter(|node| node.is_implicit() && node.revision < *last);
        let late: Vec<RevisionId> = late.map(|node| node.revision.clone()).collect();
        (!late.is_empty()).then(|| format!(", or renumber {} to come after {last}", list(&late)))
    }

    /// What was asked could go on from any of these.
    pub(super) fn ambiguous(&self, target: &Target<'_>, rivals: &[usize]) -> Error {
        let rest = target.text.split_once('@').map_or(target.text, |(_, rest)| rest);
        let ways = rivals.iter().take(SHOWN).map(|&at| (self.handle(at, rivals), self.revision(at)));
        let ways: Vec<String> = ways.map(|(handle, at)| format!("{handle}@{rest} (by way of {at})")).collect();
        let what = format!("{} could mean {}", target.text, ways.join(" or "));
        Error::target(ErrorKind::AmbiguousTarget, what).remedy("put the branch that you mean before it, as shown")
    }
}

impl Standing {
    /// A name that this program lacks may be one that the database has.
    fn explain(&self, name: &str, error: Error) -> Error {
        let revision = RevisionId::new(name);
        if !self.beyond.contains(&revision) {
            return error;
        }
        let what = format!("{name} is applied in this database, and this program does not have it");
        Error::target(ErrorKind::UnknownTarget, what).remedy(format!("use the release of the program that has {name}"))
    }
}

/// Of how many ways on an error speaks.
const SHOWN: usize = 8;

fn and_list(revisions: &[RevisionId]) -> String {
    match revisions {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", list(rest)),
        all => list(all),
    }
}
