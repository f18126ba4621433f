//! Asking a database whether conditions hold.

use crate::connection::{Asked, Database};
use crate::error::Result;
use crate::metadata::Condition;
use crate::name::TableName;

/// Whether the condition holds.
pub(crate) fn holds(database: &mut dyn Database, condition: &Condition) -> Result<bool> {
    match condition {
        Condition::Table(table) => database.has_table(table),
        Condition::NoTable(table) => Ok(!database.has_table(table)?),
        Condition::Column(table, column) => database.has_column(table, column),
        Condition::NoColumn(table, column) => Ok(!database.has_column(table, column)?),
        Condition::Index(table, index) => database.has_index(table, index),
        Condition::NoIndex(table, index) => Ok(!database.has_index(table, index)?),
        Condition::Empty(table) => has_rows(database, table).map(|rows| rows == Some(false)),
        Condition::NotEmpty(table) => has_rows(database, table).map(|rows| rows == Some(true)),
    }
}

/// The first of the conditions that does not hold.
pub(crate) fn first_false<'a>(database: &mut dyn Database, all: &'a [Condition]) -> Result<Option<&'a Condition>> {
    for condition in all {
        if !holds(database, condition)? {
            return Ok(Some(condition));
        }
    }
    Ok(None)
}

/// Whether the table has rows; `None` when it is not there.
fn has_rows(database: &mut dyn Database, table: &TableName) -> Result<Option<bool>> {
    if !database.has_table(table)? {
        return Ok(None);
    }
    let name = database.renderer()?.table(table);
    let sql = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {name} LIMIT 1) t");
    Ok(Some(database.ask_count(&[Asked::rows(table).deciding()], &sql)? > 0))
}
