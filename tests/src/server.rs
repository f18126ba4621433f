//! Where the databases of the cases are made: a server named by the environment, or files.

use std::env;
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use diesel::ConnectionResult;

use crate::Engine;
use crate::direct::{self, Direct};

/// A server that answered, or the file system.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    engine: Engine,
    /// Of a database that is always there, and of somebody who may create others.
    admin_url: Option<String>,
}

/// Why a database is not tested, and whether that is a failure.
pub(crate) struct Absent {
    pub(crate) why: String,
    pub(crate) required: bool,
}

impl Server {
    /// The server of this engine, once it has answered.
    pub(crate) fn find(engine: Engine) -> Result<Self, Absent> {
        let required = required(engine.name());
        if !direct::compiled(engine) {
            let why = format!("compiled without the feature `{}`", engine.feature());
            return Err(Absent { why, required });
        }
        if engine == Engine::Sqlite {
            return Ok(Self { engine, admin_url: None });
        }
        let variable = format!("MIGRATOR_TEST_{}_URL", engine.name().to_uppercase());
        let Ok(url) = env::var(&variable) else {
            return Err(Absent { why: format!("{variable} is not set"), required });
        };
        let server = Self { engine, admin_url: Some(url) };
        match server.answer() {
            Ok(()) => Ok(server),
            // Who names a server wants it tested. The URL is not printed: it holds a password.
            Err(error) => Err(Absent { why: format!("the server in {variable}: {error}"), required: true }),
        }
    }

    /// One that somebody has started.
    pub(crate) fn at(engine: Engine, admin_url: &str) -> Self {
        Self { engine, admin_url: Some(admin_url.to_owned()) }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// A name that no other database of this server has.
    pub(crate) fn fresh_name() -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let seconds = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        format!("t_{}_{seconds:x}_{number}", std::process::id())
    }

    /// The URL of another database on this server, for the administrator.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let url = self.admin_url.as_deref().expect("SQLite has no server");
        let (url, query) = url.split_once('?').map_or((url, ""), |(url, query)| (url, query));
        let (server, _) = url.rsplit_once('/').expect("a URL names a database");
        let question = if query.is_empty() { "" } else { "?" };
        format!("{server}/{database}{question}{query}")
    }

    /// The same, for somebody else.
    pub(crate) fn url_for(&self, user: &str, password: &str, database: &str) -> String {
        let url = self.url_of(database);
        let (scheme, rest) = url.split_once("://").expect("a URL has a scheme");
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        format!("{scheme}://{user}:{password}@{host}")
    }

    pub(crate) fn open(&self, url: &str) -> ConnectionResult<Box<dyn Direct>> {
        direct::open(self.engine, url)
    }

    pub(crate) fn create(&self, database: &str) -> Result<(), Box<dyn Error>> {
        let name = self.engine.quote(database);
        let template = match self.engine {
            Engine::Sqlite | Engine::MariaDb => "",
            // Nobody can be connected to template0, which would make the copy fail.
            Engine::Postgres => " template template0",
        };
        Ok(self.admin()?.batch(&format!("create database {name}{template}"))?)
    }

    /// Also when somebody is still connected.
    pub(crate) fn drop(&self, database: &str) -> Result<(), Box<dyn Error>> {
        let name = self.engine.quote(database);
        match self.engine {
            // Its file goes with the folder.
            Engine::Sqlite => {}
            Engine::Postgres => self.admin()?.batch(&format!("drop database if exists {name} with (force)"))?,
            Engine::MariaDb => {
                let mut admin = self.admin()?;
                // A forgotten transaction would hold DROP DATABASE up for ever.
                let connected = format!("select id from information_schema.processlist where db = '{database}'");
                for id in admin.rows(&connected)?.into_iter().flatten().flatten() {
                    let _gone_by_itself = admin.batch(&format!("kill {id}"));
                }
                admin.batch(&format!("drop database if exists {name}"))?;
            }
        }
        Ok(())
    }

    /// The new user, as GRANT and DROP want it written.
    pub(crate) fn create_user(&self, user: &str, password: &str) -> Result<String, Box<dyn Error>> {
        let (name, create) = match self.engine {
            Engine::Sqlite => return Err("SQLite has no users".into()),
            Engine::Postgres => (self.engine.quote(user), "login password"),
            Engine::MariaDb => (format!("'{user}'@'%'"), "identified by"),
        };
        self.admin()?.batch(&format!("create user {name} {create} '{password}'"))?;
        Ok(name)
    }

    pub(crate) fn drop_user(&self, name: &str) -> Result<(), Box<dyn Error>> {
        Ok(self.admin()?.batch(&format!("drop user {name}"))?)
    }

    /// A connection that may create and drop databases and users.
    fn admin(&self) -> ConnectionResult<Box<dyn Direct>> {
        let url = self.admin_url.as_deref().expect("SQLite has no server");
        self.open(url)
    }

    fn answer(&self) -> Result<(), Box<dyn Error>> {
        self.admin()?.rows("select 1")?;
        Ok(())
    }
}

/// Whether a run without this database is a failed one.
pub(crate) fn required(name: &str) -> bool {
    let names = env::var("MIGRATOR_TEST_REQUIRE").unwrap_or_default();
    names.split([' ', ',']).any(|required| required == name)
}
