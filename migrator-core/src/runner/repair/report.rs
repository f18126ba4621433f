//! What a repair found, and what it did.

use std::borrow::Cow;
use std::fmt;

use crate::error::Reader;
use crate::name::RevisionId;
use crate::report::Direction;

/// What a person says of an interrupted migration where the database cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Repair {
    /// What is in doubt was not done, or somebody has undone it: the next run does it again.
    RunAgain,
    /// The statement in doubt was done: the next run goes on behind it.
    StatementDone,
    /// The schema is where the migration ends: it counts as finished, and does not run again.
    Finished,
    /// The schema is where the migration begins: it counts as never begun.
    NotBegun,
}

/// What became of an interrupted migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RepairOutcome {
    /// Nothing is in doubt: the next run goes on behind what stands.
    Resumable,
    /// The schema shows that the statement in doubt was done: the next run goes on behind it.
    Done,
    /// The schema shows that it was not, or it may be done twice: the next run sends it again.
    NotDone,
    /// Nothing of the migration was done, so it counts as never begun.
    NotBegun,
    /// The database does not tell. A person looks, and says which with [`repair_as`](crate::Migrator::repair_as).
    Undecided,
    /// A person has said.
    Said(Repair),
}

/// A migration that was begun and did not come to its end.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Repaired {
    pub(super) revision: RevisionId,
    pub(super) direction: Direction,
    pub(super) begun_at: String,
    pub(super) who: Option<String>,
    pub(super) standing: Vec<String>,
    pub(super) in_doubt: Option<String>,
    pub(super) outcome: RepairOutcome,
}

impl Repaired {
    /// The migration.
    pub fn revision(&self) -> &RevisionId {
        &self.revision
    }

    /// Which way it was going.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// When it was first begun, in UTC as RFC 3339.
    pub fn begun_at(&self) -> &str {
        &self.begun_at
    }

    /// The program and process that began it.
    pub fn who(&self) -> Option<&str> {
        self.who.as_deref()
    }

    /// What it did before it broke off, step by step.
    pub fn standing(&self) -> &[String] {
        &self.standing
    }

    /// What was under way when it broke off.
    pub fn in_doubt(&self) -> Option<&str> {
        self.in_doubt.as_deref()
    }

    /// What became of it.
    pub fn outcome(&self) -> RepairOutcome {
        self.outcome
    }
}

impl Repaired {
    fn told_to(&self, reader: Reader) -> String {
        let who = self.who.as_deref().unwrap_or("somebody");
        let mut lines =
            vec![format!("migration {} ({}), begun at {} by {who}", self.revision, self.direction, self.begun_at)];
        lines.extend(self.standing.iter().map(|step| format!("  stands: {}", step.replace('\n', "\n    "))));
        lines.extend(self.in_doubt.iter().map(|step| format!("  in doubt: {}", step.replace('\n', "\n    "))));
        lines.push(format!("  {}", told(self.outcome, reader)));
        lines.join("\n")
    }
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told_to(Reader::Program))
    }
}

fn told(outcome: RepairOutcome, reader: Reader) -> Cow<'static, str> {
    let told = match outcome {
        RepairOutcome::Resumable => "nothing is in doubt: the next run goes on behind what stands",
        RepairOutcome::Done => "the schema shows that it was done: the next run goes on behind it",
        RepairOutcome::NotDone => "it was not done, or may be done twice: the next run sends it again",
        RepairOutcome::NotBegun => "nothing of it was done: it counts as never begun",
        RepairOutcome::Undecided => {
            let [again, done, finished, not_begun] = reader.repair_as();
            return format!(
                "the database does not tell what became of it: look, then say {again} if it was not done, {done} if that \
                 statement was, {finished} if the schema is where the migration ends, {not_begun} if it is where it begins"
            )
            .into();
        }
        RepairOutcome::Said(Repair::RunAgain) => "as said: what was in doubt is done again by the next run",
        RepairOutcome::Said(Repair::StatementDone) => {
            "as said: the statement was done, and the next run goes on behind it"
        }
        RepairOutcome::Said(Repair::Finished) => "as said: it counts as finished",
        RepairOutcome::Said(Repair::NotBegun) => "as said: it counts as never begun",
    };
    told.into()
}

/// What a repair found, and what it did. Printed, it is a paragraph for each migration that was interrupted.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RepairReport {
    pub(super) migrations: Vec<Repaired>,
}

impl RepairReport {
    /// The migrations that were begun and did not come to their end, in the order they were begun.
    pub fn migrations(&self) -> &[Repaired] {
        &self.migrations
    }

    /// Whether nothing was interrupted.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }

    /// Whether nothing is left that a person must decide.
    pub fn is_clear(&self) -> bool {
        self.migrations.iter().all(|migration| migration.outcome != RepairOutcome::Undecided)
    }
}

impl RepairReport {
    /// The report in words for a program's author, or for somebody at its command line.
    pub(crate) fn told_to(&self, reader: Reader) -> String {
        if self.is_empty() {
            return "nothing was interrupted".to_owned();
        }
        let told: Vec<String> = self.migrations.iter().map(|one| one.told_to(reader)).collect();
        told.join("\n")
    }
}

impl fmt::Display for RepairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told_to(Reader::Program))
    }
}
