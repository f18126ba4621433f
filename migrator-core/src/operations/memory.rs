//! What is known of tables without asking the catalogue: those that this migration created.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::TableDef;

/// Tables that this migration created, as they were made, and columns that it added to others; forgotten at once when
/// something happens that is not seen.
#[derive(Default)]
pub(crate) struct Memory {
    created: BTreeMap<TableName, Remembered>,
    added: BTreeMap<TableName, BTreeSet<String>>,
}

struct Remembered {
    columns: Vec<(String, String)>,
    indexes: BTreeSet<String>,
}

impl Memory {
    pub(super) fn created(&mut self, table: &TableDef, indexes: BTreeSet<String>, renderer: &dyn SqlRenderer) {
        let columns = columns_of(table, renderer);
        self.created.insert(table.name.clone(), Remembered { columns, indexes });
    }

    pub(super) fn indexed(&mut self, table: &TableName, index: String) {
        self.created.get_mut(table).map(|known| known.indexes.insert(index));
    }

    pub(super) fn forget(&mut self, table: &TableName) {
        self.created.remove(table);
    }

    /// A column that was not there before.
    pub(super) fn added(&mut self, table: &TableName, column: &str) {
        self.added.entry(table.clone()).or_default().insert(column.to_owned());
    }

    /// Whether this migration added the column, so that nothing old is in it.
    pub(super) fn has_added(&self, table: &TableName, column: &str) -> bool {
        self.added.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// A column's name may be another's from now on.
    pub(super) fn forget_added(&mut self, table: &TableName) {
        self.added.remove(table);
    }

    /// Rows have moved, and no name: what was added is still what has its name.
    pub(super) fn forget_tables(&mut self) {
        self.created.clear();
    }

    pub(super) fn forget_all(&mut self) {
        *self = Self::default();
    }

    pub(super) fn has_table(&self, table: &TableName) -> bool {
        self.created.contains_key(table)
    }

    /// The columns with their types.
    pub(super) fn columns(&self, table: &TableName) -> Option<&[(String, String)]> {
        self.created.get(table).map(|known| known.columns.as_slice())
    }

    /// Whether it is certain that the table has no index of that name.
    pub(super) fn lacks_index(&self, table: &TableName, index: &str) -> bool {
        self.created.get(table).is_some_and(|known| !known.indexes.contains(index))
    }
}

/// The columns that a table will have, with their types.
pub(super) fn columns_of(table: &TableDef, renderer: &dyn SqlRenderer) -> Vec<(String, String)> {
    table.columns.iter().map(|column| (column.name.clone(), renderer.shape_type(column))).collect()
}
