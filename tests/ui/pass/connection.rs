//! Straight on a Diesel connection, one function or all.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, rust_2018_idioms)]

use migrator_core::prelude::*;

#[migration(revision = "1")]
mod on_a_connection {
    fn upgrade(_: &mut SqliteConnection) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

#[migration(revision = "2", irreversible)]
mod with_a_value {
    fn upgrade(_: &mut SqliteConnection) -> Result<usize, std::fmt::Error> {
        Ok(1)
    }
}

fn main() {
    let _ = migrations![on_a_connection, with_a_value];
}
