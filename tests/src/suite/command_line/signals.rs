//! SIGINT and SIGTERM end a run between two migrations, and say where.

use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::program::{Program, Told};
use crate::case;

case!(a_signal_ends_the_run_between_two_migrations, |db| {
    let program = Program::on(db).with("slow");
    let mut stopped = 0;
    for (round, signal) in ["INT", "INT", "TERM", "TERM"].into_iter().cycle().enumerate().take(20) {
        let told = interrupted(&program, signal, round);
        let tables = db.tables().iter().filter(|table| table.starts_with('t')).count();
        assert_eq!(tables, recorded(db), "{}", told.errors);
        match told.code {
            Some(0) => assert_eq!(tables, 30, "{}", told.errors),
            Some(6) => {
                let next = format!("migration {:03}: stopped before it began", tables + 1);
                assert!(told.errors.contains(&next), "{tables} tables: {}", told.errors);
                stopped += 1;
            }
            // Before the run began a signal ends the program as it always does.
            code => assert!(code.is_none() && !told.errors.contains("applying"), "{code:?}: {}", told.errors),
        }
        if tables > 20 {
            program.done(&["downgrade", "base"]);
        }
    }
    assert!(stopped > 5, "only {stopped} of 20 signals met a run");
    program.done(&["upgrade"]);
    assert_eq!(db.tables().iter().filter(|table| table.starts_with('t')).count(), 30);
});

case!(a_signal_ends_a_long_backfill_between_two_batches_and_the_next_run_goes_on, |db| {
    db.sql("create table t (id integer not null primary key, n integer not null)");
    let rows: Vec<String> = (1..=300).map(|id| format!("({id}, 0)")).collect();
    db.sql(&format!("insert into t values {}", rows.join(", ")));
    let program = Program::on(db).with("fill");
    for signal in ["INT", "TERM"] {
        let before = db.count("select count(*) from t where n = 1");
        let told = backfill_interrupted(&program, signal);
        let done = db.count("select count(*) from t where n = 1");
        assert_eq!(told.code, Some(6), "{}", told.errors);
        assert!(before < done && done < 300, "{before} then {done}");
        let place = format!("stopped between two batches of t by id, as was asked: {done} of 300 rows are done");
        assert!(told.errors.contains(&place), "{done}: {}", told.errors);
        assert!(told.errors.contains("goes on behind them"), "{}", told.errors);
        assert_eq!(program.run(&["check"]).code, Some(3));
    }
    program.done(&["upgrade"]);
    assert_eq!(db.count("select count(*) from t where n = 1"), 300);
});

/// Signals an upgrade when it has told of its first batches.
fn backfill_interrupted(program: &Program, signal: &str) -> Told {
    let mut command = program.command(&["upgrade"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut errors = String::new();
    while !errors.contains(" of 300") {
        assert!(stderr.read_line(&mut errors).unwrap() > 0, "it ended: {errors}");
    }
    Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    stderr.read_to_string(&mut errors).unwrap();
    let output = child.wait_with_output().unwrap();
    Told { out: String::from_utf8(output.stdout).unwrap(), errors, code: output.status.code() }
}

fn recorded(db: &crate::TestDatabase) -> usize {
    if !db.tables().iter().any(|table| table == "__diesel_schema_migrations") {
        return 0;
    }
    usize::try_from(db.count("select count(*) from __diesel_schema_migrations")).unwrap()
}

/// Runs an upgrade, and signals it at some moment: of every two rounds once when it is seen at work, once whenever.
fn interrupted(program: &Program, signal: &str, round: usize) -> Told {
    let mut command = program.command(&["upgrade"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut errors = String::new();
    if round.is_multiple_of(2) {
        stderr.read_line(&mut errors).unwrap();
    }
    thread::sleep(Duration::from_millis(RandomState::new().hash_one(round) % 150));
    Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    stderr.read_to_string(&mut errors).unwrap();
    let output = child.wait_with_output().unwrap();
    Told { out: String::from_utf8(output.stdout).unwrap(), errors, code: output.status.code() }
}
