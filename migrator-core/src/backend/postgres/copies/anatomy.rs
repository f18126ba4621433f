//! What the catalogue says of a table, as statements that make it again.

use super::super::catalog;
use super::super::renderer::Renderer;
use super::parts::PARTS;
use super::pinned;
use crate::backend::postgres::session::Session;
use crate::connection::copies::{Anatomy, KeptColumn, Part};
use crate::connection::{Database, Record};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// Columns with values of their own. A type or a collation outside `pg_catalog` may be dropped: a copy keeps such a value
/// as text, in the database's own collation.
const COLUMNS: &str = "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '', \
     t.typnamespace <> 'pg_catalog'::regnamespace, o.oid IS NOT NULL AND o.collnamespace <> 'pg_catalog'::regnamespace \
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_catalog.pg_collation o ON o.oid = nullif(a.attcollation, 0) \
     WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const KEY: &str = "SELECT a.attname FROM pg_catalog.pg_index i \
     CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS key (number, place) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number \
     WHERE i.indrelid = $1::oid AND i.indisprimary AND key.place <= i.indnkeyatts ORDER BY key.place";

/// Names are printed with their schemas: the search path is pinned.
pub(super) fn dissect(conn: &mut impl Session, table: &TableName) -> Result<Anatomy> {
    let Some(full) = catalog::locate(conn, table)? else {
        return Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there")));
    };
    pinned::pinned(conn, |conn| {
        let oid = conn.query("SELECT to_regclass($1)::oid", &[Renderer.table(&full).into()])?;
        let oid = oid.first().map_or(0, |row| row.integer(0));
        let columns = conn.query(COLUMNS, &[oid.into()])?;
        let key = conn.query(KEY, &[oid.into()])?;
        let mut parts = Vec::new();
        for (kind, query) in PARTS {
            parts.extend(conn.query(query, &[oid.into()])?.iter().map(|row| part(kind, row)));
        }
        Ok(Anatomy {
            table: full,
            columns: columns.iter().filter(|row| !row.flag(2)).map(kept_column).collect(),
            key: key.iter().map(|row| row.text(0)).collect(),
            parts,
        })
    })
}

fn part(kind: &str, row: &Record) -> Part {
    Part { undo: row.text(2), ..Part::new(kind, row.text(0), row.text(1)) }
}

fn kept_column(row: &Record) -> KeptColumn {
    let sql_type = row.text(1);
    let kept_type = match (row.flag(3), row.flag(4)) {
        (true, _) => "text".to_owned(),
        (false, true) => format!("{sql_type} COLLATE \"default\""),
        (false, false) => sql_type.clone(),
    };
    KeptColumn { name: row.text(0), sql_type, kept_type }
}
