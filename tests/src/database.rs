//! A database of a case's own.

use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use migrator_core::SchemaConnection;
use tempfile::TempDir;

use crate::Engine;
use crate::direct::{self, Direct};
use crate::server::Server;

/// A fresh, empty database, dropped with this value.
///
/// Every method panics when the database refuses: at the line of the case, with the message and the SQL.
pub struct TestDatabase {
    server: Server,
    name: String,
    url: String,
    folder: TempDir,
    logins: Mutex<Vec<String>>,
    direct: Mutex<Option<Box<dyn Direct>>>,
}

/// A user of the server who may connect to the database, and nothing more until somebody grants it.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user, quoted as GRANT wants it: `grant select on t to {login.name}`.
    pub name: String,
    /// Of the case's database, with this user and a password.
    pub url: String,
}

impl TestDatabase {
    pub(crate) fn create(server: &Server) -> Self {
        let folder = tempfile::Builder::new().prefix("migrator-test-").tempdir().unwrap();
        let name = Server::fresh_name();
        let url = match server.engine() {
            Engine::Sqlite => folder.path().join("database.sqlite").to_str().unwrap().to_owned(),
            Engine::Postgres | Engine::MariaDb => {
                server.create(&name).unwrap();
                server.url_of(&name)
            }
        };
        Self { server: server.clone(), name, url, folder, logins: Mutex::default(), direct: Mutex::default() }
    }

    /// A second one, for a case that needs two; on the same server.
    pub fn another(&self) -> Self {
        Self::create(&self.server)
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.server.engine()
    }

    /// What Diesel connects to: a URL, for SQLite a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of the database on its server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A folder of the case's own. SQLite's file is in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `name` as an identifier in this database's SQL.
    pub fn quote(&self, name: &str) -> String {
        self.engine().quote(name)
    }

    /// A new connection for the code under test.
    #[track_caller]
    pub fn connect(&self) -> Box<dyn SchemaConnection> {
        self.connect_to(&self.url)
    }

    /// The same by another URL, such as a [`Login`]'s.
    #[track_caller]
    pub fn connect_to(&self, url: &str) -> Box<dyn SchemaConnection> {
        match direct::open_for_tests(self.engine(), url) {
            Ok(connection) => connection,
            Err(error) => panic!("{}: {error}", self.engine()),
        }
    }

    /// A connection to a database in memory, which nobody else sees: not `sql` and the others either. SQLite only.
    #[track_caller]
    pub fn connect_memory(&self) -> Box<dyn SchemaConnection> {
        assert_eq!(self.engine(), Engine::Sqlite, "only SQLite has databases in memory");
        self.connect_to(":memory:")
    }

    /// Creates a user who may do nothing yet, dropped with the database. PostgreSQL and MariaDB only.
    #[track_caller]
    pub fn login(&self, name: &str) -> Login {
        let user = format!("{}_{name}", self.name);
        let password = "migrator_test";
        let name = self.server.create_user(&user, password).unwrap();
        self.logins.lock().unwrap().push(name.clone());
        let url = self.server.url_for(&user, password, &self.name);
        Login { name, url }
    }

    /// Runs one statement or several, past the code under test.
    #[track_caller]
    pub fn sql(&self, statements: &str) {
        if let Err(error) = self.direct(|direct| direct.batch(statements)) {
            panic!("{statements}: {error}");
        }
    }

    /// Whether the database refuses the statements.
    pub fn refuses(&self, statements: &str) -> bool {
        self.direct(|direct| direct.batch(statements)).is_err()
    }

    /// The number that a query gives.
    #[track_caller]
    pub fn count(&self, query: &str) -> i64 {
        let texts = self.texts(query);
        let [Some(number)] = texts.as_slice() else { panic!("{query}: one number wanted, got {texts:?}") };
        let Ok(number) = number.parse() else { panic!("{query}: {number} is not a whole number") };
        number
    }

    /// The first column of a query, as text; `None` is NULL.
    #[track_caller]
    pub fn texts(&self, query: &str) -> Vec<Option<String>> {
        self.rows(query).into_iter().map(|row| row.into_iter().next().flatten()).collect()
    }

    /// A query's rows, each value as text; `None` is NULL.
    ///
    /// Numbers, dates and times look as the database prints them; bytes that are not UTF-8 are `\x` and hexadecimal
    /// digits. Rows come in the order that the query asks for.
    #[track_caller]
    pub fn rows(&self, query: &str) -> Vec<Vec<Option<String>>> {
        match self.direct(|direct| direct.rows(query)) {
            Ok(rows) => rows,
            Err(error) => panic!("{query}: {error}"),
        }
    }

    /// The tables, in byte order, without those of the database itself.
    #[track_caller]
    pub fn tables(&self) -> Vec<String> {
        let query = match self.engine() {
            Engine::Sqlite => {
                "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
            }
            Engine::Postgres => {
                "select table_name from information_schema.tables where table_schema = current_schema()"
            }
            Engine::MariaDb => "select table_name from information_schema.tables where table_schema = database()",
        };
        let mut tables: Vec<_> = self.texts(query).into_iter().flatten().collect();
        tables.sort();
        tables
    }

    /// The columns of a table, in their order; none when it is not there.
    #[track_caller]
    pub fn columns(&self, table: &str) -> Vec<String> {
        let name = table.replace('\'', "''");
        let query = match self.engine() {
            Engine::Sqlite => format!("select name from pragma_table_info('{name}') order by cid"),
            Engine::Postgres => format!(
                "select column_name from information_schema.columns \
                 where table_schema = current_schema() and table_name = '{name}' order by ordinal_position"
            ),
            Engine::MariaDb => format!(
                "select column_name from information_schema.columns \
                 where table_schema = database() and table_name = '{}' order by ordinal_position",
                name.replace('\\', "\\\\")
            ),
        };
        self.texts(&query).into_iter().flatten().collect()
    }

    fn direct<T>(&self, act: impl FnOnce(&mut dyn Direct) -> T) -> T {
        // A case that expects a panic may go on using the database.
        let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        let direct = direct.get_or_insert_with(|| self.server.open(&self.url).unwrap());
        act(direct.as_mut())
    }

    fn remove(&mut self) -> Result<(), Box<dyn Error>> {
        self.direct.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        self.server.drop(&self.name)?;
        for login in self.logins.get_mut().unwrap_or_else(PoisonError::into_inner) {
            self.server.drop_user(login)?;
        }
        Ok(())
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match self.remove() {
            Ok(()) => {}
            // A second panic would end the whole run.
            Err(error) if thread::panicking() => eprintln!("{}: {error}", self.name),
            Err(error) => panic!("{}: {error}", self.name),
        }
    }
}
