//! The way to a database that goes past the code under test, for setting up and for looking after.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use diesel::{ConnectionError, ConnectionResult, QueryResult};
use migrator_core::SchemaConnection;

use crate::Engine;

/// A plain Diesel connection, of whichever database.
pub(crate) trait Direct: Send {
    /// Runs one statement or several.
    fn batch(&mut self, statements: &str) -> QueryResult<()>;

    /// Every value of a query as text.
    fn rows(&mut self, query: &str) -> QueryResult<Vec<Vec<Option<String>>>>;
}

/// Whether this build can speak to it.
pub(crate) fn compiled(engine: Engine) -> bool {
    match engine {
        Engine::Sqlite => cfg!(feature = "sqlite"),
        Engine::Postgres => cfg!(feature = "postgres"),
        Engine::MariaDb => cfg!(feature = "mysql"),
    }
}

pub(crate) fn open(engine: Engine, url: &str) -> ConnectionResult<Box<dyn Direct>> {
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => sqlite::open(url),
        #[cfg(feature = "postgres")]
        Engine::Postgres => postgres::open(url),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => mysql::open(url),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => Err(not_compiled(other)),
    }
}

/// What the code under test is given: as a user would open it, without any setting.
pub(crate) fn open_for_tests(engine: Engine, url: &str) -> ConnectionResult<Box<dyn SchemaConnection>> {
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => sqlite::open_for_tests(url),
        #[cfg(feature = "postgres")]
        Engine::Postgres => postgres::open_for_tests(url),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => mysql::open_for_tests(url),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => Err(not_compiled(other)),
    }
}

fn not_compiled(engine: Engine) -> ConnectionError {
    ConnectionError::BadConnection(format!("compiled without the feature `{}`", engine.feature()))
}

/// Bytes as text, or as `\x0a1b` where they are none.
#[cfg(any(feature = "sqlite", feature = "mysql"))]
fn text_or_hexadecimal(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}
