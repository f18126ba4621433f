//! A small application that brings its own schema: `cargo run -p quickstart`, then again, then `cargo run -p quickstart -- undo`.

mod migrations;

use std::error::Error;
use std::process::ExitCode;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use migrator_core::prelude::*;

/// The SQL migrations, in the same history as those written in Rust.
const SQL: EmbeddedMigrations = embed_migrations!();

fn migrator() -> Migrator {
    Migrator::registered().sql_migrations(SQL)
}

fn run(undo: bool) -> Result<(), Box<dyn Error + Send + Sync>> {
    let file = std::env::var("DATABASE_URL").unwrap_or_else(|_| "quickstart.db".to_owned());
    let mut conn = SqliteConnection::establish(&file)?;
    if undo {
        // Back to before the e-mail addresses: they would be lost, and that is refused.
        println!("{}", migrator().downgrade(&mut conn, "20261123090000")?);
        return Ok(());
    }
    let report = migrator().run_pending(&mut conn)?;
    println!("{report}");

    let people: i64 = migrations::users::table.count().get_result(&mut conn)?;
    println!("{file} holds {people} users");
    Ok(())
}

fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref() == Some("undo")) {
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

    migration_tests!(database = TestDatabase::sqlite(), migrator = super::migrator());
}
