//! Tables that a migration has renamed.

use std::collections::BTreeMap;

use crate::name::TableName;

/// The name that each has now, and the one that it had when the migration began.
#[derive(Debug, Clone, Default)]
pub(in crate::operations) struct Renamed(BTreeMap<TableName, TableName>);

impl Renamed {
    /// A table has got another name.
    pub(super) fn add(&mut self, from: &TableName, to: &TableName) {
        let began = self.0.remove(from).unwrap_or_else(|| from.clone());
        self.0.insert(to.clone(), began);
    }

    /// The name that a table had when the migration began.
    pub(in crate::operations) fn began_as(&self, now: &TableName) -> TableName {
        self.before(now).unwrap_or(now).clone()
    }

    /// The same, of one that was renamed.
    pub(super) fn before(&self, now: &TableName) -> Option<&TableName> {
        self.0.get(now)
    }

    /// The name that a table has now.
    pub(in crate::operations) fn now(&self, began: &TableName) -> TableName {
        let is_it = |(now, one): (&TableName, &TableName)| (one == began).then(|| now.clone());
        self.0.iter().find_map(is_it).unwrap_or_else(|| began.clone())
    }

    /// Whether a table had this name when the migration began, and was renamed.
    pub(super) fn began_so(&self, name: &TableName) -> bool {
        self.0.values().any(|began| began == name)
    }
}
