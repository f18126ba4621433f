//! What a run would do, before it does it: the steps, their SQL, what they lose, what they lock.

mod advice;
mod catalogue;
mod effect;
mod html;
#[cfg(feature = "serde")]
mod json;
mod literal;
mod reading;
mod rehearsal;
mod renamed;
mod rows;
mod script;
mod shadow;
mod stand_in;
mod told;

use std::sync::Arc;

use crate::connection::ServerInfo;
use crate::dialect::Dialect;
use crate::diff::{SchemaChange, SchemaDifference};
use crate::error::{Error, ErrorKind};
use crate::metadata::Loss;
use crate::name::{RevisionId, TableName};
use crate::operations;
use crate::report::{Direction, Outcome};
use crate::schema::Schema;

pub use advice::Warning;
pub(crate) use advice::warnings;
pub use rehearsal::Rehearsal;
pub(crate) use renamed::renamed;
pub(crate) use shadow::{Assumption, Recorded, Shadow};

/// What a run to a target would do: nothing was changed to find it out, and nothing locked.
///
/// Printed, it is for a person to read before the run. What hangs on rows that change on the way, on SQL that is not
/// understood or on the user's own connection is said to be so: see [`Prospect`].
///
/// ```
/// use migrator_core::Metadata;
/// use migrator_core::prelude::*;
///
/// #[migration(revision = "1", irreversible)]
/// mod create_users {
///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.create_table("users", |t| t.id())?;
///         Ok(())
///     }
/// }
///
/// fn main() -> MigrationResult {
///     let mut conn = SqliteConnection::establish(":memory:")?;
///     let migrator = Migrator::new().with(&create_users::MIGRATION);
///     let plan = migrator.plan(&mut conn, "head")?;
///     assert!(plan.steps()[0].statements()[0].sql().starts_with("CREATE TABLE \"users\""));
///     assert_eq!(migrator.pending(&mut conn)?, ["1"]);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) server: ServerInfo,
    pub(crate) host: Option<String>,
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) unknown: Vec<RevisionId>,
    pub(crate) edited: Vec<RevisionId>,
    pub(crate) notes: Vec<String>,
    pub(crate) books: Vec<String>,
    pub(crate) before: Schema,
    pub(crate) after: Schema,
    /// What is there before under the names that it has afterwards, and what got another.
    pub(crate) renamed: (Schema, Vec<SchemaChange>),
}

impl Plan {
    /// The migrations, in the order they would run.
    pub fn steps(&self) -> &[PlannedStep] {
        &self.steps
    }

    /// Whether nothing would run.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The product it is planned for.
    pub fn dialect(&self) -> Dialect {
        self.server.dialect
    }

    /// The database it is planned for.
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// The same for a database whose host is known too, and whose file is not there yet.
    #[cfg(feature = "cli")]
    pub(crate) fn of(self, server: ServerInfo, host: Option<String>) -> Self {
        Self { server, host, ..self }
    }

    fn place(&self) -> String {
        self.server.place(self.host.as_deref())
    }

    /// Whether all of it is known: no step is opaque, unknown, or would fail.
    pub fn is_known(&self) -> bool {
        self.steps.iter().all(|step| step.prospect == Prospect::Known)
    }

    /// The same for somebody at the command line, as [`Error::on_command_line`](crate::Error::on_command_line) is.
    pub fn on_command_line(mut self) -> Self {
        for step in &mut self.steps {
            if let (Prospect::Fails { error, .. }, Some(failure)) = (&mut step.prospect, &step.failure) {
                *error = failure.copy().on_command_line().to_string();
            }
        }
        self
    }

    /// What would be lost, over all steps.
    pub fn losses(&self) -> impl Iterator<Item = &PlannedLoss> {
        self.steps.iter().flat_map(|step| &step.losses)
    }

    /// Applied revisions that this program does not know: the database is ahead of it.
    pub fn unknown(&self) -> &[RevisionId] {
        &self.unknown
    }

    /// Applied migrations whose text has changed since.
    pub fn edited(&self) -> &[RevisionId] {
        &self.edited
    }

    /// What a person should know of the plan as a whole.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What would come, go and change in the schema, as far as it is known; what operations rename is one change.
    pub fn difference(&self) -> SchemaDifference {
        let (before, renames) = &self.renamed;
        let mut difference = before.difference(&self.after);
        difference.changes.splice(0..0, renames.iter().cloned());
        difference.changes.sort_by(|one, other| one.table.cmp(&other.table));
        difference
    }

    /// The schema as it is.
    pub fn schema_before(&self) -> &Schema {
        &self.before
    }

    /// The schema as it would be, as far as it is known.
    pub fn schema_after(&self) -> &Schema {
        &self.after
    }
}

