//! What is known of tables without asking the catalogue: those that this migration created.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::TableDef;

/// Tables that this migration created, as they were made; forgotten at once when something happens that is not seen.
#[derive(Default)]
pub(crate) struct Memory(BTreeMap<TableName, Remembered>);

struct Remembered {
    columns: Vec<(String, String)>,
    indexes: BTreeSet<String>,
}

impl Memory {
    pub(super) fn created(&mut self, table: &TableDef, indexes: BTreeSet<String>, renderer: &dyn SqlRenderer) {
        let columns = columns_of(table, renderer);
        self.0.insert(table.name.clone(), Remembered { columns, indexes });
    }

    pub(super) fn indexed(&mut self, table: &TableName, index: String) {
        self.0.get_mut(table).map(|known| known.indexes.insert(index));
    }

    pub(super) fn forget(&mut self, table: &TableName) {
        self.0.remove(table);
    }

    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }

    pub(super) fn has_table(&self, table: &TableName) -> bool {
        self.0.contains_key(table)
    }

    /// The columns with their types.
    pub(super) fn columns(&self, table: &TableName) -> Option<&[(String, String)]> {
        self.0.get(table).map(|known| known.columns.as_slice())
    }

    /// Whether it is certain that the table has no index of that name.
    pub(super) fn lacks_index(&self, table: &TableName, index: &str) -> bool {
        self.0.get(table).is_some_and(|known| !known.indexes.contains(index))
    }
}

/// The columns that a table will have, with their types.
pub(super) fn columns_of(table: &TableDef, renderer: &dyn SqlRenderer) -> Vec<(String, String)> {
    table.columns.iter().map(|column| (column.name.clone(), renderer.shape_type(column))).collect()
}
