//! What tables do not tell of a schema.

use crate::error::Result;
use crate::name::TableName;

/// Asks for definitions that stand beside the tables.
#[doc(hidden)]
pub trait Definitions {
    /// Views, triggers, routines and the like of these names, each with its text, in a steady order: only where such a
    /// definition may be half known, because it does not take part in a transaction.
    fn definitions(&mut self, _names: &[TableName]) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// The tables of these names as the server prints them, less how far they have counted, in a steady order: where that
    /// takes less than to look at the catalogue, and is had of each of them.
    fn printed(&mut self, _names: &[TableName]) -> Result<Option<Vec<String>>> {
        Ok(None)
    }
}
