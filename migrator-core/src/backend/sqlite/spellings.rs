//! SQLite's own spelling of types and defaults, by a table in memory.

use diesel::Connection;
use diesel::sqlite::SqliteConnection;

use super::renderer::Renderer;
use crate::connection::{Database, Scope, Spellings};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::operation::ColumnDef;
use crate::schema::Column;

const PROBE: &str = "probe";

impl Spellings for SqliteConnection {
    fn spelled(&mut self, columns: &[ColumnDef]) -> Result<Option<Vec<Column>>> {
        let Ok(mut memory) = Self::establish(":memory:") else { return Ok(None) };
        let columns: Vec<_> = columns.iter().map(|column| Renderer.column(&column.bare())).collect();
        let made = memory.batch(&format!("CREATE TABLE {PROBE} ({})", columns.join(", ")));
        let found = made.and_then(|()| memory.inspect(Scope::Tables(&[PROBE.into()])));
        Ok(found.ok().map(|found| found.tables.into_values().flat_map(|table| table.columns).collect()))
    }
}
