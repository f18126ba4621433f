//! The session's lock can be lost: by a new session under the same connection, or by a migration that gives it back.

use diesel::mysql::MysqlConnection;

use super::lock;
use crate::connection::{Database, Fence};
use crate::error::{Error, ErrorKind, Result};

/// So many warnings are looked at.
const TOLD: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

impl Fence for MysqlConnection {
    fn refusing_without_lock(&self) -> Option<&'static str> {
        Some(lock::REFUSING_WITHOUT)
    }

    /// There is no way to say a word of one's own that both products have.
    fn has_lost_lock(&mut self, _error: &Error) -> Result<bool> {
        lock::is_lost(self)
    }

    fn lock_holder(&mut self) -> Result<Option<String>> {
        lock::holder(self)
    }

    /// Out of range, cut off, of another type: what strict mode refuses, and IGNORE lets through with a warning. A row that
    /// is left out as a duplicate is what IGNORE is for.
    fn changed_values(&mut self) -> Result<Vec<String>> {
        const CODES: [&str; 6] = ["1048", "1264", "1265", "1292", "1366", "1406"];
        // SHOW WARNINGS cannot be prepared, and any other question would clear what it asks for.
        let diagnostics = |n: &usize| {
            format!("GET DIAGNOSTICS CONDITION {n} @migrator_code_{n} = MYSQL_ERRNO, @migrator_text_{n} = MESSAGE_TEXT")
        };
        self.batch(&TOLD.map(|n| diagnostics(&n)).join("; "))?;
        let told = TOLD.map(|n| format!("SELECT @migrator_code_{n}, @migrator_text_{n}")).join(" UNION ALL ");
        let warnings = self.query(&told, &[])?;
        self.batch(&TOLD.map(|n| format!("SET @migrator_code_{n} = NULL, @migrator_text_{n} = NULL")).join("; "))?;
        let about_data = warnings.iter().filter(|row| CODES.contains(&row.text(0).as_str()));
        Ok(about_data.map(|row| row.text(1)).collect())
    }

    fn hold_open(&mut self) -> Result<()> {
        self.batch("SAVEPOINT __migrator_open")
    }

    /// Savepoints end with their transaction.
    fn is_held_open(&mut self) -> Result<bool> {
        match self.batch("RELEASE SAVEPOINT __migrator_open") {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Connection => Err(error),
            Err(_) => Ok(false),
        }
    }

    fn end_what_is_open(&mut self) -> Result<()> {
        self.batch("ROLLBACK; UNLOCK TABLES")
    }
}
