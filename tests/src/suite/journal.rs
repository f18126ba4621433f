//! Where nothing can be rolled back: what was done is passed over, and what cannot be known stops with a name.
//!
//! MariaDB in any migration, the others in one outside a transaction.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Loss, Metadata, Repair, RepairOutcome, row};

use super::books::{HISTORY_TABLE, applied, everything, told, user_tables};
use super::crashes::events;
use super::handmade::{Handmade, creates, migration};
use crate::replica::{Project, Replica};
use crate::{TestDatabase, case};

const FAILS: &str = "create table half (id integer); insert into half values (1); insert into missing values (1)";

fn outside(revision: &str) -> Handmade {
    migration(Metadata::new(revision).transaction(false))
}

/// What a process leaves behind that was killed: rows of the history.
fn left_behind(db: &TestDatabase, revision: &str, direction: &str, states: &[(&str, &str)]) {
    for (state, note) in states {
        db.sql(&format!(
            "insert into {HISTORY_TABLE} (format, revision, direction, state, digest, witness, started_at, statements, note) \
             values (1, '{revision}', '{direction}', '{state}', {}, '2026-11-23T03:00:00Z', 1, '{note}')",
            if *state == "started" { "'-', '-'" } else { "null, null" }
        ));
    }
}

case!(what_was_done_is_passed_over_when_it_runs_again, |db| {
    let mut conn = db.connect();
    let migrator = Migrator::new().with(outside("1").sends(FAILS));
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Database);
    // again, before anything is mended: nothing is doubled
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Database);
    assert_eq!(db.count("select count(*) from half"), 1);
    db.sql("create table missing (id integer)");
    assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), 1);
    assert_eq!(db.count("select count(*) from half"), 1);
    assert_eq!(db.count("select count(*) from missing"), 1);
    assert_eq!(applied(db), ["1"]);
    // the journal is over
    assert!(told(db).iter().all(|row| !row.ends_with("ran") && !row.ends_with("running")), "{:?}", told(db));
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(operations_and_statements_go_on_together, |db| {
    let mixed = || {
        outside("1").up(|op| {
            op.create_table("users", |t| {
                t.id();
                t.integer("age");
            })?;
            op.execute("insert into users (id, age) values (1, 30)")?;
            op.add_column("users", |t| t.integer("height"))?;
            op.execute("insert into missing values (1)")?;
            op.create_index("users", ["age"])?;
            Ok(())
        })
    };
    let mut conn = db.connect();
    Migrator::new().with(mixed()).run_pending(&mut *conn).unwrap_err();
    db.sql("create table missing (id integer)");
    Migrator::new().with(mixed()).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from users"), 1);
    assert_eq!(db.columns("users"), ["id", "age", "height"]);
});

case!(a_migration_whose_done_statements_changed_is_interrupted, |db| {
    let mut conn = db.connect();
    Migrator::new().with(outside("1").sends(FAILS)).run_pending(&mut *conn).unwrap_err();
    let other = Migrator::new().with(outside("1").sends("create table other (id integer)"));
    let error = other.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("create table half"), "{error}");
    assert_eq!(user_tables(db), ["half"]);
    // a person undoes it and says so
    db.sql("drop table half");
    other.stamp(&mut *conn, "base").unwrap();
    assert_eq!(other.run_pending(&mut *conn).unwrap().steps().len(), 1);
    assert_eq!(user_tables(db), ["other"]);
});

case!(a_body_that_broke_off_with_its_own_connection_is_interrupted, |db| {
    let mut conn = db.connect();
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    left_behind(db, "2", "up", &[("started", ""), ("opaque", "")]);
    let before = everything(db);
    let migrator = Migrator::new().with(creates("1", "a")).with(outside("2").sends("create table b (id integer)"));
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Interrupted, 7), "{error}");
    assert!(error.to_string().contains("repair_as"), "{error}");
    assert_eq!(everything(db), before);
});

