//! From an empty database to the heads, a migration at a time.

use std::sync::Arc;

use super::checks::Checks;
use super::database::Fresh;
use super::failed::Failed;
use super::snapshot::Snapshot;
use crate::connection::SchemaConnection;
use crate::error::Result;
use crate::metadata::Loss;
use crate::migration::Migration;
use crate::name::RevisionId;
use crate::runner::{Migrator, Policy};

/// One migration of the way.
pub(super) struct Stage {
    pub(super) migration: Arc<dyn Migration>,
    /// What it, or the caller for it, says it loses.
    pub(super) named: Vec<Loss>,
}

impl Stage {
    pub(super) fn revision(&self) -> &RevisionId {
        self.migration.metadata().revision()
    }

    pub(super) fn is_irreversible(&self) -> bool {
        self.migration.metadata().is_irreversible()
    }
}

/// The way, in the order that an empty database gets the migrations.
pub(super) fn stages(checks: &Checks) -> Result<Vec<Stage>, Failed> {
    let order = checks.migrator.order()?;
    let stage =
        |migration: Arc<dyn Migration>| Stage { named: checks.migrator.losses_named_for(&*migration), migration };
    Ok(order.into_iter().map(stage).collect())
}

/// A database on the way.
pub(super) struct Walk<'a> {
    pub(super) checks: &'a Checks,
    pub(super) migrator: Migrator,
    pub(super) conn: Box<dyn SchemaConnection>,
    /// What was seen last, where nothing was done since.
    pub(super) last: Option<Snapshot>,
    // Dropped after the connection.
    _database: Fresh,
}

impl<'a> Walk<'a> {
    /// An empty database, and what is done about losses that nobody names.
    pub(super) fn begin(checks: &'a Checks, losses: Policy) -> Result<Self, Failed> {
        let database = checks.fresh()?;
        let migrator = checks.migrator.with_losses(losses)?;
        Ok(Self { checks, migrator, conn: database.connect()?, last: None, _database: database })
    }

    pub(super) fn insert_rows(&mut self, stage: &Stage) -> Result<(), Failed> {
        if self.checks.has_rows_before(stage.revision()) {
            self.last = None;
        }
        self.checks.insert_rows(&*stage.migration, &mut *self.conn)
    }

    /// The rows that are to stand there before a migration, and then a look.
    pub(super) fn look_before(&mut self, stage: &Stage) -> Result<Snapshot, Failed> {
        self.insert_rows(stage)?;
        match self.last.take() {
            Some(last) => Ok(last),
            None => Ok(self.look()?),
        }
    }

    pub(super) fn up(&mut self, stage: &Stage) -> Result<()> {
        self.migrator.upgrade(&mut *self.conn, stage.revision().as_str()).map(drop)
    }

    pub(super) fn down(&mut self, stage: &Stage) -> Result<()> {
        self.migrator.undo(&mut *self.conn, stage.revision()).map(drop)
    }

    pub(super) fn look(&mut self) -> Result<Snapshot> {
        Snapshot::take(&mut *self.conn)
    }
}
