use migrator_core::prelude::*;

#[migration(revision = "20261123031600")]
mod add_email;

fn main() {}
