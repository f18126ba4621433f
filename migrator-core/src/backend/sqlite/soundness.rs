//! What SQLite knows of its own soundness.

use std::path::Path;

use diesel::sqlite::SqliteConnection;

use crate::connection::{Database, ServerInfo, Soundness};
use crate::error::Result;
use crate::name::TableName;
use crate::report::{Finding, FindingKind, Remedy};

impl Soundness for SqliteConnection {
    fn enforces_foreign_keys(&mut self) -> Result<bool> {
        Ok(self.query("PRAGMA foreign_keys", &[])?.first().is_some_and(|row| row.flag(0)))
    }

    fn damage(&mut self, _tables: &[TableName]) -> Result<Vec<Finding>> {
        let rows = self.query("PRAGMA integrity_check", &[])?;
        let told: Vec<String> = rows.iter().map(|row| row.text(0)).filter(|told| told != "ok").collect();
        let (of_indexes, others): (Vec<_>, Vec<_>) = told.into_iter().partition(|told| told.contains(" index "));
        let indexes = (!of_indexes.is_empty()).then(|| {
            Finding::new(FindingKind::Damage, of_indexes.join("\n"), Remedy::Sql("REINDEX".to_owned()))
                .advice("indexes do not fit their tables, whose rows they can be built from again")
        });
        Ok(indexes.into_iter().chain(others.into_iter().map(damaged)).collect())
    }

    fn access_remedy(&self, server: &ServerInfo) -> Remedy {
        if server.read_only_reason.as_deref().is_some_and(|reason| reason.contains("query_only")) {
            return Remedy::Sql("PRAGMA query_only = OFF".to_owned());
        }
        let folder = Path::new(&server.database).parent().unwrap_or(Path::new("."));
        let quoted = |path: &str| format!("'{}'", path.replace('\'', "'\\''"));
        Remedy::Hand(format!("chmod u+w {} {}", quoted(&server.database), quoted(&folder.to_string_lossy())))
    }
}

fn damaged(told: String) -> Finding {
    let remedy = "bring back a copy of the file from before, or save what can be read: sqlite3 FILE .recover";
    Finding::new(FindingKind::Damage, told, Remedy::Hand(remedy.to_owned()))
}
