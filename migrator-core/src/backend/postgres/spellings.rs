//! The server's own spelling of types and defaults, by a temporary table that is rolled back.

use super::inspect;
use super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Spellings};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::operation::ColumnDef;
use crate::schema::Column;

const PROBE: &str = "__migrator_probe";

impl<C: Session> Spellings for C {
    fn spelled(&mut self, columns: &[ColumnDef]) -> Result<Option<Vec<Column>>> {
        self.begin()?;
        let told = told(self, columns);
        self.rollback()?;
        Ok(told.ok())
    }
}

fn told(conn: &mut impl Session, columns: &[ColumnDef]) -> Result<Vec<Column>> {
    let columns: Vec<_> = columns.iter().map(|column| Renderer.column(&column.bare())).collect();
    conn.batch(&format!("CREATE TEMPORARY TABLE {PROBE} ({})", columns.join(", ")))?;
    let oid = conn.query(&format!("SELECT 'pg_temp.{PROBE}'::regclass::oid"), &[])?;
    let oid = oid.first().and_then(|row| u32::try_from(row.integer(0)).ok()).unwrap_or_default();
    inspect::columns_of(conn, oid)
}
