//! The second migration was written from `schema.rs`: `cargo run -p autogenerate -- migrate "authors and pages"`, in this
//! folder, with a database that has the first. Without a word this shows what such a file is made of.

mod migrations;
mod schema;

use std::error::Error;
use std::process::ExitCode;

use migrator_core::autogenerate::{Options, compare};
use migrator_core::cli;
use migrator_core::prelude::*;

const SCHEMA: &str = include_str!("schema.rs");

fn migrator() -> Migrator {
    Migrator::registered()
}

fn show() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut conn = SqliteConnection::establish(":memory:")?;
    println!("{}\n", migrator().upgrade(&mut conn, "20261101090000")?);

    let changes = compare(SCHEMA, &mut conn, &Options::default())?;
    println!("{changes}\n\nupgrade:\n{}\n\ndowngrade:\n{}\n", changes.up().join("\n"), changes.down().join("\n"));

    println!("{}\n", migrator().run_pending(&mut conn)?);
    println!("{}", compare(SCHEMA, &mut conn, &Options::default())?);
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args().len() > 1 {
        return cli::run(migrator());
    }
    match show() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use migrator_core::testing::{TestDatabase, migration_tests};

    migration_tests!(database = TestDatabase::sqlite(), migrator = super::migrator(), schema = "src/schema.rs");
}
