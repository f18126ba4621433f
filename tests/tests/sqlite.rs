//! Every case of the suite, on SQLite.

use std::process::ExitCode;

use migrator_tests::{Engine, run};

fn main() -> ExitCode {
    run(Engine::Sqlite)
}
