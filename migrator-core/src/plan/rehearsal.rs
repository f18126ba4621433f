//! What a run did that was then rolled back.

use std::fmt;

use super::PlannedLoss;
use crate::diff::SchemaDifference;
use crate::report::RunReport;

/// What a run does: it was done, and rolled back.
///
/// Printed, it is the report of the run, what it lost, and the difference of the schema.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Rehearsal {
    pub(crate) report: RunReport,
    pub(crate) losses: Vec<PlannedLoss>,
    pub(crate) difference: SchemaDifference,
    pub(crate) notes: Vec<String>,
}

impl Rehearsal {
    /// The report that the run would give.
    pub fn report(&self) -> &RunReport {
        &self.report
    }

    /// Whether nothing would run.
    pub fn is_empty(&self) -> bool {
        self.report.is_empty()
    }

    /// What was lost on the way, all of it named by a migration or the caller: what nobody names is an error.
    pub fn losses(&self) -> &[PlannedLoss] {
        &self.losses
    }

    /// What came, went and changed in the schema.
    pub fn difference(&self) -> &SchemaDifference {
        &self.difference
    }

    /// What a person should know of it.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.report)?;
        for loss in &self.losses {
            write!(f, "\nloss: {loss}")?;
        }
        for note in &self.notes {
            write!(f, "\nnote: {note}")?;
        }
        if !self.difference.is_empty() {
            write!(f, "\nthe schema:\n{}", self.difference)?;
        }
        if self.report.is_empty() { Ok(()) } else { f.write_str("\nrehearsed: all of it was rolled back") }
    }
}
