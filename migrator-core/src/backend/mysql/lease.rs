//! The lock of a Galera cluster: one row, which whoever holds it renews before each statement.
//!
//! The row tells which taking it is, by a number that only grows and a token of its own; taking it is an UPDATE that names
//! the taking and the renewal that were seen, so that certification lets one node's through. A node does not see whether a
//! session of another one lives: who waits takes over when the row has not changed for as long as its holder promised, by
//! the waiter's own clock, looked at causally. A look waits for a definition that the cluster is busy with, and the time of
//! that does not count. On the holder's own node the session's lock tells whether it lives.

use diesel::mysql::MysqlConnection;

use super::galera::Node;
use super::renderer::MYSQL;
use crate::connection::{Attempt, Database, Lease, Limits, Record, who};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::name::TableName;

const TABLE: &str = "__migrator_lease";

/// Set while the session waits for a lease: the taking and the renewal that it saw last.
pub(super) const WAITING: &str = "@migrator_seen";

/// What a renewal is refused with that comes too late.
pub(super) const LOST: &str = "somebody else has taken the migration lock of this cluster";

/// What a node says that is no part of its cluster, not yet, or no more.
pub(super) const NOT_READY: [&str; 2] = ["WSREP has not yet prepared node", "Not connected to Primary Component"];

/// No promise is shorter, in seconds: a node that stands still for so long has been expelled from its cluster.
const SHORTEST: u64 = 10;
/// However often silent holders were relieved.
const LONGEST: i64 = 3_600;
/// What is promised before work that takes long without a word.
const LONG: i64 = 600;
/// The most that one look adds to the silence, in seconds.
const ONE_LOOK: f64 = 2.0;
/// Nodes whose clocks differ by more than this, in seconds, are not looked after.
const CLOCKS: i64 = 600;

/// The part of a SET that keeps what the holder promises, in seconds: no statement may take longer.
pub(super) fn promising(limits: &Limits) -> String {
    let statement = limits.statement.map_or(0, |limit| limit.as_secs().saturating_add(SHORTEST));
    let seconds = limits.silence.as_secs().max(statement).clamp(SHORTEST, LONGEST.unsigned_abs());
    format!("@migrator_silence = {seconds}")
}

/// The row as it was seen.
struct Seen {
    number: i64,
    beat: i64,
    is_free: bool,
    /// Who holds it, for people.
    holder: String,
    node: String,
    seconds: i64,
    /// For how long it has not changed, in seconds.
    quiet: f64,
    is_forgotten: bool,
    promise: i64,
    token: String,
}

/// How the row stands for one who wants it.
enum Standing {
    Free,
    /// Its holder's session is gone.
    Orphaned,
    /// Its holder has not kept its promise.
    Silent,
    Held,
}

impl Seen {
    fn read(row: &Record) -> Self {
        let (number, beat) = (row.integer(0), row.integer(1));
        let is_same = row.text(8) == format!("{number}:{beat}");
        let since = |position| row.text(position).parse::<f64>().unwrap_or(0.0);
        Self {
            number,
            beat,
            is_free: row.optional_text(2).is_none(),
            holder: format!("{}, on node {} since {} UTC,", row.text(3), row.text(5), row.text(6)),
            node: row.text(4),
            seconds: row.integer(7),
            quiet: if is_same { since(9) + since(10).clamp(0.0, ONE_LOOK) } else { 0.0 },
            is_forgotten: row.flag(11),
            promise: row.integer(12),
            token: row.text(13),
        }
    }

    fn standing(&self) -> Standing {
        match self {
            Self { is_free: true, .. } => Standing::Free,
            Self { is_forgotten: true, .. } => Standing::Silent,
            Self { quiet, seconds, .. } if *quiet >= *seconds as f64 => Standing::Silent,
            _ => Standing::Held,
        }
    }

    /// For one who holds the session's lock of that node: its holder on the same node lives no more.
    fn standing_on(&self, node: &str) -> Standing {
        match self.standing() {
            Standing::Held if self.node == node => Standing::Orphaned,
            standing => standing,
        }
    }

    /// Who relieved a silent one may take as long as it did, so that what takes long comes to its end.
    fn promise_after(&self, standing: &Standing) -> i64 {
        match standing {
            Standing::Silent => self.promise.max(self.seconds.saturating_mul(2)).min(LONGEST),
            _ => self.promise,
        }
    }
}

