//! Where a database stands against the program.

use std::fmt;

use super::list;
use crate::name::RevisionId;

/// Where a database stands against the program: what `check` asks in CI.
///
/// | exit code | means |
/// |---|---|
/// | 0 | up to date; what the database has beyond this program is told and is no fault |
/// | 3 | something is pending |
/// | 7 | a migration was begun and did not end |
/// | 8 | the history does not match the program: a run would be refused |
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Status {
    pub(crate) current: Vec<RevisionId>,
    pub(crate) heads: Vec<RevisionId>,
    pub(crate) pending: Vec<RevisionId>,
    pub(crate) out_of_order: Vec<RevisionId>,
    pub(crate) unknown: Vec<RevisionId>,
    pub(crate) edited: Vec<RevisionId>,
    pub(crate) interrupted: Option<RevisionId>,
    pub(crate) refusal: Option<String>,
}

impl Status {
    /// The tips of what is applied.
    pub fn current(&self) -> &[RevisionId] {
        &self.current
    }

    /// The revisions of the program that no other one follows.
    pub fn heads(&self) -> &[RevisionId] {
        &self.heads
    }

    /// What `run_pending` would apply, in order.
    pub fn pending(&self) -> &[RevisionId] {
        &self.pending
    }

    /// Of that, what is older than something that is applied.
    pub fn out_of_order(&self) -> &[RevisionId] {
        &self.out_of_order
    }

    /// Applied revisions that the program does not know.
    pub fn unknown(&self) -> &[RevisionId] {
        &self.unknown
    }

    /// Applied migrations whose text has changed since.
    pub fn edited(&self) -> &[RevisionId] {
        &self.edited
    }

    /// A migration that was begun and neither ended nor failed: somebody is at it, or was interrupted.
    pub fn interrupted(&self) -> Option<&RevisionId> {
        self.interrupted.as_ref()
    }

    /// Why a run would be refused before anything is written, where it would be.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// Whether a run would have nothing to do.
    pub fn is_up_to_date(&self) -> bool {
        self.pending.is_empty() && self.interrupted.is_none() && self.refusal.is_none()
    }

    /// What a program that asked ends with: see the table above.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self { interrupted: Some(_), .. } => 7,
            Self { refusal: Some(_), .. } => 8,
            Self { pending, .. } if !pending.is_empty() => 3,
            _ => 0,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.current.is_empty() { "nothing is applied".to_owned() } else { list(&self.current) };
        let mut lines = vec![match self.pending.len() {
            0 => format!("nothing is pending: {at}"),
            count => format!("{count} pending, {at}: {}", list(&self.pending)),
        }];
        let told = [
            ("older than what is applied", &self.out_of_order),
            ("the database has, unknown here", &self.unknown),
            ("changed since applied", &self.edited),
        ];
        lines
            .extend(told.iter().filter(|(_, all)| !all.is_empty()).map(|(what, all)| format!("{what}: {}", list(all))));
        lines.extend(self.interrupted.iter().map(|revision| format!("begun and not ended: {revision}")));
        lines.extend(self.refusal.iter().map(|refusal| format!("a run would be refused: {refusal}")));
        f.write_str(&lines.join("\n"))
    }
}
