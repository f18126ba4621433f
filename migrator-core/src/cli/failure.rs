//! Why a command was not done.

use serde_json::{Value, json};

use super::commands::json;
use crate::error::{Error, ErrorKind};

/// Exit code of a command line that makes no sense.
pub(super) const USAGE: u8 = 2;

/// All that is to be said of it.
const STOPPED: &str = "stopped at the question: nothing was done";

/// Why a command was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked makes no sense, or not here.
    Usage { what: String, remedy: String },
    /// The parser's own words, as it lays them out.
    NotUnderstood(String),
    /// Somebody broke off at a question.
    Stopped,
    /// It was tried.
    Error(Error),
}

pub(super) type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error.on_command_line())
    }
}

impl Failure {
    pub(super) fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), remedy: remedy.into() }
    }

    pub(super) fn not_understood(wrong: &clap::Error) -> Self {
        Self::NotUnderstood(wrong.to_string().trim_start_matches("error: ").trim_end().to_owned())
    }

    /// Somebody said no, or nobody could be asked.
    pub(super) fn declined(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Error(Error::new(ErrorKind::Declined, what).state("nothing was written").remedy(remedy))
    }

    /// What stands now, where that was not said.
    pub(super) fn state(self, state: &str) -> Self {
        match self {
            Self::Error(error) => Self::Error(error.state(state)),
            usage => usage,
        }
    }

    /// A file that could not be read or written.
    pub(super) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let what = format!("{}: {error}", path.display());
        let remedy = match error.kind() {
            std::io::ErrorKind::InvalidData => "save it as UTF-8",
            std::io::ErrorKind::IsADirectory => "name a file in it",
            _ => "give yourself the right to read and write there, or work in another directory",
        };
        Self::Error(Error::new(ErrorKind::Migration, what).state("nothing was written").remedy(remedy))
    }

    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::NotUnderstood(_) => USAGE,
            Self::Stopped => ErrorKind::Declined.exit_code(),
            Self::Error(error) => error.exit_code(),
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Usage { what, remedy } => format!("{what}\n  remedy: {remedy}"),
            Self::NotUnderstood(text) => text.clone(),
            Self::Stopped => STOPPED.to_owned(),
            Self::Error(error) => format!("{error:#}"),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Usage { what, remedy } => {
                json!({"kind": "Usage", "message": what, "remedy": remedy, "exit_code": USAGE})
            }
            Self::NotUnderstood(text) => {
                let (what, remedy) = text.split_once("\n\n").unwrap_or((text, ""));
                json!({"kind": "Usage", "message": what, "remedy": remedy.trim(), "exit_code": USAGE})
            }
            Self::Stopped => json::of(&Error::new(ErrorKind::Declined, STOPPED)),
            Self::Error(error) => json::of(error),
        }
    }
}
