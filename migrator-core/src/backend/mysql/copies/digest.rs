//! A digest of every row, made by the server.

use diesel::mysql::MysqlConnection;

use super::super::renderer::MYSQL;
use crate::connection::Database;
use crate::connection::copies::{Contents, KeptColumn};
use crate::count::counted;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// MD5 of all values, each behind its length; of 64 bits of it the sum, which the server keeps as a decimal.
pub(super) fn contents(conn: &mut MysqlConnection, table: &TableName, columns: &[KeptColumn]) -> Result<Contents> {
    let value = |column: &KeptColumn| {
        let exact = exact(column);
        format!("IF({} IS NULL, 'N', CONCAT(OCTET_LENGTH({exact}), ':', {exact}))", MYSQL.quote(&column.name))
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let digest = format!("CAST(CONV(LEFT(MD5(CONCAT({})), 16), 16, 10) AS UNSIGNED)", values.join(", "));
    let sql = format!(
        "SELECT COUNT(*), COUNT(digest), CAST(COALESCE(SUM(digest), 0) AS CHAR) FROM (SELECT {digest} AS digest FROM {}) digests",
        MYSQL.table(table)
    );
    let rows = conn.query(&sql, &[])?;
    let number = |at| rows.first().map_or(0, |row| row.integer(at));
    if number(0) != number(1) {
        let message = format!("{} of {table} with values too long to be read", counted(number(0) - number(1), "row"));
        return Err(Error::new(ErrorKind::BackupFailed, message).remedy("raise max_allowed_packet on the server"));
    }
    let sum = rows.first().map(|row| row.text(2)).unwrap_or_default();
    Ok(Contents { rows: u64::try_from(number(0)).unwrap_or(0), digest: format!("mysql1:{sum}") })
}

/// An expression that is equal where the values are the same, and nowhere else. What may be long goes in as a digest.
pub(super) fn exact(column: &KeptColumn) -> String {
    let name = MYSQL.quote(&column.name);
    let base = column.kept_type.split(['(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    match base.as_str() {
        // Printed as it is, a FLOAT has six digits; plus nothing, -0 would be 0.
        "float" | "double" => format!("CAST({name} * 1e0 AS CHAR)"),
        "enum" | "set" => format!("CAST({name} + 0 AS CHAR)"),
        "bit" => format!("HEX({name})"),
        "char" | "varchar" | "binary" | "varbinary" => format!("CAST({name} AS BINARY)"),
        "tinytext" | "text" | "mediumtext" | "longtext" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            format!("MD5({name})")
        }
        "json" => format!("MD5(CAST({name} AS CHAR))"),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "date" | "time" | "datetime"
        | "timestamp" | "year" | "uuid" | "inet4" | "inet6" => format!("CAST({name} AS CHAR)"),
        _ => format!("MD5(HEX({name}))"),
    }
}
