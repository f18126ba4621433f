//! What SQLite makes of a value by a column's declared type (datatype3.html, 3.1).

/// How a column converts what is put into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::sqlite) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    pub(in crate::backend::sqlite) fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if declared.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// What to cast old values to. Nothing for NUMERIC: dates, times and booleans are declared so, and
    /// `CAST('2026-01-01' AS NUMERIC)` is 2026.
    pub(in crate::backend::sqlite) fn cast(self) -> Option<&'static str> {
        match self {
            Self::Integer => Some("INTEGER"),
            Self::Text => Some("TEXT"),
            Self::Blob => Some("BLOB"),
            Self::Real => Some("REAL"),
            Self::Numeric => None,
        }
    }
}
