use migrator_core::prelude::*;

#[migration("20261123031600")]
mod add_email {
    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

fn main() {}
