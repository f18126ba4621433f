//! Every case of the suite, on MariaDB.

use std::process::ExitCode;

use migrator_tests::{Engine, run};

fn main() -> ExitCode {
    run(Engine::MariaDb)
}
