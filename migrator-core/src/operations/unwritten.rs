//! What a template says until somebody writes the migration.

use super::{Done, Operations};
use crate::error::{Error, ErrorKind, Result};

impl Operations<'_> {
    /// Fails: this body is still the template that `new` wrote.
    ///
    /// It compiles, so that the rest of the program does, and stops a run, a plan and the tests.
    ///
    /// ```
    /// use migrator_core::{migrations, prelude::*};
    ///
    /// #[migration(revision = "1", irreversible)]
    /// mod later {
    ///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
    ///         op.unwritten()?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let error = Migrator::new().with_all(migrations![later]).run_pending(&mut conn).unwrap_err();
    /// assert!(error.to_string().contains("still the template"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Migration`, always.
    pub fn unwritten(&mut self) -> Result<Done> {
        self.kept(|_| {
            Err(Error::new(ErrorKind::Migration, "this is still the template: nobody has written what it does")
                .remedy("write its upgrade and downgrade in place of `op.unwritten()`"))
        })
    }
}
