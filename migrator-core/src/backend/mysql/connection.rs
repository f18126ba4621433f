//! A Diesel connection to MySQL or MariaDB behind the effectful port.

use std::any::Any;
use std::collections::BTreeMap;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::mysql::{Mysql, MysqlConnection};
use diesel::{QueryResult, RunQueryDsl};

use super::{catalog, inspect, lease, lock, product, settings};
use crate::backend::driver::{self, Counted, bound};
use crate::connection::{
    Attempt, Database, Limits, Planning, ReadOnly, Record, SchemaConnection, Scope, ServerInfo, Settings, Value,
    ended_by_ddl,
};
use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::name::TableName;
use crate::schema::Schema;

impl Counted for MysqlConnection {
    fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        AnsiTransactionManager::begin_transaction_sql(self, sql)
    }

    fn failure(message: &str) -> Failure {
        if says(message, &BUSY) {
            Failure::Busy
        } else if says(message, &LOST) {
            Failure::ConnectionLost
        } else {
            Failure::Final
        }
    }

    fn kind(message: &str) -> Option<ErrorKind> {
        let kinds = [
            (&LOST[..], ErrorKind::Connection),
            (&READ_ONLY, ErrorKind::ReadOnly),
            (&DENIED, ErrorKind::Privilege),
            (&[lease::LOST], ErrorKind::LockLost),
            (&lease::NOT_READY, ErrorKind::Connection),
        ];
        kinds.into_iter().find(|(words, _)| says(message, words)).map(|(_, kind)| kind)
    }
}

// Diesel hands on the message without the number. These are English: a server may be set to another language.
const BUSY: [&str; 4] =
    ["Lock wait timeout exceeded", DEADLOCK, "Record has changed since last read", "WSREP detected deadlock"];
pub(super) const DEADLOCK: &str = "Deadlock found";
const LOST: [&str; 6] = [
    "has gone away",
    "Lost connection to",
    "Connection was killed",
    "Server shutdown in progress",
    "disconnected by the server because of inactivity",
    "Can't connect to",
];
const READ_ONLY: [&str; 6] = [
    "--read-only",
    "--super-read-only",
    "READ ONLY transaction",
    "in read-only mode",
    "in read only mode",
    "' is read only",
];
const DENIED: [&str; 2] = ["command denied to user", "Access denied"];

fn says(message: &str, words: &[&str]) -> bool {
    words.iter().any(|word| message.contains(word))
}

fn refused(error: diesel::result::Error, sql: &str) -> Error {
    lease::explained(driver::refused::<MysqlConnection>(error, lease::unfenced(sql)))
}

impl SchemaConnection for MysqlConnection {
    fn database(&mut self) -> &mut dyn Database {
        self
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Planning for MysqlConnection {
    fn connection(&mut self) -> Option<&mut dyn SchemaConnection> {
        Some(self)
    }

    fn session_of_a_script(&mut self, _foreign_keys_off: bool) -> Result<Vec<String>> {
        Ok(vec![STRICT.to_owned()])
    }

    fn options_of_a_new_table(&mut self) -> Result<BTreeMap<String, String>> {
        let rows = self.query("SELECT @@default_storage_engine, @@collation_database", &[])?;
        let text = |position| rows.first().map(|row| row.text(position)).unwrap_or_default();
        Ok([("engine", text(0)), ("collation", text(1))].map(|(name, value)| (name.to_owned(), value)).into())
    }
}

impl Database for MysqlConnection {
    fn renderer(&mut self) -> Result<&'static dyn SqlRenderer> {
        let rows = self.query(product::QUESTION, &[])?;
        let text = |position| rows.first().map(|row| row.text(position)).unwrap_or_default();
        Ok(product::recognise(&text(0), &text(1))?)
    }

    fn shared_renderer(&self) -> &'static dyn SqlRenderer {
        &super::renderer::MARIADB
    }

