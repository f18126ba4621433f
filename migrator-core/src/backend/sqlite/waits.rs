//! One writer at a time: a statement waits as long as `busy_timeout` says, and nobody tells for whom.

use std::time::Duration;

use diesel::sqlite::SqliteConnection;

use crate::backend::driver;
use crate::connection::{Limits, Waits};
use crate::error::{Error, Result};

impl Waits for SqliteConnection {
    fn is_lock_refusal(&mut self, error: &Error, _took: Duration, _limits: &Limits) -> Result<bool> {
        Ok(driver::is_busy::<Self>(error))
    }
}
