//! Ours: a `Migrator` built once, or anew at each start.

use std::sync::Arc;

use migrator_core::{Metadata, prelude::*};

use super::{Application, Peer};
use crate::Answer;
use crate::connection::{self, Connected, Sent};
use crate::place::Database;
use crate::project::{self, Step};

/// How a migration says what it does.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    Sql,
    Portable,
}

/// A `Migrator` that is kept.
pub struct Migrations(pub Body);

impl Peer for Migrations {
    fn name(&self) -> String {
        match self.0 {
            Body::Sql => "migrator, SQL text",
            Body::Portable => "migrator, portable operations",
        }
        .to_owned()
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let (conn, sent) = connection::counted(database)?;
        let migrator = Migrator::new().with_all(written(steps, self.0));
        Ok(Box::new(Started { conn, sent, migrator }))
    }
}

/// All that is pending in one transaction.
pub struct Single(pub Body);

impl Peer for Single {
    fn name(&self) -> String {
        format!("{}, one transaction", Migrations(self.0).name())
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let (conn, sent) = connection::counted(database)?;
        let migrator = Migrator::new().with_all(written(steps, self.0)).single_transaction();
        Ok(Box::new(Started { conn, sent, migrator }))
    }
}

/// Each outside a transaction, with a journal.
pub struct Outside(pub Body);

impl Peer for Outside {
    fn name(&self) -> String {
        format!("{}, transaction = false", Migrations(self.0).name())
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let (conn, sent) = connection::counted(database)?;
        let migrator = Migrator::new().with_all(outside(written(steps, self.0)));
        Ok(Box::new(Started { conn, sent, migrator }))
    }
}

struct Started {
    conn: Box<dyn Connected>,
    sent: Sent,
    migrator: Migrator,
}

impl Application for Started {
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        Ok(Some(self.migrator.run_pending(&mut *self.conn)?.steps().len()))
    }

    fn revert_all(&mut self) -> Answer<Option<usize>> {
        Ok(Some(self.migrator.downgrade(&mut *self.conn, "base")?.steps().len()))
    }

    fn sent(&self) -> Option<&Sent> {
        Some(&self.sent)
    }
}

/// A `Migrator` put together at each start from the migrations of the program, as a process does that has just begun.
pub struct Cold;

impl Peer for Cold {
    fn name(&self) -> String {
        "migrator, built anew".to_owned()
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let (conn, sent) = connection::counted(database)?;
        Ok(Box::new(StartedCold { conn, sent, migrations: written(steps, Body::Sql) }))
    }
}

struct StartedCold {
    conn: Box<dyn Connected>,
    sent: Sent,
    migrations: Vec<Arc<Written>>,
}

impl Application for StartedCold {
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        let migrator = Migrator::new().with_all(self.migrations.iter().cloned());
        Ok(Some(migrator.run_pending(&mut *self.conn)?.steps().len()))
    }

    fn sent(&self) -> Option<&Sent> {
        Some(&self.sent)
    }
}

fn written(steps: &[Step], body: Body) -> Vec<Arc<Written>> {
    let written = |step: &Step| Written {
        metadata: Metadata::new(&step.revision()).description("create a table"),
        checksum: format!("r1:{:032x}", step.number),
        step: step.clone(),
        body,
    };
    steps.iter().map(|step| Arc::new(written(step))).collect()
}

fn outside(written: Vec<Arc<Written>>) -> impl Iterator<Item = Arc<Written>> {
    let outside = |one: &Written| one.metadata.clone().transaction(false);
    written.into_iter().map(move |one| Arc::new(Written { metadata: outside(&one), ..Written::clone(&one) }))
}

/// A migration with what the attribute adds to one.
#[derive(Clone)]
struct Written {
    metadata: Metadata,
    checksum: String,
    step: Step,
    body: Body,
}

impl Migration for Written {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        match self.body {
            Body::Sql => op.execute(&self.step.up).map(|_| ()).map_err(Into::into),
            Body::Portable => project::create(op, self.step.number),
        }
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        match self.body {
            Body::Sql => op.execute(&self.step.down).map(|_| ()).map_err(Into::into),
            Body::Portable => project::undo(op, self.step.number),
        }
    }

    fn checksum(&self) -> Option<&str> {
        Some(&self.checksum)
    }

    fn has_verify(&self) -> bool {
        false
    }

    fn source(&self) -> Option<String> {
        Some(format!("src/migrations.rs:{}", self.step.number))
    }
}
