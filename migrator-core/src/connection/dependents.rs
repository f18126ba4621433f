//! What names a column from outside its table, and would not follow it.

use crate::error::Result;
use crate::name::TableName;

/// Looks at views and triggers before a column goes.
#[doc(hidden)]
pub trait Dependents {
    /// Refuses a drop of a column that would leave something broken behind, where the database would not refuse it.
    fn check_drop(&mut self, _table: &TableName, _column: &str) -> Result<()> {
        Ok(())
    }
}
