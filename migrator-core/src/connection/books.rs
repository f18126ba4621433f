//! What the tables need that the library keeps its own books in.

use crate::error::Result;
use crate::name::TableName;

/// Keeps the library's own tables fit for whatever is written into them.
#[doc(hidden)]
pub trait Books {
    /// Gives tables that an earlier version made, and that cannot hold every text, what they lack.
    fn mend_books(&mut self, _books: &[TableName]) -> Result<()> {
        Ok(())
    }
}
