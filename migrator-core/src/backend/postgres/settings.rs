//! The settings of a session that a migration might leave changed.

use super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Settings, Value};
use crate::dialect::SqlRenderer;
use crate::error::Result;

/// The role stands first: the others are put back by whoever the session was.
const NAMES: [&str; 24] = [
    "session_authorization",
    "role",
    "search_path",
    "lock_timeout",
    "statement_timeout",
    "TimeZone",
    "row_security",
    "session_replication_role",
    "check_function_bodies",
    "standard_conforming_strings",
    "client_encoding",
    "default_transaction_read_only",
    "default_transaction_isolation",
    "idle_in_transaction_session_timeout",
    "DateStyle",
    "IntervalStyle",
    "bytea_output",
    "extra_float_digits",
    "client_min_messages",
    "xmloption",
    "default_tablespace",
    "synchronous_commit",
    "work_mem",
    "maintenance_work_mem",
];

/// What a look at what was done depends on: who looks, where, for how long, and which rows are hidden.
const LOOKED_BY: [&str; 5] = ["session_authorization", "role", "search_path", "statement_timeout", "row_security"];

/// As an expression: what they are.
pub(super) fn looks_by() -> String {
    let values = LOOKED_BY.map(|name| format!("current_setting('{name}')"));
    format!("concat_ws(e'\\x1f', {})", values.join(", "))
}

/// As it was told.
pub(super) fn looked_by(told: &str) -> Settings {
    Settings(LOOKED_BY.into_iter().zip(told.split('\x1f').map(str::to_owned)).collect())
}

pub(super) fn read(conn: &mut impl Session) -> Result<Settings> {
    let columns = NAMES.map(|name| format!("current_setting('{name}')")).join(", ");
    let rows = conn.query(&format!("SELECT {columns}"), &[])?;
    let value = |position| rows.first().map(|row| row.text(position)).unwrap_or_default();
    Ok(Settings(NAMES.iter().enumerate().map(|(position, name)| (*name, value(position))).collect()))
}

/// What [`restore`] does, with the values in the text.
pub(super) fn restoring(settings: &Settings) -> String {
    let known = NAMES.iter().filter_map(|name| Some((*name, settings.0.get(name)?)));
    let rows: Vec<_> = known.map(|(name, value)| format!("('{name}', {})", Renderer.text_literal(value))).collect();
    format!(
        "SELECT set_config(name, value, false) FROM (VALUES {}) AS before (name, value) \
         WHERE current_setting(name) <> value",
        rows.join(", ")
    )
}

/// One statement, which sets only what differs: setting what is there already may need a privilege.
pub(super) fn restore(conn: &mut impl Session, settings: &Settings) -> Result<()> {
    let known = NAMES.iter().filter_map(|name| Some((*name, settings.0.get(name)?)));
    let (rows, binds): (Vec<_>, Vec<Value>) = known
        .enumerate()
        .map(|(at, (name, value))| (format!("('{name}', ${})", at + 1), Value::from(value.as_str())))
        .unzip();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT set_config(name, value, false) FROM (VALUES {}) AS before (name, value) \
         WHERE current_setting(name) <> value",
        rows.join(", ")
    );
    conn.query(&sql, &binds).map(|_| ())
}
