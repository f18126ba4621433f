//! What was interrupted where nothing can be rolled back: found, decided by the schema, or by what a person says.

mod report;

use super::Migrator;
use super::run::{How, Planned, Route, Run};
use super::step::Stepper;
use crate::connection::{Database, SchemaConnection};
use crate::error::{Error, ErrorKind, Result};
use crate::history::{HistoryEntry, Journal, Verdict};

pub use report::{Repair, RepairOutcome, RepairReport, Repaired};

impl Migrator {
    /// Decides what became of migrations that were interrupted where the database cannot roll back.
    ///
    /// A statement that was under way is looked for in the schema; what stands is listed; nothing is run. What the database
    /// does not tell is [`RepairOutcome::Undecided`], and a person says it with [`repair_as`](Migrator::repair_as). A run does
    /// the same by itself before it goes on, so that this is needed only after `Interrupted`.
    ///
    /// ```
    /// use migrator_core::prelude::*;
    ///
    /// # fn main() -> MigrationResult {
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let report = Migrator::new().allow_empty().repair(&mut conn)?;
    /// assert!(report.is_clear());
    /// assert_eq!(report.to_string(), "nothing was interrupted");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InTransaction` inside a transaction of the caller's, `LockTimeout`, `ReadOnly`, `HistoryFormat` and `Database`.
    pub fn repair(&self, conn: &mut dyn SchemaConnection) -> Result<RepairReport> {
        self.mend(conn, None)
    }

    /// The same, with what a person says of what the database does not tell.
    ///
    /// # Errors
    /// As [`repair`](Migrator::repair).
    pub fn repair_as(&self, conn: &mut dyn SchemaConnection, said: Repair) -> Result<RepairReport> {
        self.mend(conn, Some(said))
    }

    fn mend(&self, conn: &mut dyn SchemaConnection, said: Option<Repair>) -> Result<RepairReport> {
        let mut run = Run::looking(self.registry()?, &self.options, conn)?;
        if run.depth > 0 {
            return Err(Error::new(ErrorKind::InTransaction, "the connection is inside a transaction")
                .state("nothing was written; the transaction is open as it was")
                .remedy("end the transaction first, or repair on a connection of its own"));
        }
        let patience = run.conn.database().grow_patient()?;
        let report = run.prepare(&Route::Stamp("")).and_then(|()| mend(&mut run, said));
        let restored = run.conn.database().be_patient_as(patience);
        restored.and(report)
    }
}

fn mend(run: &mut Run<'_>, said: Option<Repair>) -> Result<RepairReport> {
    let migrations = run.under_lock(|run| {
        let found = look(run, said)?;
        let over = |outcome| matches!(outcome, RepairOutcome::NotBegun | RepairOutcome::Said(Repair::NotBegun));
        settle(run, found.iter().filter(|found| over(found.outcome)))?;
        Ok(found)
    })?;
    let is_finished = |found: &&Repaired| found.outcome == RepairOutcome::Said(Repair::Finished);
    let finished: Vec<&Repaired> = migrations.iter().filter(is_finished).collect();
    for found in &finished {
        let (revision, direction) = (found.revision.clone(), found.direction);
        Stepper::new(run, Planned { revision, direction, how: How::Record, late: false })?.step()?;
    }
    run.release()?;
    if !finished.is_empty() {
        run.under_lock(|run| settle(run, finished.iter().copied()))?;
    }
    Ok(RepairReport { migrations })
}

/// What is still as it was found is over.
fn settle<'f>(run: &mut Run<'_>, over: impl Iterator<Item = &'f Repaired>) -> Result<()> {
    let standing = run.book.all_unsettled(run.conn.database())?;
    let is_one = |found: &Repaired, begun: &HistoryEntry| {
        (&found.revision, found.direction, &found.begun_at, &found.who)
            == (&begun.revision, begun.direction, &begun.started_at, &begun.who)
    };
    let mut still = over.filter(|found| standing.iter().any(|begun| is_one(found, begun)));
    still.try_for_each(|found| run.settle_one(&found.revision, found.direction))
}

/// Each migration that was begun and did not come to its end, with what became of it.
fn look(run: &mut Run<'_>, said: Option<Repair>) -> Result<Vec<Repaired>> {
    let begun = run.book.all_unsettled(run.conn.database())?;
    begun.into_iter().map(|begun| look_at(run, begun, said)).collect()
}

fn look_at(run: &mut Run<'_>, begun: HistoryEntry, said: Option<Repair>) -> Result<Repaired> {
    let database = run.conn.database();
    let mut journal = run.book.journal(database, &begun.revision, begun.direction)?;
    let standing = journal.standing().map(str::to_owned).collect();
    let own = journal.connection_in_doubt().map(|what| what.trim_end_matches(',').to_owned());
    let in_doubt = journal.doubt().map(|doubt| doubt.step.words.clone()).or(own);
    let outcome = decide(database, &mut journal, said)?;
    let HistoryEntry { revision, direction, started_at, who, .. } = begun;
    Ok(Repaired { revision, direction, begun_at: started_at, who, standing, in_doubt, outcome })
}

fn decide(database: &mut dyn Database, journal: &mut Journal, said: Option<Repair>) -> Result<RepairOutcome> {
    let verdict = journal.doubt().cloned().map(|doubt| doubt.decide(database)).transpose()?;
    let outcome = match verdict {
        _ if journal.is_opaque() => RepairOutcome::Undecided,
        None if journal.is_untouched() => RepairOutcome::NotBegun,
        None => RepairOutcome::Resumable,
        Some(Verdict::Done) => RepairOutcome::Done,
        Some(Verdict::NotDone) => RepairOutcome::NotDone,
        Some(Verdict::Unknown(_)) => RepairOutcome::Undecided,
    };
    match (outcome, said) {
        (_, Some(said @ (Repair::Finished | Repair::NotBegun))) => return Ok(RepairOutcome::Said(said)),
        (RepairOutcome::Done, _) => journal.decide(database, true)?,
        (RepairOutcome::NotDone, _) => journal.decide(database, false)?,
        (RepairOutcome::Undecided, Some(said)) => {
            return act(database, journal, said).map(|()| RepairOutcome::Said(said));
        }
        _ => {}
    }
    Ok(outcome)
}

fn act(database: &mut dyn Database, journal: &mut Journal, said: Repair) -> Result<()> {
    match said {
        Repair::RunAgain => {
            journal.decide(database, false)?;
            journal.forget_connection(database)
        }
        Repair::StatementDone if journal.doubt().is_some() => journal.decide(database, true),
        Repair::StatementDone => Err(Error::new(ErrorKind::InvalidTarget, "no statement of it is in doubt")
            .state("nothing was changed")
            .remedy_told(|reader| {
                let [again, _, finished, not_begun] = reader.repair_as();
                format!("say {again}, {finished} or {not_begun}")
            })),
        Repair::Finished | Repair::NotBegun => Ok(()),
    }
}
