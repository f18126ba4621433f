//! Databases that live as long as one check.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, process};

use crate::backend;
use crate::connection::SchemaConnection;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};

type Opened = Result<Box<dyn SchemaConnection>, Box<dyn StdError + Send + Sync>>;

/// Where checks make databases of their own: created empty, and dropped when the check is over, also when it panics.
///
/// A server that does not answer is a failed check, not one left out.
#[derive(Clone)]
pub struct TestDatabase {
    place: Place,
    open: Arc<dyn Fn(&str) -> Opened + Send + Sync>,
}

#[derive(Clone)]
enum Place {
    /// Files in a temporary folder, never waited for: nothing is flushed to the disk.
    Folder,
    /// By the URL of any database there; a copy is a template's.
    Postgres(String),
    /// Likewise; without copies.
    Mysql(String),
}

impl Place {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Folder => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
            Self::Mysql(_) => Dialect::MySql,
        }
    }

    /// Sends a statement past the databases that are made here.
    fn send(&self, sql: &str) -> Result<()> {
        match self {
            Self::Folder => Ok(()),
            Self::Postgres(url) | Self::Mysql(url) => open(self.dialect(), url)?.database().batch(sql),
        }
    }
}

impl TestDatabase {
    /// SQLite, in files of the system's temporary folder that are never flushed to the disk.
    pub fn sqlite() -> Self {
        Self::at(Place::Folder)
    }

    /// The PostgreSQL server of that URL; its role must be allowed to create databases.
    pub fn postgres(url: impl Into<String>) -> Self {
        Self::at(Place::Postgres(url.into()))
    }

    /// The MySQL or MariaDB server of that URL; its user must be allowed to create databases.
    pub fn mysql(url: impl Into<String>) -> Self {
        Self::at(Place::Mysql(url.into()))
    }

    fn at(place: Place) -> Self {
        let dialect = place.dialect();
        Self { place, open: Arc::new(move |url| Ok(open(dialect, url)?)) }
    }

    /// Connections are opened by a function of yours: for migrations that take an enum of connections, or settings that
    /// the application gives each session. It is given the URL of the fresh database; for SQLite, the path of its file.
    ///
    /// ```
    /// use migrator_core::prelude::*;
    /// use migrator_core::testing::TestDatabase;
    ///
    /// let database = TestDatabase::sqlite().opened_by(|url| Ok(Box::new(SqliteConnection::establish(url)?)));
    /// ```
    pub fn opened_by(mut self, open: impl Fn(&str) -> Opened + Send + Sync + 'static) -> Self {
        self.open = Arc::new(open);
        self
    }

    /// An empty database.
    pub(super) fn fresh(&self) -> Result<Fresh> {
        let name = fresh_name();
        match &self.place {
            Place::Folder => {
                let folder = env::temp_dir().join(&name);
                fs::create_dir(&folder).map_err(|error| no_folder(&folder, &error))?;
            }
            Place::Postgres(_) => self.place.send(&format!("CREATE DATABASE {name}"))?,
            Place::Mysql(_) => self.place.send(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))?,
        }
        Ok(Fresh { of: self.clone(), name })
    }
}

/// A database that is dropped with this value.
pub(super) struct Fresh {
    of: TestDatabase,
    name: String,
}

impl Fresh {
    /// What a connection is opened by.
    fn url(&self) -> String {
        match &self.of.place {
            Place::Folder => self.file().to_string_lossy().into_owned(),
            Place::Postgres(url) | Place::Mysql(url) => with_database(url, &self.name),
        }
    }

    fn file(&self) -> PathBuf {
        env::temp_dir().join(&self.name).join("database.sqlite")
    }

    pub(super) fn connect(&self) -> Result<Box<dyn SchemaConnection>> {
        let opened = (self.of.open)(&self.url());
        let mut conn = opened.map_err(|error| match error.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(error) => Error::new(ErrorKind::Connection, error.to_string()).with_source(error),
        })?;
        if matches!(self.of.place, Place::Folder) {
            // Somebody else's program would lose it in a power cut; here it is gone in a moment anyway.
            conn.database()
                .batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 5000")?;
        }
        Ok(conn)
    }

    /// Another database with the same content, where the server can make one; nobody may be connected.
    pub(super) fn copy(&self) -> Result<Option<Self>> {
        let name = fresh_name();
        let copy = Self { of: self.of.clone(), name };
        match &self.of.place {
            Place::Folder => {
                let folder = env::temp_dir().join(&copy.name);
                fs::create_dir(&folder).map_err(|error| no_folder(&folder, &error))?;
                fs::copy(self.file(), copy.file()).map_err(|error| no_folder(&folder, &error))?;
            }
            Place::Postgres(_) => {
                self.of.place.send(&format!("CREATE DATABASE {} TEMPLATE {}", copy.name, self.name))?;
            }
            Place::Mysql(_) => {
                // Nothing was created that would have to be dropped.
                std::mem::forget(copy);
                return Ok(None);
            }
        }
        Ok(Some(copy))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // A database that cannot be dropped is in nobody's way: its name is like no other.
        match &self.of.place {
            Place::Folder => drop(fs::remove_dir_all(env::temp_dir().join(&self.name))),
            Place::Postgres(_) => drop(self.of.place.send(&format!("DROP DATABASE {} WITH (FORCE)", self.name))),
            Place::Mysql(_) => drop(self.of.place.send(&format!("DROP DATABASE {}", self.name))),
        }
    }
}

/// Unlike any other, also one of another process on another machine.
fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    format!("migrator_test_{}_{moment}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn no_folder(folder: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Connection, format!("no test database in {}: {error}", folder.display()))
        .remedy("make the temporary folder writable, or name another one: TMPDIR")
}

fn open(dialect: Dialect, url: &str) -> Result<Box<dyn SchemaConnection>> {
    match backend::connect(dialect, url) {
        Ok(Some(conn)) => Ok(conn),
        Ok(None) => Err(Error::unsupported(
            format!("this program does not speak to {dialect}"),
            "turn on the feature of that database, of migrator-core: `sqlite`, `postgres` or `mysql`",
        )),
        Err(error) => {
            let what = format!("{url} does not let this program in: {error}");
            Err(Error::new(ErrorKind::Connection, what).with_source(error))
        }
    }
}

/// The URL with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = match url.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (url, String::new()),
    };
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    format!("{}/{name}{parameters}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_in_a_url_is_exchanged() {
        let exchanged = |url| with_database(url, "x");
        assert_eq!(exchanged("postgres://u:p@h:5/app?sslmode=require"), "postgres://u:p@h:5/x?sslmode=require");
        assert_eq!(exchanged("mysql://h"), "mysql://h/x");
        assert_eq!(exchanged("mysql://h/"), "mysql://h/x");
    }

    #[test]
    fn no_two_databases_have_a_name() {
        assert_ne!(fresh_name(), fresh_name());
    }
}
