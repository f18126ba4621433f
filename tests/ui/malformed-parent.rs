use migrator_core::prelude::*;

#[migration(
    revision = "20261123031600",
    down_revision = ["20261122101500", "#1"],
    depends_on = "base",
    replaces = "a b",
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
