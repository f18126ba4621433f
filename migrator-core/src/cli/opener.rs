//! Opening the connection that a command works on.

use std::error::Error as StdError;
use std::path::Path;

use super::database_url::DatabaseUrl;
use super::failure::{Failure, Result};
use crate::backend;
use crate::connection::SchemaConnection;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind};

type Opened = Result<Box<dyn SchemaConnection>, Box<dyn StdError + Send + Sync>>;

/// Who opens the connection.
pub(super) enum Opener<'a> {
    ByUrl,
    ByProgram(Box<dyn FnOnce(&str) -> Opened + 'a>),
}

/// What a command does with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Look,
    Change,
}

impl<'a> Opener<'a> {
    pub(super) fn by_url() -> Self {
        Self::ByUrl
    }

    pub(super) fn by_program<E>(open: impl FnOnce(&str) -> Result<Box<dyn SchemaConnection>, E> + 'a) -> Self
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self::ByProgram(Box::new(move |url| open(url).map_err(Into::into)))
    }

    /// Whether a URL must be named.
    pub(super) fn needs_url(&self) -> bool {
        matches!(self, Self::ByUrl)
    }

    pub(super) fn open(self, url: Option<&DatabaseUrl>, access: Access) -> Result<Box<dyn SchemaConnection>> {
        match (self, url) {
            (Self::ByUrl, Some(url)) => by_url(url, access),
            (Self::ByUrl, None) => Err(DatabaseUrl::missing()),
            (Self::ByProgram(open), url) => {
                open(url.map_or("", DatabaseUrl::text)).map_err(|error| unreachable(&error.to_string()))
            }
        }
    }
}

fn by_url(url: &DatabaseUrl, access: Access) -> Result<Box<dyn SchemaConnection>> {
    if let Some(folder) = missing_folder(url) {
        return Err(no_folder(url.place(), folder));
    }
    match backend::connect(url.dialect(), target(url, access)) {
        Ok(Some(mut conn)) => {
            // Whoever commits just now locks out what looks as well.
            conn.database().grow_patient().map_err(|error| no_database(Some(url), error))?;
            Ok(conn)
        }
        Ok(None) => Err(not_compiled(url.dialect())),
        Err(error) if file(url).is_some_and(Path::is_dir) => {
            Err(not_reached(&format!("{}: {error}", url.place()), "it is a directory: name a file in it"))
        }
        Err(error) => Err(unreachable(&format!("{}: {error}", url.place()))),
    }
}

/// What only looks does not create SQLite's file.
fn target(url: &DatabaseUrl, access: Access) -> &str {
    if is_absent(url, access) { IN_MEMORY } else { url.target() }
}

const IN_MEMORY: &str = ":memory:";

fn is_absent(url: &DatabaseUrl, access: Access) -> bool {
    access == Access::Look && file(url).is_some_and(|file| !file.exists())
}

/// SQLite's file.
fn file(url: &DatabaseUrl) -> Option<&Path> {
    let is_file = url.dialect() == Dialect::Sqlite && url.target() != IN_MEMORY && !url.target().starts_with("file:");
    is_file.then(|| Path::new(url.target()))
}

/// The folder that the file would stand in, where that is not there: nobody can make the file then.
fn missing_folder(url: &DatabaseUrl) -> Option<&Path> {
    file(url)?.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
}

/// The file that is not there yet, where what only looks was given an empty database in its stead.
pub(super) fn stood_in_for(url: Option<&DatabaseUrl>, access: Access) -> Option<String> {
    let file = url.filter(|url| is_absent(url, access))?.target();
    Some(std::path::absolute(file).map_or_else(|_| file.to_owned(), |path| path.display().to_string()))
}

fn not_compiled(dialect: Dialect) -> Failure {
    let feature = match dialect {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgres",
        Dialect::MySql | Dialect::MariaDb => "mysql",
    };
    Failure::usage(
        format!("this program was compiled without {dialect}"),
        format!("turn on the feature `{feature}` of migrator-core, or name another database"),
    )
}

fn on_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A file is opened whatever is in it, and refused when it is read first.
pub(super) fn no_database(url: Option<&DatabaseUrl>, error: Error) -> Failure {
    match url.and_then(file) {
        Some(file) if error.what().contains("not a database") => not_reached(
            &format!("{}: the file is not an SQLite database", file.display()),
            "name the database's own file; one that is encrypted is opened by the program: cli::with_connection",
        ),
        _ => error.into(),
    }
}

fn unreachable(what: &str) -> Failure {
    not_reached(what, "see that it runs and that the URL is right, then try again")
}

fn no_folder(place: &str, folder: &Path) -> Failure {
    not_reached(
        &format!("{place}: there is no folder {}", folder.display()),
        "make the folder, or see that the path is right: it is taken from the working directory",
    )
}

fn not_reached(what: &str, remedy: &str) -> Failure {
    let error = Error::new(ErrorKind::Connection, format!("the database cannot be reached: {}", on_a_line(what)));
    Failure::Error(error.state("nothing was written").remedy(remedy))
}
