use migrator_core::prelude::*;

#[migration(revision = "20261123031600", irreversible)]
mod add_email {
    fn upgrade() -> MigrationResult {
        Ok(())
    }
}

fn main() {}
