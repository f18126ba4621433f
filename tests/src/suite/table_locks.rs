//! Locks on tables that others hold: waited for a moment, tried again, and given up with their names.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event, Metadata};

use super::books::applied;
use super::handmade::{Handmade, migration};
use super::session::{self, Session};
use crate::{Engine, TestDatabase, case};

const ADDS: &str = "alter table users add column email varchar(20)";

fn with_users(db: &TestDatabase) {
    db.sql("create table users (id integer primary key); insert into users values (1)");
}

/// Somebody who reads the table in a transaction and does not end it, until `held` is over or the sender is dropped.
fn reads_users<'s>(
    db: &'s TestDatabase,
    scope: &'s thread::Scope<'s, '_>,
    held: Duration,
) -> (String, mpsc::Sender<()>) {
    let (tell, told) = mpsc::channel();
    let (ends, ended) = mpsc::channel::<()>();
    scope.spawn(move || {
        let mut conn = db.connect();
        let session = session::of(&mut *conn);
        let number = match db.engine() {
            Engine::Postgres => "select pg_backend_pid()",
            _ => "select connection_id()",
        };
        let number = session.rows(number)[0][0].clone().unwrap();
        session.begin();
        session.rows("select id from users");
        tell.send(number).unwrap();
        ended.recv_timeout(held).ok();
        session.rollback();
    });
    (told.recv().unwrap(), ends)
}

/// The how manieth attempt it was, and who held the lock.
type Retry = (u32, Vec<String>);

/// Retries that the observer was told of.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Retry>>>);

impl Told {
    fn watch(&self, migrator: Migrator) -> Migrator {
        let told = self.clone();
        migrator.observer(move |event| {
            if let Event::Retrying { attempt, blockers, .. } = event {
                told.0.lock().unwrap().push((*attempt, blockers.clone()));
            }
        })
    }

    fn attempts(&self) -> Vec<u32> {
        self.0.lock().unwrap().iter().map(|(attempt, _)| *attempt).collect()
    }
}

/// Makes a table, then changes the one that is held; counts how often it is called.
fn counted(metadata: Metadata, calls: &Arc<AtomicUsize>) -> Handmade {
    let calls = calls.clone();
    migration(metadata).up(move |op| {
        calls.fetch_add(1, Ordering::SeqCst);
        op.create_table("orders", |t| t.id())?;
        op.execute(ADDS)?;
        Ok(())
    })
}

fn impatient(migration: Handmade) -> Migrator {
    Migrator::new().with(migration).statement_lock_timeout(Duration::from_millis(300))
}

case!(only = [Postgres, MariaDb], a_lock_that_others_hold_is_tried_again, |db| {
    with_users(db);
    let (calls, told) = (Arc::new(AtomicUsize::new(0)), Told::default());
    let migrator = told.watch(impatient(counted(Metadata::new("1"), &calls)));
    thread::scope(|scope| {
        let (holder, _ends) = reads_users(db, scope, Duration::from_millis(1_500));
        assert_eq!(migrator.run_pending(&mut *db.connect()).unwrap().steps().len(), 1);
        let told = told.0.lock().unwrap();
        assert!(told[0].1.iter().any(|blocker| blocker.contains(&holder)), "{holder}: {told:?}");
    });
    assert!(told.attempts().starts_with(&[1]), "{:?}", told.attempts());
    // where it is rolled back it runs again from its first line, elsewhere the statement is sent again
    let attempts = told.attempts().len() + 1;
    let expected = if db.engine() == Engine::Postgres { attempts } else { 1 };
    assert_eq!(calls.load(Ordering::SeqCst), expected);
    assert_eq!((applied(db), db.columns("users")), (vec!["1".to_owned()], vec!["id".to_owned(), "email".to_owned()]));
});

case!(only = [Postgres, MariaDb], outside_a_transaction_the_one_statement_is_sent_again, |db| {
    with_users(db);
    let (calls, told) = (Arc::new(AtomicUsize::new(0)), Told::default());
    let migrator = told.watch(impatient(counted(Metadata::new("1").transaction(false), &calls)));
    thread::scope(|scope| {
        let (_, _ends) = reads_users(db, scope, Duration::from_millis(1_500));
        assert_eq!(migrator.run_pending(&mut *db.connect()).unwrap().steps().len(), 1);
    });
    assert!(!told.attempts().is_empty());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(db.columns("users"), ["id", "email"]);
});

