//! Foreign keys that are switched off while a migration runs.

use super::Stepper;
use crate::error::{Error, ErrorKind, Result};

impl Stepper<'_, '_> {
    pub(super) fn switch_foreign_keys(&mut self) -> Result<()> {
        if !self.foreign_keys_off {
            return Ok(());
        }
        self.broken_before = self.database().foreign_key_violations()?;
        self.database().enforce_foreign_keys(false)
    }

    pub(super) fn switch_foreign_keys_back(&mut self) -> Result<()> {
        if self.foreign_keys_off { self.restore_settings() } else { Ok(()) }
    }

    pub(super) fn refuse_broken_foreign_keys(&mut self) -> Result<()> {
        if !self.foreign_keys_off {
            return Ok(());
        }
        let mut broken = self.database().foreign_key_violations()?;
        broken.retain(|row| !self.broken_before.contains(row));
        if broken.is_empty() {
            return Ok(());
        }
        let message = format!("it leaves rows whose foreign key names nothing: {}", broken.join("; "));
        Err(Error::new(ErrorKind::IntegrityFailed, message).remedy("mend the rows in the migration"))
    }
}
