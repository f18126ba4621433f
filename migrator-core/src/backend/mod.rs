//! The databases, each behind the two ports of [`dialect`](crate::dialect) and [`connection`](crate::connection).
//!
//! Every `cfg` that names a backend stands in this file.

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql", feature = "diesel-async"))]
mod driver;
#[cfg(feature = "postgres")]
mod libpq;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "postgres", feature = "diesel-async"))]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql", feature = "diesel-async"))]
mod sql_source;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "diesel-async")]
mod tokio_postgres;

/// A source of SQL migrations: the `EmbeddedMigrations` or `FileBasedMigrations` of `diesel_migrations`.
pub trait SqlMigrations: sealed::Sealed {
    /// Every migration's text, read without a database.
    #[doc(hidden)]
    fn texts(&self) -> crate::error::Result<Vec<SqlText>>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for diesel_migrations::EmbeddedMigrations {}
    impl Sealed for diesel_migrations::FileBasedMigrations {}
}

/// A directory of up.sql and down.sql, as it was read.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct SqlText {
    pub(crate) directory: String,
    pub(crate) version: String,
    pub(crate) up: String,
    pub(crate) down: Option<String>,
    pub(crate) transaction: bool,
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql", feature = "diesel-async"))]
mod sql_files {
    use super::{SqlMigrations, SqlText, sql_source};

    // Which backend they are read through does not matter, none of it is connected.
    #[cfg(feature = "sqlite")]
    type Backend = diesel::sqlite::Sqlite;
    #[cfg(all(any(feature = "postgres", feature = "diesel-async"), not(feature = "sqlite")))]
    type Backend = diesel::pg::Pg;
    #[cfg(all(feature = "mysql", not(any(feature = "sqlite", feature = "postgres", feature = "diesel-async"))))]
    type Backend = diesel::mysql::Mysql;

    impl SqlMigrations for diesel_migrations::EmbeddedMigrations {
        fn texts(&self) -> crate::error::Result<Vec<SqlText>> {
            sql_source::texts::<Backend>(self)
        }
    }

    impl SqlMigrations for diesel_migrations::FileBasedMigrations {
        fn texts(&self) -> crate::error::Result<Vec<SqlText>> {
            sql_source::texts::<Backend>(self)
        }
    }
}

/// A connection to the database that the URL names; none where this build does not speak to that product.
#[cfg(any(feature = "cli", feature = "testing"))]
#[allow(unused_variables, reason = "without any database there is nothing to connect to")]
pub(crate) fn connect(
    dialect: crate::dialect::Dialect,
    url: &str,
) -> diesel::ConnectionResult<Option<Box<dyn crate::connection::SchemaConnection>>> {
    use crate::dialect::Dialect;
    use diesel::Connection as _;
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Ok(Some(Box::new(diesel::SqliteConnection::establish(url)?))),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok(Some(Box::new(diesel::PgConnection::establish(url)?))),
        #[cfg(feature = "mysql")]
        Dialect::MySql | Dialect::MariaDb => Ok(Some(Box::new(diesel::MysqlConnection::establish(url)?))),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        _ => Ok(None),
    }
}

/// The connection types of the enabled databases, for the prelude.
pub mod connections {
    #[cfg(feature = "mysql")]
    pub use diesel::MysqlConnection;
    #[cfg(feature = "postgres")]
    pub use diesel::PgConnection;
    #[cfg(feature = "sqlite")]
    pub use diesel::SqliteConnection;
}
