//! How long statements of a migration wait for locks of the database's own.

use std::time::Duration;

use super::Migrator;
use super::step::Stepper;
use crate::error::Error;
use crate::operations::Patience;

impl Migrator {
    /// How long a statement waits for locks of the database's own, on a table or on rows, before it gives up its place in
    /// the queue: 5 s unless said. Others who want the table wait behind a statement that waits, readers too; so on a busy
    /// database say less, 300 ms perhaps.
    ///
    /// A migration in a transaction is rolled back then and runs again from its first line; where each statement stands by
    /// itself, that one is sent again: see [`lock_retries`](Migrator::lock_retries). A session that waits less by itself
    /// stays so. Sets `lock_timeout` on PostgreSQL, `lock_wait_timeout` and `innodb_lock_wait_timeout` in whole seconds on
    /// MySQL and MariaDB, for the run and no longer. An index that is built concurrently holds nobody up while it waits,
    /// and waits as long as it takes. SQLite has one writer: its `busy_timeout` is 5 s during a run.
    pub fn statement_lock_timeout(self, limit: Duration) -> Self {
        self.set(|options| options.limits.lock = limit)
    }

    /// How often it is tried again, after a pause each time, when somebody else held a lock for too long: 10 times unless
    /// said. Each time the observer is told; after the last one the error, of the kind `LockTimeout`, names those who hold
    /// locks there. Inside a transaction of the caller's nothing is tried again.
    pub fn lock_retries(self, retries: u32) -> Self {
        self.set(|options| options.lock_retries = retries)
    }

    /// How long a statement may take as a whole: as long as it takes unless said. A session that allows less stays so.
    ///
    /// Sets `statement_timeout` on PostgreSQL and `max_statement_time` on MariaDB. MySQL limits SELECT only
    /// (`max_execution_time`), and SQLite nothing.
    pub fn statement_timeout(self, limit: Duration) -> Self {
        self.set(|options| options.limits.statement = Some(limit))
    }
}

impl Stepper<'_, '_> {
    /// Where a transaction of the caller's stays open, trying again would hold others up.
    pub(super) fn patience(&self) -> Patience {
        let options = self.run.options;
        let retries = if self.nested() { 0 } else { options.lock_retries };
        Patience { limits: options.limits, retries, caller: self.run.caller.clone() }
    }

    /// Whether an attempt that left nothing ended because somebody else held a lock.
    pub(super) fn is_refused_a_lock(&mut self, error: &Error) -> bool {
        let took = self.sent_at.take().map_or(Duration::ZERO, |at| at.elapsed());
        let limits = self.run.options.limits;
        self.transactional && self.run.conn.database().is_lock_refusal(error, took, &limits).unwrap_or(false)
    }
}
