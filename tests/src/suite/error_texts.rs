//! The words of every error: for somebody at three in the morning.
//!
//! A snapshot is of SQLite where the database speaks in it; the words of ours are the same on each.

use migrator_core::prelude::*;
use migrator_core::{Condition, Error, Metadata, Result};

use super::books::{DIESEL_TABLE, HISTORY_TABLE};
use super::handmade::{Handmade, creates, migration, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

fn error_of(db: &TestDatabase, migrator: &Migrator) -> Error {
    migrator.run_pending(&mut *db.connect()).unwrap_err()
}

fn with(migration: Handmade) -> Migrator {
    Migrator::new().with(migration)
}

fn text(db: &TestDatabase, migrator: &Migrator) -> String {
    steady(db, &error_of(db, migrator).to_string())
}

/// The text without what differs from run to run.
fn steady(db: &TestDatabase, text: &str) -> String {
    text.replace(db.url(), "<database>").replace(db.name(), "<database>").replace(env!("CARGO_MANIFEST_DIR"), "<tests>")
}

fn one_and_two(db: &TestDatabase) {
    Migrator::new().with(revision("1")).with(revision("2")).run_pending(&mut *db.connect()).unwrap();
}
