//! What a command found out, for people and for programs.

use serde_json::Value;

/// What a command found out.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) code: u8,
}

impl Answer {
    pub(super) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, code: 0 }
    }

    /// Done, but not as a script may want it: `check` and `verify`.
    pub(super) fn ending_with(self, code: u8) -> Self {
        Self { code, ..self }
    }
}
