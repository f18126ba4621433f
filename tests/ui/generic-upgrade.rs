use migrator_core::prelude::*;

#[migration(revision = "20261123031600", irreversible)]
mod add_email {
    fn upgrade<C: SchemaConnection>(_: &mut C) -> MigrationResult {
        Ok(())
    }
}

fn main() {}
