//! Diesel's own connection to PostgreSQL, through libpq.

use std::any::Any;

use diesel::connection::AnsiTransactionManager;
use diesel::{PgConnection, QueryResult};

use super::driver::Counted;
use super::postgres::connection;
use super::postgres::session::Session;
use crate::connection::{Database, SchemaConnection};
use crate::error::{ErrorKind, Failure};

impl Session for PgConnection {}

impl Counted for PgConnection {
    fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        AnsiTransactionManager::begin_transaction_sql(self, sql)
    }

    fn failure(message: &str) -> Failure {
        connection::failure(message)
    }

    fn kind(message: &str) -> Option<ErrorKind> {
        connection::kind(message)
    }
}

impl SchemaConnection for PgConnection {
    fn database(&mut self) -> &mut dyn Database {
        self
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
