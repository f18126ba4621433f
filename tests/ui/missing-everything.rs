use migrator_core::prelude::*;

#[migration]
mod add_email {
}

fn main() {}
