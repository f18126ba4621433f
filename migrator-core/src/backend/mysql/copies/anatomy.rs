//! What the server says of a table.

use diesel::mysql::MysqlConnection;

use super::super::catalog;
use super::super::renderer::MYSQL;
use super::pinned::pinned;
use crate::connection::copies::{Anatomy, KeptColumn, Part};
use crate::connection::{Database, Record, Value};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

const COLUMNS: &str = "SELECT column_name, column_type, extra FROM information_schema.columns \
    WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position";

const KEY: &str = "SELECT column_name FROM information_schema.statistics \
    WHERE table_schema = ? AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index";

/// SHOW CREATE TRIGGER cannot be prepared.
const TRIGGERS: &str = "SELECT trigger_name, sql_mode, definer, action_timing, event_manipulation, action_statement \
    FROM information_schema.triggers \
    WHERE event_object_schema = ? AND event_object_table = ? ORDER BY event_manipulation, action_timing, action_order";

pub(super) const TABLE: &str = "table";
pub(super) const TRIGGER: &str = "trigger";
/// The sql_mode of the trigger of that name.
pub(super) const MODE: &str = "sql mode";

pub(super) fn dissect(conn: &mut MysqlConnection, table: &TableName) -> Result<Anatomy> {
    let Some(full) = catalog::locate(conn, table)? else {
        return Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there")));
    };
    let binds: Vec<Value> = full.parts().map(Value::from).collect();
    let columns = conn.query(COLUMNS, &binds)?;
    let key = conn.query(KEY, &binds)?;
    let triggers = conn.query(TRIGGERS, &binds)?;
    let mut parts = vec![Part::new(TABLE, full.name(), shown(conn, &full)?)];
    for trigger in triggers {
        // A trigger keeps the mode that it was created in.
        parts.push(Part::new(MODE, trigger.text(0), trigger.text(1)));
        parts.push(Part::new(TRIGGER, trigger.text(0), create_trigger(&trigger, full.name())));
    }
    Ok(Anatomy {
        table: full,
        columns: columns.iter().filter(|row| !is_generated(row)).map(kept_column).collect(),
        key: key.iter().map(|row| row.text(0)).collect(),
        parts,
    })
}

fn shown(conn: &mut MysqlConnection, table: &TableName) -> Result<String> {
    let sql = format!("SHOW CREATE TABLE {}", MYSQL.table(table));
    let rows = pinned(conn, |conn| conn.query(&sql, &[]))?;
    Ok(rows.first().map(|row| row.text(1)).unwrap_or_default())
}

/// In the words of the server, which names the table without its database.
fn create_trigger(trigger: &Record, table: &str) -> String {
    let definer = trigger.text(2);
    let (user, host) = definer.rsplit_once('@').unwrap_or((&definer, ""));
    let host = if host.is_empty() { String::new() } else { format!("@{}", MYSQL.quote(host)) };
    format!(
        "CREATE DEFINER={}{host} TRIGGER {} {} {} ON {} FOR EACH ROW {}",
        MYSQL.quote(user),
        MYSQL.quote(&trigger.text(0)),
        trigger.text(3),
        trigger.text(4),
        MYSQL.quote(table),
        trigger.text(5)
    )
}

fn is_generated(row: &Record) -> bool {
    let extra = row.text(2).to_ascii_uppercase();
    extra.contains("VIRTUAL") || extra.contains("STORED GENERATED") || extra.contains("PERSISTENT")
}

fn kept_column(row: &Record) -> KeptColumn {
    KeptColumn { name: row.text(0), sql_type: row.text(1), kept_type: row.text(1) }
}
