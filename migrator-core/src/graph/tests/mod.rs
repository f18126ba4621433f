//! The cases of the acceptance list, each quoted where it is tested, and properties over random graphs.

mod anomalies;
mod branches;
mod dependencies;
mod faults;
mod implicit;
mod line;
mod merges;
mod model;
mod pictures;
mod properties;
mod ranges;
mod roots;
mod squashes;
mod stamps;
mod targets;

use crate::error::{Error, ErrorKind};
use crate::metadata::Parents;
use crate::name::RevisionId;

use super::{Applied, Graph, Node};

const LINE: &str = "a: | b: a | c: b | d: c | e: d";
const Y: &str = "a: | b: a | c1: b #c1branch | d1: c1 | c2: b #c2branch | d2: c2";
const MERGED: &str = "a: | b: a | c1: b | d1: c1 | c2: b #c2branch | d2: c2 | e: d1 d2 | f: e";

/// `name` alone names no parent, `name:` is a base, `name: x y` follows x and y; `~z` depends on z, `#l` is a label,
/// `=r` replaces r.
fn node(text: &str) -> Node {
    let (revision, rest) = text.split_once(':').unwrap_or((text, ""));
    let words = |sign: char| rest.split_whitespace().filter_map(move |word| word.strip_prefix(sign));
    let ids = |sign: char| words(sign).map(RevisionId::from).collect::<Vec<_>>();
    let parents: Vec<RevisionId> =
        rest.split_whitespace().filter(|word| !word.starts_with(['~', '#', '=', '?'])).map(RevisionId::from).collect();
    Node {
        revision: revision.trim().into(),
        parents: match (text.contains(':') && !rest.contains('?'), parents.is_empty()) {
            (false, _) => Parents::Implicit,
            (true, true) => Parents::Base,
            (true, false) => Parents::Revisions(parents),
        },
        depends_on: ids('~'),
        labels: words('#').map(str::to_owned).collect(),
        replaces: ids('='),
        source: format!("m.rs:{}", revision.trim()),
        description: None,
    }
}

fn build(text: &str) -> Result<Graph, Error> {
    Graph::build(text.split('|').map(|part| node(part.trim())))
}

fn graph(text: &str) -> Graph {
    build(text).unwrap()
}

fn set(revisions: &str) -> Applied {
    revisions.split_whitespace().map(RevisionId::from).collect()
}

fn joined<'r>(revisions: impl IntoIterator<Item = &'r RevisionId>) -> String {
    revisions.into_iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
}

/// A graph and a database that stands at some tips.
struct At {
    graph: Graph,
    applied: Applied,
}

fn at(text: &str, tips: &str) -> At {
    let graph = graph(text);
    let applied = match tips {
        "" => Applied::new(),
        tips => up(&graph, &Applied::new(), tips).iter().map(|step| step.revision().clone()).collect(),
    };
    At { graph, applied }
}

fn up(graph: &Graph, applied: &Applied, target: &str) -> Vec<super::Step> {
    graph.upgrade(applied, target).unwrap()
}

impl At {
    fn having(graph: Graph, applied: &str) -> Self {
        Self { graph, applied: set(applied) }
    }

    fn up(&self, target: &str) -> String {
        joined(up(&self.graph, &self.applied, target).iter().map(super::Step::revision))
    }

    fn down(&self, target: &str) -> String {
        joined(&self.graph.downgrade(&self.applied, target).unwrap())
    }

    /// The tips after a downgrade.
    fn rows_down(&self, target: &str) -> String {
        let undone = self.graph.downgrade(&self.applied, target).unwrap();
        let left: Applied = self.applied.iter().filter(|revision| !undone.contains(revision)).cloned().collect();
        joined(&self.graph.tips(&left))
    }

    /// The tips after an upgrade.
    fn rows_up(&self, target: &str) -> String {
        let mut applied = self.applied.clone();
        applied.extend(up(&self.graph, &self.applied, target).iter().map(|step| step.revision().clone()));
        joined(&self.graph.tips(&applied))
    }

    fn rows(&self) -> String {
        joined(&self.graph.tips(&self.applied))
    }

    fn range(&self, text: &str) -> String {
        joined(&self.graph.range(&self.applied, text).unwrap())
    }

    fn up_error(&self, target: &str) -> Error {
        self.graph.upgrade(&self.applied, target).unwrap_err()
    }

    fn down_error(&self, target: &str) -> Error {
        self.graph.downgrade(&self.applied, target).unwrap_err()
    }
}

#[track_caller]
fn says(error: &Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{word:?} is not in: {error}");
    }
}
