//! What is on a table beside what the schema lists: what names a column from outside, a key's own name.

use crate::error::Result;
use crate::name::TableName;

/// Looks at what the schema does not list before something of a table goes.
#[doc(hidden)]
pub trait Dependents {
    /// Refuses a drop of a column that would leave something broken behind, where the database would not refuse it.
    fn check_drop(&mut self, _table: &TableName, _column: &str) -> Result<()> {
        Ok(())
    }

    /// Refuses a rename of a column that something would not follow.
    fn check_rename(&mut self, _table: &TableName, _old: &str, _new: &str) -> Result<()> {
        Ok(())
    }

    /// Refuses values made by an expression for a column that something is on which the new values could not have again.
    fn check_new_values(&mut self, _table: &TableName, _column: &str) -> Result<()> {
        Ok(())
    }

    /// The name of the table's primary key, where it has one that a constraint could be asked for by.
    fn primary_key_name(&mut self, _table: &TableName) -> Result<Option<String>> {
        Ok(None)
    }
}
