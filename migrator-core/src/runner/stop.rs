//! Ending a run before its end, between two migrations.

use std::sync::Arc;

use super::Migrator;
use crate::error::{Error, ErrorKind, Result};

/// Whether the run should end; never, unless somebody is asked.
#[derive(Clone, Default)]
pub(super) struct Stop(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Stop {
    /// An error once the answer is yes: what ran before stands, and this one was not begun.
    pub(super) fn refuse(&self) -> Result<()> {
        if !self.0.as_ref().is_some_and(|asked| asked()) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Declined, "stopped before it began, as was asked")
            .state("what ran before it stands, nothing of it was written")
            .remedy("start again: the next run goes on from there"))
    }
}

impl Migrator {
    /// Asked before each migration, and while the run waits for the lock: once the answer is `true`, the run ends there
    /// with `Declined`. What ran before stands, and a migration that has begun is brought to its end.
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
        self.set(|options| options.stop = Stop(Some(Arc::new(asked))))
    }
}
