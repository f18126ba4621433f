//! The two tables that tell which migrations a database has, read past the code under test.

use migrator_core::TableName;

use crate::{Engine, TestDatabase};

pub(super) const DIESEL_TABLE: &str = "__diesel_schema_migrations";
pub(super) const BACKUPS_TABLE: &str = "__migrator_backups";
pub(super) const HISTORY_TABLE: &str = "__migrator_history";

/// The revisions in Diesel's table, in order; none when it is not there.
#[track_caller]
pub(super) fn applied(db: &TestDatabase) -> Vec<String> {
    if !db.tables().iter().any(|table| table == DIESEL_TABLE) {
        return Vec::new();
    }
    let query = format!("select version from {DIESEL_TABLE} order by version");
    db.texts(&query).into_iter().flatten().collect()
}

/// What our history tells, oldest first: `1 up done`. Nothing when it is not there.
#[track_caller]
pub(super) fn told(db: &TestDatabase) -> Vec<String> {
    if !db.tables().iter().any(|table| table == HISTORY_TABLE) {
        return Vec::new();
    }
    let rows = db.rows(&format!("select revision, direction, state from {HISTORY_TABLE} order by id"));
    let told = |row: Vec<Option<String>>| row.into_iter().flatten().collect::<Vec<_>>().join(" ");
    rows.into_iter().map(told).collect()
}

/// How often a migration was done, by our history.
#[track_caller]
pub(super) fn done(db: &TestDatabase, revision: &str) -> usize {
    let row = format!("{revision} up done");
    told(db).iter().filter(|told| **told == row).count()
}

/// The tables that are neither Diesel's nor ours.
#[track_caller]
pub(super) fn user_tables(db: &TestDatabase) -> Vec<String> {
    let ours = |table: &String| table != DIESEL_TABLE && !table.starts_with("__migrator_");
    db.tables().into_iter().filter(ours).collect()
}

/// Copies of tables that backups have made, as they are said in SQL.
#[track_caller]
pub(super) fn copies(db: &TestDatabase) -> Vec<String> {
    if db.engine() == Engine::Postgres {
        let query = "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                     where c.relname ~ '^__migrator_b_' and c.relkind = 'r' order by c.relname";
        return db.texts(query).into_iter().flatten().collect();
    }
    let copies = |table: &String| table.starts_with("__migrator_b_");
    db.tables().into_iter().filter(copies).collect()
}

/// A table's name as it is said in SQL.
pub(super) fn said(db: &TestDatabase, table: &TableName) -> String {
    let schema = table.schema().map(|schema| db.quote(schema) + ".").unwrap_or_default();
    schema + &db.quote(table.name())
}

/// Everything that the library writes of its own, and every table's name: equal before and after where nothing may be
/// written.
#[track_caller]
pub(super) fn everything(db: &TestDatabase) -> Vec<Vec<Option<String>>> {
    let tables = db.tables();
    let mut everything = vec![tables.iter().cloned().map(Some).collect()];
    everything.push(copies(db).into_iter().map(Some).collect());
    for (book, order) in [(DIESEL_TABLE, "version"), (HISTORY_TABLE, "id"), (BACKUPS_TABLE, "id")] {
        if tables.iter().any(|table| table == book) {
            everything.extend(db.rows(&format!("select * from {book} order by {order}")));
        }
    }
    everything
}
