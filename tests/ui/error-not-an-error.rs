use migrator_core::prelude::*;

#[migration(revision = "20261123031600", irreversible)]
mod add_email {
    pub struct Mine;

    fn upgrade(_: &mut Operations<'_>) -> Result<(), Mine> {
        Ok(())
    }
}

fn main() {}
