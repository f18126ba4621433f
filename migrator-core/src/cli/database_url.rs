//! Which database: from the options, the environment or `.env`.

use super::failure::{Failure, Result};
use crate::dialect::Dialect;

/// The URL of a database, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DatabaseUrl {
    text: String,
    dialect: Dialect,
    /// What the driver is given: for SQLite a path.
    target: String,
}

impl DatabaseUrl {
    /// From `--database-url`, else `DATABASE_URL`, else `.env` here or in a directory above.
    pub(super) fn find(option: Option<&str>) -> Result<Option<String>> {
        let said = option.map(str::to_owned).or_else(|| std::env::var("DATABASE_URL").ok());
        match said.filter(|url| !url.trim().is_empty()) {
            Some(url) => Ok(Some(url)),
            None => in_dotenv(),
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (dialect, target) = match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => (Dialect::Postgres, text.to_owned()),
            Some(("mysql", _)) => (Dialect::MySql, text.to_owned()),
            Some(("sqlite" | "sqlite3", path)) => (Dialect::Sqlite, file(path)),
            Some((scheme, _)) => return Err(unknown_scheme(scheme)),
            None if is_keywords(text) => return Err(unknown_scheme("host=")),
            None => (Dialect::Sqlite, file(text.strip_prefix("sqlite:").unwrap_or(text))),
        };
        Ok(Self { text: text.to_owned(), dialect, target })
    }

    /// In a notation that only the program knows.
    pub(super) fn opaque(text: &str) -> Self {
        Self { text: text.to_owned(), dialect: Dialect::Sqlite, target: text.to_owned() }
    }

    pub(super) fn missing() -> Failure {
        Failure::usage(
            "no database is named",
            "say --database-url postgres://user@host/database (or mysql://.., sqlite://app.db), or set DATABASE_URL, \
             also in a file .env",
        )
    }

    /// As it was said, password and all.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The host with its port; none for a file.
    pub(super) fn host(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("://").filter(|_| self.dialect != Dialect::Sqlite)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Some(if host.is_empty() { "the local socket" } else { host })
    }

    /// Where it is, for people: never the user's password.
    pub(super) fn place(&self) -> &str {
        self.host().unwrap_or(&self.target)
    }
}

fn in_dotenv() -> Result<Option<String>> {
    let entries = match dotenvy::dotenv_iter() {
        Ok(entries) => entries,
        Err(error) if error.not_found() => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    for entry in entries {
        let (name, value) = entry.map_err(|error| unreadable(&error))?;
        if name == "DATABASE_URL" && !value.trim().is_empty() {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The line is not shown: it may hold a password.
fn unreadable(error: &dotenvy::Error) -> Failure {
    let what = match error {
        dotenvy::Error::LineParse(_, at) => format!("a line of .env makes no sense, at letter {at} of it"),
        other => format!(".env could not be read: {other}"),
    };
    Failure::usage(what, "write NAME=value lines, or say --database-url")
}

/// SQLite takes options only of a `file:` name.
fn file(path: &str) -> String {
    if path.contains('?') && !path.starts_with("file:") { format!("file:{path}") } else { path.to_owned() }
}

/// libpq's `host=.. dbname=..`, which would be an odd name of a file.
fn is_keywords(text: &str) -> bool {
    text.split_whitespace().any(|word| word.starts_with("dbname=") || word.starts_with("host="))
}

fn unknown_scheme(scheme: &str) -> Failure {
    Failure::usage(
        format!("a database URL does not begin with {scheme}"),
        "write postgres://user@host/database, mysql://user@host/database, sqlite://app.db, or the path of a file",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_url_is_understood() {
        for (text, dialect, target) in [
            ("postgres://u:p@h/d", Dialect::Postgres, "postgres://u:p@h/d"),
            ("postgresql://h/d", Dialect::Postgres, "postgresql://h/d"),
            ("mysql://u@h:3307/d", Dialect::MySql, "mysql://u@h:3307/d"),
            ("sqlite://app.db", Dialect::Sqlite, "app.db"),
            ("sqlite:///srv/app.db", Dialect::Sqlite, "/srv/app.db"),
            ("sqlite://app.db?mode=ro", Dialect::Sqlite, "file:app.db?mode=ro"),
            ("sqlite:app.db", Dialect::Sqlite, "app.db"),
            ("sqlite::memory:", Dialect::Sqlite, ":memory:"),
            ("app.db", Dialect::Sqlite, "app.db"),
            ("C:\\data\\app.db", Dialect::Sqlite, "C:\\data\\app.db"),
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!((url.dialect(), url.target()), (dialect, target), "{text}");
        }
        for text in ["mssql://h/d", "http://h", "host=localhost dbname=app"] {
            assert_eq!(DatabaseUrl::parse(text).unwrap_err().exit_code(), 2, "{text}");
        }
    }

    #[test]
    fn where_it_is_holds_no_password() {
        for (text, place) in [
            ("postgres://bob:s3cr@t@db.example:5432/app", "db.example:5432"),
            ("mysql://root@localhost/app?x=1", "localhost"),
            ("postgres:///app", "the local socket"),
            ("sqlite:app.db", "app.db"),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().place(), place);
        }
    }
}
