use migrator_core::prelude::*;

#[migration(revision = "20261123031600", irreversible)]
mod add_email {
    fn upgrade(_: &mut Operations<'_>) {}

    fn verify(_: &mut Operations<'_>) -> () {}
}

fn main() {}
