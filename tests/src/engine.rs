//! The databases that the suite runs on.

use std::fmt;

/// One of the databases under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, or memory.
    Sqlite,
    /// A server.
    Postgres,
    /// A server.
    MariaDb,
}

impl Engine {
    /// As in `tests/run postgres`, `MIGRATOR_TEST_POSTGRES_URL` and the names of snapshots.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Sqlite, Self::Postgres, Self::MariaDb].into_iter().find(|engine| engine.name() == name)
    }

    /// The Cargo feature that compiles it in.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mysql",
        }
    }

    /// `name` as an identifier, whatever is in it.
    pub fn quote(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::MariaDb => format!("`{}`", name.replace('`', "``")),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
        })
    }
}
