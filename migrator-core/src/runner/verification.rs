//! Where a database stands against the program, and whether it is sound.

use std::error::Error as _;

use super::run::{Route, Run};
use super::{Migrator, body};
use crate::backup;
use crate::connection::{SchemaConnection, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Condition;
use crate::migration::Migration;
use crate::name::RevisionId;
use crate::operations::Context;
use crate::report::{Finding, FindingKind, Remedy, Status};
use crate::schema::Schema;
use crate::verify::{self, Standing, VerifyReport};

impl Migrator {
    /// Where the database stands against the program: what is pending, what does not fit. Nothing is written and no lock
    /// is taken; [`Status::exit_code`] is what a check in CI ends with.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves, or `Database`.
    ///
    /// ```
    /// use migrator_core::prelude::*;
    /// # fn main() -> MigrationResult {
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let status = Migrator::new().allow_empty().check(&mut conn)?;
    /// assert!(status.is_up_to_date());
    /// assert_eq!(status.to_string(), "nothing is pending: nothing is applied");
    /// # Ok(())
    /// # }
    /// ```
    pub fn check(&self, conn: &mut dyn SchemaConnection) -> Result<Status> {
        self.looking(conn)?.status()
    }

    /// Whether the database is sound, and what the program says of it still true: access, history, indexes and constraints
    /// that the catalogue knows to be unsound, the schema against the one that the last run left, and what applied
    /// migrations ensure and verify. Nothing is written; `verify` functions are refused writes.
    ///
    /// A schema is kept at the end of each run that changed something, in a table of our own. Drift is what is different
    /// from it in tables, columns, indexes and constraints; views, functions, triggers and privileges are not part of it.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves, `Connection`, or `Database` when the catalogue cannot be read; what is
    /// wrong with the database is a finding and no error.
    ///
    /// ```
    /// use diesel::connection::SimpleConnection;
    /// use migrator_core::{FindingKind, Metadata, prelude::*};
    /// # use migrator_core::Operations;
    /// # struct CreateUsers(Metadata);
    /// # impl migrator_core::Migration for CreateUsers {
    /// #     fn metadata(&self) -> &Metadata { &self.0 }
    /// #     fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult { op.create_table("users", |t| t.id())?; Ok(()) }
    /// #     fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult { op.drop_table("users")?; Ok(()) }
    /// # }
    /// # fn main() -> MigrationResult {
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let migrator = Migrator::new().with(CreateUsers(Metadata::new("1")));
    /// migrator.run_pending(&mut conn)?;
    /// assert!(migrator.verify(&mut conn)?.is_clean());
    ///
    /// conn.batch_execute("create index by_hand on users (id)")?;
    /// let report = migrator.verify(&mut conn)?;
    /// assert_eq!(report.findings()[0].kind(), FindingKind::Drift);
    /// assert_eq!(report.drift().map(ToString::to_string).as_deref(), Some("table users\n  + index by_hand (id)"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify(&self, conn: &mut dyn SchemaConnection) -> Result<VerifyReport> {
        self.looking(conn)?.verified(Depth::Catalogue)
    }

    /// [`verify`](Migrator::verify), and what takes reading every row: all foreign keys, and the database's own check of its
    /// files (SQLite's `integrity_check`, MySQL's `CHECK TABLE`; PostgreSQL has none that is always there).
    ///
    /// # Errors
    /// Those of [`verify`](Migrator::verify).
    pub fn verify_full(&self, conn: &mut dyn SchemaConnection) -> Result<VerifyReport> {
        self.looking(conn)?.verified(Depth::Rows)
    }

    /// A run that only looks.
    pub(super) fn looking<'a>(&'a self, conn: &'a mut dyn SchemaConnection) -> Result<Run<'a>> {
        Run::looking(self.registry()?, &self.options, conn)
    }
}

const UNSEEN: &str = "foreign keys are not enforced in this session, and not all that the run did was seen: \
     verify_full looks at all of them";

/// How deep a verification looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Catalogue,
    Rows,
}

