//! What did not get a lock in time is tried again, and given up in the end with the names of those who hold it.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use crate::connection::{Database, Limits, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Observers};
use crate::name::RevisionId;

/// How a run deals with locks of the database's own that others hold.
#[derive(Clone, Default)]
pub(crate) struct Patience {
    pub(crate) limits: Limits,
    /// How often it is tried again.
    pub(crate) retries: u32,
    /// The session as the caller had it.
    pub(crate) caller: Arc<Settings>,
}

impl Patience {
    /// After a refusal and with no transaction open: a pause before the next attempt, or the error when there is none.
    pub(crate) fn wait(
        &self,
        error: Error,
        attempt: u32,
        database: &mut dyn Database,
        observers: &Observers,
        revision: &RevisionId,
    ) -> Result<()> {
        let statement = error.statement().map(str::to_owned);
        let blockers = database.blockers(statement.as_deref().unwrap_or_default()).unwrap_or_default();
        if attempt > self.retries {
            return Err(Self::not_got(error, attempt, &blockers));
        }
        let (revision, attempts) = (revision.clone(), self.retries + 1);
        observers.tell(&Event::Retrying { revision, statement, attempt, attempts, blockers });
        thread::sleep(pause(attempt));
        Ok(())
    }

    fn not_got(error: Error, attempts: u32, blockers: &[String]) -> Error {
        let attempts = if attempts == 1 { "one attempt".to_owned() } else { format!("{attempts} attempts") };
        let holders = match blockers {
            [] => "the database does not say who holds it".to_owned(),
            [one] => format!("it is held by {one}"),
            several => format!("it may be held by any of these:\n  {}", several.join("\n  ")),
        };
        let what = format!("a lock of the database's own was not got in {attempts} ({}); {holders}", error.what());
        error.retold(ErrorKind::LockTimeout, what, |reader| {
            let wait = reader.setting(".statement_lock_timeout(..) or .lock_retries(..)");
            format!("let those who hold it end, or end them, and run it again where less is going on; or raise {wait}")
        })
    }
}

/// A tenth of a second at first, up to five, a random part of it more: time for those who queued behind it.
fn pause(attempt: u32) -> Duration {
    let base = 100 * 2_u64.pow(attempt.saturating_sub(1).min(5));
    let jitter = RandomState::new().hash_one(attempt) % base;
    Duration::from_millis((base + jitter).min(5_000))
}

impl Context {
    /// Sends a statement. Where it stands by itself it is sent again when somebody else held a lock; in a transaction
    /// that is for whoever began it.
    pub(super) fn patiently(
        &mut self,
        database: &mut dyn Database,
        sql: &str,
        send: impl FnMut(&mut dyn Database) -> Result<()>,
    ) -> Result<()> {
        self.announce(sql)?;
        if self.transactional {
            self.pay_before(database, sql)?;
            return { send }(database);
        }
        let unlimited = database.wait_for_it(sql, &self.patience.caller)?;
        let sent = self.repeatedly(database, sql, send);
        if unlimited {
            database.limit_statements(&self.patience.limits)?;
        }
        sent
    }

    fn repeatedly(
        &self,
        database: &mut dyn Database,
        sql: &str,
        mut send: impl FnMut(&mut dyn Database) -> Result<()>,
    ) -> Result<()> {
        for attempt in 1.. {
            let since = Instant::now();
            let Err(error) = send(database) else { break };
            if !may_go_through_later(database, &error, since.elapsed(), &self.patience.limits) {
                return Err(error);
            }
            self.patience.wait(error.at_statement(sql), attempt, database, &self.observers, &self.revision)?;
        }
        Ok(())
    }
}

/// A connection that answers no more has another error to tell than that of asking it.
pub(super) fn may_go_through_later(
    database: &mut dyn Database,
    error: &Error,
    took: Duration,
    limits: &Limits,
) -> bool {
    let alone = database.transaction_depth().is_ok_and(|depth| depth == 0);
    alone && database.is_lock_refusal(error, took, limits).unwrap_or(false)
}
