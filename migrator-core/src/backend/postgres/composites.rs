//! Values that have parts: those of a composite type or of a table's rows, of a domain over one, and arrays of them.
//!
//! `ALTER TYPE .. DROP ATTRIBUTE` takes a part out of every such value, wherever it is kept, and locks the type alone; so
//! does the drop of a column where another table keeps rows of that one as values.

use super::watch::{IS_USERS, is_ours};
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Record};
use crate::error::Result;

/// As an expression: whether the values of the column `a` have parts.
pub(super) const HAS_PARTS: &str = "a.atttypid >= 16384 AND EXISTS (WITH RECURSIVE made_of (oid) AS (SELECT a.atttypid \
    UNION SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END FROM made_of m \
    JOIN pg_catalog.pg_type t ON t.oid = m.oid WHERE t.typtype = 'd' OR t.typcategory = 'A') \
    SELECT 1 FROM made_of m JOIN pg_catalog.pg_type t ON t.oid = m.oid WHERE t.typtype = 'c')";

/// As an expression: how many parts that are not NULL the values of a column have, parts of parts and elements of arrays
/// each counted.
pub(super) fn count_of_parts(column: &str) -> String {
    format!(
        "coalesce(sum((SELECT count(*) FROM jsonb_path_query(to_jsonb({column}), \
         'strict $.** ? (@.type() != \"object\" && @.type() != \"array\" && @.type() != \"null\")'))), 0)::int8"
    )
}

/// Users' tables that keep values of types of which this transaction has dropped a part: oid, schema, name, whether the
/// name alone finds it. Partitions are left out, for their root is among them.
pub(super) fn holders_of_less(conn: &mut impl Session) -> Result<Vec<Record>> {
    let sql = format!(
        "WITH RECURSIVE less (oid) AS (SELECT c.reltype FROM pg_catalog.pg_locks l \
         JOIN pg_catalog.pg_class c ON c.oid = l.relation WHERE l.locktype = 'relation' AND l.pid = pg_backend_pid() \
         AND l.granted AND l.mode = 'AccessExclusiveLock' AND l.relation >= 16384 AND c.reltype <> 0 \
         AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attisdropped AND {}) \
         UNION SELECT made.oid FROM less JOIN (\
         SELECT t.typelem AS of, t.oid FROM pg_catalog.pg_type t WHERE t.typcategory = 'A' \
         UNION ALL SELECT t.typbasetype, t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd' \
         UNION ALL SELECT a.atttypid, c.reltype FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         WHERE a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.reltype <> 0) made ON made.of = less.oid) \
         SELECT DISTINCT c.oid::text, n.nspname, c.relname, pg_table_is_visible(c.oid) FROM less \
         JOIN pg_catalog.pg_attribute a ON a.atttypid = less.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE {IS_USERS} AND NOT c.relispartition",
        is_ours("a")
    );
    conn.query(&sql, &[])
}
