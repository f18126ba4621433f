//! A plan as a person reads it.

use std::fmt;

use super::{Plan, PlannedBackup, PlannedLoss, PlannedStatement, PlannedStep, Prospect};
use crate::count::counted;
use crate::report::{Direction, Outcome, list};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.steps.iter().map(ToString::to_string).collect();
        if parts.is_empty() {
            parts.push("nothing to do".to_owned());
        }
        if !self.unknown.is_empty() {
            parts.push(format!("the database is ahead of this program: it has {}, unknown here", list(&self.unknown)));
        }
        if !self.edited.is_empty() {
            parts.push(format!("changed since applied: {}", list(&self.edited)));
        }
        parts.extend(self.notes.iter().cloned());
        f.write_str(&parts.join("\n"))
    }
}

impl PlannedStep {
    /// What is done with it, in a word.
    pub(super) fn verb(&self) -> &'static str {
        match (self.outcome, self.direction) {
            (Outcome::Skipped, _) => "skip",
            (Outcome::Stamped, Direction::Up) => "record",
            (Outcome::Stamped, Direction::Down) => "no longer record",
            (_, Direction::Up) => "apply",
            (_, Direction::Down) => "revert",
        }
    }
}

impl fmt::Display for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb(), self.revision)?;
        if !self.description.is_empty() {
            write!(f, "  {}", self.description)?;
        }
        if self.out_of_order {
            f.write_str(" (out of order)")?;
        }
        for backup in &self.backups {
            write!(f, "\n  backup: {backup}")?;
        }
        for statement in &self.statements {
            write!(f, "\n    {}", statement.to_string().replace('\n', "\n    "))?;
        }
        for loss in &self.losses {
            write!(f, "\n  loss: {loss}")?;
        }
        for warning in &self.warnings {
            write!(f, "\n  warning: {warning}")?;
        }
        for note in &self.notes {
            write!(f, "\n  note: {note}")?;
        }
        match &self.prospect {
            Prospect::Known => Ok(()),
            prospect => write!(f, "\n  {}", prospect.to_string().replace('\n', "\n  ")),
        }
    }
}

impl fmt::Display for Prospect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known => f.write_str("known to its end"),
            Self::Opaque { at } => {
                write!(f, "opaque: at {at} it takes the user's own connection; what it does from there on is not known")
            }
            Self::Unknown { why } => write!(f, "unknown: {why}"),
            Self::Fails { error, .. } => write!(f, "fails: {error}"),
        }
    }
}

impl fmt::Display for PlannedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let assumed = if self.assumed { "  -- assumed" } else { "" };
        let end = if self.sql.starts_with("--") { "" } else { ";" };
        write!(f, "{}{}{end}{assumed}", self.sql, self.rebuild())
    }
}

impl PlannedStatement {
    /// What a rebuild does, where this is one.
    fn rebuild(&self) -> String {
        let Some(purpose) = &self.purpose else { return String::new() };
        let statements = counted(self.by_hand.len(), "statement");
        format!(", to {purpose}: {statements}, which make the table anew and copy its rows; plan --sql shows them")
    }
}

impl fmt::Display for PlannedLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        match self.allowed {
            true => f.write_str(", which is named"),
            false => write!(f, ", which nobody named: the run refuses it without allow_loss({})", self.loss),
        }
    }
}

impl fmt::Display for PlannedBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", self.table, counted(self.rows, "row"))
    }
}
