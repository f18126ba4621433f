//! Safe database migrations on Diesel.

mod backend;
mod backup;
mod conditions;
mod connection;
mod dialect;
mod diff;
mod digest;
mod error;
mod event;
mod functions;
pub mod graph;
mod history;
mod metadata;
mod migration;
mod name;
pub mod operation;
mod operations;
mod registry;
mod report;
mod runner;
pub mod schema;
pub mod sql;

pub mod prelude;

pub use backup::TableBackup;
pub use connection::{SchemaConnection, ServerInfo};
pub use dialect::Dialect;
pub use error::{Error, ErrorKind, Result};
pub use event::Event;
pub use functions::{check_connection, column_exists, create_table_backup, has_table, inspect_schema};
pub use history::HistoryEntry;
pub use metadata::{Condition, Loss, Metadata, Parents};
pub use migration::{Migration, MigrationResult, RustMigration};
#[cfg(feature = "macros")]
pub use migrator_macros::{SchemaConnection, migration};
pub use name::{RevisionId, TableName};
pub use operation::{Action, ColumnType, ForeignKey, Index};
pub use operations::{Done, Operations};
pub use report::{Direction, Outcome, RunReport, StepReport};
pub use runner::{Backups, Migrator, Policy};
pub use schema::Schema;

#[doc(hidden)]
pub use connection::Database;
#[doc(hidden)]
pub use migration::Source;
#[doc(hidden)]
pub use registry::Registration;

pub use diesel;
pub use inventory;

/// An explicit list of migrations written with [`#[migration]`](macro@migration), for
/// [`Migrator::with_all`]: `migrations![create_users, billing::add_invoices]`.
#[macro_export]
macro_rules! migrations {
    ($($($segment:ident)::+),* $(,)?) => {
        [$(&$($segment::)+MIGRATION as &'static dyn $crate::Migration),*]
    };
}
