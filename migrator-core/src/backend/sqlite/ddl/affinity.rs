//! What SQLite makes of a value by a column's declared type (datatype3.html, 3.1).

/// How a column converts what is put into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    fn of(declared: &str) -> Self {
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
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Integer => Some("INTEGER"),
            Self::Text => Some("TEXT"),
            Self::Blob => Some("BLOB"),
            Self::Real => Some("REAL"),
            Self::Numeric => None,
        }
    }
}

/// The cast that a change of type makes, where the new type converts otherwise than the old one.
pub(in crate::backend::sqlite) fn cast(value: &str, old_type: &str, new_type: &str) -> Option<String> {
    let (old, new) = (Affinity::of(old_type), Affinity::of(new_type));
    let class = new.class().filter(|_| old != new)?;
    Some(format!("CAST({value} AS {class})"))
}

/// What a change of type makes of a value, the conversion by storing it included; nothing where it changes none.
pub(in crate::backend::sqlite) fn converted(value: &str, old_type: &str, new_type: &str) -> Option<String> {
    if Affinity::of(old_type) == Affinity::of(new_type) {
        return None;
    }
    let number = format!("CAST({value} AS NUMERIC)");
    // The comparison converts a text that is a number through and through, as storing it does, and no other.
    let stored = format!("CASE WHEN typeof({value}) = 'text' AND (+{value}) = {number} THEN {number} ELSE {value} END");
    Some(cast(value, old_type, new_type).unwrap_or(stored))
}

/// Whether the new value, cast to what the old one was, is another, or bytes became a text that nobody can read.
pub(in crate::backend::sqlite) fn differs_cast_back(old: &str, new: &str) -> String {
    let classes =
        ["text", "integer", "real", "blob"].map(|class| format!("WHEN '{class}' THEN CAST({new} AS {class})"));
    let differs = format!("(CASE typeof({old}) {} END) IS NOT ((+{old}) COLLATE BINARY)", classes.join(" "));
    format!("({differs} OR typeof({old}) = 'blob' AND typeof({new}) = 'text' AND {})", is_no_text(old))
}

/// Whether bytes are no text: one of them is 0, or they are not UTF-8.
///
/// GLOB reads a letter that is none as U+FFFD, and a byte that goes on where nothing began as U+0080 to U+00BF. Of these
/// the first half is control characters, which no text has, and the others are letters only behind a byte C2.
fn is_no_text(bytes: &str) -> String {
    let has = |letters: &str| format!("CAST({bytes} AS TEXT) GLOB '*[' || {letters} || ']*'");
    let broken = has("char(128) || '-' || char(159) || char(65533)");
    let stray = has("char(160) || '-' || char(191)");
    format!("(instr({bytes}, x'00') > 0 OR {broken} OR {stray} AND instr({bytes}, x'C2') = 0)")
}
