//! Where a session looks for names that no schema is said with.

use crate::error::Result;

/// Asks for that place, and goes to another.
#[doc(hidden)]
pub trait Places {
    /// The place, in the words that [`stand_at`](Places::stand_at) takes; none where every session has the same.
    fn place(&mut self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Goes there, and says in the same words where the session was.
    fn stand_at(&mut self, _place: &str) -> Result<String> {
        Ok(String::new())
    }
}
