//! Foreign keys that are switched off while a migration runs.

use super::Stepper;
use crate::connection::Violations;
use crate::error::Result;

impl Stepper<'_, '_> {
    pub(super) fn switch_foreign_keys(&mut self) -> Result<()> {
        if !self.foreign_keys_off {
            return Ok(());
        }
        self.violations = Violations::standing(self.database())?;
        self.database().enforce_foreign_keys(false)
    }

    pub(super) fn switch_foreign_keys_back(&mut self) -> Result<()> {
        if self.foreign_keys_off { self.restore_settings() } else { Ok(()) }
    }

    pub(super) fn refuse_broken_foreign_keys(&mut self) -> Result<()> {
        if !self.foreign_keys_off {
            return Ok(());
        }
        let sound = self.violations.refuse_more(self.run.conn.database());
        sound.map_err(|error| error.remedy("mend the rows in the migration"))
    }
}