    fn server(&mut self) -> Result<ServerInfo> {
        let dialect = self.renderer()?.dialect();
        let rows = self.query(SERVER, &[])?;
        let text = |position| rows.first().map(|row| row.text(position)).unwrap_or_default();
        let reason =
            READ_ONLY_REASONS.iter().enumerate().find(|(at, _)| is_on(&text(3 + at))).map(|(_, reason)| *reason);
        Ok(ServerInfo {
            dialect,
            version: text(0),
            database: if text(1).is_empty() { "(none selected)".to_owned() } else { text(1) },
            user: Some(text(2)),
            writable: reason.is_none(),
            can_create_tables: reason.is_none() && may_create_tables(self)?,
            read_only_reason: reason.map(str::to_owned),
        })
    }

    /// MySQL does not prepare every statement; what it refuses to prepare has not run, and is sent as text.
    fn execute(&mut self, sql: &str, binds: &[Value]) -> Result<usize> {
        match bound::<Mysql>(sql, binds).execute(self) {
            Err(error) if binds.is_empty() && error.to_string().contains("prepared statement protocol") => {
                self.batch(sql).map(|()| 0)
            }
            done => done.map_err(|error| refused(error, sql)),
        }
    }

    fn query(&mut self, sql: &str, binds: &[Value]) -> Result<Vec<Record>> {
        bound::<Mysql>(sql, binds).load(self).map_err(|error| refused(error, sql))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.batch_execute(sql).map_err(|error| refused(error, sql))
    }

    fn has_table(&mut self, table: &TableName) -> Result<bool> {
        catalog::has_table(self, table)
    }

    fn locate(&mut self, table: &TableName) -> Result<Option<TableName>> {
        catalog::locate(self, table)
    }

    fn column_names(&mut self, table: &TableName) -> Result<Vec<String>> {
        catalog::column_names(self, table)
    }

    fn column_types(&mut self, table: &TableName) -> Result<Vec<(String, String)>> {
        catalog::column_types(self, table)
    }

    fn has_column(&mut self, table: &TableName, column: &str) -> Result<bool> {
        catalog::has_column(self, table, column)
    }

    fn has_index(&mut self, table: &TableName, index: &str) -> Result<bool> {
        catalog::has_index(self, table, index)
    }

    fn referencing(&mut self, table: &TableName) -> Result<Vec<String>> {
        catalog::referencing(self, table)
    }

    fn inspect(&mut self, scope: Scope<'_>) -> Result<Schema> {
        inspect::inspect(self, scope)
    }

    fn transaction_depth(&mut self) -> Result<u32> {
        driver::transaction_depth(self)
    }

    fn begin(&mut self) -> Result<()> {
        driver::begin(self)
    }

    fn commit(&mut self) -> Result<()> {
        driver::commit(self)
    }

    fn rollback(&mut self) -> Result<()> {
        driver::rollback(self)
    }

    /// DDL commits whatever is open, so there is no transaction round a migration: the session's lock is all.
    fn try_begin_migration(&mut self, _limits: &Limits) -> Result<Attempt> {
        lock::try_take(self)
    }

    fn try_session_lock(&mut self) -> Result<Attempt> {
        lock::try_take(self)
    }

    fn release_session_lock(&mut self) -> Result<()> {
        lock::give_back(self)
    }

    /// Strict mode for the run: without it values that do not fit are changed in silence.
    fn prepare_session(&mut self) -> Result<bool> {
        let found = (self as &mut dyn Database).count(SESSION, &[])?;
        if found >= OPEN {
            return Err(ended_by_ddl((self as &mut dyn Database).dialect()?));
        }
        let strict = found > 0;
        if !strict {
            self.batch(STRICT)?;
        }
        Ok(!strict)
    }

    fn settings(&mut self) -> Result<Settings> {
        settings::read(self)
    }

    /// What defines leaves settings alone; triggers of what writes rows may not.
    fn may_change_settings(&self, sql: &str) -> bool {
        const HARMLESS: [&str; 5] = ["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"];
        let harmless = |statement: &crate::sql::Statement<'_>| crate::sql::begins_with(statement.text(), &HARMLESS);
        !crate::sql::split(sql, Dialect::MariaDb).iter().all(harmless)
    }

