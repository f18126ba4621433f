//! SIGINT and SIGTERM end a run between two migrations, and say where.

use std::hash::{BuildHasher, RandomState};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::program::{Program, Told};
use crate::case;

case!(a_signal_ends_the_run_between_two_migrations, |db| {
    let program = Program::on(db).with("slow");
    for (round, signal) in ["INT", "TERM"].into_iter().cycle().enumerate().take(20) {
        let told = interrupted(&program, signal, round);
        let tables = db.tables().iter().filter(|table| table.starts_with('t')).count();
        let recorded = if db.tables().is_empty() { 0 } else { recorded(db) };
        assert_eq!(tables, recorded, "{}", told.errors);
        match told.code {
            Some(0) => assert_eq!(tables, 30, "{}", told.errors),
            Some(6) => {
                let next = format!("migration {:03}: stopped before it began", tables + 1);
                assert!(told.errors.contains(&next), "{tables} tables: {}", told.errors);
            }
            // Before the run began a signal ends the program as it always does.
            code => assert!(code.is_none() && !told.errors.contains("applying"), "{code:?}: {}", told.errors),
        }
        if tables == 30 {
            program.done(&["downgrade", "base"]);
        }
    }
    program.done(&["upgrade"]);
    assert_eq!(db.tables().iter().filter(|table| table.starts_with('t')).count(), 30);
});

fn recorded(db: &crate::TestDatabase) -> usize {
    if !db.tables().iter().any(|table| table == "__diesel_schema_migrations") {
        return 0;
    }
    usize::try_from(db.count("select count(*) from __diesel_schema_migrations")).unwrap()
}

/// Runs an upgrade, and signals it at some moment.
fn interrupted(program: &Program, signal: &str, round: usize) -> Told {
    let mut command = program.command(&["upgrade"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    thread::sleep(Duration::from_millis(RandomState::new().hash_one(round) % 250));
    Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Told { out: text(&output.stdout), errors: text(&output.stderr), code: output.status.code() }
}
