//! Settings and transactions that are put back however the work between ends.

use diesel::sqlite::SqliteConnection;

use crate::backend::driver;
use crate::connection::Database;
use crate::error::Result;

/// Whether a switch is on.
pub(super) fn pragma(conn: &mut SqliteConnection, name: &str) -> Result<bool> {
    Ok(conn.query(&format!("PRAGMA main.{name}"), &[])?.first().is_some_and(|row| row.flag(0)))
}

fn with_pragma<T>(
    conn: &mut SqliteConnection,
    name: &str,
    wanted: bool,
    act: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    if pragma(conn, name)? == wanted {
        return act(conn);
    }
    let set = |conn: &mut SqliteConnection, on: bool| conn.batch(&format!("PRAGMA {name} = {}", i32::from(on)));
    set(conn, wanted)?;
    let outcome = act(conn);
    let restored = set(conn, !wanted);
    let value = outcome?;
    restored.map(|()| value)
}

/// Foreign keys are not enforced; only outside a transaction can that be had.
pub(super) fn without_foreign_keys<T>(
    conn: &mut SqliteConnection,
    act: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    with_pragma(conn, "foreign_keys", false, act)
}

/// A rename changes the text of the table alone, and looks at no other.
pub(super) fn with_legacy_alter<T>(
    conn: &mut SqliteConnection,
    act: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    with_pragma(conn, "legacy_alter_table", true, act)
}

/// A rename changes every text that names what is renamed, and fails where it cannot.
pub(super) fn without_legacy_alter<T>(
    conn: &mut SqliteConnection,
    act: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    with_pragma(conn, "legacy_alter_table", false, act)
}

/// In a transaction, or in a savepoint where one is open; an error undoes what was done.
pub(super) fn undone_on_error<T>(
    conn: &mut SqliteConnection,
    act: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    begin(conn)?;
    let outcome = act(conn).and_then(|value| conn.commit().map(|()| value));
    outcome.map_err(|error| match conn.rollback() {
        Ok(()) => error.state("the table is as it was before"),
        Err(failed) => error.state(format!("the change could not be undone: {}", failed.what())),
    })
}

/// What was done is undone, and the answer kept.
pub(super) fn undone<T>(
    conn: &mut SqliteConnection,
    act: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    begin(conn)?;
    let outcome = act(conn);
    conn.rollback()?;
    outcome
}

/// A transaction that reads first and then writes would be refused at once when somebody else writes.
fn begin(conn: &mut SqliteConnection) -> Result<()> {
    match conn.transaction_depth()? {
        0 => driver::begin_with(conn, "BEGIN IMMEDIATE"),
        _ => conn.begin(),
    }
}
