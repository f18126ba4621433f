//! Settings that decide how a value is read and written as text, and whether rows are hidden.

use crate::backend::postgres::session::Session;
use crate::connection::{Database, Value};
use crate::error::Result;

/// With `row_security` off, rows that a policy hides are an error and not left out.
const PINNED: [(&str, &str); 7] = [
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("row_security", "off"),
    ("search_path", "pg_catalog"),
];

/// Does something with these settings, inside a transaction whose end would put them back had it failed.
pub(super) fn pinned<C: Session, T>(conn: &mut C, act: impl FnOnce(&mut C) -> Result<T>) -> Result<T> {
    if conn.transaction_depth()? == 0 {
        conn.begin()?;
        let outcome = pinned(conn, act);
        let ended = conn.rollback();
        return outcome.and_then(|value| ended.map(|()| value));
    }
    let columns = PINNED.map(|(name, _)| format!("current_setting('{name}')")).join(", ");
    let before = conn.query(&format!("SELECT {columns}"), &[])?;
    let before: Vec<String> =
        (0..PINNED.len()).map(|at| before.first().map_or_else(String::new, |row| row.text(at))).collect();
    set(conn, PINNED.iter().map(|(_, value)| *value))?;
    let value = act(conn)?;
    set(conn, before.iter().map(String::as_str))?;
    Ok(value)
}

fn set<'a>(conn: &mut impl Session, values: impl Iterator<Item = &'a str>) -> Result<()> {
    let calls: Vec<String> =
        PINNED.iter().enumerate().map(|(at, (name, _))| format!("set_config('{name}', ${}, true)", at + 1)).collect();
    let binds: Vec<Value> = values.map(Value::from).collect();
    conn.query(&format!("SELECT {}", calls.join(", ")), &binds).map(|_| ())
}
