//! A Diesel connection to PostgreSQL behind the effectful port.

use diesel::RunQueryDsl;
use diesel::pg::Pg;

use super::renderer::Renderer;
use super::session::Session;
use super::{catalog, fence, inspect, lock, server, settings};
use crate::backend::driver::{self, bound, refused};
use crate::connection::{
    Attempt, Database, Limits, Planning, ReadOnly, Record, SchemaConnection, Scope, ServerInfo, Settings, Value,
};
use crate::dialect::SqlRenderer;
use crate::error::{ErrorKind, Failure, Result};
use crate::name::TableName;
use crate::schema::Schema;

const BUSY: [&str; 3] = ["canceling statement due to lock timeout", "deadlock detected", "could not obtain lock on"];

const LOST: [&str; 6] = [
    "server closed the connection",
    "terminating connection",
    "no connection to the server",
    "connection has been closed",
    "the database system is shutting down",
    "could not receive data from server",
];

const READ_ONLY: [&str; 2] = ["read-only transaction", "during recovery"];

const PRIVILEGE: [&str; 3] = ["permission denied", "must be owner of", "must be superuser"];

fn says(message: &str, texts: &[&str]) -> bool {
    texts.iter().any(|text| message.contains(text))
}

/// What a refusal means. Diesel keeps the SQLSTATE of a few errors only, and the server's language may be any: English
/// is a bonus.
pub(in crate::backend) fn failure(message: &str) -> Failure {
    if says(message, &BUSY) {
        Failure::Busy
    } else if says(message, &LOST) {
        Failure::ConnectionLost
    } else {
        Failure::Final
    }
}

/// The kind of error that a refusal tells.
pub(in crate::backend) fn kind(message: &str) -> Option<ErrorKind> {
    let kinds: [(&[&str], ErrorKind); 3] =
        [(&LOST, ErrorKind::Connection), (&READ_ONLY, ErrorKind::ReadOnly), (&PRIVILEGE, ErrorKind::Privilege)];
    kinds.into_iter().find(|(texts, _)| says(message, texts)).map(|(_, kind)| kind)
}

impl<C: Session> Planning for C {
    fn connection(&mut self) -> Option<&mut dyn SchemaConnection> {
        Some(self)
    }
}

impl<C: Session> Database for C {
    fn renderer(&mut self) -> Result<&'static dyn SqlRenderer> {
        Ok(&Renderer)
    }

    fn shared_renderer(&self) -> &'static dyn SqlRenderer {
        &Renderer
    }

    fn server(&mut self) -> Result<ServerInfo> {
        server::info(self)
    }

    fn execute(&mut self, sql: &str, binds: &[Value]) -> Result<usize> {
        bound::<Pg>(sql, binds).execute(self).map_err(|error| refused::<Self>(error, sql))
    }

    fn query(&mut self, sql: &str, binds: &[Value]) -> Result<Vec<Record>> {
        bound::<Pg>(sql, binds).load(self).map_err(|error| refused::<Self>(error, sql))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.batch_execute(sql).map_err(|error| refused::<Self>(error, sql))
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

    fn enum_values(&mut self, name: &TableName) -> Result<Option<Vec<String>>> {
        catalog::enum_values(self, name)
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

    fn has_lost_transaction(&mut self, mark: &str) -> Result<bool> {
        fence::has_lost_transaction(self, mark)
    }

    fn try_begin_migration(&mut self, limits: &Limits) -> Result<Attempt> {
        lock::try_begin_migration(self, limits)
    }

    fn try_session_lock(&mut self) -> Result<Attempt> {
        lock::try_session_lock(self)
    }

    fn release_session_lock(&mut self) -> Result<()> {
        lock::release_session_lock(self)
    }

    fn settings(&mut self) -> Result<Settings> {
        settings::read(self)
    }

    /// Statements that define, or write rows, leave settings alone; a function that they call and that does not is not seen.
    fn may_change_settings(&self, sql: &str) -> bool {
        const HARMLESS: [&str; 9] =
            ["CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "COMMENT", "GRANT", "REVOKE"];
        let harmless = |statement: &crate::sql::Statement<'_>| crate::sql::begins_with(statement.text(), &HARMLESS);
        sql.contains("set_config") || !crate::sql::split(sql, crate::dialect::Dialect::Postgres).iter().all(harmless)
    }

    fn restoring(&self, before: &Settings) -> Option<String> {
        Some(settings::restoring(before))
    }

    fn restore_settings(&mut self, settings: &Settings) -> Result<()> {
        settings::restore(self, settings)
    }

    /// A savepoint holds the read-only mode: only its end can take that back once a statement was sent.
    fn enter_read_only(&mut self) -> Result<ReadOnly> {
        driver::begin(self)?;
        self.batch("SET TRANSACTION READ ONLY").inspect_err(|_| {
            driver::rollback(self).ok();
        })?;
        Ok(ReadOnly(false))
    }

    fn leave_read_only(&mut self, _before: ReadOnly) -> Result<()> {
        driver::rollback(self)
    }

    fn count_all(&mut self, sql: &str) -> Result<i64> {
        // Told before it is set: the values of a list are made from left to right.
        let told = "SELECT current_setting('row_security'), set_config('row_security', 'off', false)";
        let hidden = self.query(told, &[])?.first().map(|row| row.text(0));
        let counted = self.query(sql, &[]).map(|rows| rows.first().map_or(0, |row| row.integer(0)));
        let put_back = self.batch(&format!("SET row_security = {}", hidden.unwrap_or_else(|| "on".to_owned())));
        // A transaction that the error has spoilt puts the setting back when it is rolled back.
        counted.and_then(|counted| put_back.map(|()| counted))
    }

    fn lock_table(&mut self, table: &TableName) -> Result<()> {
        let table = Renderer.table(table);
        self.batch(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
    }

    fn can_read(&mut self, table: &TableName) -> Result<bool> {
        catalog::can_read(self, table)
    }

    fn history_witness(&self, table: &str) -> String {
        format!("(SELECT coalesce(sum(hashtextextended(version, 0)), 0)::text FROM {table})")
    }

    fn current_schema(&mut self) -> Result<Option<String>> {
        Ok(self.query("SELECT current_schema()", &[])?.first().and_then(|row| row.optional_text(0)))
    }
}
