//! Why a check failed.

use std::error::Error as StdError;
use std::fmt;

use crate::error::Error;
use crate::name::RevisionId;

/// Why a check failed: which migration, and what is different from what it should be.
pub struct Failed {
    revision: Option<RevisionId>,
    what: String,
    source: Option<Error>,
}

impl Failed {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { revision: None, what: what.into(), source: None }
    }

    /// The migration it is about; the first one named stays.
    pub(super) fn in_revision(mut self, revision: &RevisionId) -> Self {
        self.revision.get_or_insert_with(|| revision.clone());
        self
    }

    /// With a sentence before it that says when.
    pub(super) fn when(mut self, when: &str) -> Self {
        self.what = format!("{when}: {}", self.what);
        self
    }

    /// The migration it is about, where it is about one.
    pub fn revision(&self) -> Option<&RevisionId> {
        self.revision.as_ref()
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let revision = error.revision().cloned();
        let named = revision.as_ref().map(|revision| format!("migration {revision}: ")).unwrap_or_default();
        let what = text.strip_prefix(&named).unwrap_or(&text).to_owned();
        Self { revision, what, source: Some(error) }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(revision) = &self.revision {
            write!(f, "migration {revision}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A test that returns it prints it this way.
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Failed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
