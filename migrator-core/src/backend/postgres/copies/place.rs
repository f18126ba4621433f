//! Where copies stand: in a schema of their own, or beside the original where that may not be made.

use crate::backend::postgres::session::Session;
use crate::connection::Database;
use crate::error::Result;

const SCHEMA: &str = "migrator_backup";

/// Whether the schema is there, and whether this role may create in it, or else make it.
const QUESTION: &str = "SELECT n.oid IS NOT NULL, CASE WHEN n.oid IS NULL \
     THEN has_database_privilege(current_database(), 'CREATE') ELSE has_schema_privilege(n.oid, 'CREATE') END \
     FROM (SELECT 1) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1";

pub(super) fn of_copies(conn: &mut impl Session) -> Result<Option<String>> {
    let rows = conn.query(QUESTION, &[SCHEMA.into()])?;
    let (there, may) = rows.first().map_or((false, false), |row| (row.flag(0), row.flag(1)));
    if !may {
        return Ok(None);
    }
    if !there {
        conn.batch(&format!("CREATE SCHEMA {SCHEMA}"))?;
    }
    Ok(Some(SCHEMA.to_owned()))
}
