//! Work that others leave alone as long as whoever does it lives.

use crate::error::Result;

/// Claims that end with their session. Needed where no transaction takes back what a killed process has begun.
#[doc(hidden)]
pub trait Claims {
    /// Claims what is called so for this session, and says what others ask with later; none where somebody has claimed it.
    fn claim(&mut self, _name: &str) -> Result<Option<String>> {
        Ok(Some(String::new()))
    }

    /// The claim ends.
    fn disclaim(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }

    /// Claims what somebody had claimed who said this of himself, where he is gone; whether he is.
    fn is_forsaken(&mut self, _name: &str, _claimant: &str) -> Result<bool> {
        Ok(false)
    }
}
