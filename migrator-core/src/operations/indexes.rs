//! Indexes.

use super::tables::{first_repeated, malformed};
use super::{Done, Operations};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{Change, Index};
use crate::schema;

impl Operations<'_> {
    /// Creates an index: on `["email"]`, or on an [`Index`] built up.
    ///
    /// An invalid index of that name, as a failed concurrent build leaves behind, is dropped and built again.
    ///
    /// ```sql
    /// -- op.create_index("users", ["email"])
    /// -- SQLite
    /// CREATE INDEX "users_email_idx" ON "users" ("email");
    /// -- PostgreSQL
    /// CREATE INDEX "users_email_idx" ON "users" ("email");
    /// -- MySQL, MariaDB
    /// CREATE INDEX `users_email_idx` ON `users` (`email`);
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there; `ShapeConflict` when an index of that name is another one;
    /// `Unsupported` for what the database has not.
    pub fn create_index(&mut self, table: impl Into<TableName>, index: impl Into<Index>) -> Result<Done> {
        let (table, index) = (self.named(table), index.into());
        self.guarded(self.call("create_index", &table, &index), |op| {
            op.check_index(&table, &index)?;
            let columns = op.expect_columns(&table, &index.columns)?;
            op.create_described_index(&table, &op.with_prefixes(&index, &columns))
        })
    }

    pub(super) fn create_described_index(&mut self, table: &TableName, index: &Index) -> Result<Done> {
        let name = self.index_name(table, index);
        if !self.context.memory.lacks_index(table, &name) && self.database().has_index(table, &name)? {
            return self.same_index(table, &name, index);
        }
        let sql = self.renderer.create_index(table, index);
        let done = self.make(&Change::CreateIndex(table.clone(), index.clone()), &[sql])?;
        self.context.memory.indexed(table, name);
        Ok(done)
    }

    pub(super) fn index_name(&self, table: &TableName, index: &Index) -> String {
        index.name_on(table, self.renderer.capabilities().name_limit.safe_bytes())
    }

    /// Drops an index.
    ///
    /// ```sql
    /// -- op.drop_index("users", "users_email_idx")
    /// -- SQLite
    /// DROP INDEX "users_email_idx";
    /// -- PostgreSQL
    /// DROP INDEX "users_email_idx";
    /// -- MySQL, MariaDB
    /// DROP INDEX `users_email_idx` ON `users`;
    /// ```
    ///
    /// # Errors
    /// `Database` when the database refuses, as it does for an index that backs a constraint.
    pub fn drop_index(&mut self, table: impl Into<TableName>, name: &str) -> Result<Done> {
        let table = self.named(table);
        self.guarded(self.call("drop_index", &table, &name), |op| {
            if !op.database().has_index(&table, name)? {
                return Ok(Done::Already);
            }
            let sql = op.renderer.drop_index(&table, name);
            op.context.memory.forget(&table);
            op.make(&Change::DropIndex(table, name.to_owned()), &[sql])
        })
    }

    /// What can be said of an index before anything is sent.
    pub(super) fn check_index(&self, table: &TableName, index: &Index) -> Result<()> {
        self.renderer.check_name("index", &self.index_name(table, index))?;
        if index.columns.is_empty() {
            let message = format!("an index of {table} is described without a column");
            return Err(malformed(message, "name at least one column"));
        }
        if let Some(column) = first_repeated(index.columns.iter()) {
            let message = format!("an index of {table} is described with the column {column} twice");
            return Err(malformed(message, "name each column once"));
        }
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
            let way = "say `transaction = false` in the migration";
            return Err(Error::unsupported(message, way).state("nothing was sent"));
        }
        Ok(())
    }

    fn same_index(&mut self, table: &TableName, name: &str, wanted: &Index) -> Result<Done> {
        let found = self.found(table)?.indexes.remove(name);
        match found {
            Some(found) if !found.valid => self.build_again(table, name, wanted),
            Some(found) if self.is_same_index(&found, wanted) => Ok(Done::Already),
            found => Err(other_index(table, name, wanted, found.as_ref())),
        }
    }

    fn is_same_index(&self, found: &schema::Index, wanted: &Index) -> bool {
        let prefixed = &wanted.prefixes;
        let same = |(found, wanted): (&String, &String)| {
            // The length of a prefix is no part of what is asked for.
            let whole = found.rsplit_once('(').map_or(found.as_str(), |(column, _)| column);
            let found = if prefixed.contains_key(wanted) { whole } else { found };
            self.renderer.same_name(found, wanted)
        };
        found.columns.len() == wanted.columns.len()
            && found.columns.iter().zip(&wanted.columns).all(same)
            && found.unique == wanted.unique
            && found.filter.is_some() == wanted.filter.is_some()
    }

    fn build_again(&mut self, table: &TableName, name: &str, wanted: &Index) -> Result<Done> {
        let drop = match wanted.concurrently {
            true => self.renderer.drop_index_concurrently(table, name),
            false => self.renderer.drop_index(table, name),
        };
        let statements = [drop, self.renderer.create_index(table, wanted)];
        self.context.notes.push(format!("index {name} was invalid, left by a build that failed: built again"));
        self.make(&Change::CreateIndex(table.clone(), wanted.clone()), &statements)
    }
}

fn other_index(table: &TableName, name: &str, wanted: &Index, found: Option<&schema::Index>) -> Error {
    let words = |unique: bool, columns: &[String], filter: Option<&str>| {
        let filter = filter.map(|filter| format!(" where {filter}")).unwrap_or_default();
        format!("{}on {}{filter}", if unique { "unique, " } else { "" }, columns.join(", "))
    };
    let found = found.map_or_else(
        || "what backs a constraint".to_owned(),
        |found| words(found.unique, &found.columns, found.filter.as_deref()),
    );
    let wanted = words(wanted.unique, &wanted.columns, wanted.filter.as_deref());
    let message =
        format!("index {name} of {table} is there, and is another one\n  wanted: {wanted}\n  found:  {found}");
    Error::new(ErrorKind::ShapeConflict, message).remedy("name this one differently, or drop that one first")
}
