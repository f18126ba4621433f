//! The lock of the session, by which one runner at a time works on a database.
//!
//! `GET_LOCK` is of the whole server, so its name is salted with the database's. It is asked with no waiting: a negative
//! wait is not waiting for ever on MariaDB, it is NULL. It counts how often a session took it; it is taken once.

use diesel::mysql::MysqlConnection;

use super::galera;
use super::lease::{self, WAITING};
use crate::connection::{Attempt, Database};
use crate::error::{Error, ErrorKind, Result};

/// Computed by the server, in the round trip that asks for the lock.
const NAME: &str = "CONCAT('migrator:', LEFT(SHA2(LOWER(DATABASE()), 256), 32))";

/// The name is remembered in the session: a migration may have gone to another database since.
const REMEMBERED: &str = "@migrator_lock";

/// Refused where this session does not hold it: two rows are no value.
pub(super) const REFUSING_WITHOUT: &str = "SET @migrator_lock = IF(IS_USED_LOCK(@migrator_lock) = CONNECTION_ID(), \
     @migrator_lock, (SELECT 1 UNION SELECT 2))";

pub(super) fn is_lost(conn: &mut MysqlConnection) -> Result<bool> {
    let rows = conn.query("SELECT IS_USED_LOCK(@migrator_lock) = CONNECTION_ID()", &[])?;
    Ok(!rows.first().is_some_and(|row| row.flag(0)))
}

/// Who holds it: a session of this server, or of another node of its cluster.
pub(super) fn holder(conn: &mut MysqlConnection) -> Result<Option<String>> {
    let rows = conn.query(&format!("SELECT IS_USED_LOCK({NAME}), {WAITING}"), &[])?;
    let text = |position| rows.first().and_then(|row| row.optional_text(position));
    match (text(0), text(1)) {
        (Some(session), _) => Ok(Some(format!("session {session}"))),
        (None, Some(_)) => lease::holder(conn),
        (None, None) => Ok(None),
    }
}

pub(super) fn try_take(conn: &mut MysqlConnection) -> Result<Attempt> {
    let sql =
        format!("SELECT IF(IS_USED_LOCK({NAME}) = CONNECTION_ID(), 1, GET_LOCK({NAME}, 0)), IS_USED_LOCK({NAME})");
    let rows = match conn.query(&sql, &[]) {
        // Without a database there is no name: NULL on MariaDB, a refusal on MySQL.
        Err(_) if conn.current_schema()?.is_none() => Vec::new(),
        answer => answer?,
    };
    match rows.first().and_then(|row| row.optional_text(0)).as_deref() {
        Some("1") => {
            conn.batch(&format!("SET {REMEMBERED} = {NAME}"))?;
            let attempt = of_all_nodes(conn);
            if !matches!(attempt, Ok(Attempt::Acquired | Attempt::Leased(_))) {
                give_back(conn).ok();
            }
            attempt
        }
        Some(_) => {
            let holder = rows.first().and_then(|row| row.optional_text(1));
            Ok(Attempt::Busy(holder.map(|session| describe(conn, &session))))
        }
        None => Err(no_answer(conn.current_schema()?.is_some(), &sql)),
    }
}

/// `GET_LOCK` is each node's own on a cluster of Galera's: what it keeps away there are the runners of the same node.
fn of_all_nodes(conn: &mut MysqlConnection) -> Result<Attempt> {
    if galera::is_node(conn)? { lease::try_take(conn) } else { Ok(Attempt::Acquired) }
}

pub(super) fn give_back(conn: &mut MysqlConnection) -> Result<()> {
    conn.batch(&format!("DO IF({REMEMBERED} IS NULL, 0, RELEASE_LOCK({REMEMBERED})); SET {REMEMBERED} = NULL"))
}

/// Whose session it is, as far as this one may know: that of another user needs the PROCESS privilege.
fn describe(conn: &mut MysqlConnection, session: &str) -> String {
    let sql = "SELECT user, host FROM information_schema.processlist WHERE id = ?";
    let rows = conn.query(sql, &[session.into()]).unwrap_or_default();
    match rows.first() {
        Some(row) => format!("session {session} of {} at {}", row.text(0), row.text(1)),
        None => format!("session {session}"),
    }
}

fn no_answer(database_selected: bool, sql: &str) -> Error {
    if database_selected {
        return Error::new(ErrorKind::Database, "the server could not tell whether the lock is free")
            .at_statement(sql)
            .state("nothing was changed")
            .remedy("see the server's log: it may be out of memory, or the session was killed");
    }
    Error::new(ErrorKind::Connection, "no database is selected")
        .state("nothing was changed")
        .remedy("name the database in the connection's URL")
}
