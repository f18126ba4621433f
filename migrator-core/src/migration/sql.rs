//! Migrations read from the SQL files of `diesel_migrations`.

use std::any::Any;

use diesel::QueryResult;
use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel::migration::{Migration as DieselMigration, MigrationSource, Result as DieselResult};

use super::{Migration, MigrationResult, irreversible};
use crate::backend::SqlSourceBackend;
use crate::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Metadata;
use crate::operations::Operations;
use crate::sql::{Directive, directives};

/// A directory of up.sql and down.sql.
struct SqlMigration {
    metadata: Metadata,
    directory: String,
    up: String,
    down: Option<String>,
    checksum: String,
}

/// Reads every migration of a source, without a database.
pub(crate) fn read(source: &impl MigrationSource<SqlSourceBackend>) -> Result<Vec<Box<dyn Migration>>> {
    let migrations = source.migrations().map_err(|error| unreadable("the source of SQL migrations", &*error))?;
    let migrations = migrations.iter().map(|migration| SqlMigration::read(&**migration).map(boxed));
    migrations.collect()
}

fn boxed(migration: SqlMigration) -> Box<dyn Migration> {
    Box::new(migration)
}

impl SqlMigration {
    fn read(migration: &dyn DieselMigration<SqlSourceBackend>) -> Result<Self> {
        let directory = migration.name().to_string();
        let version = migration.name().version().to_string();
        let up = recorded(|recorder| migration.run(recorder)).map_err(|error| unreadable(&directory, &*error))?;
        let down = recorded(|recorder| migration.revert(recorder)).ok();
        let described = Metadata::new(&version)
            .description(description(&directory, &version))
            .transaction(migration.metadata().run_in_transaction());
        let mut metadata = said(described, &directory, "up.sql", &up)?;
        match &down {
            Some(down) => metadata = said(metadata, &directory, "down.sql", down)?,
            None => metadata = metadata.irreversible(),
        }
        let checksum = format!("s1:{}", digest::of_text(&up));
        Ok(Self { metadata, directory, up, down, checksum })
    }
}

/// `2026-11-23-031600_create_users` says "create users".
fn description(directory: &str, version: &str) -> String {
    let words = directory.split_once('_').map_or(directory, |(_, words)| words);
    if words == version { String::new() } else { words.replace('_', " ") }
}

/// What the leading comments of a file add to the metadata.
fn said(metadata: Metadata, directory: &str, file: &str, sql: &str) -> Result<Metadata> {
    let said = directives(sql).map_err(|fault| {
        let message = format!("{directory}/{file}:{}: {}", fault.line(), fault.problem());
        Error::new(ErrorKind::Migration, message).state("the database was not touched").remedy("mend the comment")
    })?;
    Ok(said.into_iter().fold(metadata, add))
}

fn add(metadata: Metadata, directive: Directive) -> Metadata {
    match directive {
        Directive::AllowLoss(losses) => losses.into_iter().fold(metadata, Metadata::allow_loss),
        Directive::Requires(conditions) => conditions.into_iter().fold(metadata, Metadata::requires),
        Directive::Ensures(conditions) => conditions.into_iter().fold(metadata, Metadata::ensures),
        Directive::SkipIf(conditions) => conditions.into_iter().fold(metadata, Metadata::skip_if),
        Directive::Backup(tables) => tables.into_iter().fold(metadata, Metadata::backup),
        Directive::DownRevision(None) => metadata.base(),
        Directive::DownRevision(Some(parents)) => parents.iter().fold(metadata, |all, one| all.down_revision(one)),
        Directive::DependsOn(others) => others.iter().fold(metadata, |all, one| all.depends_on(one)),
        Directive::BranchLabel(labels) => labels.into_iter().fold(metadata, Metadata::branch_label),
        Directive::Replaces(others) => others.iter().fold(metadata, |all, one| all.replaces(one)),
    }
}

impl Migration for SqlMigration {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        op.execute(&self.up)?;
        Ok(())
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        let down = self.down.as_ref().ok_or_else(|| irreversible(&self.metadata))?;
        op.execute(down)?;
        Ok(())
    }

    fn has_verify(&self) -> bool {
        false
    }

    fn checksum(&self) -> Option<&str> {
        Some(&self.checksum)
    }

    fn source(&self) -> Option<String> {
        Some(self.directory.clone())
    }
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

impl BoxableConnection<SqlSourceBackend> for Recorder {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
