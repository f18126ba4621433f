//! What PostgreSQL knows of its own soundness.

use super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Record, ServerInfo, Soundness};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;
use crate::report::{Finding, FindingKind, Remedy};

/// Indexes that no session is building now, and constraints; kind, schema (none for the current one), table, name.
const UNSOUND: &str = "SELECT 'index', nullif(n.nspname, current_schema()), t.relname, x.relname \
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace \
     WHERE NOT i.indisvalid AND x.relkind = 'i' AND n.nspname NOT LIKE 'pg~_%' ESCAPE '~' \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) \
     UNION ALL SELECT 'constraint', nullif(n.nspname, current_schema()), t.relname, c.conname \
     FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace WHERE NOT c.convalidated ORDER BY 1, 2, 3, 4";

impl<C: Session> Soundness for C {
    fn unsound(&mut self) -> Result<Vec<Finding>> {
        Ok(self.query(UNSOUND, &[])?.iter().map(unsound).collect())
    }

    fn enforces_foreign_keys(&mut self) -> Result<bool> {
        let sql = "SELECT CAST(current_setting('session_replication_role') <> 'replica' AS int)";
        Ok(self.query(sql, &[])?.first().is_some_and(|row| row.flag(0)))
    }

    fn access_remedy(&self, server: &ServerInfo) -> Remedy {
        let quoted = |name: &str| Renderer.quote(name);
        match server.read_only_reason.as_deref() {
            None => {
                let user = quoted(server.user.as_deref().unwrap_or_default());
                Remedy::Sql(format!("GRANT CREATE, USAGE ON SCHEMA public TO {user}"))
            }
            Some(reason) if reason.contains("default_transaction_read_only") => {
                let database = quoted(&server.database);
                Remedy::Sql(format!("ALTER DATABASE {database} RESET default_transaction_read_only"))
            }
            Some(reason) if reason.contains("standby") => Remedy::Hand("connect to the primary".to_owned()),
            Some(_) => Remedy::Hand("end the read-only transaction that the connection is in".to_owned()),
        }
    }
}

fn unsound(row: &Record) -> Finding {
    let qualified = |name: String| match row.optional_text(1) {
        Some(schema) => TableName::from((schema.as_str(), name.as_str())),
        None => TableName::from(name),
    };
    let (table, name) = (qualified(row.text(2)), row.text(3));
    if row.text(0) == "index" {
        let remedy = format!("REINDEX INDEX CONCURRENTLY {}", Renderer.table(&qualified(name.clone())));
        let what = format!("the index {name} of {table} is kept up and never used: its build broke off");
        return Finding::new(FindingKind::InvalidIndex, what, Remedy::Sql(remedy))
            .advice("if duplicates are named then, mend those rows first");
    }
    let what = format!("the constraint {name} of {table} was never checked against the rows that it found");
    let remedy = Renderer.check_constraint_now(&table, &name);
    Finding::new(FindingKind::UnvalidatedConstraint, what, Remedy::Sql(remedy))
        .advice("if a row is named then, mend that row first")
}
