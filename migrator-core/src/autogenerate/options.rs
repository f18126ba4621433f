//! What is said beforehand about what cannot be known.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// What is said beforehand about what a comparison cannot know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    pub(super) drop_unknown: bool,
    pub(super) values: BTreeMap<(TableName, String), String>,
    pub(super) renames: BTreeSet<(TableName, String, String)>,
    pub(super) separate: BTreeSet<(TableName, String, String)>,
}

impl Options {
    /// Tables that are only in the database are dropped; unless said they stay and are told of.
    pub fn drop_unknown(mut self) -> Self {
        self.drop_unknown = true;
        self
    }

    /// The value that rows which are there get in a column that may not be NULL: `users.age=0`.
    ///
    /// # Errors
    /// `InvalidName` when it is not written so.
    pub fn value(mut self, text: &str) -> Result<Self> {
        let (table, column, value) = parts(text, "users.age=0")?;
        self.values.insert((table, column), value);
        Ok(self)
    }

    /// A column that bears another name now: `users.name=full_name`.
    ///
    /// # Errors
    /// `InvalidName` when it is not written so.
    pub fn rename(mut self, text: &str) -> Result<Self> {
        self.renames.insert(parts(text, "users.name=full_name")?);
        Ok(self)
    }

    /// Two columns, written as in [`rename`](Options::rename), that have nothing to do with each other: one goes, one comes.
    ///
    /// # Errors
    /// `InvalidName` when it is not written so.
    pub fn separate(mut self, text: &str) -> Result<Self> {
        self.separate.insert(parts(text, "users.name=full_name")?);
        Ok(self)
    }

    /// The schema that unqualified names stand in needs no saying.
    pub(super) fn forget_schema(mut self, schema: &str) -> Self {
        let plain = |table: TableName| match table.schema() {
            Some(named) if named == schema => TableName::from(table.name()),
            _ => table,
        };
        let pairs = |all: BTreeSet<(TableName, String, String)>| {
            all.into_iter().map(|(table, old, new)| (plain(table), old, new)).collect()
        };
        self.values = self.values.into_iter().map(|((table, column), value)| ((plain(table), column), value)).collect();
        self.renames = pairs(self.renames);
        self.separate = pairs(self.separate);
        self
    }
}

/// `table.column=value`, or `schema.table.column=value`.
fn parts(text: &str, example: &str) -> Result<(TableName, String, String)> {
    let wrong = || {
        Error::new(ErrorKind::InvalidName, format!("{text:?} names no column and a value for it"))
            .remedy(format!("write it as in {example}"))
    };
    let (place, value) = text.split_once('=').ok_or_else(wrong)?;
    let (table, column) =
        place.rsplit_once('.').filter(|(table, column)| !table.is_empty() && !column.is_empty()).ok_or_else(wrong)?;
    let table = match table.split_once('.') {
        Some(parts) => TableName::from(parts),
        None => TableName::from(table),
    };
    Ok((table, column.to_owned(), value.to_owned()))
}
