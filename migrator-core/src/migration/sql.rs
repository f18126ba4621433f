//! Migrations read from the SQL files of `diesel_migrations`.

use super::{Migration, MigrationResult, irreversible};
use crate::backend::{SqlMigrations, SqlText};
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
pub(crate) fn read(source: &impl SqlMigrations) -> Result<Vec<Box<dyn Migration>>> {
    source.texts()?.into_iter().map(|text| SqlMigration::read(text).map(boxed)).collect()
}

fn boxed(migration: SqlMigration) -> Box<dyn Migration> {
    Box::new(migration)
}

impl SqlMigration {
    fn read(text: SqlText) -> Result<Self> {
        let SqlText { directory, version, up, down, transaction } = text;
        let described = Metadata::new(&version).description(description(&directory, &version)).transaction(transaction);
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
