//! What only a cluster can show, on three MariaDB nodes.

use std::process::ExitCode;

use migrator_tests::run_on_galera;

fn main() -> ExitCode {
    run_on_galera()
}
