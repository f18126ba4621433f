//! What an operation does to a schema, as a value: a plan takes its course from these.

use super::alter::TableEdit;
use super::index::Index;
use super::table::TableDef;
use crate::name::TableName;

/// What an operation does to a schema.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new table, with its indexes.
    CreateTable(TableDef),
    /// A table goes.
    DropTable(TableName),
    /// A table gets another name in its schema.
    RenameTable(TableName, String),
    /// A column gets another name.
    RenameColumn(TableName, String, String),
    /// A table that is there changes.
    Edit(TableName, TableEdit),
    /// A new index.
    CreateIndex(TableName, Index),
    /// An index goes.
    DropIndex(TableName, String),
    /// A new enum type.
    CreateEnum(TableName, Vec<String>),
    /// An enum type gets one more value.
    AddEnumValue(TableName, String),
    /// An enum type goes.
    DropEnum(TableName),
    /// New rows.
    InsertRows(TableName),
    /// A statement of the user's own.
    Sql(String),
}
