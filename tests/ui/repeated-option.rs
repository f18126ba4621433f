use migrator_core::prelude::*;

#[migration(
    revision = "20261123031600",
    backup("users"),
    backup("orgs"),
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
