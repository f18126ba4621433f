//! What a run tells while it goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::error::ErrorKind;
use crate::metadata::Loss;
use crate::name::{RevisionId, TableName};
use crate::report::{Direction, Outcome};

/// Something that happens during a run, told to the observer as it happens.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Migrations are about to run.
    #[non_exhaustive]
    RunStarted {
        /// In this order.
        revisions: Vec<RevisionId>,
    },
    /// Somebody else is migrating.
    #[non_exhaustive]
    WaitingForLock {
        /// Who, where the database says.
        holder: Option<String>,
    },
    /// Somebody else held a lock on a table for too long. After a pause the statement is sent again; in a transaction
    /// everything was rolled back, and the migration runs again from its first line.
    #[non_exhaustive]
    Retrying {
        /// The migration.
        revision: RevisionId,
        /// What did not get its lock, where the text was seen.
        statement: Option<String>,
        /// The how manieth attempt this was, from 1.
        attempt: u32,
        /// How many there are at most.
        attempts: u32,
        /// Who is seen to hold locks there, where the database says.
        blockers: Vec<String>,
    },
    /// A migration begins.
    #[non_exhaustive]
    MigrationStarted {
        /// Which.
        revision: RevisionId,
        /// Up or down.
        direction: Direction,
    },
    /// It says that it loses something.
    #[non_exhaustive]
    LossesNamed {
        /// Which migration.
        revision: RevisionId,
        /// What it, or the caller for it, names in `allow_loss`.
        losses: Vec<Loss>,
    },
    /// A statement is about to be sent.
    #[non_exhaustive]
    Statement {
        /// Its text.
        sql: String,
        /// The how manieth of this migration, from 1.
        number: usize,
    },
    /// Long work goes on.
    #[non_exhaustive]
    Progress {
        /// So much is done.
        done: u64,
        /// Of so much.
        total: u64,
    },
    /// A backup stands, counted.
    #[non_exhaustive]
    BackupMade {
        /// The table copied.
        table: TableName,
        /// The table that holds the copy.
        copy: TableName,
        /// How many rows.
        rows: u64,
    },
    /// The database has revisions that this program does not know.
    #[non_exhaustive]
    DatabaseAhead {
        /// Which.
        revisions: Vec<RevisionId>,
    },
    /// A migration stands.
    #[non_exhaustive]
    MigrationEnded {
        /// Which.
        revision: RevisionId,
        /// How it ended.
        outcome: Outcome,
        /// From the first look to the commit.
        duration: Duration,
    },
    /// The run ends with an error, which the caller is given too.
    #[non_exhaustive]
    RunFailed {
        /// Where, when it was in a migration.
        revision: Option<RevisionId>,
        /// What went wrong, for programs.
        kind: ErrorKind,
        /// And for people.
        what: String,
    },
    /// The run is over.
    #[non_exhaustive]
    RunEnded {
        /// How many migrations ran.
        steps: usize,
    },
}

/// Whoever wants to be told; several, in turn.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<Observer>>);

type Observer = dyn Fn(&Event) + Send + Sync;

impl Observers {
    pub(crate) fn add(&mut self, observer: impl Fn(&Event) + Send + Sync + 'static) {
        self.0.push(Arc::new(observer));
    }

    /// What would be told for nothing is not put into words where nobody listens.
    pub(crate) fn tell_of(&self, event: impl FnOnce() -> Event) {
        if !self.0.is_empty() {
            self.tell(&event());
        }
    }

    /// A panic in an observer is the observer's own affair: the run goes on.
    pub(crate) fn tell(&self, event: &Event) {
        for observer in &self.0 {
            catch_unwind(AssertUnwindSafe(|| observer(event))).ok();
        }
    }
}
