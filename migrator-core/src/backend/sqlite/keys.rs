//! Keys of any type: each value says its own.

use super::renderer::Renderer;
use crate::dialect::KeyRanges;

impl KeyRanges for Renderer {
    fn takes_null_keys(&self) -> bool {
        true
    }

    /// `quote()` ends a text at its first NUL. The plus keeps the cast from lending its affinity to the column.
    fn literal_of(&self, column: &str, _sql_type: &str) -> String {
        format!(
            "CASE WHEN typeof({column}) = 'text' AND instr({column}, char(0)) > 0 \
             THEN '+CAST(X''' || hex({column}) || ''' AS TEXT)' ELSE quote({column}) END"
        )
    }
}
