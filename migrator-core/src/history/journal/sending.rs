//! How a statement is sent that the journal writes down.

use super::{Moment, counts_rows, refuse_changed_values};
use crate::connection::Database;
use crate::error::Result;

/// What belongs to sending a statement of the migration's own SQL.
pub(crate) trait Sending {
    /// Whether nothing belongs to it: no check, nothing that begins with it.
    fn is_plain(&self) -> bool;

    /// Begins the transaction of a statement that changes rows.
    fn begin(&mut self, database: &mut dyn Database) -> Result<()>;

    /// Before it is sent, and after so many rows have changed, before they are kept.
    fn check(&mut self, database: &mut dyn Database, moment: Moment) -> Result<()>;

    /// Sends a statement that defines.
    fn define(&mut self, database: &mut dyn Database, sql: &str) -> Result<()>;

    /// Sends a statement in a transaction that is open, with what belongs to it.
    fn send(&mut self, database: &mut dyn Database, sql: &str) -> Result<()> {
        self.check(database, Moment::Before)?;
        let rows = match counts_rows(sql) {
            true => database.execute(sql, &[])?,
            false => database.batch(sql).map(|()| 0)?,
        };
        refuse_changed_values(database, sql)?;
        self.check(database, Moment::After(rows))
    }
}

/// A statement that an operation sends, which has looked for itself.
pub(super) struct Plain;

impl Sending for Plain {
    fn is_plain(&self) -> bool {
        true
    }

    fn begin(&mut self, database: &mut dyn Database) -> Result<()> {
        database.begin()
    }

    fn check(&mut self, _database: &mut dyn Database, _moment: Moment) -> Result<()> {
        Ok(())
    }

    fn define(&mut self, database: &mut dyn Database, sql: &str) -> Result<()> {
        database.batch(sql)
    }

    fn send(&mut self, database: &mut dyn Database, sql: &str) -> Result<()> {
        database.batch(sql)
    }
}
