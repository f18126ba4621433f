//! A digest of every row, made by the server: exact where the server's own notion of equality is not.
//!
//! `numeric` 1.0 and 1.00, 0.0 and -0.0, `'1 day'` and `'24 hours'`, two spellings of a document: each pair is equal to
//! PostgreSQL and is not the same value. So a column goes in as it is only where equal means identical, else as the bytes
//! that its type would send, or as its text.

use super::super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::Database;
use crate::connection::copies::{Contents, KeptColumn};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

pub(super) fn contents(conn: &mut impl Session, table: &TableName, columns: &[KeptColumn]) -> Result<Contents> {
    let version = conn.query("SELECT current_setting('server_version_num')", &[])?;
    let has_record_hash = version.first().is_some_and(|row| row.integer(0) >= 140_000);
    let values: Vec<String> = columns.iter().map(exact).collect();
    let (method, digest) = of_row(&values.join(", "), has_record_hash);
    let source = source(conn, table)?;
    let rows = conn.query(&format!("SELECT count(*), coalesce(sum({digest}), 0)::text FROM {source}"), &[])?;
    let sum = rows.first().map(|row| row.text(1)).unwrap_or_default();
    let count = rows.first().map_or(0, |row| row.integer(0));
    Ok(Contents { rows: u64::try_from(count).unwrap_or(0), digest: format!("{method}:{sum}") })
}

/// The digest of a record adds up those of its fields, and sums of sums would not see two rows exchange a value: it is
/// hashed once more as eight bytes.
fn of_row(values: &str, has_record_hash: bool) -> (&'static str, String) {
    let row = format!("ROW({values})");
    if has_record_hash {
        ("postgres1", format!("hash_record_extended(ROW(int8send(hash_record_extended({row}, 0))), 0)"))
    } else {
        ("postgres0", format!("hashtextextended({row}::text, 0)"))
    }
}

/// Legacy children keep their rows, partitions are the table's own.
pub(super) fn source(conn: &mut impl Session, table: &TableName) -> Result<String> {
    let name = Renderer.table(table);
    let kind = conn
        .query("SELECT relkind = 'p' FROM pg_catalog.pg_class WHERE oid = to_regclass($1)", &[name.as_str().into()])?;
    let partitioned = kind.first().is_some_and(|row| row.flag(0));
    Ok(if partitioned { name } else { format!("ONLY {name}") })
}

fn exact(column: &KeptColumn) -> String {
    let name = Renderer.quote(&column.name);
    let is_array = column.kept_type.ends_with("[]");
    let base = column.kept_type.split('(').next().filter(|_| !is_array).unwrap_or_default();
    match base {
        "smallint" | "integer" | "bigint" | "boolean" | "oid" | "date" | "uuid" | "bytea" => name,
        "timestamp without time zone" | "timestamp with time zone" | "time without time zone" => name,
        "real" => format!("float4send({name})"),
        "double precision" => format!("float8send({name})"),
        "numeric" => format!("numeric_send({name})"),
        "character" => format!("bpcharsend({name})"),
        _ => format!("{name}::text COLLATE \"C\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_in_as_it_is_only_where_equal_means_identical() {
        let of = |kept: &str| exact(&KeptColumn { name: "a".into(), sql_type: kept.into(), kept_type: kept.into() });
        for (kept, expression) in [
            ("bigint", "\"a\""),
            ("timestamp(3) without time zone", "\"a\"::text COLLATE \"C\""),
            ("numeric(10,2)", "numeric_send(\"a\")"),
            ("character(5)", "bpcharsend(\"a\")"),
            ("character varying(5)", "\"a\"::text COLLATE \"C\""),
            ("double precision", "float8send(\"a\")"),
            ("double precision[]", "\"a\"::text COLLATE \"C\""),
            ("numeric(10,2)[]", "\"a\"::text COLLATE \"C\""),
            ("interval", "\"a\"::text COLLATE \"C\""),
            ("jsonb", "\"a\"::text COLLATE \"C\""),
        ] {
            assert_eq!(of(kept), expression, "{kept}");
        }
    }
}
