//! How long statements wait for locks of the database's own, and who makes them wait.

use std::thread;
use std::time::{Duration, Instant};

use super::{Database, Settings};
use crate::error::{Error, Failure, Result};

/// How long a statement may wait, and how long it may take; a session that is stricter stays so.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a lock.
    pub lock: Duration,
    /// As a whole.
    pub statement: Option<Duration>,
    /// How long whoever holds the migration lock may be silent, where others do not see whether its session lives.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lock: Duration::from_secs(5), statement: None, silence: Duration::from_secs(60) }
    }
}

/// How many locks there is room for.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In all sessions together.
    pub locks: u64,
    /// For each unit of the setting that decides it.
    pub per_unit: u64,
}

/// What a run asks of a database's own locks. A database that has no limits to set has the answers here.
#[doc(hidden)]
pub trait Waits {
    /// Limits the statements of this session from here on, where it is not stricter by itself, and says whether that
    /// changed a setting.
    fn limit_statements(&mut self, _limits: &Limits) -> Result<bool> {
        Ok(false)
    }

    /// Whether the transaction of a migration has limits of its own, which end with it.
    fn limits_transactions(&self) -> bool {
        false
    }

    /// Has no limit for this one statement but what the caller's session had, when waiting for its locks holds nobody
    /// up; says whether that was so.
    fn wait_for_it(&mut self, _sql: &str, _caller: &Settings) -> Result<bool> {
        Ok(false)
    }

    /// Whether an error of this session means that somebody else held a lock. Asked when no transaction is open.
    fn is_lock_refusal(&mut self, error: &Error, _took: Duration, _limits: &Limits) -> Result<bool> {
        Ok(error.failure() == Failure::Busy)
    }

    /// Whether others' work broke off a read that has nothing to lose: it is to be made again.
    fn is_broken_off(&mut self, _error: &Error) -> Result<bool> {
        Ok(false)
    }

    /// How many locks a transaction can hold, and the setting that decides it, where there is an end to them.
    fn room_for_locks(&mut self) -> Result<Option<(Room, &'static str)>> {
        Ok(None)
    }

    /// Who holds locks on what a statement names, in words: session, program, since when, what it sent last.
    fn blockers(&mut self, _sql: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// For how long a read that was broken off is made again, and the pause before each time.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// Reads, again where others' work broke it off.
pub(crate) fn unbroken<T>(
    database: &mut dyn Database,
    mut read: impl FnMut(&mut dyn Database) -> Result<T>,
) -> Result<T> {
    let since = Instant::now();
    loop {
        match read(database) {
            Err(error) if since.elapsed() < PATIENCE && database.is_broken_off(&error)? => thread::sleep(PAUSE),
            answer => return answer,
        }
    }
}

/// The same; where a sibling's commit locks even readers out, waits a moment for it.
pub(crate) fn patiently<T>(
    database: &mut dyn Database,
    mut read: impl FnMut(&mut dyn Database) -> Result<T>,
) -> Result<T> {
    match unbroken(database, &mut read) {
        Err(error) if error.failure() == Failure::Busy => {
            let Some(before) = database.grow_patient()? else { return Err(error) };
            let answer = read(database);
            database.be_patient_as(Some(before))?;
            answer
        }
        answer => answer,
    }
}

impl Limits {
    /// Whole milliseconds, for a limit of 0 would be none.
    pub(crate) fn milliseconds(duration: Duration) -> u128 {
        duration.as_millis().max(1)
    }
}
