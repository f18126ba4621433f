//! Every case of the suite, on PostgreSQL.

use std::process::ExitCode;

use migrator_tests::{Engine, run};

fn main() -> ExitCode {
    run(Engine::Postgres)
}
