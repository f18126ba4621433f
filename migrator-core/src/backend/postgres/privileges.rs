//! Who may read what.

use super::catalog;
use super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// Those who hold a privilege on the table and are not its owner; none stands for PUBLIC.
const GRANTEES: &str = "SELECT DISTINCT g.rolname FROM found JOIN pg_catalog.pg_class c ON c.oid = found.oid \
     CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee \
     WHERE a.grantee <> c.relowner ORDER BY 1";

/// ALTER DEFAULT PRIVILEGES may have opened a fresh table to others before anything stands in it.
pub(super) fn revoke_all(conn: &mut impl Session, table: &TableName) -> Result<()> {
    let target = Renderer.table(table);
    for grantee in grantees(conn, table)? {
        conn.batch(&format!("REVOKE ALL ON TABLE {target} FROM {grantee}"))?;
    }
    match grantees(conn, table)?.join(", ") {
        left if left.is_empty() => Ok(()),
        left => {
            let message = format!("privileges on the copy {table} could not be taken away from {left}");
            Err(Error::new(ErrorKind::Privilege, message).remedy("look at ALTER DEFAULT PRIVILEGES of this role"))
        }
    }
}

/// As REVOKE names them.
fn grantees(conn: &mut impl Session, table: &TableName) -> Result<Vec<String>> {
    let rows = conn.query(&catalog::with_table(GRANTEES), &catalog::binds(table))?;
    let named = |role: Option<String>| role.map_or_else(|| "PUBLIC".to_owned(), |role| Renderer.quote(&role));
    Ok(rows.iter().map(|row| named(row.optional_text(0))).collect())
}
