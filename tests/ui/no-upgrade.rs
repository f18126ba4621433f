use migrator_core::prelude::*;

#[migration(revision = "20261123031600")]
mod add_email {
    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

fn main() {}