impl Run<'_> {
    fn verified(&mut self, depth: Depth) -> Result<VerifyReport> {
        let standing = self.standing()?;
        let applied = self.applied.revisions();
        let database = self.conn.database();
        let mut findings = verify::access(database)?;
        findings.extend(verify::history_findings(&standing));
        findings.extend(database.unsound()?);
        findings.extend(backup::unfinished_restores(database)?);
        let kept = self.book.kept_schema(database, &applied)?;
        let drift = verify::look_for_drift(database, kept.as_ref(), &standing)?;
        findings.extend(drift.finding);
        let mut notes: Vec<String> = drift.note.into_iter().collect();
        self.ask_migrations(drift.kept.as_ref(), &mut findings, &mut notes)?;
        if depth == Depth::Rows {
            findings.extend(verify::everything(self.conn.database(), drift.now)?);
        }
        Ok(VerifyReport { findings, drift: drift.difference, notes })
    }

    fn standing(&mut self) -> Result<Standing> {
        let interrupted = match self.refuse_interrupted() {
            Ok(()) => None,
            Err(_) => self.book.under_way(self.conn.database())?,
        };
        let graph = &self.registry.graph;
        let applied = self.applied.revisions();
        Ok(Standing {
            tips: self.known_tips(&applied),
            unknown: self.report.unknown.clone(),
            edited: self.report.edited.clone(),
            anomalies: graph.anomalies(&applied),
            interrupted,
            diesel_table: self.book.quoted(&self.book.diesel_table()),
        })
    }

    /// What applied migrations ensure and verify, in order.
    fn ask_migrations(
        &mut self,
        kept: Option<&Schema>,
        findings: &mut Vec<Finding>,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        let transactions = self.conn.database().renderer()?.capabilities().transactional_ddl;
        let may_call = self.depth == 0 || transactions;
        for revision in self.registry.graph.order() {
            let Some(migration) = self.registry.get(revision.as_str()).filter(|_| self.applied.contains(&revision))
            else {
                continue;
            };
            // Without that schema nothing tells what a later migration has made untrue.
            let may_be_over = kept.is_none() && self.is_followed(&revision);
            let ensured = if may_be_over { &[] } else { migration.metadata().ensured() };
            findings.extend(self.not_ensured(&revision, ensured, kept)?);
            if may_call {
                findings.extend(self.call_verify(&**migration)?);
            } else if migration.has_verify() {
                notes.push(format!("verify of {revision}: the connection is inside a transaction"));
            }
        }
        Ok(())
    }

    /// What was recorded without running has another history than what ran.
    fn not_ensured(
        &mut self,
        revision: &RevisionId,
        ensured: &[Condition],
        kept: Option<&Schema>,
    ) -> Result<Vec<Finding>> {
        let found = verify::not_ensured(self.conn.database(), revision, ensured, kept, true)?;
        if found.is_empty() || !self.was_only_recorded(revision)? {
            return Ok(found);
        }
        verify::not_ensured(self.conn.database(), revision, ensured, kept, false)
    }

    fn was_only_recorded(&mut self, revision: &RevisionId) -> Result<bool> {
        let entries = self.book.entries(self.conn.database())?;
        let last = entries.iter().rfind(|entry| entry.revision == *revision);
        Ok(last.is_some_and(|entry| entry.state == "stamped" || entry.state == "skipped"))
    }

    fn is_followed(&self, revision: &RevisionId) -> bool {
        self.registry.graph.children(revision.as_str()).iter().any(|child| self.applied.contains(child))
    }

    fn call_verify(&mut self, migration: &dyn Migration) -> Result<Option<Finding>> {
        let revision = migration.metadata().revision();
        let mut context = Context::new(revision, self.options.observers.clone());
        match body::verified(migration, self.conn, &mut context) {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == ErrorKind::Connection => Err(error),
            Err(error) => {
                let what = format!("{revision}: {}", error.what());
                let remedy = error.source().map_or_else(|| error.what().to_owned(), ToString::to_string);
                Ok(Some(Finding::new(FindingKind::Verify, what, Remedy::Hand(remedy))))
            }
        }
    }

    /// What is seen to at the end of a run that changed something. What it did stands: what goes wrong here is told and no
    /// error.
    pub(super) fn conclude(&mut self) {
        match self.look_around() {
            Ok(findings) => self.report.findings.extend(findings),
            Err(error) => self.report.notes.push(format!("the database could not be looked at: {}", error.what())),
        }
    }

    fn look_around(&mut self) -> Result<Vec<Finding>> {
        let schema = self.conn.database().inspect(Scope::All)?;
        if let Err(error) = self.keep_schema(&schema) {
            self.report.notes.push(format!("the schema as it stands could not be kept for `verify`: {}", error.what()));
        }
        backup::sweep(self.conn.database());
        let mut findings = self.conn.database().unsound()?;
        findings.extend(backup::unfinished_restores(self.conn.database())?);
        findings.extend(self.foreign_keys_of_touched_tables(&schema)?);
        Ok(findings)
    }

    /// Only where they were not enforced throughout can the run have broken one.
    fn foreign_keys_of_touched_tables(&mut self, schema: &Schema) -> Result<Vec<Finding>> {
        let database = self.conn.database();
        if !self.mentions.frees_of_keys() && database.enforces_foreign_keys()? {
            return Ok(Vec::new());
        }
        if self.mentions.opaque {
            self.report.notes.push(UNSEEN.to_owned());
        }
        let mentions = &self.mentions;
        verify::broken_foreign_keys(database, schema, |child, parent| mentions.names(child) || mentions.names(parent))
    }

    /// A refusal must not spoil a transaction that the caller has open.
    fn keep_schema(&mut self, schema: &Schema) -> Result<()> {
        let applied = self.applied.revisions();
        let database = self.conn.database();
        if !database.renderer()?.capabilities().transactional_ddl {
            return self.book.keep_schema(database, &applied, schema);
        }
        database.begin()?;
        match self.book.keep_schema(database, &applied, schema) {
            Ok(()) => database.commit(),
            Err(error) => database.rollback().and(Err(error)),
        }
    }

    fn status(&mut self) -> Result<Status> {
        let graph = &self.registry.graph;
        let applied = self.applied.revisions();
        let interrupted = self.book.under_way(self.conn.database())?.map(|begun| begun.revision);
        Ok(Status {
            current: graph.tips(&applied),
            heads: graph.heads(),
            pending: graph.pending(&applied),
            out_of_order: graph.late_arrivals(&applied),
            unknown: self.report.unknown.clone(),
            edited: self.report.edited.clone(),
            interrupted,
            refusal: self.refusal()?,
        })
    }

    /// Why `run_pending` would write nothing.
    fn refusal(&self) -> Result<Option<String>> {
        let route = Route::Up("heads");
        let planned = self.planned(&route)?;
        let refused = self.refuse_early(&route, &planned);
        Ok(refused.err().map(|error: Error| error.to_string().lines().take(1).collect()))
    }
}