/// One attempt, by a session that holds the lock of its own node.
pub(super) fn try_take(conn: &mut MysqlConnection) -> Result<Attempt> {
    let node = Node::in_order(conn)?;
    let table = MYSQL.table(&TableName::from((node.database.as_str(), TABLE)));
    let attempt = attempt(conn, &node, &table);
    match attempt {
        Err(error) if error.failure() == Failure::Busy => {
            Ok(Attempt::Busy(Some("the cluster, busy just now,".to_owned())))
        }
        attempt => attempt,
    }
}

fn attempt(conn: &mut MysqlConnection, node: &Node, table: &str) -> Result<Attempt> {
    let seen = match look(conn, table)? {
        None => create(conn, table).and_then(|()| look(conn, table))?,
        seen => seen,
    };
    let Some(seen) = seen else { return Ok(Attempt::Busy(None)) };
    let standing = seen.standing_on(&node.id);
    if matches!(standing, Standing::Held) {
        return Ok(Attempt::Busy(Some(seen.holder)));
    }
    let promise = seen.promise_after(&standing);
    if !take(conn, node, table, &seen, promise)? {
        return Ok(Attempt::Busy(Some("another node".to_owned())));
    }
    let restoring = node.prepare(conn)?;
    conn.batch(&format!("SET {WAITING} = NULL"))?;
    Ok(Attempt::Leased(lease(table, &seen, promise, restoring)))
}