case!(what_is_known_of_a_body_that_was_killed_with_its_own_connection_is_told, |db| {
    let events = events(&Replica::of(&db.another(), Project::OwnRows).run());
    let migrator = Project::OwnRows.migrator(db.engine());
    let mut told = std::collections::BTreeSet::new();
    for event in 1..=events {
        let db = db.another();
        let output = Replica::of(&db, Project::OwnRows).that_dies_at(event).run();
        assert!(output.status.code().is_none(), "{event}: {output:?}");
        let mut conn = db.connect();
        let Err(error) = migrator.run_pending(&mut *conn) else { continue };
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{event}: {error}");
        let text = error.to_string();
        assert!(text.contains("own connection, which it took behind step 2, is not known"), "{event}: {text}");
        assert!(text.contains("state: what it did until it broke off stands"), "{event}: {text}");
        assert!(text.contains("hands the connection out again"), "{event}: {text}");
        told.extend(
            ["step 2: insert into notes", "step 3: update notes"].into_iter().filter(|step| text.contains(step)),
        );
        let report = migrator.repair(&mut *conn).unwrap().to_string();
        assert!(report.contains("stands: insert into notes"), "{event}: {report}");
        assert!(
            report.contains("in doubt: what it did through its own connection, which it took behind step 2\n"),
            "{report}"
        );
        db.sql("delete from notes where id >= 10");
        migrator.repair_as(&mut *conn, Repair::RunAgain).unwrap();
        migrator.run_pending(&mut *conn).unwrap();
        assert_eq!(db.count("select count(*) from notes"), 3, "{event}");
    }
    assert_eq!(told.len(), 2, "{told:?}");
});

case!(a_downgrade_that_was_killed_is_not_mistaken_for_health, |db| {
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
    migrator.run_pending(&mut *conn).unwrap();
    left_behind(db, "2", "down", &[("started", "")]);
    let before = everything(db);
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert_eq!(everything(db), before);
    migrator.stamp(&mut *conn, "heads").unwrap();
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(what_is_interrupted_is_said_before_anything_else_is_written, |db| {
    let mut conn = db.connect();
    let five = || outside("5").sends("create table five (id integer)");
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    left_behind(db, "5", "up", &[("started", "")]);
    let before = everything(db);
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("3", "c")).with(five());
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Interrupted);
    assert_eq!(everything(db), before);
});

case!(a_body_that_changes_diesels_table_does_not_hide_what_is_pending, |db| {
    let mut conn = db.connect();
    let squashes = migration(Metadata::new("2")).sends("delete from __diesel_schema_migrations where version = '1'");
    let migrator = Migrator::new().with(migration(Metadata::new("1"))).with(squashes);
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(migrator.pending(&mut *conn).unwrap(), ["1"]);
    assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), 1);
    assert_eq!(applied(db), ["1", "2"]);
});

/// Some of everything, one step of which is refused as long as `missing` is not there.
fn step_by_step(op: &mut Operations<'_>, trap: usize) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut place = 0;
    let mut next = |op: &mut Operations<'_>| {
        place += 1;
        if place == trap { op.execute("insert into missing values (1)") } else { Ok(migrator_core::Done::Already) }
    };
    next(op)?;
    op.create_table("drafts", |t| {
        t.id();
        t.string("title", 40);
    })?;
    next(op)?;
    op.insert_rows("drafts", ["id", "title"], [row![1, "one"], row![2, "two"]])?;
    next(op)?;
    op.rename_table("drafts", "posts")?;
    next(op)?;
    op.execute("create table drafts (id integer); insert into drafts values (1)")?;
    next(op)?;
    op.execute("delete from posts where id = 1; alter table posts add column body varchar(20)")?;
    next(op)?;
    if op.has_table("drafts")? {
        op.execute("update posts set body = 'drafted'; drop table drafts")?;
    }
    next(op)?;
    op.rename_column("posts", "title", "name")?;
    next(op)?;
    op.add_column("posts", |t| t.integer("title"))?;
    next(op)?;
    op.create_index("posts", ["title"])?;
    next(op)?;
    Ok(())
}

