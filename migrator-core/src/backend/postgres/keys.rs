//! Keys of any type: a literal without a type takes that of the column it is compared with, unless it is of a type that
//! somebody made.

use super::renderer::Renderer;
use crate::dialect::{KeyRanges, SqlRenderer};

impl KeyRanges for Renderer {
    /// How many digits a number with a floating point has in a text is a setting of the session's.
    fn literal_of(&self, column: &str, sql_type: &str) -> String {
        let word = sql_type.split(['(', ' ']).next().unwrap_or_default();
        match word {
            "smallint" | "integer" | "bigint" => format!("CAST({column} AS text)"),
            "real" | "double" if !sql_type.contains('[') => format!("CAST({column} AS double precision)"),
            _ if OWN_TYPES.contains(&word) => format!("quote_literal(CAST({column} AS text))"),
            _ => {
                let cast = self.text_literal(&format!("::{sql_type}"));
                format!("quote_literal(CAST({column} AS text)) || {cast}")
            }
        }
    }
}

/// What a literal takes the type of without being told, by the first word.
const OWN_TYPES: [&str; 14] = [
    "text",
    "character",
    "uuid",
    "date",
    "timestamp",
    "time",
    "numeric",
    "bytea",
    "boolean",
    "inet",
    "cidr",
    "interval",
    "bit",
    "name",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_of_a_type_that_somebody_made_says_it() {
        assert_eq!(Renderer.literal_of("a", "character varying(9)"), "quote_literal(CAST(a AS text))");
        assert_eq!(Renderer.literal_of("a", "real"), "CAST(a AS double precision)");
        assert_eq!(Renderer.literal_of("a", "app.\"Pair\""), "quote_literal(CAST(a AS text)) || '::app.\"Pair\"'");
    }
}
