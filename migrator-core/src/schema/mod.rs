//! What a database holds, as ordered values: tables, columns, keys, indexes, checks.

pub(crate) mod conversion;
pub(crate) mod json;
pub(crate) mod snapshot;
pub(crate) mod spelling;
mod told;

use std::collections::BTreeMap;

use crate::name::TableName;

/// The tables of a database. Views, temporary tables and the tables that Diesel and this library keep their books in are not part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Schema {
    /// By name; on PostgreSQL a table outside the current schema is under its schema and name.
    pub tables: BTreeMap<TableName, Table>,
}

impl Schema {
    /// The table of that name.
    pub fn table(&self, name: impl Into<TableName>) -> Option<&Table> {
        self.tables.get(&name.into())
    }

    /// The table to be filled in, put there empty when it is new.
    pub(crate) fn entry(&mut self, name: TableName) -> &mut Table {
        self.tables.entry(name.clone()).or_insert_with(|| Table::named(name))
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// In the order they were created.
    pub columns: Vec<Column>,
    /// The primary key's columns in key order; empty without one.
    pub primary_key: Vec<String>,
    /// Indexes by name, those that back a unique constraint or the primary key left out.
    pub indexes: BTreeMap<String, Index>,
    /// Unique constraints, ordered by columns.
    pub uniques: Vec<Unique>,
    /// Foreign keys, ordered by columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints, ordered by expression.
    pub checks: Vec<Check>,
    /// What else the database keeps with the table: engine, collation, `STRICT`, `WITHOUT ROWID`.
    pub options: BTreeMap<String, String>,
}

impl Table {
    pub(crate) fn named(name: TableName) -> Self {
        Self {
            name,
            columns: Vec::new(),
            primary_key: Vec::new(),
            indexes: BTreeMap::new(),
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: BTreeMap::new(),
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Puts what has no order of its own into one.
    pub(crate) fn sort(&mut self) {
        self.uniques.sort();
        self.foreign_keys.sort();
        self.checks.sort();
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in the database's own words.
    pub sql_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The default as the database prints it.
    pub default: Option<String>,
    /// The expression of a generated column, as the database prints it.
    pub generated: Option<String>,
    /// Whether the database counts it up: identity, AUTO_INCREMENT, AUTOINCREMENT.
    pub auto_increment: bool,
    /// Where it differs from the table's or the database's.
    pub collation: Option<String>,
    /// The comment, where the database keeps one.
    pub comment: Option<String>,
    /// What else stands in its definition, in the database's words: `STORED GENERATED`, `INVISIBLE`.
    pub extra: Option<String>,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>, sql_type: impl Into<String>, nullable: bool) -> Self {
        Self {
            name: name.into(),
            sql_type: sql_type.into(),
            nullable,
            default: None,
            generated: None,
            auto_increment: false,
            collation: None,
            comment: None,
            extra: None,
        }
    }
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Columns or expressions, as the database prints them, in key order; one that goes downwards ends in `DESC`.
    pub columns: Vec<String>,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// The predicate of a partial index, as the database prints it.
    pub filter: Option<String>,
    /// The access method, where it is not the database's usual one.
    pub method: Option<String>,
    /// `false` for what a failed CREATE INDEX CONCURRENTLY leaves behind.
    pub valid: bool,
}

/// One unique constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Unique {
    /// In key order.
    pub columns: Vec<String>,
    /// Where the database keeps one.
    pub name: Option<String>,
}

/// One foreign key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<String>,
    /// The table referenced.
    pub references: TableName,
    /// The referenced columns, in the same order.
    pub referenced_columns: Vec<String>,
    /// `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`.
    pub on_delete: String,
    /// Likewise.
    pub on_update: String,
    /// Where the database keeps one.
    pub name: Option<String>,
}

/// One check constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Check {
    /// As the database prints it.
    pub expression: String,
    /// Where the database keeps one.
    pub name: Option<String>,
}
