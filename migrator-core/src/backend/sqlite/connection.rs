//! A Diesel connection to SQLite behind the effectful port.

use std::any::Any;
use std::collections::BTreeMap;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::deserialize::{self, QueryableByName};
use diesel::row::{Field, NamedRow, Row};
use diesel::sqlite::{Sqlite, SqliteConnection, SqliteType};
use diesel::{QueryResult, RunQueryDsl, sqlite::SqliteValue};

use super::catalog;
use super::fence;
use super::inspect;
use super::lock;
use super::rebuild;
use super::renderer::Renderer;
use crate::backend::driver::{self, Counted, bound, refused};
use crate::connection::{
    Attempt, Database, Limits, ReadOnly, Record, SchemaConnection, Scope, ServerInfo, Settings, Value,
};
use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{ErrorKind, Failure, Result};
use crate::name::TableName;
use crate::schema::Schema;

impl Counted for SqliteConnection {
    fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        AnsiTransactionManager::begin_transaction_sql(self, sql)
    }

    fn failure(message: &str) -> Failure {
        if message.contains("is locked") { Failure::Busy } else { Failure::Final }
    }

    fn kind(message: &str) -> Option<ErrorKind> {
        if message.contains("readonly database") {
            Some(ErrorKind::ReadOnly)
        } else if message.contains("within a transaction") {
            Some(ErrorKind::InTransaction)
        } else {
            None
        }
    }
}

impl SchemaConnection for SqliteConnection {
    fn database(&mut self) -> &mut dyn Database {
        self
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Database for SqliteConnection {
    fn renderer(&mut self) -> Result<&'static dyn SqlRenderer> {
        Ok(&Renderer)
    }

    fn shared_renderer(&self) -> &'static dyn SqlRenderer {
        &Renderer
    }

    fn server(&mut self) -> Result<ServerInfo> {
        let row = self.query(
            "SELECT sqlite_version(), coalesce((SELECT file FROM pragma_database_list WHERE name = 'main'), ''), \
             (SELECT query_only FROM pragma_query_only)",
            &[],
        )?;
        let text = |position| row.first().map(|row| row.text(position)).unwrap_or_default();
        let reason = match text(2).as_str() {
            "1" => Some("PRAGMA query_only is on".to_owned()),
            _ => refuses_writes(self)?,
        };
        Ok(ServerInfo {
            dialect: Dialect::Sqlite,
            version: text(0),
            database: if text(1).is_empty() { ":memory:".to_owned() } else { text(1) },
            user: None,
            writable: reason.is_none(),
            can_create_tables: reason.is_none(),
            read_only_reason: reason,
        })
    }

    fn execute(&mut self, sql: &str, binds: &[Value]) -> Result<usize> {
        bound::<Sqlite>(sql, binds).execute(self).map_err(|error| refused::<Self>(error, sql))
    }

    fn query(&mut self, sql: &str, binds: &[Value]) -> Result<Vec<Record>> {
        bound::<Sqlite>(sql, binds).load(self).map_err(|error| refused::<Self>(error, sql))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.batch_execute(sql).map_err(|error| refused::<Self>(error, sql))
    }

    fn has_table(&mut self, table: &TableName) -> Result<bool> {
        catalog::has_table(self, table)
    }

    fn is_free(&mut self, table: &TableName) -> Result<bool> {
        catalog::is_free(self, table)
    }

    fn stands(&mut self, table: &TableName) -> Result<bool> {
        catalog::stands(self, table)
    }

    fn locate(&mut self, table: &TableName) -> Result<Option<TableName>> {
        catalog::locate(self, table)
    }

    fn column_names(&mut self, table: &TableName) -> Result<Vec<String>> {
        catalog::column_names(self, table)
    }

