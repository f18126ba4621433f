//! Ending a run before its end, where what is done stands.

use super::Migrator;
use crate::operations::Stop;

impl Migrator {
    /// Asked before each migration, while the run waits for the lock, and between two batches of `update_in_batches`: once
    /// the answer is `true`, the run ends there with `Declined`. What ran before stands, and the next run goes on from
    /// there; a migration without batches that has begun is brought to its end.
    ///
    /// ```
    /// use migrator_core::{ErrorKind, Metadata, migrations, prelude::*};
    /// # #[migration(revision = "1", irreversible)]
    /// # mod create_users { fn upgrade(op: &mut Operations<'_>) -> MigrationResult { op.create_table("users", |t| t.id())?; Ok(()) } }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let migrator = Migrator::new().with_all(migrations![create_users]).stop_when(|| true);
    /// let error = migrator.run_pending(&mut conn).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Declined);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stop_when(self, asked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.set(|options| options.stop = Stop::when(asked))
    }
}
