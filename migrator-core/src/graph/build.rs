//! From what migrations say of themselves to a checked graph.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Parents;
use crate::name::RevisionId;

use super::links::Links;
use super::squash::Squashes;
use super::{Graph, Node, cycle, names, order};

impl Graph {
    /// Puts migrations in order, whatever the order they come in.
    ///
    /// # Errors
    /// `InvalidRevision` (a malformed revision or label), `DuplicateRevision` (a revision or label that stands twice),
    /// `MissingRevision` (a parent or dependency that is not there), `Cycle`. Each names every source concerned.
    pub fn build(nodes: impl IntoIterator<Item = Node>) -> Result<Self> {
        let mut nodes: Vec<Node> = nodes.into_iter().collect();
        nodes.sort_by(|a, b| (&a.revision, &a.source).cmp(&(&b.revision, &b.source)));
        names::check(&nodes)?;
        let squashes = Squashes::take(&mut nodes)?;
        let labels = names::labels(&nodes)?;
        let links = Linking { nodes: &nodes, squashes: &squashes, labels: &labels }.links()?;
        let order = order::order(&links);
        if order.len() < nodes.len() {
            return Err(cycle::error(&nodes, &links, &order));
        }
        Ok(Self { nodes, links, labels, squashes, order })
    }
}

struct Linking<'b> {
    nodes: &'b [Node],
    squashes: &'b Squashes,
    labels: &'b BTreeMap<String, usize>,
}

impl Linking<'_> {
    fn links(&self) -> Result<Vec<Links>> {
        let implied = self.implied_parents();
        let mut dangling = Vec::new();
        let mut links: Vec<Links> =
            (0..self.nodes.len()).map(|at| self.needs(at, implied[at], &mut dangling)).collect();
        if !dangling.is_empty() {
            return Err(missing(&dangling));
        }
        mirror(&mut links);
        Ok(links)
    }

    fn needs(&self, at: usize, implied: Option<usize>, dangling: &mut Vec<String>) -> Links {
        let node = &self.nodes[at];
        let parents = match &node.parents {
            Parents::Implicit => implied.into_iter().collect(),
            Parents::Base => Vec::new(),
            Parents::Revisions(named) => resolve(
                named,
                |revision| self.position(revision),
                |revision| {
                    dangling.push(format!("{node} names the down_revision {revision}"));
                },
            ),
        };
        let mut dependencies = resolve(
            &node.depends_on,
            |named| self.dependency(named),
            |revision| {
                dangling.push(format!("{node} depends on {revision}"));
            },
        );
        dependencies.retain(|dependency| !parents.contains(dependency));
        Links { parents, dependencies, ..Links::default() }
    }

    fn position(&self, revision: &RevisionId) -> Option<usize> {
        let revision = self.squashes.outermost(revision)?;
        self.nodes.binary_search_by(|node| node.revision.cmp(revision)).ok()
    }

    fn dependency(&self, named: &RevisionId) -> Option<usize> {
        self.position(named).or_else(|| self.labels.get(named.as_str()).copied())
    }

    /// For each its predecessor in revision order.
    fn implied_parents(&self) -> Vec<Option<usize>> {
        let mut places: Vec<usize> = (0..self.nodes.len()).collect();
        places.sort_by_key(|&at| self.nodes[at].place());
        let mut implied = vec![None; self.nodes.len()];
        for pair in places.windows(2) {
            implied[pair[1]] = Some(pair[0]);
        }
        implied
    }
}

fn resolve(
    named: &[RevisionId],
    find: impl Fn(&RevisionId) -> Option<usize>,
    mut lost: impl FnMut(&RevisionId),
) -> Vec<usize> {
    let mut found = Vec::with_capacity(named.len());
    for revision in named {
        match find(revision) {
            Some(at) => found.push(at),
            None => lost(revision),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Writes each link at its other end too. Positions ascend, so the lists come out sorted.
fn mirror(links: &mut [Links]) {
    for at in 0..links.len() {
        for below in links[at].parents.clone() {
            links[below].children.push(at);
        }
        for below in links[at].dependencies.clone() {
            links[below].dependents.push(at);
        }
    }
}

fn missing(dangling: &[String]) -> Error {
    let (what, them) = match dangling {
        [one] => (format!("{one}, which is not there"), "it"),
        several => (format!("migrations are named that are not there: {}", several.join("; ")), "them"),
    };
    Error::new(ErrorKind::MissingRevision, what)
        .remedy(format!("register {them} with this migrator, or correct the name"))
        .state("the database was not touched")
}
