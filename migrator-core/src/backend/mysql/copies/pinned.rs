//! Settings that decide how values are read, written and printed.

use diesel::mysql::MysqlConnection;

use super::super::renderer::MYSQL;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::Result;

/// Nothing that was let into a table is refused on its way to the copy and back; the digests tell whether it is the same.
const PINNED: [(&str, &str); 3] = [
    ("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'"),
    ("time_zone", "'+00:00'"),
    ("sql_quote_show_create", "1"),
];

/// Does something with these settings, which are put back however it ends.
pub(super) fn pinned<T>(conn: &mut MysqlConnection, act: impl FnOnce(&mut MysqlConnection) -> Result<T>) -> Result<T> {
    let before = conn.query("SELECT @@sql_mode, @@time_zone, @@sql_quote_show_create", &[])?;
    let text = |at| before.first().map(|row| row.text(at)).unwrap_or_default();
    let before = [MYSQL.text_literal(&text(0)), MYSQL.text_literal(&text(1)), text(2)];
    set(conn, PINNED.map(|(_, value)| value.to_owned()))?;
    let outcome = act(conn);
    let restored = set(conn, before);
    let value = outcome?;
    restored.map(|()| value)
}

fn set(conn: &mut MysqlConnection, values: [String; PINNED.len()]) -> Result<()> {
    let pairs: Vec<String> =
        PINNED.iter().zip(values).map(|((name, _), value)| format!("SESSION {name} = {value}")).collect();
    conn.batch(&format!("SET {}", pairs.join(", ")))
}
