//! Definitions beside the tables take part in transactions here, but for an index that is dropped concurrently.

use crate::backend::postgres::session::Session;
use crate::connection::{Books, Claims, Database as _, Definitions, Rebuilds};
use crate::error::Result;
use crate::name::TableName;

/// Valid or not: one that is half dropped is dropped once more.
const INDEX: &str = "\
    SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('i', 'I') AND c.relname = $1 \
    AND CASE WHEN $2 = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END";

impl<C: Session> Definitions for C {
    fn definitions(&mut self, names: &[TableName]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for name in names {
            let rows = self.query(INDEX, &[name.name().into(), name.schema().unwrap_or_default().into()])?;
            found.extend(rows.iter().map(|row| format!("index {}", row.text(0))));
        }
        Ok(found)
    }
}

impl<C: Session> Books for C {}

impl<C: Session> Claims for C {}

/// Nothing is lacking that a rebuild would make.
impl<C: Session> Rebuilds for C {}
