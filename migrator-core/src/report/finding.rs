//! Something that is not as it should be, and what to do about it.

use std::fmt;

/// Something that a verification found.
///
/// Printed, it is what was found, a word on what it means, and below it the remedy, to be run as printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    kind: FindingKind,
    what: String,
    advice: String,
    remedy: Remedy,
}

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FindingKind {
    /// The database takes no writes.
    ReadOnly,
    /// The session's role lacks a privilege that migrations need.
    Privilege,
    /// The database has a revision that the program does not know.
    UnknownRevision,
    /// A migration is applied, and one that it names as its parent is not.
    MissingRevision,
    /// A migration was begun and did not end.
    Interrupted,
    /// An applied migration's text has changed since.
    Edited,
    /// An index is kept and not used: its build broke off.
    InvalidIndex,
    /// A constraint was never checked against the rows.
    UnvalidatedConstraint,
    /// Rows reference what is not there.
    BrokenForeignKey,
    /// A table was being put back from a backup when that broke off.
    UnfinishedRestore,
    /// The schema is not the one that the last run left.
    Drift,
    /// What an applied migration ensures does not hold any more.
    Ensures,
    /// The `verify` function of an applied migration says no.
    Verify,
    /// The database's own check of its files found damage.
    Damage,
}

impl FindingKind {
    /// Every kind that there is, in the order in which they are told.
    pub const ALL: [Self; 14] = [
        Self::ReadOnly,
        Self::Privilege,
        Self::UnknownRevision,
        Self::MissingRevision,
        Self::Interrupted,
        Self::Edited,
        Self::InvalidIndex,
        Self::UnvalidatedConstraint,
        Self::BrokenForeignKey,
        Self::UnfinishedRestore,
        Self::Drift,
        Self::Ensures,
        Self::Verify,
        Self::Damage,
    ];
}

/// What clears a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case", tag = "kind", content = "text")
)]
#[non_exhaustive]
pub enum Remedy {
    /// SQL to be sent to the database.
    Sql(String),
    /// A command of the migrator with its arguments, `stamp 20261123090000`; each is a method of `Migrator` too.
    Command(String),
    /// Something that only a person can do.
    Hand(String),
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, what: impl Into<String>, remedy: Remedy) -> Self {
        Self { kind, what: what.into(), advice: String::new(), remedy }
    }

    /// What it means, and what to think of before the remedy is run.
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> FindingKind {
        self.kind
    }

    /// What was found, in a sentence.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What clears it, to be run as printed.
    pub fn remedy(&self) -> &Remedy {
        &self.remedy
    }
}

/// The words of the kind: `invalid index`.
impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "read-only",
            Self::Privilege => "privilege",
            Self::UnknownRevision => "unknown revision",
            Self::MissingRevision => "missing revision",
            Self::Interrupted => "interrupted",
            Self::Edited => "edited",
            Self::InvalidIndex => "invalid index",
            Self::UnvalidatedConstraint => "unvalidated constraint",
            Self::BrokenForeignKey => "broken foreign key",
            Self::UnfinishedRestore => "unfinished restore",
            Self::Drift => "drift",
            Self::Ensures => "ensures",
            Self::Verify => "verify",
            Self::Damage => "damage",
        })
    }
}

/// The text that is to be run, and nothing else.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Sql(text) | Self::Command(text) | Self::Hand(text)) = self;
        f.write_str(text)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.what.replace('\n', "\n  "))?;
        if !self.advice.is_empty() {
            write!(f, "\n  {}", self.advice)?;
        }
        write!(f, "\n  remedy: {}", self.remedy.to_string().replace('\n', "\n    "))
    }
}

#[cfg(test)]
mod tests {
    use super::FindingKind::{self, *};

    #[test]
    fn all_kinds_are_listed() {
        let listed = |kind: FindingKind| FindingKind::ALL.contains(&kind);
        // Whoever adds a kind meets this list, and the test that wants a case for each.
        let known = |kind| match kind {
            ReadOnly | Privilege | UnknownRevision | MissingRevision | Interrupted | Edited | InvalidIndex => {
                listed(kind)
            }
            UnvalidatedConstraint | BrokenForeignKey | UnfinishedRestore | Drift | Ensures | Verify | Damage => {
                listed(kind)
            }
        };
        assert!(FindingKind::ALL.into_iter().all(known));
        assert!(FindingKind::ALL.is_sorted());
    }
}
