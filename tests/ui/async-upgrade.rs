use migrator_core::prelude::*;

#[migration(revision = "20261123031600", irreversible)]
mod add_email {
    async fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

fn main() {}
