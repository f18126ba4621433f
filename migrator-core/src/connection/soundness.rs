//! What a verification asks of a database.

use super::ServerInfo;
use crate::error::Result;
use crate::name::TableName;
use crate::report::{Finding, Remedy};

/// What a verification asks of a database; each product knows other things of itself.
#[doc(hidden)]
pub trait Soundness {
    /// What the catalogue knows to be unsound, in one query: indexes whose build broke off, constraints never checked.
    fn unsound(&mut self) -> Result<Vec<Finding>> {
        Ok(Vec::new())
    }

    /// Whether the statements of this session are held to foreign keys.
    fn enforces_foreign_keys(&mut self) -> Result<bool>;

    /// What the database's own check of its files finds.
    fn damage(&mut self, _tables: &[TableName]) -> Result<Vec<Finding>> {
        Ok(Vec::new())
    }

    /// What lets the session write, or create tables.
    fn access_remedy(&self, server: &ServerInfo) -> Remedy;
}
