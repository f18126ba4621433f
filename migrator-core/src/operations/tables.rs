//! Whole tables.

use super::memory::columns_of;
use super::{Done, Operations};
use crate::connection::Scope;
use crate::diff;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{ColumnDef, ForeignKey, TableBuilder, TableDef};
use crate::schema::Table;

impl Operations<'_> {
    /// Creates a table.
    ///
    /// A table of that name that is there with the same shape (columns with their types, nullability and defaults, keys)
    /// is left as it is; indexes that it lacks are created.
    ///
    /// # Errors
    /// `ShapeConflict` when a table of that name is there with another shape; `InvalidName` for a name that the database
    /// does not allow; `PreconditionFailed` when a foreign key references a table that is not there.
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
        let columns = columns_of(table, self.renderer);
        let indexes = table.indexes.iter().map(|index| self.with_prefixes(index, &columns)).collect();
        let table = &TableDef { indexes, ..table.clone() };
        if self.context.memory.has_table(&table.name) || self.database().has_table(&table.name)? {
            return self.same_table(table);
        }
        self.expect_referenced(table)?;
        let statements = self.renderer.create_table(table);
        self.send_all(&statements)?;
        let indexes = table.indexes.iter().map(|index| self.index_name(&table.name, index)).collect();
        self.context.memory.created(table, indexes, self.renderer);
        Ok(Done::Done)
    }

    fn check_definition(&self, table: &TableDef) -> Result<()> {
        self.renderer.check_table_name(&table.name)?;
        if table.columns.is_empty() {
            let message = format!("table {} is described without a column", table.name);
            return Err(malformed(message, "describe at least one column"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for column in &table.columns {
            self.check_column(column)?;
            if !seen.insert(column.name.to_lowercase()) {
                let message = format!("table {} is described with the column {} twice", table.name, column.name);
                return Err(malformed(message, "name each column once"));
            }
        }
        table.indexes.iter().try_for_each(|index| self.check_index(&table.name, index))?;
        table.checks.iter().filter_map(|check| check.name.as_ref()).try_for_each(|name| {
            self.renderer.check_name("constraint", name)
        })?;
        keys_of(table).iter().try_for_each(|key| self.check_foreign_key(&table.name, key))?;
        self.check_keys(table)?;
        let keys = table.foreign_keys.iter().map(|key| &key.columns);
        let indexes = table.indexes.iter().map(|index| &index.columns);
        let named = keys.chain(indexes).chain(table.uniques.iter()).chain([&table.primary_key]).flatten();
        let named: Vec<String> = named.cloned().collect();
        match self.first_unknown(table, &named) {
            None => Ok(()),
            Some(name) => {
                let message = format!(
                    "table {} is described with a key or index on {name}, which is no column of it",
                    table.name
                );
                Err(malformed(message, "describe the column, or name another one"))
            }
        }
    }

    /// One primary key, and no key on what the database takes into none.
    fn check_keys(&self, table: &TableDef) -> Result<()> {
        let of_columns = table.columns.iter().filter(|column| column.primary_key).count();
        if of_columns + usize::from(!table.primary_key.is_empty()) > 1 {
            let message = format!("table {} is described with more than one primary key", table.name);
            return Err(malformed(message, "say it once: primary_key([..]) names several columns"));
        }
        let uniques = table.columns.iter().filter(|column| column.unique).map(|column| column.name.as_str());
        let keyed: Vec<&str> =
            uniques.chain(table.uniques.iter().flatten().map(String::as_str)).chain(table.key_columns()).collect();
        let in_key = |column: &&ColumnDef| keyed.iter().any(|name| self.renderer.same_name(name, &column.name));
        table.columns.iter().filter(in_key).try_for_each(|column| self.check_key_column(column))
    }

    /// Every table that a foreign key names is there with the columns named, or is the table itself.
    fn expect_referenced(&mut self, table: &TableDef) -> Result<()> {
        for key in keys_of(table) {
            if key.table != table.name {
                self.expect_columns(&key.table, &key.referenced)?;
            } else if let Some(name) = self.first_unknown(table, &key.referenced) {
                let message = format!("table {} is described with a foreign key to its column {name}, which it has not", table.name);
                return Err(malformed(message, "describe the column, or name another one"));
            }
        }
        Ok(())
    }

    fn first_unknown<'n>(&self, table: &TableDef, names: &'n [String]) -> Option<&'n String> {
        names.iter().find(|name| !table.columns.iter().any(|column| self.renderer.same_name(&column.name, name)))
    }

    fn same_table(&mut self, wanted: &TableDef) -> Result<Done> {
        let found = self.found(&wanted.name)?;
        let differences = diff::table_differences(wanted, &found, self.renderer);
        if !differences.is_empty() {
            let message = format!("table {} is there with another shape{}", wanted.name, diff::told(&differences));
            return Err(Error::new(ErrorKind::ShapeConflict, message).remedy(
                "if the table is what this migration would make, record the migration without running it: stamp; else \
                 rename one of the two, or alter the table",
            ));
        }
        let mut done = Done::Already;
        for index in &wanted.indexes {
            done = done.and(self.create_described_index(&wanted.name, index)?);
        }
        Ok(done)
    }

    /// The table as it stands.
    pub(super) fn found(&mut self, table: &TableName) -> Result<Table> {
        let schema = self.database().inspect(Scope::Tables(std::slice::from_ref(table)))?;
        schema.tables.into_values().next().map_or_else(
            || Err(missing(table)),
            |mut found| {
                found.name = table.clone();
                Ok(found)
            },
        )
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
            let error = Error::new(ErrorKind::PreconditionFailed, message);
            return Err(error.remedy("drop those constraints or tables first"));
        }
        self.refuse_loss_of_table(table)?;
        self.context.memory.forget_all();
        let sql = self.renderer.drop_table(table);
        self.send_all(&[sql])
    }

    /// Renames a table, in the schema it stands in. Foreign keys, indexes and triggers follow.
    ///
    /// # Errors
    /// `PreconditionFailed` when neither name is there; `ShapeConflict` when both are.
    pub fn rename_table(&mut self, old: impl Into<TableName>, new: &str) -> Result<Done> {
        let old = old.into();
        let target = old.sibling(new);
        self.guarded(|op| {
            op.renderer.check_table_name(&target)?;
            op.context.memory.forget_all();
            match (op.database().has_table(&old)?, op.database().has_table(&target)?) {
                (false, true) => Ok(Done::Already),
                (true, false) => {
                    let sql = op.renderer.rename_table(&old, new);
                    op.send_all(&[sql])
                }
                (true, true) if op.renderer.same_name(old.name(), new) => {
                    let sql = op.renderer.rename_table(&old, new);
                    op.send_all(&[sql])
                }
                (true, true) => Err(both_there("table", old.name(), new)),
                (false, false) => Err(missing(&old)),
            }
        })
    }

    pub(super) fn expect_table(&mut self, table: &TableName) -> Result<()> {
        let is_there = self.context.memory.has_table(table) || self.database().has_table(table)?;
        if is_there { Ok(()) } else { Err(missing(table)) }
    }
}

/// Those said of a column, and those said of the table.
fn keys_of(table: &TableDef) -> Vec<ForeignKey> {
    table.columns.iter().filter_map(ForeignKey::of_column).chain(table.foreign_keys.iter().cloned()).collect()
}

pub(super) fn missing(table: &TableName) -> Error {
    Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there"))
        .remedy("create it first, or name the table that is meant")
}

pub(super) fn both_there(what: &str, old: &str, new: &str) -> Error {
    Error::new(ErrorKind::ShapeConflict, format!("{what} {old} cannot be renamed: {new} is there too"))
        .remedy("drop or rename one of the two")
}

/// What a migration describes makes no sense on any database.
pub(super) fn malformed(what: String, remedy: &str) -> Error {
    Error::new(ErrorKind::Migration, what).state("nothing was sent for it").remedy(remedy)
}
