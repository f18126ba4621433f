//! Tables by the one name that they have here, where the database takes several for the same.

use super::Operations;
use crate::name::TableName;
use crate::operation::{TableBuilder, TableDef};

impl Operations<'_> {
    pub(super) fn named(&self, table: impl Into<TableName>) -> TableName {
        self.renderer.plain_name(table.into())
    }

    /// A description of a table, and the tables that it references.
    pub(super) fn described<R>(
        &self,
        table: impl Into<TableName>,
        describe: impl FnOnce(&mut TableBuilder) -> R,
    ) -> TableDef {
        let mut builder = TableBuilder::new(self.named(table));
        describe(&mut builder);
        let mut described = builder.finish();
        let of_columns = described.columns.iter_mut().filter_map(|column| column.references.as_mut());
        let of_columns = of_columns.map(|(table, _)| table);
        for table in of_columns.chain(described.foreign_keys.iter_mut().map(|key| &mut key.table)) {
            *table = self.named(&*table);
        }
        described
    }
}
