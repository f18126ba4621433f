//! The migrations of a program: found at link time, listed by hand, or read from SQL files; put in order once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::graph::{Graph, Node};
use crate::history::{Applied, Known};
use crate::migration::{Migration, RustMigration};
use crate::name::RevisionId;

/// The group of a migration that names none.
pub(crate) const DEFAULT_GROUP: &str = "default";

/// A migration that the attribute put into the program.
#[doc(hidden)]
pub struct Registration {
    group: &'static str,
    migration: &'static RustMigration,
}

impl Registration {
    /// Filled in by the attribute.
    pub const fn new(group: &'static str, migration: &'static RustMigration) -> Self {
        Self { group, migration }
    }
}

inventory::collect!(Registration);

/// Every migration of a group that is linked into this program, in no order.
pub(crate) fn linked(group: &str) -> impl Iterator<Item = &'static RustMigration> {
    inventory::iter::<Registration>().filter(move |entry| entry.group == group).map(|entry| entry.migration)
}

/// The migrations of a program in order, with what is asked of them at every start worked out once.
pub(crate) struct Registry {
    pub(crate) graph: Graph,
    digest: String,
    migrations: BTreeMap<RevisionId, Arc<dyn Migration>>,
}

impl Registry {
    /// Puts the migrations in order, or says what does not fit.
    pub(crate) fn build(migrations: &[Arc<dyn Migration>], allow_empty: bool) -> Result<Self> {
        if migrations.is_empty() && !allow_empty {
            return Err(nothing_registered());
        }
        let graph = Graph::build(migrations.iter().map(|migration| node(&**migration)))?;
        let by_revision = |migration: &Arc<dyn Migration>| (migration.metadata().revision().clone(), migration.clone());
        let mut registry =
            Self { graph, digest: String::new(), migrations: migrations.iter().map(by_revision).collect() };
        registry.digest = registry.complete().digest();
        Ok(registry)
    }

    /// What a database has that has everything this program has, and nothing else.
    pub(crate) fn complete(&self) -> Applied {
        let row = |(revision, migration): (&RevisionId, &Arc<dyn Migration>)| {
            (revision.clone(), migration.checksum().map(str::to_owned))
        };
        Applied::new(self.migrations.iter().map(row), |_| None)
    }

    /// The digest of that.
    pub(crate) fn complete_digest(&self) -> &str {
        &self.digest
    }

    pub(crate) fn get(&self, revision: &str) -> Option<&Arc<dyn Migration>> {
        self.migrations.get(revision)
    }

    /// The migration of a revision that the graph named.
    pub(crate) fn migration(&self, revision: &RevisionId) -> Result<Arc<dyn Migration>> {
        self.get(revision.as_str())
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::UnknownRevision, format!("the program has no migration {revision}")))
    }

    /// Of what is applied, what the program does not know.
    pub(crate) fn unknown(&self, applied: &Applied) -> Vec<RevisionId> {
        self.graph.unknown_to(&applied.revisions())
    }
}

impl Known for Registry {
    fn checksum(&self, revision: &str) -> Option<&str> {
        self.get(revision).and_then(|migration| migration.checksum())
    }

    fn stands_for(&self, revision: &RevisionId) -> Vec<RevisionId> {
        self.graph.stands_for(revision).into_iter().collect()
    }
}

fn node(migration: &dyn Migration) -> Node {
    let source = migration.source().unwrap_or_else(|| "a migration added by hand".to_owned());
    Node::new(migration.metadata(), source)
}

fn nothing_registered() -> Error {
    Error::new(ErrorKind::NoMigrations, "no migration is registered").state("the database was not touched").remedy(
        "a crate of migrations that is named nowhere is not linked: write `use my_migrations as _;` where the \
             program starts; a program that really has none says `.allow_empty()`",
    )
}