const PLACES: usize = 10;

fn trapped(trap: usize) -> Migrator {
    Migrator::new().with(outside("1").up(move |op| step_by_step(op, trap)))
}

case!(whichever_statement_fails_what_was_done_is_passed_over_once_it_is_mended, |db| {
    let undisturbed = db.another();
    trapped(0).run_pending(&mut *undisturbed.connect()).unwrap();
    let state = |db: &TestDatabase| (user_tables(db), db.columns("posts"), db.rows("select * from posts"));
    for trap in 1..=PLACES {
        let db = db.another();
        let mut conn = db.connect();
        for _ in 0..2 {
            let error = trapped(trap).run_pending(&mut *conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Database, "at {trap}: {error}");
        }
        db.sql("create table missing (id integer)");
        trapped(trap).run_pending(&mut *conn).unwrap_or_else(|error| panic!("at {trap}: {error}"));
        assert_eq!(db.count("select count(*) from missing"), 1, "at {trap}");
        db.sql("drop table missing");
        assert_eq!(state(&db), state(&undisturbed), "at {trap}");
    }
});

case!(a_step_that_is_left_out_after_it_was_done_is_interrupted, |db| {
    let mut conn = db.connect();
    let both = outside("1").up(|op| {
        op.create_table("a", |t| t.id())?;
        op.create_table("b", |t| t.id())?;
        op.execute("insert into missing values (1)")?;
        Ok(())
    });
    Migrator::new().with(both).run_pending(&mut *conn).unwrap_err();
    let one = || {
        outside("1").up(|op| {
            op.create_table("a", |t| t.id())?;
            Ok(())
        })
    };
    let migrator = Migrator::new().with(one());
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("create_table b"), "{error}");
    // a person takes it back by hand
    db.sql("drop table a; drop table b");
    let report = migrator.repair_as(&mut *conn, Repair::NotBegun).unwrap();
    assert_eq!(report.migrations()[0].outcome(), RepairOutcome::Said(Repair::NotBegun), "{report}");
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(user_tables(db), ["a"]);
});

case!(what_nothing_was_done_of_is_repaired_without_a_word, |db| {
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("1", "a"));
    migrator.run_pending(&mut *conn).unwrap();
    left_behind(db, "1", "down", &[("started", "")]);
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Interrupted);
    let report = migrator.repair(&mut *conn).unwrap();
    assert!(report.is_clear(), "{report}");
    assert_eq!(report.migrations()[0].outcome(), RepairOutcome::NotBegun, "{report}");
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
    assert!(migrator.repair(&mut *conn).unwrap().is_empty());
});

case!(whatever_was_done_of_it_keeps_a_migration_from_counting_as_never_begun, |db| {
    for (state, outcome) in [
        ("ran", RepairOutcome::Resumable),
        ("batch", RepairOutcome::Resumable),
        ("running", RepairOutcome::Undecided),
        ("opaque", RepairOutcome::Undecided),
    ] {
        let db = db.another();
        let mut conn = db.connect();
        let migrator =
            Migrator::new().with(creates("1", "a")).with(outside("2").sends("insert into a (id) values (1)"));
        migrator.upgrade(&mut *conn, "1").unwrap();
        left_behind(&db, "2", "up", &[("started", ""), (state, "insert into a (id) values (1)")]);
        let report = migrator.repair(&mut *conn).unwrap();
        assert_eq!(report.migrations()[0].outcome(), outcome, "{state}: {report}");
    }
});

case!(what_a_statement_would_lose_is_counted_once_and_not_again_when_it_is_done, |db| {
    db.sql("create table users (id integer); insert into users values (1)");
    let mut conn = db.connect();
    let drops = |metadata: Metadata| {
        migration(metadata.transaction(false)).sends("drop table users; insert into missing values (1)")
    };
    let error = Migrator::new().with(drops(Metadata::new("1"))).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(db.count("select count(*) from users"), 1);
    let named = || Migrator::new().with(drops(Metadata::new("1").allow_loss(Loss::table("users"))));
    assert_eq!(named().run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Database);
    // another table of that name, which the statement that is done does not drop
    db.sql("create table users (id integer); insert into users values (2); create table missing (id integer)");
    named().run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select id from users"), 2);
});

