//! The columns of a table, remembered or asked for, and whether those that an operation names are among them.

use super::Operations;
use super::tables::missing;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::Index;

impl Operations<'_> {
    /// The columns of a table with their types, by one light query or none.
    pub(super) fn columns_of(&mut self, table: &TableName) -> Result<Vec<(String, String)>> {
        if let Some(columns) = self.context.memory.columns(table) {
            return Ok(columns.to_vec());
        }
        let columns = self.database().column_types(table)?;
        if columns.is_empty() && !self.database().has_table(table)? { Err(missing(table)) } else { Ok(columns) }
    }

    /// The same, when all that are named are among them.
    pub(super) fn expect_columns(&mut self, table: &TableName, named: &[String]) -> Result<Vec<(String, String)>> {
        let columns = self.columns_of(table)?;
        let is_there = |name: &&String| columns.iter().any(|(column, _)| self.renderer.same_name(column, name));
        match named.iter().find(|name| !is_there(name)) {
            None => Ok(columns),
            Some(name) => Err(no_column(table, name)),
        }
    }

    /// The index with the prefixes that it must have on columns of these types.
    pub(super) fn with_prefixes(&self, index: &Index, columns: &[(String, String)]) -> Index {
        let mut index = index.clone();
        for name in &index.columns {
            let column = columns.iter().find(|(column, _)| self.renderer.same_name(column, name));
            let fits_whole = index.unique && self.renderer.capabilities().unbounded_keys;
            let prefix = column.filter(|_| !fits_whole).and_then(|(_, sql_type)| self.renderer.index_prefix(sql_type));
            index.prefixes.extend(prefix.map(|length| (name.clone(), length)));
        }
        index
    }
}

pub(super) fn no_column(table: &TableName, column: &str) -> Error {
    Error::new(ErrorKind::PreconditionFailed, format!("table {table} has no column {column}"))
        .state("nothing was sent for it")
        .remedy("add it first, or name the column that is meant")
}
