//! Where databases are made: files in a temporary folder, or a server named by the environment.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::Answer;
use crate::connection;

/// The product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    MariaDb,
}

/// A kind of database with its settings.
pub struct Place {
    pub name: &'static str,
    pub engine: Engine,
    /// What every connection is told first.
    setup: &'static str,
    /// Of a database that is always there, where there is a server.
    admin: Option<String>,
}

const WAL: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";

impl Place {
    /// Those of this build that answer; what is left out is said.
    pub fn all() -> Vec<Self> {
        let asked = env::var("BENCH_PLACES").unwrap_or_default();
        let file = |name, setup| Self { name, engine: Engine::Sqlite, setup, admin: None };
        let mut places = Vec::new();
        if cfg!(feature = "sqlite") {
            places.extend([file("sqlite", ""), file("sqlite-wal", WAL)]);
        }
        places.extend(server("postgres", Engine::Postgres, cfg!(feature = "postgres"), "MIGRATOR_TEST_POSTGRES_URL"));
        places.extend(server("mariadb", Engine::MariaDb, cfg!(feature = "mysql"), "MIGRATOR_TEST_MARIADB_URL"));
        places.retain(|place| asked.is_empty() || asked.split(',').any(|name| name == place.name));
        for place in &places {
            println!("{}", place.version().unwrap_or_else(|error| format!("{}: {error}", place.name)));
        }
        places
    }

    /// What a connection says of itself, with the settings that decide how long a commit takes.
    fn version(&self) -> Answer<String> {
        let database = self.fresh()?;
        let mut conn = connection::open(&database)?;
        let query = match self.engine {
            Engine::Sqlite => {
                "SELECT 'SQLite ' || sqlite_version() || ', ' || (SELECT journal_mode FROM pragma_journal_mode) \
                 || ', synchronous ' || (SELECT synchronous FROM pragma_synchronous) AS version"
            }
            Engine::Postgres => {
                "SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') \
                 || ', collation ' || datcollate AS version FROM pg_database WHERE datname = current_database()"
            }
            Engine::MariaDb => {
                "SELECT concat(version(), ', flush at commit ', @@innodb_flush_log_at_trx_commit) AS version"
            }
        };
        Ok(format!("{}: {}", self.name, conn.text(query)?))
    }

    /// A new, empty database, gone when the value is.
    pub fn fresh(&self) -> Answer<Database<'_>> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let Some(admin) = &self.admin else {
            let folder = tempfile::Builder::new().prefix("migrator-bench-").tempdir()?;
            let url = folder.path().join("database.sqlite").to_string_lossy().into_owned();
            return Ok(Database { place: self, name, url, _folder: Some(folder) });
        };
        connection::admin(self.engine, admin)?.batch(&format!("CREATE DATABASE {name}"))?;
        let (server, _) = admin.rsplit_once('/').ok_or("the URL names no database")?;
        Ok(Database { place: self, url: format!("{server}/{name}"), name, _folder: None })
    }
}

fn server(name: &'static str, engine: Engine, compiled: bool, variable: &str) -> Option<Place> {
    let admin = env::var(variable).ok();
    match (compiled, &admin) {
        (true, Some(_)) => return Some(Place { name, engine, setup: "", admin }),
        (true, None) => eprintln!("LEFT OUT: {name}: {variable} is not set (tests/servers start)"),
        (false, _) => eprintln!("LEFT OUT: {name}: built without its feature"),
    }
    None
}

/// A database of one side's own.
pub struct Database<'p> {
    place: &'p Place,
    name: String,
    url: String,
    _folder: Option<TempDir>,
}

impl Database<'_> {
    pub fn engine(&self) -> Engine {
        self.place.engine
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn setup(&self) -> &str {
        self.place.setup
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        let Some(admin) = &self.place.admin else { return };
        let force = if self.place.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
        let drop = format!("DROP DATABASE {}{force}", self.name);
        let dropped = connection::admin(self.place.engine, admin).and_then(|mut conn| conn.batch(&drop));
        if let Err(error) = dropped {
            eprintln!("{}: {error}", self.name);
        }
    }
}