case!(what_only_a_person_can_tell_is_asked_for, |db| {
    // what the journal knows the statement by
    db.sql("create table t (id integer)");
    let fails = outside("2").sends("insert into t values (1); insert into missing values (1)");
    Migrator::new().with(fails).run_pending(&mut *db.connect()).unwrap_err();
    let checksum = db.texts(&format!("select checksum from {HISTORY_TABLE} where state = 'ran'"))[0].clone().unwrap();
    for (said, steps, outcome) in
        [(Repair::RunAgain, 1, 2), (Repair::StatementDone, 1, 1), (Repair::Finished, 0, 0), (Repair::NotBegun, 1, 2)]
    {
        let db = db.another();
        let mut conn = db.connect();
        db.sql("create table t (id integer)");
        let two = outside("2").sends("insert into t values (1); insert into t values (2)");
        let migrator = Migrator::new().with(creates("1", "a")).with(two);
        migrator.upgrade(&mut *conn, "1").unwrap();
        // a statement that leaves no trace to look for
        left_behind(&db, "2", "up", &[("started", ""), ("running", "insert into t values (1)")]);
        db.sql(&format!("update {HISTORY_TABLE} set checksum = '{checksum}' where state = 'running'"));
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Interrupted, 7), "{error}");
        assert!(error.to_string().contains("repair"), "{error}");
        let report = migrator.repair(&mut *conn).unwrap();
        assert!(!report.is_clear(), "{report}");
        assert_eq!(report.migrations()[0].in_doubt(), Some("insert into t values (1)"), "{report}");
        assert!(migrator.repair_as(&mut *conn, said).unwrap().is_clear());
        assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), steps, "{said:?}");
        assert_eq!(db.count("select count(*) from t"), outcome, "{said:?}");
        assert_eq!(applied(&db), ["1", "2"], "{said:?}");
        assert!(migrator.repair(&mut *conn).unwrap().is_empty(), "{said:?}");
    }
});

case!(a_temporary_table_that_is_gone_is_not_passed_over, |db| {
    db.sql("create table t (id integer)");
    let copies = "create temporary table copy (id integer); insert into copy values (1); \
                  insert into missing select id from copy";
    let migrator = Migrator::new().with(outside("1").sends(copies));
    migrator.run_pending(&mut *db.connect()).unwrap_err();
    db.sql("create table missing (id integer)");
    let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("temporary table"), "{error}");
    assert_eq!(db.count("select count(*) from missing"), 0);
    let mut conn = db.connect();
    migrator.repair(&mut *conn).unwrap();
    migrator.repair_as(&mut *conn, Repair::NotBegun).unwrap();
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from missing"), 1);
});

case!(only = [Postgres], an_index_whose_build_broke_off_is_dropped_and_built_again, |db| {
    db.sql("create table users (name text); insert into users values ('a'), ('a')");
    let builds = || outside("1").sends("create unique index concurrently if not exists users_name on users (name)");
    let invalid = "select count(*) from pg_index where indrelid = 'users'::regclass and not indisvalid";
    let mut conn = db.connect();
    Migrator::new().with(builds()).run_pending(&mut *conn).unwrap_err();
    assert_eq!(db.count(invalid), 1);
    db.sql("delete from users where ctid = '(0,2)'");
    Migrator::new().with(builds()).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count(invalid), 0);
    assert_eq!(db.count("select count(*) from pg_index where indrelid = 'users'::regclass"), 1);
});

