//! The databases, each behind the two ports of [`dialect`](crate::dialect) and [`connection`](crate::connection).
//!
//! Every `cfg` that names a backend stands in this file.

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod driver;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

/// The Diesel backend that SQL migrations are read through; which one does not matter, none of it is connected.
#[cfg(feature = "sqlite")]
pub type SqlSourceBackend = diesel::sqlite::Sqlite;
/// The Diesel backend that SQL migrations are read through; which one does not matter, none of it is connected.
#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
pub type SqlSourceBackend = diesel::pg::Pg;
/// The Diesel backend that SQL migrations are read through; which one does not matter, none of it is connected.
#[cfg(all(feature = "mysql", not(any(feature = "sqlite", feature = "postgres"))))]
pub type SqlSourceBackend = diesel::mysql::Mysql;

/// The connection types of the enabled databases, for the prelude.
pub mod connections {
    #[cfg(feature = "mysql")]
    pub use diesel::MysqlConnection;
    #[cfg(feature = "postgres")]
    pub use diesel::PgConnection;
    #[cfg(feature = "sqlite")]
    pub use diesel::SqliteConnection;
}
