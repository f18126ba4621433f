//! What a migration may leave in its session or half built, and how it is taken away.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::name::TableName;

/// Temporary tables, which would hide others from the next migration, and indexes whose build broke off.
#[doc(hidden)]
pub trait Leftovers {
    /// The temporary tables of this session, where the database can list them.
    fn temporary_tables(&mut self) -> Result<BTreeSet<String>> {
        Ok(BTreeSet::new())
    }

    /// Whether it can.
    fn lists_temporary(&self) -> bool {
        true
    }

    /// Drops a temporary table of this session, if it is there; no other of that name.
    fn drop_temporary(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }

    /// The index that a statement is to build, where one of that name is there whose build broke off, and how it is dropped.
    fn broken_build(&mut self, _sql: &str) -> Result<Option<(TableName, String)>> {
        Ok(None)
    }
}
