//! What runs, in which order, and what the report and the observer are told.

use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::{Direction, ErrorKind, Event, Metadata, Outcome, RunReport};

use super::books::{applied, told, user_tables};
use super::handmade::{Handmade, creates, migration, revision};
use crate::{TestDatabase, case};

fn revisions(report: &RunReport) -> Vec<&str> {
    report.steps().iter().map(|step| step.revision().as_str()).collect()
}

/// Five in a line, each with a table.
fn line() -> Migrator {
    let all = [("20260101", "a"), ("20260102", "b"), ("20260103", "c"), ("20260104", "d"), ("20260105", "e")];
    // given in another order than they run
    Migrator::new().with_all(all.into_iter().rev().map(|(revision, table)| creates(revision, table)))
}

fn at(db: &TestDatabase, target: &str) -> (Migrator, Box<dyn SchemaConnection>) {
    let (migrator, mut conn) = (line(), db.connect());
    if target != "base" {
        migrator.upgrade(&mut *conn, target).unwrap();
    }
    (migrator, conn)
}

case!(what_is_pending_runs_in_order_and_once, |db| {
    let migrator = line();
    let mut conn = db.connect();
    assert_eq!(migrator.heads().unwrap(), ["20260105"]);
    assert!(migrator.current(&mut *conn).unwrap().is_empty());
    assert_eq!(migrator.pending(&mut *conn).unwrap().len(), 5);
    assert!(migrator.history(&mut *conn).unwrap().is_empty());
    assert!(db.tables().is_empty(), "asking wrote something");

    let report = migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(revisions(&report), ["20260101", "20260102", "20260103", "20260104", "20260105"]);
    assert_eq!(user_tables(db), ["a", "b", "c", "d", "e"]);
    let done: Vec<_> = applied(db).iter().map(|revision| format!("{revision} up done")).collect();
    assert_eq!(told(db).iter().filter(|row| !row.ends_with("started")).cloned().collect::<Vec<_>>(), done);

    let second = migrator.run_pending(&mut *conn).unwrap();
    assert!(second.is_empty() && second.steps().is_empty() && second.unknown().is_empty());
    assert_eq!(second.to_string(), "nothing is pending");
    assert!(migrator.pending(&mut *conn).unwrap().is_empty());
    assert_eq!(migrator.current(&mut *conn).unwrap(), ["20260105"]);
});

case!(another_migrator_of_the_same_program_has_nothing_to_do, |db| {
    line().run_pending(&mut *db.connect()).unwrap();
    assert!(line().run_pending(&mut *db.connect()).unwrap().is_empty());
});

case!(an_upgrade_goes_to_its_target, |db| {
    for (from, target, ran) in [
        ("base", "20260102", 2),
        ("base", "+2", 2),
        ("base", "head", 5),
        ("base", "heads", 5),
        ("20260102", "20260104", 2),
        ("20260102", "head", 3),
        ("20260101", "20260102+2", 3),
        ("20260105", "head", 0),
        ("20260103", "20260102", 0),
    ] {
        let db = db.another();
        let (migrator, mut conn) = at(&db, from);
        let report = migrator.upgrade(&mut *conn, target).unwrap_or_else(|error| panic!("{from} {target}: {error}"));
        assert_eq!(report.steps().len(), ran, "{from} {target}");
    }
});

case!(a_downgrade_goes_to_its_target, |db| {
    for (target, left) in [("-1", 4), ("-3", 2), ("20260102", 2), ("20260105", 5), ("base", 0)] {
        let db = db.another();
        let (migrator, mut conn) = at(&db, "head");
        let report = migrator.downgrade(&mut *conn, target).unwrap_or_else(|error| panic!("{target}: {error}"));
        assert_eq!(report.steps().len(), 5 - left, "{target}");
        assert_eq!(applied(&db).len(), left, "{target}");
        assert_eq!(user_tables(&db).len(), left, "{target}");
        assert!(report.steps().iter().all(|step| step.direction() == Direction::Down));
        assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Reverted));
        let mut sorted = revisions(&report);
        sorted.sort_unstable();
        sorted.reverse();
        assert_eq!(revisions(&report), sorted, "{target}");
        // and up again
        assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), 5 - left);
        assert_eq!(user_tables(&db).len(), 5);
    }
});

case!(a_unique_prefix_of_four_letters_names_a_revision, |db| {
    let migrator =
        Migrator::new().with(creates("aaaa1", "one")).with(creates("bbbb2", "two")).with(creates("bbbb3", "three"));
    let mut conn = db.connect();
    migrator.upgrade(&mut *conn, "aaaa").unwrap();
    assert_eq!(applied(db), ["aaaa1"]);
    let ambiguous = migrator.upgrade(&mut *conn, "bbbb").unwrap_err();
    assert_eq!(ambiguous.kind(), ErrorKind::AmbiguousTarget, "{ambiguous}");
    let unknown = migrator.upgrade(&mut *conn, "aaa").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::UnknownTarget, "{unknown}");
    assert_eq!(applied(db), ["aaaa1"]);
});

