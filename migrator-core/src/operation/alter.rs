//! A change to a table that is there.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::column::{ColumnDef, ColumnType, Default, Literal};
use super::constraint::{CheckDef, ForeignKey};

/// What changes about a column; what is not named stays.
#[derive(Debug, Clone, PartialEq, std::default::Default)]
#[non_exhaustive]
pub struct ColumnChange {
    /// The new type.
    pub column_type: Option<ColumnType>,
    /// How old values become new ones: an SQL expression over the old column.
    pub using: Option<String>,
    /// Whether NULL is forbidden from now on.
    pub not_null: Option<bool>,
    /// The new default; `Some(None)` takes it away.
    pub default: Option<Option<Default>>,
    /// The new comment.
    pub comment: Option<String>,
}

/// A column's change being described, in SQL's words; what is not named stays as it is.
///
/// ```
/// use migrator_core::prelude::*;
/// fn widen(op: &mut Operations<'_>) -> MigrationResult {
///     op.alter_column("orders", "total", |c| c.set_type(ColumnType::BigInteger).set_not_null())?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, std::default::Default)]
pub struct AlterColumn(Rc<RefCell<ColumnChange>>);

impl AlterColumn {
    pub(crate) fn change(&self) -> ColumnChange {
        self.0.borrow().clone()
    }

    fn set(&self, change: impl FnOnce(&mut ColumnChange)) -> Self {
        change(&mut self.0.borrow_mut());
        self.clone()
    }

    /// Gives it another type.
    pub fn set_type(&self, column_type: ColumnType) -> Self {
        self.set(|change| change.column_type = Some(column_type))
    }

    /// How old values become new ones: an SQL expression over the old column.
    pub fn using(&self, expression: impl Into<String>) -> Self {
        let expression = expression.into();
        self.set(|change| change.using = Some(expression))
    }

    /// Forbids NULL.
    pub fn set_not_null(&self) -> Self {
        self.set(|change| change.not_null = Some(true))
    }

    /// Allows NULL.
    pub fn drop_not_null(&self) -> Self {
        self.set(|change| change.not_null = Some(false))
    }

    /// The value it holds when nothing is said.
    pub fn set_default(&self, value: impl Into<Literal>) -> Self {
        let value = Default::Value(value.into());
        self.set(|change| change.default = Some(Some(value)))
    }

    /// An SQL expression as the default, sent as given.
    pub fn set_default_sql(&self, expression: impl Into<String>) -> Self {
        let expression = Default::Sql(expression.into());
        self.set(|change| change.default = Some(Some(expression)))
    }

    /// Takes the default away.
    pub fn drop_default(&self) -> Self {
        self.set(|change| change.default = Some(None))
    }

    /// A comment, kept where the database has a place for one.
    pub fn comment(&self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.set(|change| change.comment = Some(text))
    }
}

/// One change to a table that is there.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TableEdit {
    /// A new column.
    AddColumn(ColumnDef),
    /// A column goes.
    DropColumn(String),
    /// A column changes.
    AlterColumn(String, ColumnChange),
    /// A new foreign key, named.
    AddForeignKey(ForeignKey),
    /// A new unique constraint: its name and columns.
    AddUnique(String, Vec<String>),
    /// A new check, named.
    AddCheck(CheckDef),
    /// A constraint goes, by its name.
    DropConstraint(String),
}

/// As what it does: `drop column email`.
impl fmt::Display for TableEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddColumn(column) => write!(f, "add column {}", column.name),
            Self::DropColumn(column) => write!(f, "drop column {column}"),
            Self::AlterColumn(column, _) => write!(f, "change column {column}"),
            Self::AddForeignKey(key) => write!(f, "add a foreign key on {}", key.columns.join(", ")),
            Self::AddUnique(_, columns) => write!(f, "make {} unique", columns.join(", ")),
            Self::AddCheck(check) => write!(f, "add check {}", check.name.as_deref().unwrap_or(&check.expression)),
            Self::DropConstraint(name) => write!(f, "drop constraint {name}"),
        }
    }
}
