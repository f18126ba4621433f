//! A project's migrations, as each tool gets them.

use std::sync::{Arc, Mutex, PoisonError};

use migrator_core::{Event, Metadata, prelude::*};

use crate::Answer;
use crate::connection;
use crate::place::Place;

/// One migration.
#[derive(Debug, Clone)]
pub struct Step {
    pub number: usize,
    /// As the tool for SQL files has it: `2026-01-01-000001_create_t_00001`.
    pub directory: String,
    pub up: String,
    pub down: String,
}

impl Step {
    fn new(number: usize, up: String, down: String) -> Self {
        Self { number, directory: format!("2026-01-01-{number:06}_create_{}", table(number)), up, down }
    }

    pub fn revision(&self) -> String {
        format!("20260101{:06}", self.number)
    }
}

fn table(number: usize) -> String {
    format!("t_{number:05}")
}

/// So many migrations, unless `BENCH_MIGRATIONS` says another number.
pub fn number_of(usual: usize) -> usize {
    std::env::var("BENCH_MIGRATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Migrations that do next to nothing.
pub fn idle(count: usize) -> Vec<Step> {
    (1..=count).map(|number| Step::new(number, "SELECT 1".to_owned(), "SELECT 1".to_owned())).collect()
}

/// Migrations of a table and an index each, in the words that portable operations have for them here.
pub fn tables(place: &Place, count: usize) -> Answer<Vec<Step>> {
    let first = portable_sql(place)?;
    let step = |number| {
        let name = table(number);
        Step::new(number, first.replace(&table(1), &name), format!("DROP TABLE {name}"))
    };
    Ok((1..=count).map(step).collect())
}

/// What [`create`] sends for the first table.
fn portable_sql(place: &Place) -> Answer<String> {
    struct First(Metadata);
    impl Migration for First {
        fn metadata(&self) -> &Metadata {
            &self.0
        }
        fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
            create(op, 1)
        }
        fn downgrade(&self, _: &mut Operations<'_>) -> MigrationResult {
            Ok(())
        }
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = told.clone();
    let migrator = Migrator::new().with(First(Metadata::new("1"))).observer(move |event| {
        if let Event::Statement { sql, .. } = event {
            teller.lock().unwrap_or_else(PoisonError::into_inner).push(sql.clone());
        }
    });
    let database = place.fresh()?;
    let mut conn = connection::open(&database)?;
    migrator.run_pending(&mut *conn)?;
    let statements = told.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(statements.join(";\n"))
}

/// The way back by portable operations.
pub fn undo(op: &mut Operations<'_>, number: usize) -> MigrationResult {
    op.drop_table(table(number))?;
    Ok(())
}

/// A table and an index by portable operations.
pub fn create(op: &mut Operations<'_>, number: usize) -> MigrationResult {
    let table = table(number);
    op.create_table(&table, |t| {
        t.id();
        t.string("name", 100).not_null();
        t.integer("amount").not_null();
        t.timestamp("created_at");
    })?;
    op.create_index(&table, ["name"])?;
    Ok(())
}