case!(a_target_that_leads_nowhere_is_an_error_and_nothing_runs, |db| {
    let (migrator, mut conn) = at(db, "20260102");
    for (target, kind) in
        [("+5", ErrorKind::InvalidTarget), ("-2", ErrorKind::InvalidTarget), ("nothing", ErrorKind::UnknownTarget)]
    {
        let error = migrator.upgrade(&mut *conn, target).unwrap_err();
        assert_eq!(error.kind(), kind, "{target}: {error}");
    }
    for (target, kind) in [
        ("-5", ErrorKind::InvalidTarget),
        ("20260104", ErrorKind::InvalidTarget),
        ("nothing", ErrorKind::UnknownTarget),
    ] {
        let error = migrator.downgrade(&mut *conn, target).unwrap_err();
        assert_eq!(error.kind(), kind, "{target}: {error}");
    }
    assert_eq!(applied(db).len(), 2);
});

case!(two_heads_are_run_by_run_pending_and_refused_as_one, |db| {
    let branches = || {
        Migrator::new()
            .with(creates("1", "a"))
            .with(migration(Metadata::new("2").down_revision("1")).sends("create table b (id integer)"))
            .with(migration(Metadata::new("3").down_revision("1")).sends("create table c (id integer)"))
    };
    let mut conn = db.connect();
    let error = branches().upgrade(&mut *conn, "head").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MultipleHeads, "{error}");
    assert!(db.tables().is_empty());
    branches().run_pending(&mut *conn).unwrap();
    assert_eq!(applied(db), ["1", "2", "3"]);
    assert_eq!(branches().current(&mut *conn).unwrap(), ["2", "3"]);
});

case!(a_late_arrival_runs_and_is_reported_as_out_of_order, |db| {
    let mut conn = db.connect();
    Migrator::new().with(revision("1")).with(revision("3")).run_pending(&mut *conn).unwrap();
    let report = Migrator::new()
        .with_all([revision("1"), revision("2"), revision("3"), revision("4")])
        .run_pending(&mut *conn)
        .unwrap();
    assert_eq!(revisions(&report), ["2", "4"]);
    assert_eq!(
        report.steps().iter().map(migrator_core::StepReport::is_out_of_order).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(report.to_string().contains("out of order"), "{report}");
});

case!(the_report_says_what_each_migration_did, |db| {
    let described = migration(Metadata::new("2026-01-01").description("create users"))
        .sends("create table users (id integer); insert into users values (1)");
    let report = Migrator::new().with(described).run_pending(&mut *db.connect()).unwrap();
    let step = &report.steps()[0];
    assert_eq!(step.revision(), "20260101");
    assert_eq!(step.description(), "create users");
    assert_eq!((step.direction(), step.outcome(), step.statements()), (Direction::Up, Outcome::Applied, 2));
    assert!(!step.duration().is_zero() && !step.is_out_of_order());
    assert!(!report.is_empty() && report.unknown().is_empty() && report.edited().is_empty());
    assert_eq!(report.to_string(), "applied 20260101  create users");
});

case!(the_history_tells_what_was_done_when_and_by_whom, |db| {
    let migrator = Migrator::new().with(creates("1", "a"));
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    migrator.downgrade(&mut *conn, "base").unwrap();
    migrator.run_pending(&mut *conn).unwrap();
    let history: Vec<_> =
        migrator.history(&mut *conn).unwrap().into_iter().filter(|entry| entry.state != "started").collect();
    let directions: Vec<_> = history.iter().map(|entry| entry.direction).collect();
    assert_eq!(directions, [Direction::Up, Direction::Down, Direction::Up]);
    for entry in &history {
        assert_eq!((entry.revision.as_str(), entry.state.as_str()), ("1", "done"));
        assert_eq!(entry.statements, Some(1));
        assert!(entry.ended_at.as_ref().is_some_and(|ended| *ended >= entry.started_at));
        let who = entry.who.as_deref().unwrap();
        assert!(who.contains(&std::process::id().to_string()), "{who}");
    }
});

case!(the_observer_is_told_of_each_thing_as_it_happens, |db| {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let noting = seen.clone();
    let migrator = Migrator::new()
        .with(revision("1").sends("create table t (id integer); insert into t values (1)"))
        .with(migration(Metadata::new("2").backup("t")))
        .observer(move |event| noting.lock().unwrap().push(line_of(event)));
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    let events = std::mem::take(&mut *seen.lock().unwrap());
    let expected = [
        "run 1, 2",
        "1 Up",
        "statement 1: create table t (id integer)",
        "statement 2: insert into t values (1)",
        "1 Applied",
        "2 Up",
        "backup of t: 1",
        "2 Applied",
        "ended 2",
    ];
    assert_eq!(events, expected);
    migrator.run_pending(&mut *conn).unwrap();
    assert!(seen.lock().unwrap().is_empty(), "silent when nothing is pending");

    migrator.downgrade(&mut *conn, "-1").unwrap();
    assert_eq!(*seen.lock().unwrap(), ["run 2", "2 Down", "backup of t: 1", "2 Reverted", "ended 1"]);
});

fn line_of(event: &Event) -> String {
    match event {
        Event::RunStarted { revisions, .. } => {
            format!("run {}", revisions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        Event::MigrationStarted { revision, direction, .. } => format!("{revision} {direction:?}"),
        Event::Statement { sql, number, .. } => format!("statement {number}: {sql}"),
        Event::BackupMade { table, rows, .. } => format!("backup of {table}: {rows}"),
        Event::MigrationEnded { revision, outcome, .. } => format!("{revision} {outcome:?}"),
        Event::RunEnded { steps, .. } => format!("ended {steps}"),
        other => format!("{other:?}"),
    }
}

case!(stamp_records_without_running, |db| {
    let (migrator, mut conn) = (line(), db.connect());
    let report = migrator.stamp(&mut *conn, "20260103").unwrap();
    assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Stamped));
    assert_eq!(applied(db), ["20260101", "20260102", "20260103"]);
    assert!(user_tables(db).is_empty());
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(user_tables(db), ["d", "e"]);
});

case!(an_irreversible_migration_is_not_undone_and_nothing_before_it_either, |db| {
    let migrator = Migrator::new().with(migration(Metadata::new("1").irreversible())).with(creates("2", "a"));
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    let error = migrator.downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Irreversible, "{error}");
    assert_eq!(error.revision().unwrap(), "1");
    assert_eq!(applied(db), ["1", "2"]);
    assert_eq!(user_tables(db), ["a"]);
    migrator.downgrade(&mut *conn, "-1").unwrap();
});

