//! Tables, columns and indexes.

use super::{Done, Operations};
use crate::connection::Scope;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{ColumnDef, Index, TableBuilder, TableDef};

impl Operations<'_> {
    /// Creates a table.
    ///
    /// # Errors
    /// `ShapeConflict` when a table of that name is there with other columns; `InvalidName` for a name that the database
    /// does not allow.
    pub fn create_table<R>(
        &mut self,
        table: impl Into<TableName>,
        describe: impl FnOnce(&mut TableBuilder) -> R,
    ) -> Result<Done> {
        let mut builder = TableBuilder::new(table.into());
        describe(&mut builder);
        self.guarded(|op| op.create_described(&builder.finish()))
    }

    fn create_described(&mut self, table: &TableDef) -> Result<Done> {
        self.check_definition(table)?;
        if self.database().has_table(&table.name)? {
            return self.same_columns(table);
        }
        let statements = self.renderer.create_table(table);
        self.send_all(&statements)
    }

    fn check_definition(&self, table: &TableDef) -> Result<()> {
        self.renderer.check_table_name(&table.name)?;
        table.columns.iter().try_for_each(|column| self.renderer.check_name("column", &column.name))?;
        if table.columns.is_empty() {
            let message = format!("table {} is described without a column", table.name);
            return Err(Error::new(ErrorKind::Migration, message).remedy("describe at least one column"));
        }
        let mut seen = std::collections::BTreeSet::new();
        match table.columns.iter().find(|column| !seen.insert(&column.name)) {
            None => Ok(()),
            Some(twice) => Err(Error::new(
                ErrorKind::Migration,
                format!("table {} is described with the column {} twice", table.name, twice.name),
            )
            .remedy("name each column once")),
        }
    }

    fn same_columns(&mut self, wanted: &TableDef) -> Result<Done> {
        let found = self.database().column_names(&wanted.name)?;
        let names: Vec<&str> = wanted.columns.iter().map(|column| column.name.as_str()).collect();
        if found == names {
            return Ok(Done::Already);
        }
        let message = format!(
            "table {} is there with other columns\n  wanted: {}\n  found:  {}",
            wanted.name,
            names.join(", "),
            found.join(", ")
        );
        Err(Error::new(ErrorKind::ShapeConflict, message).remedy(
            "if that table is what this migration would make, record the migration as applied without running it: \
             stamp; else rename one of the two",
        ))
    }

    /// Drops a table. One with rows in it must be named in `allow_loss(table(..))`.
    ///
    /// # Errors
    /// `DataLoss` when it has rows and nobody named it; `PreconditionFailed` when other tables reference it.
    pub fn drop_table(&mut self, table: impl Into<TableName>) -> Result<Done> {
        let table = table.into();
        self.guarded(|op| op.drop_existing_table(&table))
    }

    fn drop_existing_table(&mut self, table: &TableName) -> Result<Done> {
        if !self.database().has_table(table)? {
            return Ok(Done::Already);
        }
        let referencing = self.database().referencing(table)?;
        if !referencing.is_empty() {
            let message = format!("table {table} is referenced by {}", referencing.join(", "));
            return Err(Error::new(ErrorKind::PreconditionFailed, message).remedy("drop those constraints or tables first"));
        }
        self.refuse_loss_of_table(table)?;
        let sql = self.renderer.drop_table(table);
        self.send_all(&[sql])
    }

    /// Adds a column.
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there; `Unsupported` for what the database cannot add.
    pub fn add_column<R>(
        &mut self,
        table: impl Into<TableName>,
        describe: impl FnOnce(&mut TableBuilder) -> R,
    ) -> Result<Done> {
        let table = table.into();
        let mut builder = TableBuilder::new(table.clone());
        describe(&mut builder);
        let columns = builder.finish().columns;
        self.guarded(|op| {
            let mut done = Done::Already;
            for column in &columns {
                done = if op.add_described_column(&table, column)? == Done::Done { Done::Done } else { done };
            }
            Ok(done)
        })
    }

    fn add_described_column(&mut self, table: &TableName, column: &ColumnDef) -> Result<Done> {
        self.renderer.check_name("column", &column.name)?;
        self.expect_table(table)?;
        if self.find_column(table, &column.name)? {
            return Ok(Done::Already);
        }
        if column.unique && !self.renderer.capabilities().add_any_column {
            let message = format!("{} cannot add a column that is unique by itself", self.dialect());
            let way = format!("add it plain, then create_index({:?}, Index::on([..]).unique())", table.name());
            return Err(Error::unsupported(message, way));
        }
        let statements = self.renderer.add_column(table, column);
        self.send_all(&statements)
    }

    /// Drops a column. One with values in it must be named in `allow_loss(column(..))`.
    ///
    /// # Errors
    /// `DataLoss` when it has values and nobody named it; `PreconditionFailed` when the table is not there.
    pub fn drop_column(&mut self, table: impl Into<TableName>, column: &str) -> Result<Done> {
        let table = table.into();
        self.guarded(|op| {
            op.expect_table(&table)?;
            if !op.find_column(&table, column)? {
                return Ok(Done::Already);
            }
            op.refuse_loss_of_column(&table, column)?;
            let sql = op.renderer.drop_column(&table, column);
            op.send_all(&[sql])
        })
    }

    /// Creates an index: on `["email"]`, or on an [`Index`] built up.
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there; `ShapeConflict` when an index of that name is another one;
    /// `Unsupported` for what the database has not.
    pub fn create_index(&mut self, table: impl Into<TableName>, index: impl Into<Index>) -> Result<Done> {
        let (table, index) = (table.into(), index.into());
        self.guarded(|op| op.create_described_index(&table, &index))
    }

    fn create_described_index(&mut self, table: &TableName, index: &Index) -> Result<Done> {
        self.check_index(index)?;
        self.expect_table(table)?;
        let name = index.name_on(table, self.renderer.capabilities().name_limit.safe_bytes());
        self.renderer.check_name("index", &name)?;
        if self.database().has_index(table, &name)? {
            return self.same_index(table, &name, index);
        }
        let sql = self.renderer.create_index(table, index);
        self.send_all(&[sql])
    }

    /// Drops an index.
    ///
    /// # Errors
    /// `Database` when the database refuses, as it does for an index that backs a constraint.
    pub fn drop_index(&mut self, table: impl Into<TableName>, name: &str) -> Result<Done> {
        let table = table.into();
        self.guarded(|op| {
            if !op.database().has_index(&table, name)? {
                return Ok(Done::Already);
            }
            let sql = op.renderer.drop_index(&table, name);
            op.send_all(&[sql])
        })
    }

    fn check_index(&self, index: &Index) -> Result<()> {
        let facts = self.renderer.capabilities();
        let missing = [
            (index.concurrently && !facts.concurrent_indexes, "concurrent index builds", "leave out concurrently()"),
            (index.filter.is_some() && !facts.partial_indexes, "partial indexes", "leave out filter(..)"),
            (index.method.is_some() && !facts.index_methods, "index methods to choose from", "leave out using(..)"),
        ];
        if let Some((_, what, way)) = missing.into_iter().find(|(missing, ..)| *missing) {
            return Err(Error::unsupported(format!("{} has no {what}", self.dialect()), way));
        }
        if index.concurrently && self.context.transactional {
            let message = "an index is not built concurrently inside a transaction";
            return Err(Error::unsupported(message, "say `transaction = false` in the migration").state("nothing was sent"));
        }
        Ok(())
    }

    fn same_index(&mut self, table: &TableName, name: &str, wanted: &Index) -> Result<Done> {
        let schema = self.database().inspect(Scope::Tables(std::slice::from_ref(table)))?;
        let found = schema.tables.values().find_map(|table| table.indexes.get(name));
        match found {
            Some(found) if found.columns == wanted.columns && found.unique == wanted.unique => Ok(Done::Already),
            found => {
                let found = found.map_or_else(
                    || "an index that backs a constraint".to_owned(),
                    |found| format!("{}on {}", if found.unique { "unique, " } else { "" }, found.columns.join(", ")),
                );
                let wanted_text = format!("{}on {}", if wanted.unique { "unique, " } else { "" }, wanted.columns.join(", "));
                let message = format!("index {name} of {table} is there, and is another one\n  wanted: {wanted_text}\n  found:  {found}");
                Err(Error::new(ErrorKind::ShapeConflict, message).remedy("name this one differently, or drop that one first"))
            }
        }
    }

    pub(super) fn expect_table(&mut self, table: &TableName) -> Result<()> {
        if self.database().has_table(table)? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there")))
    }
}
