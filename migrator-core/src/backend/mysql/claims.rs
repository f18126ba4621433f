//! Claims by locks of the session, which end with it.
//!
//! `GET_LOCK` is of one server: of a claim that was made on another node of a cluster nobody knows here whether it stands.

use diesel::mysql::MysqlConnection;

use super::galera;
use super::renderer::MYSQL;
use crate::connection::{Claims, Database};
use crate::dialect::SqlRenderer;
use crate::error::Result;

impl Claims for MysqlConnection {
    fn claim(&mut self, name: &str) -> Result<Option<String>> {
        let server = server(self)?;
        Ok(take(self, name)?.then_some(server))
    }

    fn disclaim(&mut self, name: &str) -> Result<()> {
        self.batch(&format!("DO RELEASE_LOCK({})", lock(name)))
    }

    fn is_forsaken(&mut self, name: &str, claimant: &str) -> Result<bool> {
        Ok(server(self)? == claimant && take(self, name)?)
    }
}

/// Not twice by one session, though `GET_LOCK` would.
fn take(conn: &mut MysqlConnection, name: &str) -> Result<bool> {
    let lock = lock(name);
    let rows = conn.query(&format!("SELECT IF(IS_USED_LOCK({lock}) IS NULL, GET_LOCK({lock}, 0), 0)"), &[])?;
    Ok(rows.first().is_some_and(|row| row.optional_text(0).as_deref() == Some("1")))
}

fn lock(name: &str) -> String {
    MYSQL.text_literal(&format!("migrator:{name}"))
}

/// The node of a cluster; nothing where there is one server only.
fn server(conn: &mut MysqlConnection) -> Result<String> {
    if galera::is_node(conn)? { galera::id(conn) } else { Ok(String::new()) }
}
