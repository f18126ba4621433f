//! The benchmarks against Diesel's own migrations and the bare statements.

use std::process::ExitCode;

fn main() -> ExitCode {
    migrator_benches::main(&[])
}
