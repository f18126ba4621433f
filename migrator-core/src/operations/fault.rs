//! A failure that a test puts into a migration, at each of its statements in turn.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};

/// Lets each statement fail once, one in each attempt, instead of being sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(Arc<Mutex<Struck>>);

#[derive(Debug, Default)]
struct Struck {
    before: BTreeSet<String>,
    now: bool,
}

impl Fault {
    /// The failure of this statement, the first time that it is reached.
    pub(crate) fn strike(&self, sql: &str) -> Result<()> {
        let mut struck = self.struck();
        if !struck.before.insert(sql.to_owned()) {
            return Ok(());
        }
        struck.now = true;
        Err(Error::new(ErrorKind::Database, "a failure that a test put here").at_statement(sql))
    }

    fn struck(&self) -> MutexGuard<'_, Struck> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "testing")]
impl Fault {
    /// Whether it has struck since it was asked last.
    pub(crate) fn take_struck(&self) -> bool {
        std::mem::take(&mut self.struck().now)
    }
}

#[cfg(feature = "testing")]
impl super::Operations<'_> {
    /// From here on statements of this migration fail as the fault wants it.
    pub(crate) fn let_fail(&mut self, fault: &Fault) {
        self.context.fault = Some(fault.clone());
    }
}
