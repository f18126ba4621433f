//! A body run as one more migration of a database.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Event, Metadata, Result, RunReport, Schema, inspect_schema};

use super::handmade::{Handmade, migration};
use crate::TestDatabase;

fn next() -> Metadata {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    Metadata::new(&format!("r{:06}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

fn run(db: &TestDatabase, migration: Handmade) -> Result<RunReport> {
    Migrator::new().with(migration).unknown_revisions(Policy::Allow).run_pending(&mut *db.connect())
}

/// In a transaction, where DDL takes part in one.
pub(super) fn migrate(
    db: &TestDatabase,
    body: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
) -> Result<RunReport> {
    run(db, migration(next()).up(body))
}

/// Outside of one.
pub(super) fn migrate_in_steps(
    db: &TestDatabase,
    body: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
) -> Result<RunReport> {
    run(db, migration(next().transaction(false)).up(body))
}

/// One operation in a migration of its own, with nothing remembered: what it answered.
pub(super) fn answer(
    db: &TestDatabase,
    operation: impl Fn(&mut Operations<'_>) -> Result<Done> + Send + Sync + 'static,
) -> Result<Done> {
    let answered = Arc::new(Mutex::new(None));
    let noting = answered.clone();
    migrate(db, move |op| {
        *noting.lock().unwrap() = Some(operation(op)?);
        Ok(())
    })?;
    Ok(answered.lock().unwrap().take().unwrap())
}

/// The kind of error that an operation ends in; that it says what to do; that it changed nothing.
#[track_caller]
pub(super) fn refused(
    db: &TestDatabase,
    operation: impl Fn(&mut Operations<'_>) -> Result<Done> + Send + Sync + 'static,
) -> (ErrorKind, String) {
    let before = schema(db);
    let error = answer(db, operation).unwrap_err();
    assert!(error.to_string().contains("remedy:"), "{error}");
    assert_eq!(schema(db), before, "{error}");
    (error.kind(), error.to_string())
}

/// The statements that a body sends.
pub(super) fn sent(
    db: &TestDatabase,
    in_steps: bool,
    body: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = seen.clone();
    let metadata = if in_steps { next().transaction(false) } else { next() };
    Migrator::new()
        .with(migration(metadata).up(body))
        .unknown_revisions(Policy::Allow)
        .observer(move |event| {
            if let Event::Statement { sql, .. } = event {
                noting.lock().unwrap().push(sql.clone());
            }
        })
        .run_pending(&mut *db.connect())
        .unwrap();
    std::mem::take(&mut *seen.lock().unwrap())
}

pub(super) fn schema(db: &TestDatabase) -> Schema {
    inspect_schema(&mut *db.connect()).unwrap()
}
