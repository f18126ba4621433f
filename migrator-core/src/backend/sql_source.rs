//! Reading the migrations of `diesel_migrations` without a database.

use std::any::Any;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel::migration::{Migration, MigrationSource, Result as DieselResult};

use super::SqlText;
use crate::error::{Error, ErrorKind, Result};

/// Every migration of a source.
pub(super) fn texts<DB: Backend>(source: &impl MigrationSource<DB>) -> Result<Vec<SqlText>> {
    let migrations = source.migrations().map_err(|error| unreadable("the source of SQL migrations", &*error))?;
    migrations.iter().map(|migration| text(&**migration)).collect()
}

fn text<DB: Backend>(migration: &dyn Migration<DB>) -> Result<SqlText> {
    let directory = migration.name().to_string();
    let up = recorded(|recorder| migration.run(recorder)).map_err(|error| unreadable(&directory, &*error))?;
    Ok(SqlText {
        version: migration.name().version().to_string(),
        down: recorded(|recorder| migration.revert(recorder)).ok(),
        transaction: migration.metadata().run_in_transaction(),
        directory,
        up,
    })
}

fn unreadable(what: &str, error: &(dyn std::error::Error + Send + Sync)) -> Error {
    Error::new(ErrorKind::Migration, format!("{what} cannot be read: {error}"))
        .state("the database was not touched")
        .remedy("each migration is a directory with an up.sql that is not empty")
}

/// The SQL that a migration would send.
fn recorded(act: impl FnOnce(&mut Recorder) -> DieselResult<()>) -> DieselResult<String> {
    let mut recorder = Recorder::default();
    act(&mut recorder).map(|()| recorder.0)
}

/// A stand-in for a connection that keeps the text it is given.
#[derive(Default)]
struct Recorder(String);

impl SimpleConnection for Recorder {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.push_str(query);
        Ok(())
    }
}

impl<DB: Backend> BoxableConnection<DB> for Recorder {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
