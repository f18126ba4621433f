//! A transaction that was ended and another one begun in its place look alike: a savepoint tells them apart.

use diesel::sqlite::SqliteConnection;

use super::whole;
use crate::connection::{Database, Fence};
use crate::error::Result;

const MARK: &str = "migrator_mark";

impl Fence for SqliteConnection {
    fn commits_of_others(&mut self) -> Result<Option<i64>> {
        whole::data_version(self).map(Some)
    }

    fn writes_alone(&self) -> bool {
        true
    }

    fn mark_transaction(&mut self) -> Result<String> {
        self.batch(&format!("SAVEPOINT {MARK}")).map(|()| MARK.to_owned())
    }

    /// Without a transaction there is nothing to end, and ROLLBACK is refused.
    fn end_what_is_open(&mut self) -> Result<()> {
        self.batch("ROLLBACK").ok();
        Ok(())
    }
}

/// Whether the transaction that was marked is no longer the one that is open; one is open afterwards in any case.
pub(super) fn has_lost_transaction(conn: &mut SqliteConnection) -> bool {
    if conn.batch(&format!("RELEASE {MARK}")).is_ok() {
        return false;
    }
    // Refused inside a transaction.
    conn.batch("BEGIN").ok();
    true
}
