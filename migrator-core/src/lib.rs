//! Safe database migrations on Diesel: SQLite, PostgreSQL, MySQL and MariaDB.
//!
//! A migration is two Rust functions, `upgrade` and `downgrade`. [`#[migration]`](macro@migration) wraps them in safety
//! checks and registers them; [`Migrator::run_pending`] applies what is pending when the application starts.
//!
//! ```standalone_crate
//! use migrator_core::prelude::*;
//!
//! /// Create users.
//! #[migration(revision = "20261123090000")]
//! mod create_users {
//!     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
//!         op.create_table("users", |t| {
//!             t.id();
//!             t.string("name", 80).not_null();
//!         })?;
//!         Ok(())
//!     }
//!
//!     fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
//!         op.drop_table("users")?;
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     let mut conn = SqliteConnection::establish(":memory:")?;
//!     let report = Migrator::registered().run_pending(&mut conn)?;
//!     assert_eq!(report.to_string(), "applied 20261123090000  Create users.");
//!     Ok(())
//! }
//! ```
//!
//! | feature | turn it on |
//! |---|---|
//! | `macros` (default) | always, but where migrations are written by hand |
//! | `sqlite`, `postgres`, `mysql` | for the database that your Diesel connection speaks to |
//! | `cli` | in the binary that migrates: the command line |
//! | `serde` | for reports, plans and errors as JSON |
//! | `testing` | in your dev-dependencies: tests of your migrations under `cargo test` |
//! | `tracing` | for a span per migration and events in it, where the application has a subscriber |
//! | `diesel-async` | for migrations over `AsyncConnectionWrapper<AsyncPgConnection>`; needs no libpq |
//! | `squawk` | where plans for PostgreSQL are read: lock advice of squawk-linter beside our own; refuses nothing |
//! | `bundled` | to compile SQLite from source: nothing but a C compiler is needed |

#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, unused_imports, reason = "what only one backend uses is dead where that backend is off")
)]

#[cfg(any(feature = "cli", feature = "testing"))]
mod attributes;
#[cfg(any(feature = "cli", feature = "testing"))]
pub mod autogenerate;
mod backend;
mod backup;
#[cfg(feature = "cli")]
pub mod cli;
mod conditions;
mod connection;
mod count;
mod dialect;
mod diff;
mod digest;
mod error;
mod event;
mod functions;
pub mod graph;
mod guard;
mod history;
mod metadata;
mod migration;
mod name;
mod nearest;
pub mod operation;
mod operations;
mod plan;
mod registry;
mod report;
mod runner;
pub mod schema;
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tracing")]
mod trace;
mod verify;

pub mod prelude;

pub use backend::SqlMigrations;
pub use backup::{BackupId, FileBackup, Restore, Restored, TableBackup};
pub use connection::{SchemaConnection, ServerInfo};
pub use dialect::Dialect;
pub use diff::{ChangeKind, SchemaChange, SchemaDifference, SchemaPart};
pub use error::{Error, ErrorKind, Result};
pub use event::Event;
pub use functions::{
    check_connection, column_exists, create_table_backup, has_table, inspect_schema, restore_table_backup,
};
pub use history::HistoryEntry;
pub use metadata::{Condition, Loss, Metadata, Parents};
pub use migration::{Migration, MigrationResult, RustMigration};
/// ```
/// use migrator_core::SchemaConnection;
/// # use migrator_core::prelude::*;
///
/// #[derive(SchemaConnection)]
/// enum AnyConnection {
///     Sqlite(SqliteConnection),
/// }
/// # fn main() {}
/// ```
#[cfg(feature = "macros")]
pub use migrator_macros::SchemaConnection;
/// ```
/// use migrator_core::prelude::*;
///
/// /// Add an e-mail address to users.
/// #[migration(revision = "20261123031600", requires(table("users")), backup("users"))]
/// mod add_email_to_users {
///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.execute("ALTER TABLE users ADD COLUMN email VARCHAR(255)")?;
///         Ok(())
///     }
///
///     fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.execute("ALTER TABLE users DROP COLUMN email")?;
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
#[cfg(feature = "macros")]
pub use migrator_macros::migration;
pub use name::{RevisionId, TableName};
pub use operation::{Action, ColumnType, ForeignKey, Index};
pub use operations::{Done, Keys, Operations};
pub use plan::{Plan, PlannedBackup, PlannedLoss, PlannedStatement, PlannedStep, Prospect, Rehearsal, Warning};
pub use report::{Direction, Finding, FindingKind, Outcome, Remedy, RunReport, Status, StepReport};
pub use runner::{Backups, Migrator, Policy, Repair, RepairOutcome, RepairReport, Repaired};
pub use schema::Schema;
pub use verify::VerifyReport;

#[doc(hidden)]
pub use connection::{Database, Soundness};
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
