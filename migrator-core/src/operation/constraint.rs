//! Foreign keys and checks to be created.

use std::fmt;

use super::column::ColumnDef;
use super::index::derived_name;
use crate::name::TableName;

/// What happens to a row when the one it references goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Action {
    /// The statement fails at its end.
    #[default]
    NoAction,
    /// The statement fails at once.
    Restrict,
    /// The row goes too.
    Cascade,
    /// The column becomes NULL.
    SetNull,
    /// The column becomes its default.
    SetDefault,
}

impl Action {
    /// SQL's words.
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_sql())
    }
}

/// A foreign key to be created.
///
/// ```
/// use migrator_core::prelude::*;
/// let key = ForeignKey::on(["org_id"]).references("orgs", ["id"]).on_delete(Action::Cascade);
/// assert_eq!(key.columns(), ["org_id"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) table: TableName,
    pub(crate) referenced: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) online: bool,
}

impl ForeignKey {
    /// A foreign key of these columns; say next what they reference.
    pub fn on<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            table: TableName::from(""),
            referenced: Vec::new(),
            name: None,
            on_delete: Action::default(),
            on_update: Action::default(),
            online: false,
        }
    }

    /// The table and columns referenced.
    pub fn references<S: Into<String>>(
        mut self,
        table: impl Into<TableName>,
        columns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.table = table.into();
        self.referenced = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The constraint's name; without one it is `<table>_<columns>_fkey`.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What a delete of the referenced row does.
    pub fn on_delete(mut self, action: Action) -> Self {
        self.on_delete = action;
        self
    }

    /// What a change of the referenced key does.
    pub fn on_update(mut self, action: Action) -> Self {
        self.on_update = action;
        self
    }

    /// PostgreSQL: added NOT VALID and validated in a step of its own, so that writers are not blocked while rows are checked.
    pub fn online(mut self) -> Self {
        self.online = true;
        self
    }

    /// The foreign key that a column says of itself.
    pub(crate) fn of_column(column: &ColumnDef) -> Option<Self> {
        let (table, referenced) = column.references.clone()?;
        let key = Self::on([column.name.as_str()]).references(table, [referenced]);
        Some(key.on_delete(column.on_delete).on_update(column.on_update))
    }

    /// The name it gets on that table, of at most `limit` bytes.
    pub(crate) fn name_on(&self, table: &TableName, limit: usize) -> String {
        self.name.clone().unwrap_or_else(|| derived_name(table, &self.columns, "fkey", limit))
    }

    /// The referencing columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
}

/// A check constraint to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckDef {
    /// Its name, where one was given.
    pub name: Option<String>,
    /// An SQL expression.
    pub expression: String,
}
