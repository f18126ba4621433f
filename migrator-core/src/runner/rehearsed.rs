//! What a test of the migrations asks of a migrator.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::run::Route;
use super::{Migrator, Policy};
use crate::connection::SchemaConnection;
use crate::error::Result;
use crate::metadata::Loss;
use crate::migration::Migration;
use crate::name::RevisionId;
use crate::report::RunReport;

impl Migrator {
    /// All migrations in the order that an empty database gets them.
    pub(crate) fn order(&self) -> Result<Vec<Arc<dyn Migration>>> {
        let registry = self.registry()?;
        registry.graph.pending(&BTreeSet::new()).iter().map(|revision| registry.migration(revision)).collect()
    }

    /// Every revision that it has, those that a squash stands for among them.
    pub(crate) fn revisions(&self) -> Result<BTreeSet<RevisionId>> {
        Ok(self.registry()?.complete().revisions())
    }

    /// The losses that a migration names, and those that the caller named for it.
    pub(crate) fn losses_named_for(&self, migration: &dyn Migration) -> Vec<Loss> {
        let metadata = migration.metadata();
        let said = self.options.allowed.get(metadata.revision()).into_iter().flatten();
        metadata.allowed_losses().iter().chain(said).cloned().collect()
    }

    /// The same options, each migration replaced.
    pub(crate) fn replaced(&self, with: impl Fn(Arc<dyn Migration>) -> Arc<dyn Migration>) -> Result<Self> {
        let migrations = self.migrations.as_ref().map_err(crate::Error::copy)?;
        let mut replaced = Self::new().with_all(migrations.iter().cloned().map(with));
        replaced.options = self.options.clone();
        Ok(replaced)
    }

    /// The same, refusing or allowing losses that nobody named.
    pub(crate) fn with_losses(&self, policy: Policy) -> Result<Self> {
        Ok(self.replaced(|migration| migration)?.data_loss(policy))
    }

    /// Undoes one migration that nothing applied follows, and no other.
    pub(crate) fn undo(&self, conn: &mut dyn SchemaConnection, revision: &RevisionId) -> Result<RunReport> {
        self.go(&Route::Undo(revision.as_str()), conn)
    }
}
