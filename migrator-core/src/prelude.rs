//! What a file of migrations needs. It stands beside `diesel::prelude::*`, in either order, without a clash.
//!
//! ```
//! use diesel::prelude::*;
//! use migrator_core::prelude::*;
//! let conn = SqliteConnection::establish(":memory:")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::backend::connections::*;
#[cfg(feature = "macros")]
pub use crate::migration;
pub use crate::{
    Action, ColumnType, ForeignKey, Index, Migration, MigrationResult, Migrator, Operations, Policy, SchemaConnection,
    migrations,
};
pub use diesel::Connection as _;
