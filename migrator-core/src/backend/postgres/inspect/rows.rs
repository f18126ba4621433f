//! The four catalog queries and the rows they give, as the catalog has them.
//!
//! None has a subquery for each row: the planner would think it dear enough to compile the whole query (`jit`), which
//! takes it longer than to run it.

use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::Pg;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{Array, BigInt, Bool, CChar, Nullable, Oid, SmallInt, Text};
use diesel::{RunQueryDsl, sql_query};

use crate::backend::driver::refused;
use crate::backend::postgres::catalog::{IS_TABLE, relation};
use crate::backend::postgres::session::Session;
use crate::connection::Scope;
use crate::error::Result;

/// The fields of a row from left to right.
struct Fields<'r, R> {
    row: &'r R,
    position: usize,
}

impl<'a, R: NamedRow<'a, Pg>> Fields<'_, R> {
    fn next<T: FromSql<Type, Pg>, Type>(&mut self) -> deserialize::Result<T> {
        let field = Row::get(self.row, self.position).ok_or("the row is too short")?;
        self.position += 1;
        T::from_nullable_sql(field.value())
    }
}

/// A struct and how it is read: each field with the SQL type that it comes in.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $rust:ty = $sql:ty,)* }) => {
        $(#[$doc])*
        pub(super) struct $name {
            $($(#[$field_doc])* pub(super) $field: $rust,)*
        }

        impl QueryableByName<Pg> for $name {
            fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
                let mut fields = Fields { row, position: 0 };
                Ok(Self { $($field: fields.next::<$rust, $sql>()?,)* })
            }
        }
    };
}

row!(TableRow {
    oid: u32 = Oid,
    /// None for the current schema; in a scope of names, as it was asked for.
    schema: Option<String> = Nullable<Text>,
    name: String = Text,
    unlogged: bool = Bool,
    row_security: bool = Bool,
    partition_key: Option<String> = Nullable<Text>,
    bound: Option<String> = Nullable<Text>,
    parents: Option<String> = Nullable<Text>,
    parameters: Option<String> = Nullable<Text>,
    comment: Option<String> = Nullable<Text>,
});

const TABLE_FACTS: &str = "c.relpersistence = 'u', c.relrowsecurity, \
     CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, \
     CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, \
     h.parents, array_to_string(c.reloptions, ', '), t.description";

const TABLE_SOURCES: &str = "LEFT JOIN pg_catalog.pg_description t \
     ON t.classoid = 'pg_catalog.pg_class'::regclass AND t.objoid = c.oid AND t.objsubid = 0 \
     LEFT JOIN (SELECT inhrelid, string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) AS parents \
     FROM pg_catalog.pg_inherits GROUP BY inhrelid) h ON h.inhrelid = c.oid";

/// Not the server's own, not backups, not the tables that books are kept in, not an extension's.
const OURS: &str = "c.relpersistence <> 't' \
     AND n.nspname NOT LIKE 'pg~_%' ESCAPE '~' AND n.nspname NOT IN ('information_schema', 'migrator_backup') \
     AND c.relname <> '__diesel_schema_migrations' AND c.relname NOT LIKE '~_~_migrator~_%' ESCAPE '~' \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

pub(super) fn tables<C: Session>(conn: &mut C, scope: Scope<'_>) -> Result<Vec<TableRow>> {
    match scope {
        Scope::All => {
            let sql = format!(
                "SELECT c.oid, nullif(n.nspname, current_schema()), c.relname, {TABLE_FACTS} \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {TABLE_SOURCES} \
                 WHERE {IS_TABLE} AND {OURS}"
            );
            sql_query(&sql).load(conn).map_err(|error| refused::<C>(error, &sql))
        }
        Scope::Tables(names) => {
            let (schemas, names): (Vec<_>, Vec<_>) = names.iter().map(|name| (name.schema(), name.name())).unzip();
            let found = relation("asked.schema", "asked.name");
            let sql = format!(
                "SELECT c.oid, asked.schema, asked.name, {TABLE_FACTS} FROM unnest($1, $2) AS asked (schema, name) \
                 JOIN LATERAL ({found}) found ON true \
                 JOIN pg_catalog.pg_class c ON c.oid = found.oid {TABLE_SOURCES} WHERE {IS_TABLE}"
            );
            let query = sql_query(&sql).bind::<Array<Nullable<Text>>, _>(schemas).bind::<Array<Text>, _>(names);
            query.load(conn).map_err(|error| refused::<C>(error, &sql))
        }
    }
}

/// Hands the rows that concern these tables on one by one: they are many.
fn each<C: Session, T: QueryableByName<Pg> + 'static>(
    conn: &mut C,
    sql: &str,
    tables: &[u32],
    mut take: impl FnMut(T),
) -> Result<()> {
    let rows = sql_query(sql).bind::<Array<Oid>, _>(tables).load_iter::<T, DefaultLoadingMode>(conn);
    rows.and_then(|mut rows| rows.try_for_each(|row| row.map(&mut take))).map_err(|error| refused::<C>(error, sql))
}

row!(ColumnRow {
    table: u32 = Oid,
    number: i16 = SmallInt,
    name: String = Text,
    sql_type: String = Text,
    not_null: bool = Bool,
    identity: bool = Bool,
    generated: bool = Bool,
    expression: Option<String> = Nullable<Text>,
    collation: Option<String> = Nullable<Text>,
    comment: Option<String> = Nullable<Text>,
});

