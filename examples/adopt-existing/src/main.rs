//! A project that has migrated with `diesel_migrations` so far goes on with this library, on the database that it has:
//! `cargo run -p adopt-existing`.

use std::error::Error;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use migrator_core::prelude::*;

/// The SQL files that are there already; they stay where they are, and more may follow.
const SQL: EmbeddedMigrations = embed_migrations!();

/// From here on in Rust, in the same history: it follows the newest SQL file before its revision.
#[migration(revision = "2026-11-23-160000")]
mod add_email {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("users", |t| t.string("email", 255))?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("users", "email")?;
        Ok(())
    }
}

fn migrator() -> Migrator {
    Migrator::registered().sql_migrations(SQL)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let file = std::env::var("DATABASE_URL").unwrap_or_else(|_| ":memory:".to_owned());
    let mut conn = SqliteConnection::establish(&file)?;

    // What the application did until today.
    let done = conn.run_pending_migrations(SQL)?;
    println!("diesel_migrations applied {}", done.len());

    // What it does from today on: the same line, and Diesel's table says what is applied.
    let pending = migrator().pending(&mut conn)?;
    println!("pending for migrator: {}", pending.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", "));
    println!("{}", migrator().run_pending(&mut conn)?);

    // And back, should it be wanted: Diesel's tool still knows its own.
    println!("pending for diesel_migrations: {}", conn.pending_migrations(SQL)?.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use migrator_core::testing::{TestDatabase, migration_tests};

    migration_tests!(database = TestDatabase::sqlite(), migrator = super::migrator());
}
