//! One table that a statement holds, in which mode, and what is done meanwhile.

use crate::dialect::LockAdvice;
use crate::name::TableName;

/// A lock's mode, of those that DDL takes, in the order of whom it keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

/// What is done while the lock is held, the longest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// A change of the catalogue.
    Moment,
    /// Rows are read, and were checked before by nobody.
    Validation,
    /// Rows are looked up in another table.
    Keys,
    Check,
    NotNull,
    /// An index is built for a constraint.
    Unique,
    Index,
    Rewrite,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    /// None where it is no table, or the statement does not name it.
    pub(super) table: Option<TableName>,
    /// What stands for the table in a sentence.
    who: String,
    pub(super) mode: Mode,
    pub(super) work: Work,
    /// Who else is held, whom the statement does not name.
    also: &'static str,
    advice: Option<&'static str>,
}

impl Hold {
    pub(super) fn new(table: &TableName, mode: Mode, work: Work) -> Self {
        Self { table: Some(table.clone()), who: table.to_string(), mode, work, also: "", advice: None }
    }

    pub(super) fn all(table: &TableName, work: Work) -> Self {
        Self::new(table, Mode::AccessExclusive, work)
    }

    /// The table that an index stands on.
    pub(super) fn of_index(index: &TableName, mode: Mode, work: Work) -> Self {
        Self { who: format!("the table of the index {index}"), ..Self::of_view(index, mode, work) }
    }

    pub(super) fn of_view(view: &TableName, mode: Mode, work: Work) -> Self {
        Self { table: None, ..Self::new(view, mode, work) }
    }

    pub(super) fn with(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }

    pub(super) fn and(mut self, also: &'static str) -> Self {
        self.also = also;
        self
    }

    /// Nobody who reads or writes waits, and no row is read.
    fn is_quiet(&self) -> bool {
        self.mode == Mode::ShareUpdateExclusive && self.work == Work::Moment
    }

    /// Both at once: the stronger lock for the longer work.
    fn joined(self, other: Self) -> Self {
        let mode = self.mode.max(other.mode);
        let also = if self.also.is_empty() { other.also } else { self.also };
        let longer = if other.work > self.work { other } else { self };
        Self { mode, also, ..longer }
    }

    pub(super) fn advice(self, statement: usize) -> LockAdvice {
        let what = format!("{} {}{}{} ({})", self.who, self.suffers(), self.meanwhile(), self.also, self.mode.name());
        LockAdvice { statement, table: self.table, what, advice: self.advice.map(str::to_owned) }
    }

    fn suffers(&self) -> &'static str {
        match self.mode {
            Mode::ShareUpdateExclusive => "is read as a whole while others go on",
            Mode::Share | Mode::ShareRowExclusive | Mode::Exclusive => "takes no writes",
            Mode::AccessExclusive => "is locked against everyone, readers too",
        }
    }

    fn meanwhile(&self) -> &'static str {
        let shuts_out = self.mode == Mode::AccessExclusive;
        match self.work {
            _ if self.mode == Mode::ShareUpdateExclusive => "",
            Work::Moment if shuts_out => "",
            Work::Moment => " for a moment",
            Work::Validation | Work::NotNull if shuts_out => ", while all rows are read",
            Work::Validation | Work::NotNull => " while all rows are read",
            Work::Keys | Work::Check if shuts_out => ", while all rows are checked",
            Work::Keys | Work::Check => " while all rows are checked",
            Work::Unique if shuts_out => ", while an index is built",
            Work::Index if shuts_out => ", while the index is built",
            Work::Unique | Work::Index => " while the index is built",
            Work::Rewrite if shuts_out => ", and may be written anew as a whole",
            Work::Rewrite => " while it is written anew",
        }
    }
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }
}

/// Of what one statement holds: each table once, and only those that somebody waits for.
pub(super) fn told(holds: &[Hold]) -> Vec<Hold> {
    let mut all: Vec<Hold> = Vec::new();
    for hold in holds.iter().cloned() {
        match all.iter().position(|known| known.who == hold.who) {
            Some(at) => {
                let known = all.remove(at);
                all.insert(at, known.joined(hold));
            }
            None => all.push(hold),
        }
    }
    all.retain(|hold| !hold.is_quiet());
    all
}
