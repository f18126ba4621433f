//! A cluster of three nodes, where the lock of one keeps nobody on another away.
//!
//! The cases run one after the other: some of them stop nodes that the others need.

#![allow(clippy::redundant_closure_for_method_calls, reason = "`|t| t.id()` is how a migration is written")]

mod cases;
mod cluster;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::failure;
use crate::run::{Running, watch_the_clock};
use crate::server::required;
use cases::CASES;
use cluster::Cluster;

/// A case, and what it does with the cluster.
type Case = (&'static str, fn(&Cluster));

/// Runs the cases of the cluster, with the arguments of `cargo test`; without one as [`run`](crate::run) without a server.
pub fn run_on_galera() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let cluster = match Cluster::find() {
        Ok(cluster) => cluster,
        Err(why) => return leave_out(&why, &arguments),
    };
    failure::keep_panics_of_cases();
    watch_the_clock("Galera");
    let trials = CASES.iter().map(|case| trial(*case, &cluster)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial((name, body): Case, cluster: &Cluster) -> Trial {
    let cluster = cluster.clone();
    Trial::test(name, move || {
        let _running = Running::start(name.to_owned());
        failure::of(|| body(&cluster))
    })
}

fn leave_out(why: &str, arguments: &Arguments) -> ExitCode {
    let cases = CASES.len();
    if required("galera") {
        eprintln!("\nFAILED: {cases} cases cannot run on Galera: {why}\n");
        return ExitCode::FAILURE;
    }
    eprintln!("\nLEFT OUT: {cases} cases on Galera: {why}.\n`tests/run galera` starts three nodes and runs them.\n");
    libtest_mimic::run(arguments, Vec::new()).exit_code()
}
