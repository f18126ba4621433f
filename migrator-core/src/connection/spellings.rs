//! How a catalogue would tell of columns, asked where a comparison of texts is not enough.

use crate::error::Result;
use crate::operation::ColumnDef;
use crate::schema::Column;

/// Asks a database for its own spelling of types and defaults.
#[doc(hidden)]
pub trait Spellings {
    /// These columns as the catalogue would tell of them in a table of their own, without keys and checks. It is made and
    /// taken away again where nobody sees it; `None` where that cannot be.
    fn spelled(&mut self, _columns: &[ColumnDef]) -> Result<Option<Vec<Column>>> {
        Ok(None)
    }
}

impl ColumnDef {
    /// Its type, default and nullability alone.
    pub(crate) fn bare(&self) -> Self {
        let mut bare = Self::new(&self.name, self.column_type.clone());
        (bare.not_null, bare.default, bare.auto_increment) = (self.not_null, self.default.clone(), self.auto_increment);
        bare
    }
}