case!(only = [Postgres, MariaDb], a_lock_that_is_never_got_is_an_error_that_names_who_holds_it, |db| {
    with_users(db);
    for transaction in [true, false] {
        let calls = Arc::new(AtomicUsize::new(0));
        let migrator = impatient(counted(Metadata::new("1").transaction(transaction), &calls)).lock_retries(1);
        let mut conn = db.connect();
        thread::scope(|scope| {
            let (holder, _ends) = reads_users(db, scope, Duration::from_secs(60));
            let error = migrator.run_pending(&mut *conn).unwrap_err();
            assert_eq!((error.kind(), error.exit_code()), (ErrorKind::LockTimeout, 5), "{error}");
            let text = error.to_string();
            for said in [holder.as_str(), "2 attempts", ADDS, "statement_lock_timeout"] {
                assert!(text.contains(said), "{said}: {text}");
            }
            if db.engine() == Engine::Postgres {
                assert!(text.contains("AccessShareLock on users") && text.contains("select id from users"), "{text}");
                assert_eq!(text.contains("rolled back, the database"), transaction, "{text}");
            }
        });
        session::assert_usable(db, &mut *conn);
        assert_eq!(db.columns("users"), ["id"]);
    }
    let migrator = impatient(counted(Metadata::new("1").transaction(false), &Arc::default()));
    assert_eq!(migrator.run_pending(&mut *db.connect()).unwrap().steps().len(), 1);
    assert_eq!(db.columns("users"), ["id", "email"]);
});

case!(
    #[cfg(feature = "postgres")]
    only = [Postgres],
    a_lock_refused_to_the_users_own_connection_is_tried_again,
    |db| {
        use diesel::connection::SimpleConnection as _;

        with_users(db);
        let told = Told::default();
        let own = migration(Metadata::new("1")).up(|op| {
            op.connection::<PgConnection>()?.batch_execute(ADDS)?;
            Ok(())
        });
        let migrator = told.watch(impatient(own));
        thread::scope(|scope| {
            let (_, _ends) = reads_users(db, scope, Duration::from_millis(1_000));
            migrator.run_pending(&mut *db.connect()).unwrap();
        });
        assert!(!told.attempts().is_empty());
        assert_eq!(db.columns("users"), ["id", "email"]);
    }
);

case!(only = [Postgres], inside_a_transaction_of_the_callers_nothing_is_tried_again, |db| {
    with_users(db);
    let calls = Arc::new(AtomicUsize::new(0));
    let migrator = impatient(counted(Metadata::new("1"), &calls));
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    thread::scope(|scope| {
        let (_, _ends) = reads_users(db, scope, Duration::from_secs(60));
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockTimeout, "{error}");
    });
    assert_eq!((calls.load(Ordering::SeqCst), session::of(&mut *conn).depth()), (1, 1));
    session::of(&mut *conn).rollback();
});

/// The limits inside a migration, and after it.
fn limits(db: &TestDatabase, before: &str) -> (Vec<Option<String>>, Vec<Option<String>>) {
    let (lock, statement) = match db.engine() {
        Engine::Postgres => ("current_setting('lock_timeout')", "current_setting('statement_timeout')"),
        _ => ("@@lock_wait_timeout", "@@max_statement_time"),
    };
    db.sql("create table seen (lock_limit varchar(20), statement_limit varchar(20))");
    let looks = migration(Metadata::new("1")).up(move |op| {
        op.execute(format!("insert into seen select {lock}, {statement}"))?;
        Ok(())
    });
    let migrator = Migrator::new().with(looks).statement_timeout(Duration::from_secs(90));
    let mut conn = db.connect();
    session::of(&mut *conn).sql(before);
    let query = format!("select {lock}, {statement}");
    let had = session::of(&mut *conn).rows(&query);
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(session::of(&mut *conn).rows(&query), had, "what the caller had comes back");
    let inside = db.rows("select lock_limit, statement_limit from seen").remove(0);
    (inside, had.into_iter().next().unwrap())
}

