//! Changes that a product's ALTER TABLE lacks: by a new table, a copy, and the old one's name.

use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::TableEdit;

/// Makes a table anew. A database whose ALTER TABLE lacks nothing has the answers here.
#[doc(hidden)]
pub trait Rebuilds {
    /// Whether this product's ALTER TABLE lacks the change, or loses something by it.
    fn needs_rebuild(&mut self, _table: &TableName, _edit: &TableEdit) -> Result<bool> {
        Ok(false)
    }

    /// Makes such a change, or leaves the table as it was.
    fn rebuild(&mut self, table: &TableName, _edit: &TableEdit) -> Result<Rebuilt> {
        Err(Error::unsupported(format!("{table} is not rebuilt here"), "change it by ALTER TABLE"))
    }

    /// Whether a rebuild of the table would touch rows of others, because foreign keys are enforced now.
    fn rebuild_reaches_others(&mut self, _table: &TableName) -> Result<bool> {
        Ok(false)
    }
}

/// What a rebuild did.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// How many rows were copied.
    pub rows: u64,
    /// How many values the column's new type could not hold as they were.
    pub changed_values: u64,
}

/// That a rebuild of the table would touch rows of others, inside a transaction that does not let it switch that off.
pub(crate) fn reaching_others(table: &TableName) -> Error {
    let message = format!(
        "{table} must be rebuilt, and with foreign keys enforced that would delete or change rows that reference it"
    );
    Error::new(ErrorKind::InTransaction, message).state("nothing was sent for it").remedy(
        "inside a transaction they cannot be switched off: end the transaction first, or switch them off before it begins \
         (PRAGMA foreign_keys = off)",
    )
}
