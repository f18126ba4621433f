//! A row of the history: something that was done to the database.

use std::fmt;

use chrono::{SecondsFormat, Utc};

use super::book::INSTALLING;
use crate::name::RevisionId;
use crate::report::Direction;

/// How far the thing got that a row tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Begun, where the database cannot undo.
    Started,
    /// The upgrade or downgrade stands.
    Done,
    /// Recorded without running, because `skip_if` held.
    Skipped,
    /// Recorded without running, because that was asked for.
    Stamped,
    /// Ended with an error, where the database cannot undo.
    Failed,
    /// A statement of it was begun, where the database cannot undo.
    Running,
    /// A statement of it is done.
    Ran,
    /// Batches of it are done, so many rows.
    Batch,
    /// It had the user's own connection in hand.
    Opaque,
    /// What was begun and did not end was settled by a person, who said where the database stands.
    Settled,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Stamped => "stamped",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Ran => "ran",
            Self::Batch => "batch",
            Self::Opaque => "opaque",
            Self::Settled => "settled",
        }
    }
}

/// A row on its way into the history.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) revision: RevisionId,
    pub(crate) direction: Direction,
    pub(crate) state: State,
    pub(crate) statements: usize,
    pub(crate) checksum: Option<String>,
    pub(crate) started: String,
    pub(crate) note: Option<String>,
}

/// This moment in UTC, as the history keeps it.
pub(crate) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Something that was done to the database, as the history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The migration.
    pub revision: RevisionId,
    /// Up or down.
    pub direction: Direction,
    /// `done`, `skipped`, `stamped`, `started`, `failed`, `settled`, or of one that is not
    /// at its end `running`, `ran`, `batch` or `opaque`; `diesel` for what Diesel's own tool applied.
    pub state: String,
    /// When it began, in UTC as RFC 3339; for Diesel's rows the time that Diesel wrote.
    pub started_at: String,
    /// When it ended, likewise.
    pub ended_at: Option<String>,
    /// The program and process that did it, and the host where `HOSTNAME` tells it.
    pub who: Option<String>,
    /// How many statements its operations sent.
    pub statements: Option<u64>,
    /// The digest of the migration's text as it was then.
    pub checksum: Option<String>,
    /// Why it was skipped, the error it ended with, or the backups it made.
    pub note: Option<String>,
}

impl HistoryEntry {
    /// `2 was begun at 2026-11-23T03:16:00Z by web (pid 7)`
    pub(crate) fn told_begun(&self) -> String {
        let who = self.who.as_deref().unwrap_or("somebody");
        format!("{} was begun at {} by {who}", self.revision, self.started_at)
    }
}

impl fmt::Display for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = self.direction.to_string();
        write!(f, "{}  {direction:<4}  {:<7}  {}", self.started_at, self.state, self.revision)?;
        if let Some(note) = &self.note {
            write!(f, "  {}", note.split("; ").map(explained).collect::<Vec<_>>().join("; "))?;
        }
        Ok(())
    }
}

/// A note of ours as a person understands it.
fn explained(note: &str) -> &str {
    match note {
        INSTALLING => {
            "installing: the database had no tables when its first migration began; those made until it is at its heads \
             are not guarded"
        }
        other => other,
    }
}