/// Who holds it, as long as the promise is kept; nobody where it is worth an attempt.
pub(super) fn holder(conn: &mut MysqlConnection) -> Result<Option<String>> {
    let table = MYSQL.table(&TableName::from(TABLE));
    match look(conn, &table) {
        Ok(Some(seen)) if matches!(seen.standing(), Standing::Held) => Ok(Some(seen.holder)),
        Ok(_) => Ok(None),
        // The next attempt waits until the node is in order, or says that it is not.
        Err(error) if error.failure() == Failure::Busy || is_not_ready(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_not_ready(error: &Error) -> bool {
    NOT_READY.iter().any(|words| error.what().contains(words))
}

/// The row, if it is there; it is remembered what was seen.
fn look(conn: &mut MysqlConnection, table: &str) -> Result<Option<Seen>> {
    let sql = format!(
        "SET STATEMENT wsrep_sync_wait = 1 FOR SELECT number, beat, owner, who, node, node_name, \
         DATE_FORMAT(since, '%Y-%m-%d %H:%i:%s'), seconds, {WAITING}, @migrator_quiet, \
         UNIX_TIMESTAMP(SYSDATE(6)) - @migrator_looked, \
         renewed_at < UTC_TIMESTAMP(6) - INTERVAL seconds + {CLOCKS} SECOND, COALESCE(@migrator_silence, 60), UUID() \
         FROM {table} WHERE id = 1"
    );
    let rows = match conn.query(&sql, &[]) {
        Err(error) if error.failure() == Failure::Final && !is_there(conn)? => return Ok(None),
        // Somebody else has made it since.
        Err(error) if error.failure() == Failure::Final => conn.query(&sql, &[])?,
        rows => rows?,
    };
    let Some(seen) = rows.first().map(Seen::read) else { return Ok(None) };
    conn.batch(&format!(
        "SET {WAITING} = '{}:{}', @migrator_quiet = '{}', @migrator_looked = UNIX_TIMESTAMP(SYSDATE(6))",
        seen.number, seen.beat, seen.quiet
    ))?;
    Ok(Some(seen))
}

fn is_there(conn: &mut MysqlConnection) -> Result<bool> {
    conn.has_table(&TableName::from(TABLE))
}

fn create(conn: &mut MysqlConnection, table: &str) -> Result<()> {
    conn.batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (id TINYINT NOT NULL PRIMARY KEY, number BIGINT NOT NULL, \
         beat BIGINT NOT NULL, owner CHAR(36), who VARCHAR(255), node VARCHAR(64), node_name VARCHAR(255), \
         session BIGINT UNSIGNED, seconds INT NOT NULL, since DATETIME(6), renewed_at DATETIME(6)) \
         ENGINE=InnoDB DEFAULT CHARSET=utf8mb4; \
         INSERT IGNORE INTO {table} (id, number, beat, seconds) VALUES (1, 0, 0, 60); COMMIT"
    ))
}

/// An UPDATE of what was seen and of nothing newer; certification keeps those of other nodes out.
fn take(conn: &mut MysqlConnection, node: &Node, table: &str, seen: &Seen, promise: i64) -> Result<bool> {
    let sql = format!(
        "UPDATE {table} SET number = number + 1, beat = beat + 1, owner = '{}', who = {}, node = {}, node_name = {}, \
         session = CONNECTION_ID(), seconds = {promise}, since = UTC_TIMESTAMP(6), renewed_at = UTC_TIMESTAMP(6) \
         WHERE id = 1 AND number = {} AND beat = {}",
        seen.token,
        MYSQL.text_literal(who()),
        MYSQL.text_literal(&node.id),
        MYSQL.text_literal(&node.name),
        seen.number,
        seen.beat
    );
    conn.begin()?;
    let taken = conn.execute(&sql, &[]).and_then(|rows| conn.commit().map(|()| rows == 1));
    taken.inspect_err(|_| drop(conn.rollback()))
}

fn lease(table: &str, seen: &Seen, promise: i64, restoring: Option<String>) -> Lease {
    let mine = format!("WHERE id = 1 AND number = {} AND owner = '{}'", seen.number + 1, seen.token);
    let renewal = |seconds: i64| {
        format!(
            "{RENEWAL} {table} SET beat = beat + 1, seconds = {seconds}, renewed_at = UTC_TIMESTAMP(6) {mine}; \
             IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{LOST}'; {RENEWED}"
        )
    };
    Lease {
        renewal: renewal(promise),
        long_renewal: renewal(promise.max(LONG)),
        restoring,
        end: format!("UPDATE {table} SET beat = beat + 1, owner = NULL, renewed_at = UTC_TIMESTAMP(6) {mine}; COMMIT"),
    }
}

const RENEWAL: &str = "BEGIN NOT ATOMIC UPDATE";
const RENEWED: &str = "END IF; END";

/// A statement without the renewal that it was sent behind; the renewal itself in a few words.
pub(super) fn unfenced(sql: &str) -> &str {
    if !sql.starts_with(RENEWAL) {
        return sql;
    }
    sql.split_once(&format!("{RENEWED};\n")).map_or("-- renews the migration lock", |(_, statement)| statement)
}

/// What the cluster's own refusals mean.
pub(super) fn explained(error: Error) -> Error {
    if error.kind() == ErrorKind::LockLost {
        let remedy = "this process was silent for longer than it promised, or its node was cut off, and another one goes \
                      on with the migration: run it again, what is done is passed over; and let lock_timeout be longer \
                      than the longest statement that changes rows";
        return error.state("the statement was not sent").retold(ErrorKind::LockLost, LOST, |_| remedy.to_owned());
    }
    if is_not_ready(&error) {
        return error.remedy(
            "this node of the Galera cluster is no part of its primary component, or joins it just now: connect to one \
             that is Primary and Synced, or wait until this one is; what is done is passed over then",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seen(quiet: f64) -> Seen {
        Seen {
            number: 4,
            beat: 9,
            is_free: false,
            holder: String::new(),
            node: "one".to_owned(),
            seconds: 60,
            quiet,
            is_forgotten: false,
            promise: 60,
            token: "t".to_owned(),
        }
    }

    #[test]
    fn a_promise_outlasts_every_statement_that_the_run_allows() {
        let promised = |silence, statement: Option<u64>| {
            let (statement, silence) = (statement.map(Duration::from_secs), Duration::from_secs(silence));
            promising(&Limits { statement, silence, ..Limits::default() })
        };
        assert_eq!(promised(60, None), "@migrator_silence = 60");
        assert_eq!(promised(1, None), "@migrator_silence = 10");
        assert_eq!(promised(60, Some(300)), "@migrator_silence = 310");
    }

    #[test]
    fn only_a_holder_that_broke_its_promise_is_relieved_from_another_node() {
        assert!(matches!(seen(59.0).standing_on("two"), Standing::Held));
        assert!(matches!(seen(60.0).standing_on("two"), Standing::Silent));
        assert!(matches!(seen(0.0).standing_on("one"), Standing::Orphaned));
    }

    #[test]
    fn who_relieves_a_silent_one_promises_twice_as_much() {
        assert_eq!(seen(60.0).promise_after(&Standing::Silent), 120);
        assert_eq!(seen(0.0).promise_after(&Standing::Orphaned), 60);
    }

    #[test]
    fn errors_tell_the_statement_and_not_the_renewal_before_it() {
        let lease = lease("`d`.`t`", &seen(0.0), 60, None);
        assert_eq!(unfenced(&lease.before("ALTER TABLE a ADD b INT")), "ALTER TABLE a ADD b INT");
        assert_eq!(unfenced("ALTER TABLE a ADD b INT"), "ALTER TABLE a ADD b INT");
        assert_eq!(unfenced(&lease.renewal), "-- renews the migration lock");
    }
}
