//! Locks on tables and rows: how long they are waited for, and who holds them.

use std::time::Duration;

use diesel::mysql::MysqlConnection;

use super::connection::DEADLOCK;
use super::lease;
use crate::backend::driver;
use crate::connection::{Database, Limits, Waits};
use crate::error::{Error, Failure, Result};

impl Waits for MysqlConnection {
    /// Whole seconds, and at least one, for MySQL has no less. A refusal is known by its words, so they are English for
    /// the run.
    fn limit_statements(&mut self, limits: &Limits) -> Result<bool> {
        let seconds = limits.lock.as_millis().div_ceil(1_000).clamp(1, 31_536_000);
        let mut settings = vec![format!(
            "lc_messages = 'en_US', lock_wait_timeout = LEAST(@@lock_wait_timeout, {seconds}), \
             innodb_lock_wait_timeout = LEAST(@@innodb_lock_wait_timeout, {seconds}), {}",
            lease::promising(limits)
        )];
        settings.extend(limits.statement.map(limit_of_a_statement));
        self.batch(&format!("SET SESSION {}", settings.join(", ")))?;
        Ok(true)
    }

    fn is_lock_refusal(&mut self, error: &Error, _took: Duration, _limits: &Limits) -> Result<bool> {
        Ok(driver::is_busy::<Self>(error))
    }

    /// On a cluster a definition of another node breaks off what reads there, the catalogue too; a transaction is over then.
    fn is_broken_off(&mut self, error: &Error) -> Result<bool> {
        let is_deadlock = error.failure() == Failure::Busy && error.what().contains(DEADLOCK);
        Ok(is_deadlock && self.transaction_depth()? == 0)
    }

    /// Which transaction holds which metadata lock is not told without a plug-in: the oldest ones are.
    fn blockers(&mut self, _sql: &str) -> Result<Vec<String>> {
        let rows = match self.query(TRANSACTIONS, &[]) {
            // Without the PROCESS privilege.
            Err(_) => self.query(SESSIONS, &[])?,
            rows => rows?,
        };
        Ok(rows.iter().map(|row| row.text(0)).collect())
    }
}

/// 0 is no limit. MySQL counts milliseconds, and of SELECT alone; MariaDB seconds.
fn limit_of_a_statement(limit: Duration) -> String {
    let milliseconds = Limits::milliseconds(limit).min(u32::MAX.into());
    let seconds = format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000);
    format!(
        "/*!80000 max_execution_time = IF(@@max_execution_time = 0, {milliseconds}, \
         LEAST(@@max_execution_time, {milliseconds})) */ /*M!100000 max_statement_time = \
         IF(@@max_statement_time = 0, {seconds}, LEAST(@@max_statement_time, {seconds})) */"
    )
}

const TRANSACTIONS: &str = "SELECT CONCAT_WS('', 'session ', t.trx_mysql_thread_id, ' of ', p.user, ' at ', p.host, \
     ', in a transaction since ', t.trx_started, ': ' , COALESCE(LEFT(p.info, 200), '(idle)')) \
     FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
     WHERE t.trx_mysql_thread_id <> CONNECTION_ID() AND (p.db = DATABASE() OR p.db IS NULL) \
     ORDER BY t.trx_started, t.trx_mysql_thread_id LIMIT 5";

const SESSIONS: &str = "SELECT CONCAT_WS('', 'session ', id, ' of ', user, ' at ', host, ', ', command, ' since ', time, \
     ' s: ', COALESCE(LEFT(info, 200), '(idle)')) FROM information_schema.processlist \
     WHERE id <> CONNECTION_ID() AND db = DATABASE() ORDER BY time DESC, id LIMIT 5";
