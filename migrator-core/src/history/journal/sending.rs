//! How a statement is sent that the journal writes down.

use super::Moment;
use crate::connection::Database;
use crate::error::Result;

/// What belongs to sending a statement of the migration's own SQL.
pub(crate) trait Sending {
    /// Begins the transaction of a statement that changes rows.
    fn begin(&mut self, database: &mut dyn Database) -> Result<()>;

    /// Before it is sent, and after so many rows have changed, before they are kept.
    fn check(&mut self, database: &mut dyn Database, moment: Moment) -> Result<()>;

    /// Sends a statement that defines.
    fn define(&mut self, database: &mut dyn Database, sql: &str) -> Result<()>;
}
