//! The benchmarks with the other tools in them: `cargo run --release -- startup` in this folder.

mod refinery;
mod rusqlite_migration;
mod sea_orm;
mod sqlx;

use std::process::ExitCode;

fn main() -> ExitCode {
    migrator_benches::main(&[
        &refinery::Refinery,
        &sqlx::Sqlx,
        &sea_orm::SeaOrm,
        &rusqlite_migration::RusqliteMigration,
    ])
}
