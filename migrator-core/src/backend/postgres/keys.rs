//! Keys of any type: a literal without a type takes that of the column it is compared with.

use super::renderer::Renderer;
use crate::dialect::KeyRanges;

impl KeyRanges for Renderer {
    fn literal_of(&self, column: &str, sql_type: &str) -> String {
        match sql_type {
            "smallint" | "integer" | "bigint" => format!("CAST({column} AS text)"),
            _ => format!("quote_literal(CAST({column} AS text))"),
        }
    }
}