/// One migration of a plan.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlannedStep {
    pub(crate) revision: RevisionId,
    pub(crate) description: String,
    pub(crate) direction: Direction,
    pub(crate) outcome: Outcome,
    pub(crate) transactional: bool,
    pub(crate) out_of_order: bool,
    pub(crate) statements: Vec<PlannedStatement>,
    pub(crate) losses: Vec<PlannedLoss>,
    pub(crate) backups: Vec<PlannedBackup>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) notes: Vec<String>,
    pub(crate) prospect: Prospect,
    /// The error that the run would stop with.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) failure: Option<Arc<Error>>,
    /// What a script says before its statements and after them.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) opening: Vec<String>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) closing: Vec<String>,
}

impl PlannedStep {
    /// The migration.
    pub fn revision(&self) -> &RevisionId {
        &self.revision
    }

    /// What it says of itself.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Up or down.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// How it would end: applied, reverted, or recorded without running.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether it and its history row would commit together.
    pub fn is_transactional(&self) -> bool {
        self.transactional
    }

    /// Whether it would be applied although a later revision already stands.
    pub fn is_out_of_order(&self) -> bool {
        self.out_of_order
    }

    /// What its operations would send, in order. Where the [`prospect`](Self::prospect) is not `Known`, up to there.
    pub fn statements(&self) -> &[PlannedStatement] {
        &self.statements
    }

    /// What would be lost of what stands now, named or not.
    pub fn losses(&self) -> &[PlannedLoss] {
        &self.losses
    }

    /// The tables that would be copied first.
    pub fn backups(&self) -> &[PlannedBackup] {
        &self.backups
    }

    /// What its statements lock, rewrite, or cannot undo.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What a person should know of it: why it would be skipped, what the plan takes for granted.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How far the plan of it goes.
    pub fn prospect(&self) -> &Prospect {
        &self.prospect
    }
}

/// How far the plan of a migration goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Prospect {
    /// To its end.
    Known,
    /// To where it asks for the user's own connection: what it does with that, and what follows, is not known.
    #[non_exhaustive]
    Opaque {
        /// File and line.
        at: String,
    },
    /// To where it hangs on something that is not known before it has run.
    #[non_exhaustive]
    Unknown {
        /// What.
        why: String,
    },
    /// To where the run would stop with an error.
    #[non_exhaustive]
    Fails {
        /// The error's kind.
        #[cfg_attr(feature = "serde", serde(serialize_with = "json::word"))]
        kind: ErrorKind,
        /// Its text.
        error: String,
    },
}

/// A statement that would be sent.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlannedStatement {
    pub(crate) sql: String,
    pub(crate) by_hand: Vec<String>,
    pub(crate) assumed: bool,
    /// What a table is rebuilt for.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) purpose: Option<String>,
}

impl PlannedStatement {
    /// As an observer of the run would be told of it: with placeholders for values, and a rebuild of a table in one line.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// As a person would send it by hand: values written out, a rebuild in all its statements.
    pub fn by_hand(&self) -> &[String] {
        &self.by_hand
    }

    /// Whether it hangs on something that the plan takes for granted: the step's notes say what.
    pub fn is_assumed(&self) -> bool {
        self.assumed
    }
}

/// Something that would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlannedLoss {
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::text"))]
    pub(crate) table: TableName,
    pub(crate) column: Option<String>,
    pub(crate) rows: u64,
    pub(crate) allowed: bool,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) loss: Loss,
}

impl PlannedLoss {
    /// `column email of users with 3 values`
    pub(crate) fn what(&self) -> String {
        self.loss.told(self.rows)
    }

    /// The table it is lost from.
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The column, where the table stays and its values go.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// How many rows, or values of the column, as they stand now.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the migration or the caller has named it. What nobody named, the run refuses.
    pub fn is_allowed(&self) -> bool {
        self.allowed
    }
}

impl From<&operations::PlannedLoss> for PlannedLoss {
    fn from(found: &operations::PlannedLoss) -> Self {
        let column = match &found.loss {
            Loss::Column(_, column) => Some(column.clone()),
            Loss::Table(_) | Loss::Rows(_) => None,
        };
        Self {
            table: found.loss.affected_table().clone(),
            column,
            rows: found.count.unsigned_abs(),
            allowed: found.allowed,
            loss: found.loss.clone(),
        }
    }
}

/// A table that would be copied before a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlannedBackup {
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::text"))]
    pub(crate) table: TableName,
    pub(crate) rows: u64,
}

impl PlannedBackup {
    /// The table.
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// How many rows it has now.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl From<&operations::PlannedBackup> for PlannedBackup {
    fn from(found: &operations::PlannedBackup) -> Self {
        Self { table: found.table.clone(), rows: found.rows }
    }
}
