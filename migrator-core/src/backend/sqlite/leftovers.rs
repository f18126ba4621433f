//! Temporary tables.

use std::collections::BTreeSet;

use diesel::sqlite::SqliteConnection;

use super::renderer::Renderer;
use crate::connection::{Database, Leftovers};
use crate::dialect::SqlRenderer;
use crate::error::Result;

impl Leftovers for SqliteConnection {
    fn temporary_tables(&mut self) -> Result<BTreeSet<String>> {
        let sql = "SELECT name FROM sqlite_temp_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' \
                   AND name NOT LIKE '~_~_migrator~_%' ESCAPE '~'";
        Ok(self.query(sql, &[])?.iter().map(|row| row.text(0)).collect())
    }

    fn drop_temporary(&mut self, name: &str) -> Result<()> {
        self.batch(&format!("DROP TABLE IF EXISTS temp.{}", Renderer.quote(name)))
    }
}
