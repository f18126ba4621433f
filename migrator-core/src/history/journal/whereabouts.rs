//! Where names of a migration's own SQL are looked for, once it may have gone elsewhere.

use crate::connection::Database;
use crate::error::Result;

/// Known by asking, and only asked where something was sent that may have changed it.
#[derive(Default)]
pub(super) enum Whereabouts {
    /// Where the run began.
    #[default]
    Home,
    /// It may have gone.
    Unknown,
    /// It was asked.
    At(Option<String>),
}

impl Whereabouts {
    /// The place to look from later; none where that is where a run begins.
    pub(super) fn told(&mut self, database: &mut dyn Database) -> Result<Option<String>> {
        if matches!(self, Self::Unknown) {
            *self = Self::At(database.place()?);
        }
        Ok(match self {
            Self::At(place) => place.clone(),
            _ => None,
        })
    }
}
