use migrator_core::prelude::*;

#[migration(revision = )]
mod add_email {
    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

fn main() {}
