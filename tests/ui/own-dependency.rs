use migrator_core::prelude::*;

#[migration(
    revision = "20261123031600",
    depends_on = ["20261122101500", "20261123031600"],
)]
mod add_email {
    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

fn main() {}