/// Migrations written with the attribute: in a group of their own, listed, one by one.
mod registered {
    use super::*;

    #[migration(revision = "2026-02-02", group = "runs")]
    mod add_email {
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.add_column("users", |t| t.string("email", 80))?;
            Ok(())
        }
        fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.drop_column("users", "email")?;
            Ok(())
        }
    }

    /// Creates the users.
    #[migration(revision = "2026-01-01", group = "runs")]
    mod create_users {
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.create_table("users", |t| t.id())?;
            Ok(())
        }
        fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.drop_table("users")?;
            Ok(())
        }
    }

    #[migration(revision = "2026-03-03", group = "runs", down_revision = "2026-02-02", irreversible)]
    mod last {
        fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
            Ok(())
        }
    }

    case!(a_group_runs_in_revision_order_whatever_the_order_in_the_source, |db| {
        let report = Migrator::group("runs").run_pending(&mut *db.connect()).unwrap();
        assert_eq!(revisions(&report), ["20260101", "20260202", "20260303"]);
        assert_eq!(report.steps()[0].description(), "Creates the users.");
        assert_eq!(report.steps()[1].description(), "add email");
        assert_eq!(db.columns("users"), ["id", "email"]);
    });

    case!(a_list_holds_what_is_listed, |db| {
        let migrator = Migrator::new().with_all(migrations![create_users, add_email]);
        assert_eq!(migrator.heads().unwrap(), ["20260202"]);
        let mut conn = db.connect();
        migrator.run_pending(&mut *conn).unwrap();
        migrator.downgrade(&mut *conn, "base").unwrap();
        assert!(user_tables(db).is_empty());
        let one = Migrator::new().with(&create_users::MIGRATION);
        assert_eq!(revisions(&one.run_pending(&mut *conn).unwrap()), ["20260101"]);
    });

    case!(a_group_is_told_from_the_others, |_db| {
        let runs = Migrator::group("runs").heads().unwrap();
        assert_eq!(runs, ["20260303"]);
        assert_eq!(Migrator::group("a group of nobody").heads().unwrap_err().kind(), ErrorKind::NoMigrations);
    });
}

case!(migrations_of_all_sorts_stand_in_one_history, |db| {
    let boxed: Vec<Box<dyn Migration>> = vec![Box::new(creates("1", "a"))];
    let shared: Arc<Handmade> = Arc::new(creates("2", "b"));
    let report =
        Migrator::new().with_all(boxed).with(shared).with(creates("3", "c")).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(revisions(&report), ["1", "2", "3"]);
});
