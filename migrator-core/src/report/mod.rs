//! What a run did, step by step.

mod finding;
mod status;

use std::fmt;
use std::time::Duration;

use crate::name::RevisionId;

pub use finding::{Finding, FindingKind, Remedy};
pub use status::Status;

/// Which way a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Direction {
    /// `upgrade`.
    Up,
    /// `downgrade`.
    Down,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Outcome {
    /// The upgrade ran.
    Applied,
    /// The downgrade ran.
    Reverted,
    /// Recorded as applied without running, because its `skip_if` held.
    Skipped,
    /// Recorded without running, because that was asked for.
    Stamped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied => "applied",
            Self::Reverted => "reverted",
            Self::Skipped => "skipped",
            Self::Stamped => "stamped",
        })
    }
}

/// One migration of a run.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct StepReport {
    pub(crate) revision: RevisionId,
    pub(crate) description: String,
    pub(crate) direction: Direction,
    pub(crate) outcome: Outcome,
    #[cfg_attr(feature = "serde", serde(rename = "seconds", serialize_with = "in_seconds"))]
    pub(crate) duration: Duration,
    pub(crate) statements: usize,
    pub(crate) out_of_order: bool,
    pub(crate) notes: Vec<String>,
}

impl StepReport {
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

    /// How it ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// From the first look to the commit.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// How many statements its operations sent; what goes through the user's own connection is not counted.
    pub fn statements(&self) -> usize {
        self.statements
    }

    /// Whether it was applied although a later revision already stood.
    pub fn is_out_of_order(&self) -> bool {
        self.out_of_order
    }

    /// What a person should know of it: backups made, why it was skipped, statements that another database would get.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl fmt::Display for StepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.outcome, self.direction) {
            (Outcome::Stamped, Direction::Down) => write!(f, "no longer recorded: {}", self.revision)?,
            (outcome, _) => write!(f, "{outcome} {}", self.revision)?,
        }
        if !self.description.is_empty() {
            write!(f, "  {}", self.description)?;
        }
        if self.out_of_order {
            f.write_str(" (out of order)")?;
        }
        for note in &self.notes {
            write!(f, "\n  {note}")?;
        }
        Ok(())
    }
}

/// What a run did. Printed, it is a line for each migration; with nothing done, it says so.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RunReport {
    pub(crate) steps: Vec<StepReport>,
    pub(crate) unknown: Vec<RevisionId>,
    pub(crate) edited: Vec<RevisionId>,
    pub(crate) notes: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    /// Whether it was to go up: with nothing done, that means that nothing is pending.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) upward: bool,
}

impl RunReport {
    /// The migrations, in the order they ran.
    pub fn steps(&self) -> &[StepReport] {
        &self.steps
    }

    /// Whether nothing ran.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Applied revisions that this program does not know: the database is ahead of it.
    pub fn unknown(&self) -> &[RevisionId] {
        &self.unknown
    }

    /// Applied migrations whose text has changed since.
    pub fn edited(&self) -> &[RevisionId] {
        &self.edited
    }

    /// What a person should know of the run as a whole.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What a look at the database after the run found not to be as it should.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.steps.iter().map(ToString::to_string).collect();
        if lines.is_empty() {
            lines.push(if self.upward { "nothing is pending" } else { "nothing to do" }.to_owned());
        }
        if !self.unknown.is_empty() {
            lines.push(format!("the database is ahead of this program: it has {}, unknown here", list(&self.unknown)));
        }
        if !self.edited.is_empty() {
            lines.push(format!("changed since applied: {}", list(&self.edited)));
        }
        lines.extend(self.notes.iter().cloned());
        lines.extend(self.findings.iter().map(ToString::to_string));
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(feature = "serde")]
fn in_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// Revisions with commas between them.
pub(crate) fn list(revisions: &[RevisionId]) -> String {
    revisions.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ")
}