    fn restore_settings(&mut self, settings: &Settings) -> Result<()> {
        settings::restore(self, settings)
    }

    /// A transaction of its own: there is none round a migration here.
    fn enter_read_only(&mut self) -> Result<ReadOnly> {
        driver::begin_with(self, "START TRANSACTION READ ONLY").map(|()| ReadOnly(false))
    }

    fn leave_read_only(&mut self, _before: ReadOnly) -> Result<()> {
        driver::rollback(self)
    }

    /// Bytes, so that it compares with a column of any collation. Squares, because checksums are linear: the sums of two
    /// versions may be those of two others that came for them.
    fn history_witness(&self, table: &str) -> String {
        format!(
            "(SELECT CAST(CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(version) * CRC32(version)), 0)) AS BINARY) FROM {table})"
        )
    }

    fn current_schema(&mut self) -> Result<Option<String>> {
        Ok(self.query("SELECT DATABASE()", &[])?.first().and_then(|row| row.optional_text(0)))
    }
}

/// Whether the session is strict; and whether somebody has begun a transaction by words of their own, which Diesel does
/// not count, and MySQL does not tell. Without autocommit one is open after any read.
const SESSION: &str =
    "SELECT (@@sql_mode LIKE '%STRICT%') + /*!80000 0 */ /*M!100000 2 * (@@autocommit AND @@in_transaction) */";
const OPEN: i64 = 2;

const STRICT: &str = "SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_ALL_TABLES')";

/// Each product reads what the other takes for a comment; see the settings.
const SERVER: &str = "SELECT VERSION(), DATABASE(), CURRENT_USER(), @@read_only, @@innodb_read_only, \
    /*!80000 @@super_read_only */ /*M!100000 0 */, /*!80000 @@transaction_read_only */ /*M!100000 @@tx_read_only */";

/// In the order of the columns. A user above `read_only` could write; a replica that is written to has left its source.
const READ_ONLY_REASONS: [&str; 4] = [
    "@@read_only is on: a replica, or kept from writing",
    "@@innodb_read_only is on",
    "@@super_read_only is on: a replica, or kept from writing",
    "the session's transactions are READ ONLY",
];

/// MariaDB 12 has more words than ON and OFF.
fn is_on(value: &str) -> bool {
    !matches!(value, "" | "0" | "OFF")
}

/// Asked by preparing what is then not executed: roles, wildcards and partial revokes are the server's business.
fn may_create_tables(conn: &mut MysqlConnection) -> Result<bool> {
    let probe =
        "PREPARE migrator_probe FROM 'CREATE TABLE __migrator_probe (id INT)'; DEALLOCATE PREPARE migrator_probe";
    match conn.batch(probe) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Connection => Err(error),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_its_words() {
        for (message, failure, kind) in [
            ("Lock wait timeout exceeded; try restarting transaction", Failure::Busy, None),
            ("Deadlock found when trying to get lock; try restarting transaction", Failure::Busy, None),
            ("Server has gone away", Failure::ConnectionLost, Some(ErrorKind::Connection)),
            ("Lost connection to server during query", Failure::ConnectionLost, Some(ErrorKind::Connection)),
            (
                "The MariaDB server is running with the --read-only option so it cannot execute this statement",
                Failure::Final,
                Some(ErrorKind::ReadOnly),
            ),
            (
                "CREATE command denied to user 'a'@'localhost' for table `d`.`t`",
                Failure::Final,
                Some(ErrorKind::Privilege),
            ),
            ("Duplicate entry 'read only' for key 'PRIMARY'", Failure::Final, None),
        ] {
            assert_eq!(MysqlConnection::failure(message), failure, "{message}");
            assert_eq!(MysqlConnection::kind(message), kind, "{message}");
        }
    }
}
