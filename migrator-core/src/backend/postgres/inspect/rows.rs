//! The four catalog queries and the rows they give, as the catalog has them.

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Bool, CChar, Nullable, Oid, SmallInt, Text};
use diesel::{Queryable, RunQueryDsl};

use crate::backend::driver::refused;
use crate::backend::postgres::catalog::{IS_TABLE, relation};
use crate::connection::Scope;
use crate::error::Result;

#[derive(Queryable)]
pub(super) struct TableRow {
    pub(super) oid: u32,
    /// None for the current schema; in a scope of names, as it was asked for.
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) unlogged: bool,
    pub(super) row_security: bool,
    pub(super) partition_key: Option<String>,
    pub(super) bound: Option<String>,
    pub(super) parents: Option<String>,
    pub(super) parameters: Option<String>,
    pub(super) comment: Option<String>,
}

type TableTypes = (
    Oid,
    Nullable<Text>,
    Text,
    Bool,
    Bool,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
);

const TABLE_FACTS: &str = "c.relpersistence = 'u', c.relrowsecurity, \
     CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, \
     CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, \
     h.parents, array_to_string(c.reloptions, ', '), t.description";

const TABLE_SOURCES: &str = "LEFT JOIN pg_catalog.pg_description t \
     ON t.classoid = 'pg_catalog.pg_class'::regclass AND t.objoid = c.oid AND t.objsubid = 0 \
     LEFT JOIN (SELECT inhrelid, string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) AS parents \
     FROM pg_catalog.pg_inherits GROUP BY inhrelid) h ON h.inhrelid = c.oid";

/// Not the server's own, not backups, not an extension's, not the tables that books are kept in.
const OURS: &str = "c.relpersistence <> 't' \
     AND n.nspname NOT LIKE 'pg~_%' ESCAPE '~' AND n.nspname NOT IN ('information_schema', 'migrator_backup') \
     AND c.relname <> '__diesel_schema_migrations' AND c.relname NOT LIKE '~_~_migrator~_%' ESCAPE '~' \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

pub(super) fn tables(conn: &mut PgConnection, scope: Scope<'_>) -> Result<Vec<TableRow>> {
    match scope {
        Scope::All => {
            let query = format!(
                "SELECT c.oid, nullif(n.nspname, current_schema()), c.relname, {TABLE_FACTS} FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {TABLE_SOURCES} WHERE {IS_TABLE} AND {OURS}"
            );
            sql::<TableTypes>(&query).load(conn).map_err(|error| refused::<PgConnection>(error, &query))
        }
        Scope::Tables(names) => {
            let (schemas, names): (Vec<_>, Vec<_>) = names.iter().map(|name| (name.schema(), name.name())).unzip();
            let found = relation("asked.schema", "asked.name");
            let query = format!(
                ") AS asked (schema, name) JOIN LATERAL ({found}) found ON true \
                 JOIN pg_catalog.pg_class c ON c.oid = found.oid {TABLE_SOURCES} WHERE {IS_TABLE}"
            );
            sql::<TableTypes>(&format!("SELECT c.oid, asked.schema, asked.name, {TABLE_FACTS} FROM unnest("))
                .bind::<Array<Nullable<Text>>, _>(schemas)
                .sql(", ")
                .bind::<Array<Text>, _>(names)
                .sql(&query)
                .load(conn)
                .map_err(|error| refused::<PgConnection>(error, &query))
        }
    }
}

#[derive(Queryable)]
pub(super) struct ColumnRow {
    pub(super) table: u32,
    pub(super) number: i16,
    pub(super) name: String,
    pub(super) sql_type: String,
    pub(super) not_null: bool,
    pub(super) identity: bool,
    pub(super) generated: bool,
    pub(super) expression: Option<String>,
    pub(super) collation: Option<String>,
    pub(super) comment: Option<String>,
}

type ColumnTypes = (Oid, SmallInt, Text, Text, Bool, Bool, Bool, Nullable<Text>, Nullable<Text>, Nullable<Text>);

