//! Tests of your migrations, under `cargo test`: feature `testing`, as a dev-dependency.
//!
//! [`migration_tests!`](crate::migration_tests) expands to tests, each on a fresh database of its own. In a file below
//! `tests/`, or in a module under `#[cfg(test)]`:
//!
//! ```standalone_crate
//! mod app {
//!     use migrator_core::prelude::*;
//!
//!     #[migration(revision = "20261123090000")]
//!     mod create_users {
//!         fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
//!             op.create_table("users", |t| {
//!                 t.id();
//!                 t.string("name", 80).not_null();
//!             })?;
//!             Ok(())
//!         }
//!
//!         fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
//!             op.drop_table("users")?;
//!             Ok(())
//!         }
//!     }
//!
//!     pub fn migrator() -> Migrator {
//!         Migrator::registered()
//!     }
//! }
//!
//! use migrator_core::testing::{TestDatabase, migration_tests};
//!
//! migration_tests!(database = TestDatabase::sqlite(), migrator = app::migrator());
//! # fn main() {}
//! ```
//!
//! | test | says, when it fails |
//! |---|---|
//! | `there_is_one_head` | which heads there are |
//! | `every_migration_goes_up_down_and_up` | what its downgrade leaves or takes, and what the second upgrade does otherwise than the first |
//! | `no_data_is_lost_that_is_not_named` | which table, column or rows a migration takes from the rows that stood there |
//! | `every_prefix_of_history_upgrades_to_the_head` | from which revision on a database does not get there |
//! | `a_migration_that_fails_anywhere_can_be_run_again` | at which statement a failure is not recovered from |
//! | `two_runners_at_once_apply_each_migration_once` | what one of the two said |
//! | `every_migration_file_is_registered` | which file's migration the migrator does not have |
//! | `schema_rs_is_what_the_migrations_make` | what only `schema.rs` has, and what only the database |
//!
//! The same checks are methods of [`Checks`], which besides takes rows to insert before a revision: what
//! migrations do to data is only seen where there is some.
//!
//! ```standalone_crate
//! use migrator_core::prelude::*;
//! use migrator_core::testing::{Checks, TestDatabase};
//!
//! #[migration(revision = "1", irreversible)]
//! mod create_users {
//!     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
//!         op.create_table("users", |t| {
//!             t.id();
//!             t.string("name", 80).not_null();
//!         })?;
//!         Ok(())
//!     }
//! }
//!
//! #[migration(revision = "2", irreversible)]
//! mod delete_users {
//!     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
//!         op.execute("DELETE FROM users")?;
//!         Ok(())
//!     }
//! }
//!
//! # fn main() {
//! let checks = Checks::new(TestDatabase::sqlite(), Migrator::registered()).rows_before("2", |op| {
//!     op.execute("INSERT INTO users (name) VALUES ('Ada'), ('Grace')")?;
//!     Ok(())
//! });
//! let failed = checks.no_data_is_lost_that_is_not_named().unwrap_err();
//! assert!(failed.to_string().contains("2 of 2 rows of users"), "{failed}");
//! # }
//! ```

mod again;
mod checks;
mod database;
mod difference;
mod failed;
mod files;
mod loss;
mod macros;
mod prefixes;
mod round_trip;
mod runners;
mod schema_file;
mod snapshot;
mod walk;

pub use crate::migration_tests;
pub use checks::Checks;
pub use database::TestDatabase;
pub use failed::Failed;
