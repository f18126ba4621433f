//! The checks, and what they are told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::database::{Fresh, TestDatabase};
use super::failed::Failed;
use super::{again, files, loss, prefixes, round_trip, runners, schema_file};
use crate::connection::{SchemaConnection, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Observers;
use crate::migration::{Migration, MigrationResult};
use crate::name::RevisionId;
use crate::operations::{Context, Operations};
use crate::report::list;
use crate::runner::Migrator;

type Insert = dyn Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync;

/// Checks of a program's migrations, each on fresh databases of its own: see [`testing`](crate::testing).
///
/// ```standalone_crate
/// use migrator_core::prelude::*;
/// use migrator_core::testing::{Checks, TestDatabase};
///
/// #[migration(revision = "1")]
/// mod create_users {
///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.create_table("users", |t| t.id())?;
///         Ok(())
///     }
///     fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
///         Ok(())
///     }
/// }
///
/// # fn main() {
/// let checks = Checks::new(TestDatabase::sqlite(), Migrator::registered());
/// assert!(checks.there_is_one_head().is_ok());
/// let failed = checks.every_migration_goes_up_down_and_up().unwrap_err();
/// assert_eq!(failed.revision().unwrap(), "1");
/// assert!(failed.to_string().contains("+ table users"), "{failed}");
/// # }
/// ```
pub struct Checks {
    pub(super) database: TestDatabase,
    pub(super) migrator: Migrator,
    rows: Vec<(RevisionId, Arc<Insert>)>,
    folder: PathBuf,
    migrations: Option<PathBuf>,
    schema: Option<PathBuf>,
}

impl Checks {
    /// The checks of a migrator, on databases made there.
    pub fn new(database: TestDatabase, migrator: Migrator) -> Self {
        let folder = PathBuf::from(".");
        Self { database, migrator, rows: Vec::new(), folder, migrations: None, schema: None }
    }

    /// Rows to insert before a revision runs, as they stand in a database that is in use.
    ///
    /// The function is given [`Operations`], and with [`Operations::connection`] your Diesel connection.
    pub fn rows_before(
        mut self,
        revision: &str,
        insert: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
    ) -> Self {
        self.rows.push((RevisionId::new(revision), Arc::new(insert)));
        self
    }

    /// The folder of the crate whose files are looked at: `env!("CARGO_MANIFEST_DIR")`. The working folder unless said,
    /// which is the same under `cargo test`.
    pub fn in_crate(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = folder.as_ref().to_owned();
        self
    }

    /// Where the files of migrations lie, below the crate's folder; `src/migrations` and `migrations` unless said.
    pub fn migrations_in(mut self, folder: impl AsRef<Path>) -> Self {
        self.migrations = Some(folder.as_ref().to_owned());
        self
    }

    /// Where the `schema.rs` is that describes the migrated database, below the crate's folder; `src/schema.rs` unless
    /// said, if it is there.
    pub fn schema_in(mut self, file: impl AsRef<Path>) -> Self {
        self.schema = Some(file.as_ref().to_owned());
        self
    }

    /// All of the checks, one after the other.
    ///
    /// # Errors
    /// The first that fails.
    pub fn all(&self) -> Result<(), Failed> {
        self.there_is_one_head()?;
        self.every_migration_file_is_registered()?;
        self.schema_rs_is_what_the_migrations_make()?;
        self.every_migration_goes_up_down_and_up()?;
        self.no_data_is_lost_that_is_not_named()?;
        self.every_prefix_of_history_upgrades_to_the_head()?;
        self.a_migration_that_fails_anywhere_can_be_run_again()?;
        self.two_runners_at_once_apply_each_migration_once()
    }

    /// The migrations fit together, and end in one head.
    ///
    /// # Errors
    /// What is wrong with the graph, or the heads.
    pub fn there_is_one_head(&self) -> Result<(), Failed> {
        let heads = self.migrator.heads()?;
        if heads.len() == 1 {
            return Ok(());
        }
        let what = format!("there are {} heads: {}; a merge makes them one", heads.len(), list(&heads));
        Err(Failed::new(what))
    }

    /// Each migration, applied, undone and applied again: the schema, and the rows that stood there before it, are
    /// the same after the downgrade as before, and after the second upgrade as after the first.
    ///
    /// Irreversible migrations are only applied. What a migration names in `allow_loss` need not come back.
    ///
    /// # Errors
    /// The first migration for which it is otherwise, and what is different.
    pub fn every_migration_goes_up_down_and_up(&self) -> Result<(), Failed> {
        round_trip::check(self)
    }

    /// On the way from an empty database to the heads nothing is lost that the migration does not name in `allow_loss`:
    /// no table with rows, no rows, no value of a column. What is moved elsewhere letter by letter is not lost.
    ///
    /// # Errors
    /// The first migration that loses something, and what.
    pub fn no_data_is_lost_that_is_not_named(&self) -> Result<(), Failed> {
        loss::check(self)
    }

    /// From each revision on the way, a database gets to the heads, and has the same schema there as one that got
    /// there in a single run.
    ///
    /// # Errors
    /// The first revision from which it does not.
    pub fn every_prefix_of_history_upgrades_to_the_head(&self) -> Result<(), Failed> {
        prefixes::check(self)
    }

    /// Each statement of each upgrade fails once, and after it the end of the function: the next run goes on, and ends
    /// with the schema and as many rows as without any failure. Where DDL is transactional, a failure leaves
    /// everything as it was.
    ///
    /// What goes through your own Diesel connection is one statement. Where that cannot be rolled back (MySQL), what the
    /// history says of it afterwards is `Interrupted`, and this counts as an answer.
    ///
    /// # Errors
    /// The first migration and statement after which it is otherwise.
    pub fn a_migration_that_fails_anywhere_can_be_run_again(&self) -> Result<(), Failed> {
        again::check(self)
    }

    /// Two processes that start at once both end well, and each migration has run once.
    ///
    /// # Errors
    /// What one of them said, or what ran twice.
    pub fn two_runners_at_once_apply_each_migration_once(&self) -> Result<(), Failed> {
        runners::check(self)
    }

    /// Every `#[migration]` in the files of migrations, and every folder with an `up.sql`, is one that the migrator has.
    /// A crate without any, where none are said to be, passes: its migrations stand elsewhere in the code.
    ///
    /// # Errors
    /// The file that is not, or no file at all where some are said to be.
    pub fn every_migration_file_is_registered(&self) -> Result<(), Failed> {
        files::check(&self.migrator, &self.folder, self.migrations.as_deref())
    }

    /// The tables of `schema.rs` are those that the migrations make: the same columns, types, nullability and primary
    /// keys. A crate without a `schema.rs`, where none is said to be, passes.
    ///
    /// # Errors
    /// What only `schema.rs` has, what only the database, and what is different; a file that is not there or does not
    /// parse.
    pub fn schema_rs_is_what_the_migrations_make(&self) -> Result<(), Failed> {
        schema_file::check(self, &self.folder, self.schema.as_deref())
    }

    pub(super) fn fresh(&self) -> Result<Fresh, Failed> {
        let unknown = self.rows.iter().find(|(revision, _)| !self.is_known(revision));
        if let Some((revision, _)) = unknown {
            return Err(Failed::new(format!("rows are to be inserted before {revision}, which is no migration here")));
        }
        Ok(self.database.fresh()?)
    }

    fn is_known(&self, revision: &RevisionId) -> bool {
        self.migrator.revisions().is_ok_and(|all| all.contains(revision))
    }

    pub(super) fn has_rows_before(&self, revision: &RevisionId) -> bool {
        self.rows.iter().any(|(before, _)| before == revision)
    }

    /// Inserts what is to stand there before a migration.
    pub(super) fn insert_rows(&self, migration: &dyn Migration, conn: &mut dyn SchemaConnection) -> Result<(), Failed> {
        let revision = migration.metadata().revision();
        for (_, insert) in self.rows.iter().filter(|(before, _)| before == revision) {
            let mut context = Context::new(revision, Observers::default());
            context.allow_all = true;
            let mut op = Operations::new(Session::Live(&mut *conn), &mut context)?;
            insert(&mut op)
                .map_err(|error| Failed::new(format!("the rows to insert before it: {error}")).in_revision(revision))?;
        }
        Ok(())
    }
}

/// Whether a migration leaves something behind when it fails.
pub(super) fn rolls_back(migration: &dyn Migration, conn: &mut dyn SchemaConnection) -> Result<bool> {
    let facts = conn.database().renderer()?.capabilities();
    Ok(facts.transactional_ddl && migration.metadata().is_transactional())
}

/// Whether this is an answer that asks a person to look.
pub(super) fn asks_a_person(error: &Error) -> bool {
    error.kind() == ErrorKind::Interrupted
}