/// 100 is the database's collation, which no type of a user's has as its own.
const COLUMNS: &str = "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
     a.attidentity <> '', a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid), \
     CASE WHEN a.attcollation NOT IN (0, 100) \
     AND (a.atttypid, a.attcollation) NOT IN (SELECT oid, typcollation FROM pg_catalog.pg_type) \
     THEN o.collname END, t.description \
     FROM pg_catalog.pg_attribute a \
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     LEFT JOIN pg_catalog.pg_collation o ON o.oid = nullif(nullif(a.attcollation, 100), 0) \
     LEFT JOIN pg_catalog.pg_description t \
     ON t.classoid = 'pg_catalog.pg_class'::regclass AND t.objoid = a.attrelid AND t.objsubid = a.attnum \
     WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY ($1) \
     ORDER BY a.attrelid, a.attnum";

pub(super) fn columns(conn: &mut impl Session, tables: &[u32], take: impl FnMut(ColumnRow)) -> Result<()> {
    each(conn, COLUMNS, tables, take)
}

row!(ConstraintRow {
    table: u32 = Oid,
    /// A letter of `pg_constraint.contype`.
    kind: u8 = CChar,
    name: String = Text,
    columns: Option<Vec<i16>> = Nullable<Array<SmallInt>>,
    referenced_schema: Option<String> = Nullable<Text>,
    referenced_name: Option<String> = Nullable<Text>,
    /// 0 where it is no foreign key.
    referenced: u32 = Oid,
    referenced_columns: Option<Vec<i16>> = Nullable<Array<SmallInt>>,
    on_delete: u8 = CChar,
    on_update: u8 = CChar,
    expression: Option<String> = Nullable<Text>,
});

/// An exclusion stands among the checks, as the constraint that it is. NOT NULL ones (PostgreSQL 18) stand with their
/// columns. Where a partitioned table is referenced, PostgreSQL keeps a copy of the key for each partition: left out.
const CONSTRAINTS: &str = "SELECT k.conrelid, k.contype, k.conname, k.conkey, \
     nullif(n.nspname, current_schema()), r.relname, k.confrelid, k.confkey, k.confdeltype, k.confupdtype, \
     CASE k.contype \
     WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid, true) || CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END \
     WHEN 'x' THEN pg_get_constraintdef(k.oid, true) END \
     FROM pg_catalog.pg_constraint k \
     LEFT JOIN pg_catalog.pg_class r ON r.oid = nullif(k.confrelid, 0) AND r.relkind IN ('r', 'p') \
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace \
     LEFT JOIN pg_catalog.pg_constraint parent ON parent.oid = nullif(k.conparentid, 0) \
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND parent.conrelid IS DISTINCT FROM k.conrelid \
     AND k.conrelid = ANY ($1)";

pub(super) fn constraints(conn: &mut impl Session, tables: &[u32]) -> Result<Vec<ConstraintRow>> {
    let mut rows = Vec::new();
    each(conn, CONSTRAINTS, tables, |row| rows.push(row))?;
    Ok(rows)
}

row!(
    /// One key of an index.
    KeyRow {
        table: u32 = Oid,
        index: String = Text,
        unique: bool = Bool,
        valid: bool = Bool,
        method: Option<String> = Nullable<Text>,
        filter: Option<String> = Nullable<Text>,
        /// From 1.
        place: i64 = BigInt,
        included: bool = Bool,
        /// 0 where the key is an expression.
        column: i16 = SmallInt,
        expression: Option<String> = Nullable<Text>,
        /// `default` for the database's.
        collation: Option<String> = Nullable<Text>,
        /// Where it is not the type's usual one.
        operator_class: Option<String> = Nullable<Text>,
        /// 1 for DESC, 2 for NULLS FIRST, 3 for both.
        order: Option<i16> = Nullable<SmallInt>,
    }
);

/// The text of a key is dear, and asked for only where the key is no column.
const KEYS: &str = "SELECT i.indrelid, x.relname, i.indisunique, i.indisvalid, nullif(m.amname, 'btree'), \
     pg_get_expr(i.indpred, i.indrelid, true), key.place, key.place > i.indnkeyatts, key.number, \
     CASE WHEN key.number = 0 THEN pg_get_indexdef(i.indexrelid, key.place::integer, true) END, \
     o.collname, p.opcname, key.bits \
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind IN ('i', 'I') \
     JOIN pg_catalog.pg_am m ON m.oid = x.relam \
     CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[]) \
     WITH ORDINALITY AS key (number, class, collated, bits, place) \
     LEFT JOIN pg_catalog.pg_opclass p ON p.oid = key.class AND NOT p.opcdefault \
     LEFT JOIN pg_catalog.pg_collation o ON o.oid = nullif(key.collated, 0) \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k \
     WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
     AND i.indrelid = ANY ($1)";

/// The keys of indexes, those that back a constraint left out; first all first keys, then all second ones, and so on.
pub(super) fn keys(conn: &mut impl Session, tables: &[u32]) -> Result<Vec<KeyRow>> {
    let mut rows = Vec::new();
    each(conn, KEYS, tables, |row: KeyRow| rows.push(row))?;
    rows.sort_by_key(|row| row.place);
    Ok(rows)
}
