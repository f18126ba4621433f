//! The command line without migrations of its own: `migrator init` gives a crate its first ones, and its own program.

use std::process::ExitCode;

use migrator_core::{Migrator, cli};

fn main() -> ExitCode {
    cli::run(Migrator::new().allow_empty())
}