case!(only = [Postgres], an_invalid_index_of_a_killed_server_is_not_taken_for_a_finished_one, |db| {
    db.sql("create table users (name text)");
    let builds = "create index concurrently users_name on users (name)";
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("0", "zero")).with(outside("1").sends(builds));
    migrator.upgrade(&mut *conn, "0").unwrap();
    // as the server leaves it that died in the build: begun, with the schema as it was before, and an index that is none
    left_behind(db, "1", "up", &[("started", ""), ("running", builds)]);
    db.sql(&format!(
        "create index users_name on users (name); \
         update pg_index set indisvalid = false where indexrelid = 'users_name'::regclass; \
         update {HISTORY_TABLE} set witness = 'schema before' where state = 'running'"
    ));
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from pg_index where indrelid = 'users'::regclass and indisvalid"), 1);
    assert_eq!(applied(db), ["0", "1"]);
});

case!(only = [MariaDb], what_was_emptied_is_not_emptied_again_when_the_next_statement_is_cut_off, |db| {
    db.sql("create table q (id integer primary key); create table r (id integer); insert into q values (1)");
    let named = || Metadata::new("1").allow_loss(Loss::rows("q"));
    let migrator = || {
        Migrator::new()
            .with(migration(named()).sends("truncate table q; insert into r select sleep(4) from (select 1) one"))
    };
    let sleeping = "select coalesce(max(id), 0) from information_schema.processlist \
                    where db = database() and info like 'insert into r select sleep%'";
    std::thread::scope(|scope| {
        let run = scope.spawn(|| migrator().run_pending(&mut *db.connect()).unwrap_err());
        while db.count(sleeping) == 0 {
            std::thread::yield_now();
        }
        db.sql("insert into q values (7)");
        db.sql(&format!("kill {}", db.count(sleeping)));
        run.join().unwrap();
    });
    migrator().run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.texts("select id from q"), [Some("7".to_owned())]);
    assert_eq!(db.count("select count(*) from r"), 1);
});

case!(only = [MariaDb], what_was_put_into_a_temporary_table_is_missed_when_the_next_statement_is_cut_off, |db| {
    db.sql("create table src (id integer primary key); insert into src values (1), (2), (3)");
    let named = || Metadata::new("1").allow_loss(Loss::rows("src"));
    let sends = "create temporary table keep as select * from src; truncate table src; \
                 insert into src select keep.id from keep where sleep(2) = 0";
    let sleeping = "select coalesce(max(id), 0) from information_schema.processlist \
                    where db = database() and info like 'insert into src select keep%'";
    let migrator = || Migrator::new().with(migration(named()).sends(sends));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| migrator().run_pending(&mut *db.connect()).unwrap_err());
        while db.count(sleeping) == 0 {
            std::thread::yield_now();
        }
        db.sql(&format!("kill {}", db.count(sleeping)));
        run.join().unwrap();
    });
    let error = migrator().run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("temporary table"), "{error}");
});

case!(only = [MariaDb], the_number_of_the_last_row_is_that_of_the_migrations_own, |db| {
    db.sql("create table p (id integer auto_increment primary key, n integer); create table k (p integer)");
    for revision in ["1", "2"] {
        let seeds = migration(Metadata::new(revision).transaction(revision == "1"))
            .sends("insert into p (n) values (5); insert into k (p) values (last_insert_id())");
        Migrator::new().with(seeds).unknown_revisions(Policy::Allow).run_pending(&mut *db.connect()).unwrap();
    }
    assert_eq!(db.texts("select p from k order by p"), ["1", "2"].map(|id| Some(id.to_owned())));
});

case!(whoever_is_asked_to_stop_and_panics_leaves_no_lock, |db| {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let stop = move || {
        assert!(asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0, "asked twice");
        false
    };
    let two = || {
        Migrator::new()
            .with(outside("1").sends("create table a (id integer)"))
            .with(outside("2").sends("create table b (id integer)"))
    };
    let error = two().stop_when(stop).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked, "{error}");
    assert_eq!(applied(db), ["1"]);
    let again = two().give_up_after(std::time::Duration::from_secs(5)).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(again.steps().len(), 1);
});
