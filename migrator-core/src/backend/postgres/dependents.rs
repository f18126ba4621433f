//! The name of a primary key. What names a column the server itself holds on to.

use super::catalog::{binds, with_table};
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Dependents};
use crate::error::Result;
use crate::name::TableName;

impl<C: Session> Dependents for C {
    fn primary_key_name(&mut self, table: &TableName) -> Result<Option<String>> {
        let sql = with_table(
            "SELECT k.conname FROM found JOIN pg_catalog.pg_constraint k ON k.conrelid = found.oid AND k.contype = 'p'",
        );
        Ok(self.query(&sql, &binds(table))?.first().map(|row| row.text(0)))
    }
}
