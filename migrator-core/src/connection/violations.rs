//! Rows whose foreign key names nothing, where a change may leave them because enforcement is switched off meanwhile.

use super::Database;
use crate::error::{Error, ErrorKind, Result};

/// The rows that broke a foreign key before a change: those that do so afterwards and are not among them are its doing.
#[derive(Default)]
pub(crate) struct Violations(Vec<String>);

impl Violations {
    pub(crate) fn standing(database: &mut dyn Database) -> Result<Self> {
        database.foreign_key_violations().map(Self)
    }

    /// What has come since is `IntegrityFailed`.
    pub(crate) fn refuse_more(&self, database: &mut dyn Database) -> Result<()> {
        let mut broken = database.foreign_key_violations()?;
        broken.retain(|row| !self.0.contains(row));
        if broken.is_empty() {
            return Ok(());
        }
        let rows = broken.join("; ");
        Err(Error::new(
            ErrorKind::IntegrityFailed,
            format!("rows would be left whose foreign key names nothing: {rows}"),
        ))
    }
}
