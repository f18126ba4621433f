//! Promise 2 with processes: however many start at once, each migration runs once, and all of them succeed.

use std::process::{Child, Output};
use std::thread;
use std::time::{Duration, Instant};

use migrator_core::ErrorKind;

use super::books::{applied, told};
use crate::replica::{Project, Replica};
use crate::{Engine, TestDatabase, case};

const HERD: usize = 24;

#[track_caller]
fn ended(replicas: Vec<Child>) -> Vec<Output> {
    replicas.into_iter().map(|replica| replica.wait_with_output().unwrap()).collect()
}

#[track_caller]
fn assert_all_succeeded(outputs: &[Output]) {
    let failed: Vec<_> = outputs.iter().filter(|output| !output.status.success()).collect();
    assert!(failed.is_empty(), "{} of {} failed: {:?}", failed.len(), outputs.len(), failed[0]);
}

/// How often a migration ran, by the rows it leaves and by the history.
#[track_caller]
fn assert_each_ran_once(db: &TestDatabase, migrations: usize) {
    assert_eq!(applied(db).len(), migrations, "{:?}", applied(db));
    let done = told(db).iter().filter(|row| row.ends_with("done")).count();
    assert_eq!(done, migrations, "{:?}", told(db));
}

fn wait_until(what: impl Fn() -> bool) {
    let since = Instant::now();
    while !what() {
        assert!(since.elapsed() < Duration::from_secs(60), "it does not come about");
        thread::sleep(Duration::from_millis(20));
    }
}

fn has(db: &TestDatabase, table: &str) -> bool {
    db.tables().iter().any(|there| there == table)
}

case!(a_herd_of_processes_runs_each_migration_once_and_all_succeed, |db| {
    let replica = Replica::of(db, Project::Counted);
    let outputs = ended((0..HERD).map(|_| replica.start()).collect());
    assert_all_succeeded(&outputs);
    assert_each_ran_once(db, 5);
    // a second time would have added a second row
    assert_eq!(db.count("select count(*) from ran"), 4);
    assert_eq!(db.count("select count(distinct number) from ran"), 4);
});

case!(only = [Postgres], ten_replicas_and_an_index_built_concurrently_do_not_wait_for_each_other, |db| {
    db.sql("create table rows as select n as id, 'row ' || n as name from generate_series(1, 20000) n");
    let replica = Replica::of(db, Project::Concurrent);
    let outputs = ended((0..10).map(|_| replica.start()).collect());
    assert_all_succeeded(&outputs);
    assert_each_ran_once(db, 2);
    let valid = "select count(*) from pg_index where indrelid = 'rows'::regclass and indisvalid";
    assert_eq!(db.count(valid), 1);
});

case!(who_waits_goes_on_waiting_while_the_holder_lives, |db| {
    // 3 seconds of work, and a lock timeout of one
    let replica = Replica::of(db, Project::Slow);
    let outputs = ended((0..3).map(|_| replica.start()).collect());
    assert_all_succeeded(&outputs);
    assert_each_ran_once(db, 1);
});

case!(a_holder_that_is_killed_lets_another_one_take_over, |db| {
    let replica = Replica::of(db, Project::Slow);
    let mut first = replica.start();
    let (seen, asleep) = match db.engine() {
        // What is not committed nobody sees.
        Engine::Sqlite | Engine::Postgres => (None, Duration::from_millis(800)),
        Engine::MariaDb => (Some("slow"), Duration::ZERO),
    };
    wait_until(|| seen.is_none_or(|table| has(db, table)));
    thread::sleep(asleep);
    let second = replica.start();
    thread::sleep(Duration::from_millis(300));
    first.kill().unwrap();
    first.wait().unwrap();
    assert_all_succeeded(&ended(vec![second]));
    assert_each_ran_once(db, 1);
    assert_eq!(db.count("select count(*) from slow"), 1);
});

case!(who_gives_up_names_the_holder, |db| {
    let mut holder = Replica::of(db, Project::SlowOutside).start();
    wait_until(|| has(db, "slow"));
    let migrator = Project::SlowOutside.migrator(db.engine()).give_up_after(Duration::from_millis(200));
    let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockTimeout, "{error}");
    let named = match db.engine() {
        Engine::Sqlite => format!("process {}", holder.id()),
        Engine::Postgres => "connected since".to_owned(),
        Engine::MariaDb => " of migrator at ".to_owned(),
    };
    assert!(error.to_string().contains(&named), "{error}");
    holder.kill().unwrap();
    holder.wait().unwrap();
});
