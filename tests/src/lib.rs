//! The tests that need a database: written once in `suite/`, run on each.
//!
//! A case is a name that says what is promised, and a body that is given a database of its own, created
//! for it and dropped after it, also when it panics. A panic is a failure.
//!
//! ```
//! use migrator_core::has_table;
//! use migrator_tests::case;
//!
//! case!(a_table_that_is_there_is_found, |db| {
//!     db.sql("create table users (id integer primary key)");
//!     let mut conn = db.connect();
//!     assert!(has_table(&mut *conn, "users").unwrap());
//! });
//!
//! case!(only = [Postgres], schemas_are_told_apart, |db| {
//!     db.sql("create schema billing; create table billing.users (id integer)");
//!     let mut conn = db.connect();
//!     assert!(!has_table(&mut *conn, "users").unwrap());
//! });
//! # fn main() {}
//! ```
//!
//! `db.connect()` is what the code under test works on. `db.sql`, `db.count`, `db.texts` and `db.rows` go
//! past it, through a plain Diesel connection of their own, so that an assertion never trusts what it is
//! there to judge.
//!
//! Plain `cargo test` runs the SQLite target and says what it left out; `tests/run` starts servers and runs
//! everything.

// A test says what it expects by panicking.
#![allow(clippy::unwrap_used)]

mod case;
mod database;
mod direct;
mod engine;
mod failure;
#[cfg(feature = "mysql")]
mod galera;
mod pooler;
mod private_server;
mod program;
mod replica;
mod run;
mod server;
mod suite;

#[doc(hidden)]
pub use inventory;

pub use case::Case;
pub use database::{Login, TestDatabase};
pub use engine::Engine;
#[cfg(feature = "mysql")]
pub use galera::run_on_galera;
pub use program::program;
pub use replica::replica;
pub use run::run;

/// The README's example, which must run as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The guide's examples, page by page.
#[cfg(doctest)]
mod guide {
    macro_rules! pages {
        ($($name:ident $page:literal)*) => {
            $(#[doc = include_str!(concat!("../../docs/guide/", $page))] pub struct $name;)*
        };
    }

    pages! {
        FirstMigration "first-migration.md"
        Anatomy "anatomy.md"
        DataMigrations "data-migrations.md"
        TeamsAndBranches "teams-and-branches.md"
        ZeroDowntime "zero-downtime-postgresql.md"
        SeveralDatabases "several-databases.md"
        Testing "testing.md"
    }
}
