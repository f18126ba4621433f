//! What the targets of `tests/tests/` do.

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Trial};

use crate::server::{Absent, Server};
use crate::{Case, Engine, TestDatabase, failure};

/// Runs the cases of one database, with the arguments of `cargo test`.
///
/// Without that database it says loudly what was left out and passes, unless `MIGRATOR_TEST_REQUIRE` names it
/// (`sqlite postgres mariadb`, separated by spaces) or a URL was given that does not answer.
pub fn run(engine: Engine) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A case mostly waits, for a server or for a lock.
    arguments.test_threads.get_or_insert_with(threads);
    let server = match Server::find(engine) {
        Ok(server) => server,
        Err(absent) => return leave_out(engine, &absent, &arguments),
    };
    failure::keep_panics_of_cases();
    watch_the_clock(engine.name());
    let trials = Case::all(engine).into_iter().map(|case| trial(case, &server)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(case: &'static Case, server: &Server) -> Trial {
    let server = server.clone();
    Trial::test(case.full_name(), move || {
        let _running = Running::start(case.full_name());
        failure::of(|| (case.body)(&TestDatabase::create(&server)))
    })
}

fn threads() -> usize {
    let asked = env::var("RUST_TEST_THREADS").ok().and_then(|number| number.parse().ok());
    asked.unwrap_or_else(|| thread::available_parallelism().map_or(4, |cores| cores.get().max(4)))
}

fn leave_out(engine: Engine, absent: &Absent, arguments: &Arguments) -> ExitCode {
    let Absent { why, required } = absent;
    let cases = Case::all(engine).len();
    if *required {
        eprintln!("\nFAILED: {cases} cases cannot run on {engine}: {why}\n");
        return ExitCode::FAILURE;
    }
    let name = engine.name();
    eprintln!("\nLEFT OUT: {cases} cases on {engine}: {why}.\n`tests/run {name}` starts a server and runs them.\n");
    // Nothing to run, in the words that `cargo test` and others expect.
    libtest_mimic::run(arguments, Vec::new()).exit_code()
}

/// The cases that have not ended, and since when they run.
static RUNNING: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());

/// A case that runs as long as this lives.
pub(crate) struct Running(String);

impl Running {
    pub(crate) fn start(name: String) -> Self {
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), Instant::now());
        Self(name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Two runners that wait for each other would otherwise hold the whole run up, without a word.
pub(crate) fn watch_the_clock(engine: &'static str) {
    let seconds = env::var("MIGRATOR_TEST_TIMEOUT").ok().and_then(|number| number.parse().ok()).unwrap_or(600);
    let limit = Duration::from_secs(seconds);
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(500));
            let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((name, _)) = running.iter().find(|(_, start)| start.elapsed() > limit) {
                let others: Vec<_> = running.keys().filter(|other| *other != name).collect();
                eprintln!(
                    "\nFAILED: {name} on {engine} runs since {seconds} s (MIGRATOR_TEST_TIMEOUT); also: {others:?}"
                );
                std::process::exit(124);
            }
        }
    });
}
