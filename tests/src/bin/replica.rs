//! A program that migrates a database at its start, as a replica of a service does; it can be told to die on the way.

use std::process::ExitCode;

fn main() -> ExitCode {
    migrator_tests::replica()
}
