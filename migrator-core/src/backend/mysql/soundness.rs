//! What MySQL and MariaDB know of their own soundness.

use diesel::mysql::MysqlConnection;

use super::renderer::MARIADB;
use crate::connection::{Database, Record, ServerInfo, Soundness};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;
use crate::report::{Finding, FindingKind, Remedy};

impl Soundness for MysqlConnection {
    fn enforces_foreign_keys(&mut self) -> Result<bool> {
        Ok(self.query("SELECT @@foreign_key_checks", &[])?.first().is_some_and(|row| row.flag(0)))
    }

    /// CHECK TABLE gives a row for each thing it has to say, and at the end of a table one that says how it is.
    fn damage(&mut self, tables: &[TableName]) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for table in tables {
            let name = MARIADB.table(table);
            let rows = self.query(&format!("CHECK TABLE {name}"), &[])?;
            let bad: Vec<String> = rows.iter().filter(|row| is_bad(row)).map(|row| row.text(3)).collect();
            if !bad.is_empty() {
                let what = format!("{table}: {}", bad.join("; "));
                let remedy = match engine(self, table)?.as_str() {
                    "InnoDB" => format!("ALTER TABLE {name} FORCE"),
                    _ => format!("REPAIR TABLE {name}"),
                };
                findings.push(
                    Finding::new(FindingKind::Damage, what, Remedy::Sql(remedy)).advice(
                        "builds the table and its indexes again from the rows that can be read: back it up first",
                    ),
                );
            }
        }
        Ok(findings)
    }

    fn access_remedy(&self, server: &ServerInfo) -> Remedy {
        match server.read_only_reason.as_deref() {
            None => Remedy::Sql(format!(
                "GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE ON {}.* TO {}",
                MARIADB.quote(&server.database),
                account(server.user.as_deref().unwrap_or_default()),
            )),
            Some(reason) if reason.contains("@@read_only") => {
                Remedy::Hand("connect to the primary; if this is it: SET GLOBAL read_only = 0".to_owned())
            }
            Some(_) => Remedy::Hand("connect to the primary, or to a session that may write".to_owned()),
        }
    }
}

fn engine(conn: &mut MysqlConnection, table: &TableName) -> Result<String> {
    let sql = "SELECT engine FROM information_schema.tables \
               WHERE table_schema = coalesce(?, DATABASE()) AND table_name = ?";
    let rows = conn.query(sql, &[table.schema().into(), table.name().into()])?;
    Ok(rows.first().map(|row| row.text(0)).unwrap_or_default())
}

fn is_bad(row: &Record) -> bool {
    let (kind, text) = (row.text(2), row.text(3));
    matches!(kind.as_str(), "error" | "Error" | "warning")
        || (kind == "status" && text != "OK" && !text.contains("up to date"))
}

/// `user@host` as GRANT wants it.
fn account(user: &str) -> String {
    let quoted = |part: &str| format!("'{}'", part.replace('\'', "''"));
    match user.rsplit_once('@') {
        Some((name, host)) => format!("{}@{}", quoted(name), quoted(host)),
        None => quoted(user),
    }
}