/// 0 and 100 are no collation and the database's; a type may have one of its own.
const COLUMNS: &str = "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
     a.attidentity <> '', a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid), \
     CASE WHEN a.attcollation NOT IN (0, 100) THEN (SELECT o.collname FROM pg_catalog.pg_type y \
     JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation \
     WHERE y.oid = a.atttypid AND y.typcollation <> a.attcollation) END, t.description \
     FROM pg_catalog.pg_attribute a \
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     LEFT JOIN pg_catalog.pg_description t \
     ON t.classoid = 'pg_catalog.pg_class'::regclass AND t.objoid = a.attrelid AND t.objsubid = a.attnum \
     WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY (";

/// Hands the rows on one by one: they are many.
pub(super) fn columns(conn: &mut PgConnection, tables: &[u32], mut take: impl FnMut(ColumnRow)) -> Result<()> {
    let query = sql::<ColumnTypes>(COLUMNS).bind::<Array<Oid>, _>(tables).sql(")");
    let loaded = query.load_iter::<ColumnRow, DefaultLoadingMode>(conn);
    loaded
        .and_then(|mut rows| rows.try_for_each(|row| row.map(&mut take)))
        .map_err(|error| refused::<PgConnection>(error, COLUMNS))
}

#[derive(Queryable)]
pub(super) struct ConstraintRow {
    pub(super) table: u32,
    /// The letters of `pg_constraint.contype`.
    pub(super) kind: u8,
    pub(super) name: String,
    pub(super) columns: Option<Vec<i16>>,
    pub(super) referenced_schema: Option<String>,
    pub(super) referenced: Option<String>,
    pub(super) referenced_columns: Option<Vec<String>>,
    pub(super) on_delete: u8,
    pub(super) on_update: u8,
    pub(super) expression: Option<String>,
}

type ConstraintTypes = (
    Oid,
    CChar,
    Text,
    Nullable<Array<SmallInt>>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Array<Text>>,
    CChar,
    CChar,
    Nullable<Text>,
);

/// An exclusion stands among the checks, as the constraint that it is. NOT NULL ones (PostgreSQL 18) stand with their
/// columns. Where a partitioned table is referenced, PostgreSQL keeps a copy of the key for each partition: left out.
const CONSTRAINTS: &str = "SELECT k.conrelid, k.contype, k.conname, k.conkey, \
     nullif(rn.nspname, current_schema()), r.relname, \
     CASE WHEN k.contype = 'f' THEN ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS key (number, place) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = key.number ORDER BY key.place) END, \
     k.confdeltype, k.confupdtype, CASE k.contype \
     WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid, true) || CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END \
     WHEN 'x' THEN pg_get_constraintdef(k.oid, true) END \
     FROM pg_catalog.pg_constraint k \
     LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid \
     LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace \
     LEFT JOIN pg_catalog.pg_constraint parent ON parent.oid = nullif(k.conparentid, 0) \
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND parent.conrelid IS DISTINCT FROM k.conrelid \
     AND k.conrelid = ANY (";

pub(super) fn constraints(conn: &mut PgConnection, tables: &[u32]) -> Result<Vec<ConstraintRow>> {
    let query = sql::<ConstraintTypes>(CONSTRAINTS).bind::<Array<Oid>, _>(tables).sql(")");
    query.load(conn).map_err(|error| refused::<PgConnection>(error, CONSTRAINTS))
}

#[derive(Queryable)]
pub(super) struct IndexRow {
    pub(super) table: u32,
    pub(super) name: String,
    pub(super) unique: bool,
    pub(super) valid: bool,
    pub(super) columns: Vec<i16>,
    /// Where a key is more than a column: every key as text.
    pub(super) keys: Option<Vec<String>>,
    pub(super) filter: Option<String>,
    pub(super) method: Option<String>,
}

type IndexTypes = (Oid, Text, Bool, Bool, Array<SmallInt>, Nullable<Array<Text>>, Nullable<Text>, Nullable<Text>);

/// Most indexes are columns and nothing else; the text of the keys, which is dear, is made for the others only: those
/// with expressions, an order, included columns, operator classes or collations that are not the usual ones.
const INDEXES: &str = "SELECT i.indrelid, x.relname, i.indisunique, i.indisvalid, i.indkey::int2[], \
     CASE WHEN i.indexprs IS NULL AND i.indnkeyatts = i.indnatts AND 0 = ALL (i.indoption::int2[]) \
     AND i.indcollation::oid[] <@ '{0,100}'::oid[] \
     AND NOT i.indclass::oid[] && ARRAY(SELECT oid FROM pg_catalog.pg_opclass WHERE NOT opcdefault) \
     THEN NULL ELSE ARRAY( \
     SELECT concat(CASE WHEN key >= i.indnkeyatts THEN 'INCLUDE ' END, \
     coalesce(a.attname, pg_get_indexdef(i.indexrelid, key + 1, true)), \
     ' COLLATE ' || o.collname, ' ' || p.opcname, \
     (ARRAY[' DESC NULLS LAST', ' NULLS FIRST', ' DESC'])[i.indoption[key]]) \
     FROM generate_series(0, i.indnatts - 1) AS key \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = nullif(i.indkey[key], 0) \
     LEFT JOIN pg_catalog.pg_opclass p ON p.oid = i.indclass[key] AND NOT p.opcdefault \
     LEFT JOIN pg_catalog.pg_collation o ON o.oid = nullif(i.indcollation[key], coalesce(a.attcollation, 100)) \
     ORDER BY key) END, \
     pg_get_expr(i.indpred, i.indrelid, true), nullif(m.amname, 'btree') \
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
     JOIN pg_catalog.pg_am m ON m.oid = x.relam \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k \
     WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')) \
     AND i.indrelid = ANY (";

/// Those that back a constraint left out.
pub(super) fn indexes(conn: &mut PgConnection, tables: &[u32]) -> Result<Vec<IndexRow>> {
    let query = sql::<IndexTypes>(INDEXES).bind::<Array<Oid>, _>(tables).sql(")");
    query.load(conn).map_err(|error| refused::<PgConnection>(error, INDEXES))
}
