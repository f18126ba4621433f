//! An index to be created.

use std::collections::BTreeMap;

use crate::name::TableName;

/// An index to be created: `["email"]`, or built up.
///
/// ```
/// use migrator_core::prelude::*;
/// let index = Index::on(["org_id", "email"]).unique().named("users_by_org");
/// assert_eq!(index.columns(), ["org_id", "email"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    pub(crate) name: Option<String>,
    pub(crate) concurrently: bool,
    pub(crate) method: Option<String>,
    pub(crate) filter: Option<String>,
    /// How many letters of a column are in it, where the database takes no long one whole.
    pub(crate) prefixes: BTreeMap<String, u32>,
}

impl Index {
    /// An index on these columns, in this order.
    pub fn on<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            unique: false,
            name: None,
            concurrently: false,
            method: None,
            filter: None,
            prefixes: BTreeMap::new(),
        }
    }

    /// Forbids duplicates.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// The name; without one it is `<table>_<columns>_idx`, cut to what the database allows.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// PostgreSQL: built without blocking writers, outside a transaction.
    pub fn concurrently(mut self) -> Self {
        self.concurrently = true;
        self
    }

    /// The access method, `gin` for instance.
    pub fn using(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only the rows for which this SQL expression holds.
    pub fn filter(mut self, expression: impl Into<String>) -> Self {
        self.filter = Some(expression.into());
        self
    }

    /// The columns, in key order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The name it gets on that table, of at most `limit` bytes.
    pub(crate) fn name_on(&self, table: &TableName, limit: usize) -> String {
        self.name.clone().unwrap_or_else(|| derived_name(table, &self.columns, "idx", limit))
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Index {
    fn from(columns: [S; N]) -> Self {
        Self::on(columns)
    }
}

impl From<&str> for Index {
    fn from(column: &str) -> Self {
        Self::on([column])
    }
}

impl<S: Into<String> + Clone> From<&[S]> for Index {
    fn from(columns: &[S]) -> Self {
        Self::on(columns.iter().cloned())
    }
}

impl<S: Into<String>> From<Vec<S>> for Index {
    fn from(columns: Vec<S>) -> Self {
        Self::on(columns)
    }
}

/// `<table>_<columns>_<suffix>`; one that would be longer than `limit` bytes is cut and ends in a digest of the whole.
pub(crate) fn derived_name(table: &TableName, columns: &[String], suffix: &str, limit: usize) -> String {
    let whole = format!("{}_{}_{suffix}", table.name(), columns.join("_"));
    if whole.len() <= limit {
        return whole;
    }
    let tail = format!("_{}_{suffix}", &crate::digest::of_text(&whole)[..8]);
    let mut cut = limit - tail.len();
    while !whole.is_char_boundary(cut) {
        cut -= 1;
    }
    whole[..cut].to_owned() + &tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_name_fits_and_two_long_ones_differ() {
        let table = TableName::from("ü".repeat(60));
        let one = derived_name(&table, &["a".to_owned()], "idx", 63);
        let other = derived_name(&table, &["b".to_owned()], "idx", 63);
        assert!(one.len() <= 63 && other.len() <= 63);
        assert_ne!(one, other);
        assert_eq!(derived_name(&"users".into(), &["email".to_owned()], "idx", 63), "users_email_idx");
    }
}
