//! What the three Diesel connections have in common: transactions, binds, errors.

use diesel::connection::{TransactionManager, TransactionManagerStatus};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Binary, Double, HasSqlType, Nullable, Text};
use diesel::{Connection, QueryResult, backend::Backend, serialize::ToSql, sql_query};

use std::error::Error as StdError;

use crate::connection::Value;
use crate::error::{Error, ErrorKind, Failure, Result, without_passwords};

/// A Diesel connection whose transactions are counted as Diesel counts them.
pub(super) trait Counted: Connection {
    /// BEGIN in other words, counted too.
    fn begin_with(&mut self, sql: &str) -> QueryResult<()>;

    /// What a failure of this product means, by its message.
    fn failure(message: &str) -> Failure;

    /// The kind of error that this product's message tells, where it tells one.
    fn kind(message: &str) -> Option<ErrorKind>;
}

fn status<C: Counted>(conn: &mut C) -> &mut TransactionManagerStatus {
    C::TransactionManager::transaction_manager_status_mut(conn)
}

pub(super) fn transaction_depth<C: Counted>(conn: &mut C) -> Result<u32> {
    let depth = status(conn).transaction_depth().map_err(|error| refused::<C>(error, "BEGIN"))?;
    Ok(depth.map_or(0, std::num::NonZeroU32::get))
}

pub(super) fn begin<C: Counted>(conn: &mut C) -> Result<()> {
    C::TransactionManager::begin_transaction(conn).map_err(|error| refused::<C>(error, "BEGIN"))
}

pub(super) fn begin_with<C: Counted>(conn: &mut C, sql: &str) -> Result<()> {
    conn.begin_with(sql).map_err(|error| refused::<C>(error, sql))
}

pub(super) fn commit<C: Counted>(conn: &mut C) -> Result<()> {
    C::TransactionManager::commit_transaction(conn).map_err(|error| refused::<C>(error, "COMMIT"))
}

pub(super) fn rollback<C: Counted>(conn: &mut C) -> Result<()> {
    C::TransactionManager::rollback_transaction(conn).map_err(|error| refused::<C>(error, "ROLLBACK"))
}

/// The statement with its values bound.
pub(super) fn bound<'a, DB>(sql: &str, binds: &[Value]) -> BoxedSqlQuery<'a, DB, SqlQuery>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Double> + HasSqlType<Text> + HasSqlType<Binary> + 'a,
    i64: ToSql<BigInt, DB>,
    f64: ToSql<Double, DB>,
    String: ToSql<Text, DB>,
    Vec<u8>: ToSql<Binary, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
{
    binds.iter().fold(sql_query(sql).into_boxed(), |query, value| match value {
        Value::Null => query.bind::<Nullable<Text>, _>(None::<String>),
        Value::Integer(number) => query.bind::<BigInt, _>(*number),
        Value::Real(number) => query.bind::<Double, _>(*number),
        Value::Text(text) => query.bind::<Text, _>(text.clone()),
        Value::Bytes(bytes) => query.bind::<Binary, _>(bytes.clone()),
    })
}

/// What the database said, as an error of ours.
pub(super) fn refused<C: Counted>(error: DieselError, sql: &str) -> Error {
    let message = without_passwords(&error.to_string());
    let (kind, failure) = match &error {
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
            (ErrorKind::Connection, Failure::ConnectionLost)
        }
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => (ErrorKind::Database, Failure::Busy),
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => (ErrorKind::ReadOnly, Failure::Final),
        _ => (C::kind(&message).unwrap_or(ErrorKind::Database), C::failure(&message)),
    };
    Error::new(kind, format!("the database refused a statement: {message}"))
        .at_statement(sql)
        .failing(failure)
        .with_source(error)
}

/// Whether an error of ours, or what a migration's own code made of Diesel's, means that somebody else held a lock.
pub(super) fn is_busy<C: Counted>(error: &Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (**cause).source());
    error.failure() == Failure::Busy || causes.any(|cause| C::failure(&cause.to_string()) == Failure::Busy)
}
