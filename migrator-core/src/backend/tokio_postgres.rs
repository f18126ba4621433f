//! A connection of diesel-async to PostgreSQL, through tokio-postgres: all of it Rust, without libpq.

use std::any::Any;

use diesel::QueryResult;
use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::pg::Pg;
use diesel_async::AsyncConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

use super::driver::Counted;
use super::postgres::connection;
use super::postgres::session::Session;
use crate::connection::{Database, SchemaConnection};
use crate::error::{ErrorKind, Failure};

impl<C: AsyncConnection<Backend = Pg> + 'static> Session for AsyncConnectionWrapper<C> {
    /// It is prepared in one of its own.
    const TRANSACTIONS: i64 = 2;
}

impl<C: AsyncConnection<Backend = Pg> + 'static> Counted for AsyncConnectionWrapper<C> {
    /// The wrapper's transactions begin with a plain BEGIN; what is said of one follows it.
    fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        <Self as diesel::Connection>::TransactionManager::begin_transaction(self)?;
        match sql.strip_prefix("BEGIN ") {
            Some(mode) => self.batch_execute(&format!("SET TRANSACTION {mode}")),
            None => Ok(()),
        }
    }

    fn failure(message: &str) -> Failure {
        connection::failure(message)
    }

    fn kind(message: &str) -> Option<ErrorKind> {
        connection::kind(message)
    }
}

impl<C: AsyncConnection<Backend = Pg> + 'static> SchemaConnection for AsyncConnectionWrapper<C> {
    fn database(&mut self) -> &mut dyn Database {
        self
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