    fn has_column(&mut self, table: &TableName, column: &str) -> Result<bool> {
        Ok(self.column_names(table)?.iter().any(|name| name.eq_ignore_ascii_case(column)))
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

    fn has_lost_transaction(&mut self, _mark: &str) -> Result<bool> {
        Ok(fence::has_lost_transaction(self))
    }

    fn try_begin_migration(&mut self, _limits: &Limits) -> Result<Attempt> {
        match begin_at_once(self)? {
            Ok(()) => match lock::holder(self)? {
                None => Ok(Attempt::Acquired),
                Some(holder) => {
                    driver::rollback(self)?;
                    Ok(Attempt::Busy(Some(holder)))
                }
            },
            // SQLite does not say who; that it is held means that a process lives that holds it.
            Err(error) if error.failure() == Failure::Busy => Ok(Attempt::Busy(Some("another connection".to_owned()))),
            Err(error) => Err(error),
        }
    }

    fn try_session_lock(&mut self) -> Result<Attempt> {
        // A migration in a transaction that is under way ends first: whoever begins one later finds the lock.
        match lock::attempt(self)? {
            Attempt::Acquired => {
                let free = begin_at_once(self)?;
                match free {
                    Ok(()) => driver::rollback(self).map(|()| Attempt::Acquired),
                    Err(error) => {
                        lock::release(self)?;
                        match error.failure() {
                            Failure::Busy => Ok(Attempt::Busy(Some("another connection".to_owned()))),
                            _ => Err(error),
                        }
                    }
                }
            }
            other => Ok(other),
        }
    }

    fn release_session_lock(&mut self) -> Result<()> {
        lock::release(self)
    }

    fn settings(&mut self) -> Result<Settings> {
        let row = self.query(READ_SETTINGS, &[])?;
        let value = |position| row.first().map(|row| row.text(position)).unwrap_or_default();
        Ok(Settings(SETTINGS.iter().enumerate().map(|(at, name)| (*name, value(at))).collect::<BTreeMap<_, _>>()))
    }

    fn may_change_settings(&self, sql: &str) -> bool {
        const PRAGMA: &[u8] = b"pragma";
        sql.as_bytes().windows(PRAGMA.len()).any(|word| word.eq_ignore_ascii_case(PRAGMA))
    }

    fn restore_settings(&mut self, settings: &Settings) -> Result<()> {
        let now = self.settings()?;
        settings.changed_in(&now).try_for_each(|(name, value)| self.batch(&format!("PRAGMA {name} = {value}")))
    }

    fn grow_patient(&mut self) -> Result<Option<i64>> {
        // The pragmas as table-valued functions, which `settings` reads, are locked out too.
        let before = self.query("PRAGMA busy_timeout", &[])?.first().map_or(0, |row| row.integer(0));
        if before < PATIENCE {
            be_patient(self, PATIENCE)?;
        }
        Ok(Some(before))
    }

    fn be_patient_as(&mut self, before: Option<i64>) -> Result<()> {
        before.map_or(Ok(()), |before| be_patient(self, before))
    }

    fn enter_read_only(&mut self) -> Result<ReadOnly> {
        let before = self.query("PRAGMA query_only", &[])?.first().is_some_and(|row| row.flag(0));
        self.batch("PRAGMA query_only = 1").map(|()| ReadOnly(before))
    }

    fn leave_read_only(&mut self, before: ReadOnly) -> Result<()> {
        if before.0 { Ok(()) } else { self.batch("PRAGMA query_only = 0") }
    }

    fn enforce_foreign_keys(&mut self, enforced: bool) -> Result<()> {
        self.batch(&format!("PRAGMA foreign_keys = {}", i32::from(enforced)))
    }

    fn foreign_key_violations(&mut self) -> Result<Vec<String>> {
        rebuild::all_violations(self)
    }

    fn history_witness(&self, table: &str) -> String {
        format!(
            "coalesce((SELECT count(*) FROM {table}) || ':' || \
             (SELECT rowid || ':' || version || ':' || run_on FROM {table} ORDER BY rowid DESC LIMIT 1), '')"
        )
    }
}

/// How long a statement waits for somebody else's lock, in milliseconds.
const PATIENCE: i64 = 5_000;

fn be_patient(conn: &mut SqliteConnection, milliseconds: i64) -> Result<()> {
    conn.batch(&format!("PRAGMA busy_timeout = {milliseconds}"))
}

/// Takes the write lock, or finds it taken, without waiting for it: one text, as patient afterwards as throughout a run.
fn begin_at_once(conn: &mut SqliteConnection) -> Result<Result<()>> {
    let sql = format!("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; PRAGMA busy_timeout = {PATIENCE}");
    match driver::begin_with(conn, &sql) {
        Ok(()) => Ok(Ok(())),
        Err(error) => be_patient(conn, PATIENCE).map(|()| Err(error)),
    }
}

/// Tries something without waiting for locks of others.
fn at_once(
    conn: &mut SqliteConnection,
    attempt: impl FnOnce(&mut SqliteConnection) -> Result<()>,
) -> Result<Result<()>> {
    be_patient(conn, 0)?;
    let answer = attempt(conn);
    // As patient as it is throughout a run, which alone tries.
    be_patient(conn, PATIENCE)?;
    Ok(answer)
}

const SETTINGS: [&str; 5] =
    ["foreign_keys", "busy_timeout", "recursive_triggers", "legacy_alter_table", "defer_foreign_keys"];

const READ_SETTINGS: &str = "SELECT (SELECT foreign_keys FROM pragma_foreign_keys), \
     (SELECT timeout FROM pragma_busy_timeout), (SELECT recursive_triggers FROM pragma_recursive_triggers), \
     (SELECT legacy_alter_table FROM pragma_legacy_alter_table), \
     (SELECT defer_foreign_keys FROM pragma_defer_foreign_keys)";

/// Asks by taking the write lock and giving it back; a lock held by somebody else means that writing is possible.
fn refuses_writes(conn: &mut SqliteConnection) -> Result<Option<String>> {
    if driver::transaction_depth(conn)? > 0 {
        return Ok(None);
    }
    // Writing the value that is there takes the same road as any write and changes nothing.
    let probe = conn.query("PRAGMA user_version", &[])?.first().map_or(0, |row| row.integer(0));
    match at_once(conn, |conn| conn.batch(&format!("BEGIN IMMEDIATE; PRAGMA user_version = {probe}")))? {
        Ok(()) => conn.batch("ROLLBACK").map(|()| None),
        Err(error) if error.kind() == ErrorKind::ReadOnly => {
            // BEGIN IMMEDIATE of a read-only file succeeds; the write is what fails.
            conn.batch("ROLLBACK").ok();
            Ok(Some("the file or its folder is not writable".to_owned()))
        }
        Err(error) if error.failure() == Failure::Busy => Ok(None),
        Err(error) => Err(error),
    }
}

impl QueryableByName<Sqlite> for Record {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let fields = (0..row.field_count()).map(|position| Row::get(row, position));
        Ok(Self(
            fields.map(|field| field.as_ref().and_then(|field| field.value()).map_or(Value::Null, decode)).collect(),
        ))
    }
}

fn decode(mut value: SqliteValue<'_, '_, '_>) -> Value {
    match value.value_type() {
        None => Value::Null,
        Some(SqliteType::Float | SqliteType::Double) => Value::Real(value.read_double()),
        Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => Value::Integer(value.read_long()),
        Some(SqliteType::Binary) => Value::Bytes(value.read_blob().to_vec()),
        Some(_) => Value::Text(value.read_text().to_owned()),
    }
}
