//! What was in doubt is looked for where the statement was sent, wherever the next run begins.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata, Repair, RepairOutcome};

use super::books::applied;
use super::handmade::migration;
use super::session;
use crate::{TestDatabase, case};

/// Runs what waits for a lock of somebody else's, and ends its session meanwhile.
fn cut_off_while_it_waits(db: &TestDatabase, held: &TestDatabase, lock: &str, migrator: &Migrator, waiting: &str) {
    let mut holder = held.connect();
    let holder = session::of(&mut *holder);
    holder.sql(lock);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| migrator.run_pending(&mut *db.connect()).unwrap_err());
        while db.texts(waiting).is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let waits = db.texts(waiting)[0].clone().unwrap();
        db.sql(&match db.engine() {
            crate::Engine::Postgres => format!("select pg_terminate_backend({waits})"),
            _ => format!("kill {waits}"),
        });
        run.join().unwrap();
    });
}

/// The same on PostgreSQL, while this statement waits for a writer of the table.
fn cut_off_behind_a_writer(db: &TestDatabase, table: &str, statement: &str, migrator: &Migrator) {
    let waiting = format!(
        "select pid from pg_stat_activity where datname = current_database() and query like '%{statement}%' \
         and wait_event_type = 'Lock'"
    );
    cut_off_while_it_waits(db, db, &format!("begin; lock table {table} in row exclusive mode"), migrator, &waiting);
}

case!(only = [MariaDb], what_was_in_doubt_is_looked_for_in_the_database_that_it_was_sent_in, |db| {
    for repaired in [false, true] {
        let (db, other) = (db.another(), db.another());
        db.sql("create table t (id integer, of_another_shape integer)");
        other.sql("create table t (id integer)");
        let sends: &'static str = format!(
            "use {}; alter table t add column b integer; insert into t values (1, 2)",
            other.quote(other.name())
        )
        .leak();
        let migrator = Migrator::new().with(migration(Metadata::new("1")).sends(sends));
        let waiting = format!(
            "select id from information_schema.processlist where db = '{}' and state like 'Waiting for table%'",
            other.name()
        );
        cut_off_while_it_waits(&db, &other, "lock tables t read", &migrator, &waiting);
        let mut conn = db.connect();
        if repaired {
            let report = migrator.repair(&mut *conn).unwrap();
            assert_eq!(report.migrations()[0].outcome(), RepairOutcome::NotDone, "{report}");
        }
        migrator.run_pending(&mut *conn).unwrap();
        assert_eq!(other.columns("t"), ["id", "b"]);
        assert_eq!(other.count("select count(*) from t"), 1);
        assert_eq!(applied(&db), ["1"]);
        session::assert_usable(&db, &mut *conn);
    }
});

case!(only = [Postgres], an_index_that_broke_off_is_looked_for_along_the_path_that_it_was_built_on, |db| {
    for sets in ["set search_path = elsewhere", "select set_config('search_path', 'elsewhere', false)"] {
        let db = db.another();
        db.sql(
            "create schema elsewhere; create table elsewhere.users (name text); create table users (name text, b text)",
        );
        let sends: &'static str = format!("{sets}; create index concurrently users_name on users (name)").leak();
        let migrator = Migrator::new().with(migration(Metadata::new("1").transaction(false)).sends(sends));
        cut_off_behind_a_writer(&db, "elsewhere.users", "create index concurrently", &migrator);
        let valid = "select count(*) from pg_index where indrelid = 'elsewhere.users'::regclass and indisvalid";
        assert_eq!(db.count(valid), 0);
        let mut conn = db.connect();
        migrator.run_pending(&mut *conn).unwrap();
        assert_eq!(db.count(valid), 1);
        assert_eq!(db.count("select count(*) from pg_index where indrelid = 'users'::regclass"), 0);
        assert_eq!(applied(&db), ["1"]);
        assert_eq!(
            session::of(&mut *conn).rows("select current_setting('search_path')")[0][0].as_deref(),
            Some("\"$user\", public")
        );
    }
});

case!(only = [MariaDb], what_a_person_says_of_a_database_that_is_gone_is_taken, |db| {
    let (db, other) = (db.another(), db.another());
    other.sql("create table t (id integer)");
    let sends: &'static str = format!("use {}; alter table t add column b integer", other.quote(other.name())).leak();
    let migrator = Migrator::new().with(migration(Metadata::new("1")).sends(sends));
    let waiting = format!(
        "select id from information_schema.processlist where db = '{}' and state like 'Waiting for table%'",
        other.name()
    );
    cut_off_while_it_waits(&db, &other, "lock tables t read", &migrator, &waiting);
    db.sql(&format!("drop database {}", other.quote(other.name())));
    let mut conn = db.connect();
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("what it did until it broke off stands"), "{error}");
    session::assert_usable(&db, &mut *conn);
    assert!(migrator.repair_as(&mut *conn, Repair::Finished).unwrap().is_clear());
    assert_eq!(applied(&db), ["1"]);
});

case!(only = [Postgres], an_index_that_was_being_dropped_is_dropped_once_more_unless_it_is_gone, |db| {
    for is_gone in [false, true] {
        let db = db.another();
        db.sql("create table users (name text); create index \"By Name\" on users (name)");
        let sends = "drop index concurrently \"By Name\"; insert into users values ('a')";
        let migrator = Migrator::new().with(migration(Metadata::new("1").transaction(false)).sends(sends));
        cut_off_behind_a_writer(&db, "users", "drop index concurrently", &migrator);
        let there = "select count(*) from pg_class where relname = 'By Name'";
        assert_eq!(db.count(there), 1);
        if is_gone {
            db.sql("drop index \"By Name\"");
        }
        let mut conn = db.connect();
        migrator.run_pending(&mut *conn).unwrap();
        assert_eq!((db.count(there), db.count("select count(*) from users")), (0, 1));
        session::assert_usable(&db, &mut *conn);
    }
});
