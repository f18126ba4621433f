//! Temporary tables.

use std::collections::BTreeSet;

use diesel::sqlite::SqliteConnection;

use super::renderer::Renderer;
use crate::connection::{Database, Leftovers};
use crate::dialect::SqlRenderer;
use crate::error::Result;

impl Leftovers for SqliteConnection {
    /// The schema in memory is asked first, which walks through no trigger; SQLite before 3.37 has the table of it only.
    fn temporary_tables(&mut self) -> Result<BTreeSet<String>> {
        let mut rows = self.query("PRAGMA temp.table_list", &[])?;
        rows.retain(|row| row.as_text(2) != "view");
        let mut names: BTreeSet<String> = rows.iter().map(|row| row.text(1)).collect();
        if names.is_empty() {
            let rows = self.query("SELECT name FROM sqlite_temp_master WHERE type = 'table'", &[])?;
            names = rows.iter().map(|row| row.text(0)).collect();
        }
        names.retain(|name| !name.starts_with("sqlite_") && !name.starts_with("__migrator_"));
        Ok(names)
    }

    fn drop_temporary(&mut self, name: &str) -> Result<()> {
        self.batch(&format!("DROP TABLE IF EXISTS temp.{}", Renderer.quote(name)))
    }
}
