//! What the operations of a migration say: a table, a column, an index, a key, as values.

mod alter;
mod change;
mod column;
mod constraint;
mod index;
mod row;
mod table;

pub use alter::{AlterColumn, ColumnChange, TableEdit};
#[doc(hidden)]
pub use change::Change;
pub use column::{ColumnBuilder, ColumnDef, ColumnType, Default, Literal};
pub use constraint::{Action, CheckDef, ForeignKey};
pub use index::Index;
pub(crate) use index::derived_name;
pub use row::{Datum, Row};
pub use table::{TableBuilder, TableDef};