case!(only = [Postgres, MariaDb], statements_are_limited_for_the_run_and_no_longer, |db| {
    let texts = |lock: &str, statement: &str| vec![Some(lock.to_owned()), Some(statement.to_owned())];
    let (wider, narrower, usual, strict) = match db.engine() {
        Engine::Postgres => (
            "set lock_timeout = '7s'; set statement_timeout = '1h'",
            "set lock_timeout = '200ms'; set statement_timeout = '1min'",
            texts("5s", "90s"),
            texts("200ms", "1min"),
        ),
        _ => (
            "set lock_wait_timeout = 70, max_statement_time = 3600",
            "set lock_wait_timeout = 2, max_statement_time = 60",
            texts("5", "90"),
            texts("2", "60"),
        ),
    };
    assert_eq!(limits(&db.another(), "select 1").0, usual);
    assert_eq!(limits(&db.another(), wider).0, usual);
    assert_eq!(limits(db, narrower), (strict.clone(), strict));
});

case!(only = [Postgres, MariaDb], a_statement_that_takes_too_long_is_ended_and_not_tried_again, |db| {
    let told = Told::default();
    let sleeps = match db.engine() {
        Engine::Postgres => "do $$ begin perform pg_sleep(30); end $$",
        _ => "create table t as select sleep(30)",
    };
    let migrator = told.watch(Migrator::new().with(migration(Metadata::new("1")).sends(sleeps)));
    let since = Instant::now();
    let error = migrator.statement_timeout(Duration::from_millis(500)).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert!(since.elapsed() < Duration::from_secs(20) && told.attempts().is_empty());
});

case!(only = [Postgres], a_concurrent_build_holds_nobody_up_and_waits_as_long_as_it_takes, |db| {
    with_users(db);
    let told = Told::default();
    let builds = migration(Metadata::new("1").transaction(false)).up(|op| {
        op.create_index("users", migrator_core::Index::on(["id"]).named("users_again").concurrently())?;
        op.execute("create index concurrently users_once_more on users (id)")?;
        Ok(())
    });
    let migrator = told.watch(impatient(builds));
    thread::scope(|scope| {
        let (_, _ends) = reads_users(db, scope, Duration::from_millis(1_200));
        migrator.run_pending(&mut *db.connect()).unwrap();
    });
    assert!(told.attempts().is_empty());
    assert_eq!(db.count("select count(*) from pg_index where indrelid = 'users'::regclass and indisvalid"), 3);
});

/// How long each read took while the migration waited.
fn reads_meanwhile(db: &TestDatabase, over: &AtomicUsize) -> Vec<Duration> {
    let mut conn = db.connect();
    let session: &mut dyn Session = session::of(&mut *conn);
    let mut took = Vec::new();
    while over.load(Ordering::SeqCst) == 0 {
        let since = Instant::now();
        session.rows("select id from users");
        took.push(since.elapsed());
        thread::sleep(Duration::from_millis(2));
    }
    took.sort();
    took
}

case!(only = [Postgres], readers_go_on_while_an_alter_waits_for_a_long_reader, |db| {
    with_users(db);
    let calls = Arc::new(AtomicUsize::new(0));
    let migrator = impatient(counted(Metadata::new("1"), &calls));
    let over = AtomicUsize::new(0);
    let took = thread::scope(|scope| {
        let (_, _ends) = reads_users(db, scope, Duration::from_secs(4));
        let reader = scope.spawn(|| reads_meanwhile(db, &over));
        migrator.run_pending(&mut *db.connect()).unwrap();
        over.store(1, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(calls.load(Ordering::SeqCst) > 2, "it had to wait");
    let (p99, longest) = (took[took.len() * 99 / 100], took[took.len() - 1]);
    assert!(p99 < Duration::from_secs(1), "of {} reads: p99 {p99:?}", took.len());
    assert!(longest < Duration::from_secs(2), "of {} reads: longest {longest:?}", took.len());
    assert_eq!(applied(db), ["1"]);
});
