//! The lock that makes one runner of many: an advisory lock, tried and never waited for.
//!
//! Waiting inside the server would hold a snapshot that another runner's CREATE INDEX CONCURRENTLY waits for, and both
//! would wait for ever. Advisory locks are each database's own, so one number serves them all; that of a transaction and
//! that of a session exclude each other.

use std::sync::LazyLock;

use super::waits;
use crate::backend::driver;
use crate::backend::postgres::session::Session;
use crate::connection::{Attempt, Database, Limits, Record};
use crate::error::{Error, ErrorKind, Result};

/// In `pg_locks` it stands in two halves: classid 1835624306 and objid 1635020658.
const KEY: i64 = i64::from_be_bytes(*b"migrator");

/// The lock, and limits that end with the transaction: behind a pooler the session is everybody's.
fn try_lock(limits: &Limits) -> String {
    format!("SELECT pg_try_advisory_xact_lock($1), (SELECT count(*) FROM ({}) AS l)", waits::limiting(limits, true))
}

/// READ COMMITTED whatever the default, so that what is read after the lock was got is what its last holder left.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

pub(super) fn try_begin_migration(conn: &mut impl Session, limits: &Limits) -> Result<Attempt> {
    driver::begin_with(conn, BEGIN)?;
    match granted(conn, &try_lock(limits)) {
        Ok(true) => Ok(Attempt::Acquired),
        Ok(false) => {
            driver::rollback(conn)?;
            Ok(Attempt::Busy(holder(conn)?))
        }
        Err(error) => {
            // The first error is the one that tells; a connection that cannot roll back fails again at the next statement.
            driver::rollback(conn).ok();
            Err(error)
        }
    }
}

/// The same in fewer round trips: a setting of the transaction's own says with the answer whether the lock was got. What
/// was got by the statement before is seen by the next, so that the answer is what the last holder left.
pub(super) fn try_begin_asking(
    conn: &mut impl Session,
    limits: &Limits,
    question: &str,
) -> Result<(Attempt, Vec<Record>)> {
    let begin = format!(
        "{BEGIN}; {}; SELECT set_config('migrator.lock', pg_try_advisory_xact_lock({KEY})::text, true)",
        waits::limiting(limits, true)
    );
    if let Err(error) = driver::begin_with(conn, &begin) {
        // Open, whether Diesel counts it or not.
        driver::rollback(conn).or_else(|_| conn.batch("ROLLBACK")).ok();
        return Err(error);
    }
    let sql = format!(
        "SELECT current_setting('migrator.lock') = 'true', asked.* FROM (SELECT) AS one LEFT JOIN ({question}) AS asked ON true"
    );
    let rows = conn.query(&sql, &[]).inspect_err(|_| {
        driver::rollback(conn).ok();
    })?;
    if rows.first().is_some_and(|row| row.flag(0)) {
        return Ok((Attempt::Acquired, rows.into_iter().map(|row| Record(row.0[1..].to_vec())).collect()));
    }
    driver::rollback(conn)?;
    Ok((Attempt::Busy(holder(conn)?), Vec::new()))
}

/// What a session is told that has lost it: words that stand in no number, so that a server of any language repeats them.
pub(super) const LOST: &str = "the migration lock is not held by this session";

/// A statement that is refused so where this session does not hold it.
pub(super) fn refusing_without() -> &'static str {
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT (CASE WHEN (SELECT true{WHILE_LOCKED}) THEN '0' ELSE '{LOST}' END)::integer"));
    &SQL
}

/// As the end of a SELECT: whether this session holds it.
const WHILE_LOCKED: &str = " WHERE EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' \
     AND granted AND pid = pg_backend_pid() AND objsubid = 1 AND classid = 1835624306 AND objid = 1635020658)";

/// A session's lock is the session's only while the session stays the same.
pub(super) fn try_session_lock(conn: &mut impl Session) -> Result<Attempt> {
    refuse_changing_sessions(conn)?;
    let sql =
        format!("SELECT CASE WHEN (SELECT true{WHILE_LOCKED}) THEN 2 WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END");
    match conn.query(&sql, &[KEY.into()])?.first().map(|row| row.integer(0)) {
        Some(2) => Err(pooled("this session holds the migration lock already, and this run did not take it")),
        Some(1) => Ok(Attempt::Acquired),
        _ => Ok(Attempt::Busy(holder(conn)?)),
    }
}

/// So often the session is asked who it is.
const ASKED: usize = 8;

/// Who the session is, and how many transactions it has begun.
const SESSION: &str = "SELECT pg_backend_pid(), (SELECT split_part(virtualtransaction, '/', 2)::bigint \
     FROM pg_catalog.pg_locks WHERE pid = pg_backend_pid() LIMIT 1)";

/// A session of one's own is the same each time, and begins the same number of transactions for each question; the server
/// may begin one in it now and then, when it has to catch up with what others have defined.
fn refuse_changing_sessions<C: Session>(conn: &mut C) -> Result<()> {
    let mut answers = Vec::new();
    for _ in 0..ASKED {
        let rows = conn.query(SESSION, &[])?;
        answers.extend(rows.first().map(|row| (row.integer(0), row.integer(1))));
    }
    let pairs = || answers.iter().zip(answers.iter().skip(1));
    if pairs().any(|((before, _), (now, _))| before != now) {
        return Err(pooled("the connection is another session from one statement to the next"));
    }
    if pairs().filter(|((_, before), (_, now))| now - before != C::TRANSACTIONS).count() > 1 {
        return Err(pooled("others use the session between one statement and the next"));
    }
    Ok(())
}

fn pooled(what: &str) -> Error {
    let message = format!("a migration outside a transaction needs a session of its own: {what}");
    Error::unsupported(
        message,
        "connect to PostgreSQL itself, or to a pooler in session mode; migrations in transactions run behind any pooler",
    )
    .state("nothing was written")
}

pub(super) fn release_session_lock(conn: &mut impl Session) -> Result<()> {
    if granted(conn, "SELECT pg_advisory_unlock($1)")? {
        return Ok(());
    }
    let holder = holder(conn)?.map(|holder| format!("; {holder} has it, and pg_terminate_backend() frees it"));
    let message = "the migration lock was not this session's any more when it was given back";
    Err(Error::new(ErrorKind::LockLost, format!("{message}{}", holder.unwrap_or_default())).remedy(
        "look for a connection pooler that hands each transaction to another session, and for a migration that calls \
         pg_advisory_unlock_all() or DISCARD ALL",
    ))
}

fn granted(conn: &mut impl Session, sql: &str) -> Result<bool> {
    Ok(conn.query(sql, &[KEY.into()])?.first().is_some_and(|row| row.flag(0)))
}

/// The words stay the same as long as the same session holds it. A role without `pg_read_all_stats` sees less of others.
const HOLDER: &str = "SELECT concat('process ', l.pid, ', role ' || a.usename, ', application ' || nullif(a.application_name, ''), \
     ' at ' || host(a.client_addr), \
     ', connected since ' || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC') \
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
     AND l.classid::bigint << 32 | l.objid::bigint = $1 LIMIT 1";

/// Who has it; none when it was given back meanwhile.
pub(super) fn holder(conn: &mut impl Session) -> Result<Option<String>> {
    Ok(conn.query(HOLDER, &[KEY.into()])?.first().and_then(|row| row.optional_text(0)))
}
