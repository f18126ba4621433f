//! An error, with what the database looks like now and what to do.

use super::Stepper;
use crate::error::{Error, ErrorKind};
use crate::report::Direction;
use crate::runner::body;
use crate::sql;

const MEND: &str = "mend what the error names, then run it again";

impl Stepper<'_, '_> {
    /// The error with what the database looks like now.
    pub(super) fn explained(&self, error: Error) -> Error {
        if self.run.rehearsed.is_some() {
            return error.outcome("it was a rehearsal: all of it is rolled back").remedy(MEND);
        }
        if error.has_outcome() {
            return error;
        }
        let stands = match (self.transactional, self.begun) {
            (true, _) => "rolled back, the database is as it was before this migration",
            (false, false) if error.has_state() => "",
            (false, false) => "nothing was written by this migration",
            (false, true) => &self.told_standing(),
        };
        let outcome = format!("{stands}{}", self.told_before());
        let error = if outcome.is_empty() { error } else { error.outcome(outcome.trim_start_matches("; ")) };
        match &self.journal {
            Some(journal) if journal.is_opaque() && journal.doubt().is_none() => {
                error.remedy_told(body::ask_repair_of_connection)
            }
            _ if error.kind() == ErrorKind::Interrupted => error.remedy_told(body::ask_repair),
            _ => error.remedy(MEND),
        }
    }

    /// What of a migration stands that could not be rolled back.
    fn told_standing(&self) -> String {
        let Some(journal) = &self.journal else { return "nothing of it was done".to_owned() };
        let listed: Vec<String> = journal.standing().map(sql::beginning).collect();
        let nothing = match journal.has_undone() {
            true => {
                "what it did in a transaction that did not come to its end is rolled back, and nothing else could be"
            }
            false => "nothing could be rolled back",
        };
        match (journal.is_opaque(), listed.is_empty()) {
            (true, _) => format!("{nothing}: what it did through its own connection stands"),
            (false, true) => format!("{nothing}: an operation that was done finds itself done when it runs again"),
            (false, false) => {
                format!("{nothing}; this stands, and is passed over when it runs again: {}", listed.join("; "))
            }
        }
    }

    /// What this run did before.
    fn told_before(&self) -> String {
        let verb = match self.planned.direction {
            Direction::Up => "applied",
            Direction::Down => "reverted",
        };
        let became = if self.run.single.open { "rolled back with it" } else { "stays so" };
        match self.run.report.steps.as_slice() {
            [] => String::new(),
            [one] => format!("; {verb} before it, and {became}: {}", one.revision),
            [first, .., last] => format!("; {verb} before it, and {became}: {} to {}", first.revision, last.revision),
        }
    }
}
