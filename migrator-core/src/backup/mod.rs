//! Copies of tables, counted.

use std::fmt;

use crate::connection::Database;
use crate::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::history::now;
use crate::name::TableName;

/// A copy of a table that stands in the same database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableBackup {
    table: TableName,
    copy: TableName,
    label: String,
    rows: u64,
}

impl TableBackup {
    /// The table copied.
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The table that holds the copy.
    pub fn copy(&self) -> &TableName {
        &self.copy
    }

    /// The label given.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many rows, counted in the original and in the copy.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl fmt::Display for TableBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} rows in {}", self.table, self.rows, self.copy)
    }
}

/// Copies a table inside one transaction; a copy that is not complete is not left behind.
pub(crate) fn back_up(database: &mut dyn Database, table: &TableName, label: &str) -> Result<TableBackup> {
    let renderer = database.renderer()?;
    renderer.check_table_name(table)?;
    if !database.has_table(table)? {
        return Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there"))
            .state("no backup was made")
            .remedy("name a table that is there"));
    }
    let copy = copy_name(table, label);
    let transactional = renderer.capabilities().transactional_ddl;
    if transactional {
        database.begin()?;
    }
    match fill(database, table, &copy) {
        Ok(rows) => {
            if transactional {
                database.commit()?;
            }
            Ok(TableBackup { table: table.clone(), copy, label: label.to_owned(), rows })
        }
        Err(error) => {
            let undone = if transactional { database.rollback() } else { remove(database, &copy) };
            Err(failed(table, error, undone.err()))
        }
    }
}

/// Unlike any other, and of less than 60 plain letters whatever the table's name and the label.
fn copy_name(table: &TableName, label: &str) -> TableName {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let seed = format!("{table}\n{label}\n{}\n{}\n{count}", now(), std::process::id());
    table.sibling(format!("__migrator_b_{}", &digest::of_text(&seed)[..24]))
}

fn fill(database: &mut dyn Database, table: &TableName, copy: &TableName) -> Result<u64> {
    let renderer = database.renderer()?;
    let (original, copied) = (renderer.table(table), renderer.table(copy));
    if renderer.capabilities().transactional_ddl {
        database.reveal_rows()?;
    }
    // Each by its name: a star leaves out what is declared invisible.
    let columns = renderer.columns(&database.column_names(table)?);
    database.batch(&format!("CREATE TABLE {copied} AS SELECT {columns} FROM {original}"))?;
    database.protect_copy(copy)?;
    let there = database.count(&format!("SELECT count(*) FROM {original}"), &[])?;
    let here = database.count(&format!("SELECT count(*) FROM {copied}"), &[])?;
    if there != here {
        let message = format!("{there} rows stand in {table}, {here} arrived in the copy");
        return Err(Error::new(ErrorKind::BackupFailed, message));
    }
    Ok(u64::try_from(here).unwrap_or(0))
}

fn remove(database: &mut dyn Database, copy: &TableName) -> Result<()> {
    if database.has_table(copy)? {
        let sql = database.renderer()?.drop_table(copy);
        database.batch(&sql)?;
    }
    Ok(())
}

fn failed(table: &TableName, error: Error, undone: Option<Error>) -> Error {
    let state = match undone {
        None => "the table is as it was, and nothing is left of the copy".to_owned(),
        Some(undone) => format!("the table is as it was; the copy could not be removed: {}", undone.what()),
    };
    Error::new(ErrorKind::BackupFailed, format!("no backup of {table}: {}", error.what()))
        .state(state)
        .with_source(error)
}
