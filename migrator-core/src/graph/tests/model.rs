//! The same rules again, slow and plain, over sets of names; and random graphs to compare on.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

pub(super) type Names = BTreeSet<String>;

/// What each revision follows, and what it depends on besides.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) parents: BTreeMap<String, Names>,
    pub(super) dependencies: BTreeMap<String, Names>,
}

impl Model {
    pub(super) fn of(nodes: &[Node]) -> Self {
        let names: Names = nodes.iter().map(|node| node.revision.to_string()).collect();
        let before = |revision: &str| names.range(..revision.to_owned()).next_back().cloned();
        let parents = |node: &Node| match &node.parents {
            Parents::Implicit => before(node.revision.as_str()).into_iter().collect(),
            Parents::Base => Names::new(),
            Parents::Revisions(named) => named.iter().map(ToString::to_string).collect(),
        };
        let keyed = |value: &dyn Fn(&Node) -> Names| {
            nodes.iter().map(|node| (node.revision.to_string(), value(node))).collect()
        };
        Self {
            parents: keyed(&parents),
            dependencies: keyed(&|node| node.depends_on.iter().map(ToString::to_string).collect()),
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.parents.keys().cloned().collect()
    }

    pub(super) fn needs(&self, of: &str) -> Names {
        self.parents[of].union(&self.dependencies[of]).cloned().collect()
    }

    /// These and all that they need, until nothing is added.
    pub(super) fn below(&self, of: &Names) -> Names {
        grow(of, |name| self.needs(name))
    }

    pub(super) fn above(&self, of: &Names) -> Names {
        grow(of, |name| self.parents.keys().filter(|other| self.needs(other).contains(name)).cloned().collect())
    }

    pub(super) fn line_below(&self, of: &Names) -> Names {
        grow(of, |name| self.parents[name].clone())
    }

    pub(super) fn children(&self, of: Option<&str>) -> Names {
        let follows = |name: &&String| match of {
            Some(parent) => self.parents[*name].contains(parent),
            None => self.parents[*name].is_empty(),
        };
        self.parents.keys().filter(follows).cloned().collect()
    }

    pub(super) fn heads(&self) -> Names {
        self.parents.keys().filter(|name| self.children(Some(name)).is_empty()).cloned().collect()
    }

    /// Those that no other one of them stands on.
    pub(super) fn tips(&self, of: &Names) -> Names {
        let stands_on = |above: &String, below: &String| above != below && self.line_below(&one(above)).contains(below);
        of.iter().filter(|name| !of.iter().any(|other| stands_on(other, name))).cloned().collect()
    }

    /// Whether some order serves every need.
    pub(super) fn is_orderable(&self) -> bool {
        let mut done = Names::new();
        loop {
            let ready =
                self.names().into_iter().filter(|name| !done.contains(name) && self.needs(name).is_subset(&done));
            let ready: Names = ready.collect();
            if ready.is_empty() {
                return done.len() == self.parents.len();
            }
            done.extend(ready);
        }
    }
}

pub(super) fn one(name: &str) -> Names {
    [name.to_owned()].into()
}

fn grow(of: &Names, next: impl Fn(&str) -> Names) -> Names {
    let mut all = of.clone();
    loop {
        let more: Names = all.iter().flat_map(|name| next(name)).collect();
        if more.is_subset(&all) {
            return all;
        }
        all.extend(more);
    }
}

/// Up to a dozen revisions; parents and dependencies among those before, whether or not names ascend with them. Some
/// name no parent where names do ascend.
pub(super) fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let names: Vec<String> = (b'a'..=b'l').map(|letter| (letter as char).to_string()).collect();
    let shapes = prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>(), any::<u16>()), 1..12);
    let names = prop_oneof![
        Just(names.clone()).prop_map(|names| (true, names)),
        Just(names).prop_shuffle().prop_map(|names| (false, names))
    ];
    (names, shapes).prop_map(|((ascending, names), shapes)| {
        let node = |(at, &shape): (usize, &(u8, u16, u16, u16))| random_node(&names, at, shape, ascending);
        shapes.iter().enumerate().map(node).collect()
    })
}

fn random_node(names: &[String], at: usize, (kind, one, other, third): (u8, u16, u16, u16), ascending: bool) -> Node {
    let pick = |random: u16| RevisionId::from(names[random as usize % at.max(1)].as_str());
    let parents = match kind % 8 {
        _ if at == 0 => Parents::Base,
        0 => Parents::Base,
        1 | 2 if ascending => Parents::Implicit,
        3 => Parents::Revisions(vec![pick(one), pick(other)]),
        _ => Parents::Revisions(vec![pick(one)]),
    };
    let depends_on = if at > 0 && kind % 5 == 0 { vec![pick(third)] } else { Vec::new() };
    Node { parents, depends_on, ..node(&names[at]) }
}

pub(super) fn named<'r>(revisions: impl IntoIterator<Item = &'r RevisionId>) -> Names {
    revisions.into_iter().map(ToString::to_string).collect()
}
