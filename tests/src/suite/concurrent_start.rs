//! Promise 2, in its simple form: replicas that start at once run each migration exactly once, in order.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event, Metadata};

use super::books::{applied, done, told, user_tables};
use super::handmade::{Handmade, migration, revision};
use super::session;
use crate::case;

const REPLICAS: usize = 8;

/// Adds one to a counter; run twice, the count says so.
fn counted(number: usize) -> Handmade {
    revision(&format!("{number:02}")).up(move |op| {
        op.execute(format!("insert into ran values ({number})"))?;
        op.execute(format!("create table made_{number:02} (id integer)"))?;
        Ok(())
    })
}

fn program() -> Migrator {
    Migrator::new().with(revision("00").sends("create table ran (number integer)")).with_all((1..=5).map(counted))
}

case!(replicas_that_start_at_once_run_each_migration_exactly_once_in_order, |db| {
    let barrier = Barrier::new(REPLICAS);
    let steps: Vec<usize> = thread::scope(|scope| {
        let replicas: Vec<_> = (0..REPLICAS)
            .map(|_| {
                scope.spawn(|| {
                    let mut conn = db.connect();
                    barrier.wait();
                    let report = program().run_pending(&mut *conn).unwrap();
                    session::assert_usable(db, &mut *conn);
                    report.steps().len()
                })
            })
            .collect();
        replicas.into_iter().map(|replica| replica.join().unwrap()).collect()
    });
    assert_eq!(steps.iter().sum::<usize>(), 6, "{steps:?}");
    assert_eq!(applied(db), ["00", "01", "02", "03", "04", "05"]);
    assert_eq!(db.count("select count(*) from ran"), 5);
    assert_eq!(user_tables(db).len(), 6);
    let order: Vec<_> = told(db).into_iter().filter(|row| row.ends_with("done")).collect();
    assert_eq!(order, (0..6).map(|number| format!("{number:02} up done")).collect::<Vec<_>>());
});

case!(replicas_that_start_at_once_outside_transactions_run_each_exactly_once, |db| {
    db.sql("create table ran (number integer)");
    let program = || {
        let outside = |number: usize| {
            let metadata = Metadata::new(&format!("{number:02}")).transaction(false);
            migration(metadata).up(move |op| {
                op.execute(format!("insert into ran values ({number})"))?;
                thread::sleep(Duration::from_millis(20));
                op.execute(format!("create table made_{number:02} (id integer)"))?;
                Ok(())
            })
        };
        Migrator::new().with_all((1..=4).map(outside))
    };
    let barrier = Barrier::new(REPLICAS);
    let steps: Vec<usize> = thread::scope(|scope| {
        let start = || {
            let mut conn = db.connect();
            barrier.wait();
            program().run_pending(&mut *conn).map(|report| report.steps().len())
        };
        let replicas: Vec<_> = (0..REPLICAS).map(|_| scope.spawn(start)).collect();
        replicas.into_iter().map(|replica| replica.join().unwrap().unwrap()).collect()
    });
    assert_eq!(steps.iter().sum::<usize>(), 4, "{steps:?}");
    assert_eq!(db.count("select count(*) from ran"), 4);
    for number in 1..=4 {
        assert_eq!(done(db, &format!("{number:02}")), 1, "{:?}", told(db));
    }
});

case!(who_waits_is_told_and_succeeds_when_the_other_ends, |db| {
    let (begun, begin) = std::sync::mpsc::channel();
    let slow = || {
        revision("1").up(|op| {
            op.execute("create table t (id integer)")?;
            Ok(())
        })
    };
    let begun = Mutex::new(Some(begun));
    let holder = move || {
        slow().up(move |op| {
            op.execute("create table t (id integer)")?;
            if let Some(begun) = begun.lock().unwrap().take() {
                begun.send(())?;
            }
            thread::sleep(Duration::from_millis(700));
            Ok(())
        })
    };
    let waited = Arc::new(Mutex::new(0));
    thread::scope(|scope| {
        let first = scope.spawn(|| Migrator::new().with(holder()).run_pending(&mut *db.connect()).unwrap());
        begin.recv().unwrap();
        let noting = waited.clone();
        let second = Migrator::new().with(slow()).observer(move |event| {
            if matches!(event, Event::WaitingForLock { .. }) {
                *noting.lock().unwrap() += 1;
            }
        });
        assert!(second.run_pending(&mut *db.connect()).unwrap().is_empty());
        assert_eq!(first.join().unwrap().steps().len(), 1);
    });
    assert_eq!(*waited.lock().unwrap(), 1);
    assert_eq!(done(db, "1"), 1);
});

case!(who_gives_up_says_so_and_has_written_nothing, |db| {
    let (begun, begin) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel();
    let (begun, ended) = (Mutex::new(begun), Mutex::new(ended));
    let holder = revision("1").up(move |op| {
        op.execute("create table t (id integer)")?;
        begun.lock().unwrap().send(())?;
        // until the other has given up
        ended.lock().unwrap().recv_timeout(Duration::from_secs(60)).ok();
        Ok(())
    });
    let holder = Migrator::new().with(holder);
    thread::scope(|scope| {
        scope.spawn(|| holder.run_pending(&mut *db.connect()).unwrap());
        begin.recv().unwrap();
        let impatient = Migrator::new().with(revision("1")).give_up_after(Duration::from_millis(200));
        let mut conn = db.connect();
        let error = impatient.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockTimeout, "{error}");
        assert_eq!(error.exit_code(), 5);
        assert_eq!(session::of(&mut *conn).depth(), 0);
        end.send(()).unwrap();
    });
    assert_eq!(done(db, "1"), 1);
});

case!(a_replica_that_fails_lets_the_next_one_go_on, |db| {
    let fails = Migrator::new().with(revision("1").up(|_| Err("not on this machine".into())));
    let (mut first, mut second) = (db.connect(), db.connect());
    fails.run_pending(&mut *first).unwrap_err();
    let report =
        Migrator::new().with(revision("1")).give_up_after(Duration::from_secs(5)).run_pending(&mut *second).unwrap();
    assert_eq!(report.steps().len(), 1);
});

case!(only = [Postgres, MariaDb], programs_of_two_databases_on_one_server_do_not_wait_for_each_other, |db| {
    let other = db.another();
    let url = other.url().to_owned();
    let engine = db.engine();
    let nested = revision("1").up(move |_| {
        let mut conn = crate::direct::open_for_tests(engine, &url)?;
        let there = Migrator::new().with(revision("1")).give_up_after(Duration::from_secs(2));
        there.run_pending(&mut *conn)?;
        Ok(())
    });
    Migrator::new().with(nested).run_pending(&mut *db.connect()).unwrap();
    assert_eq!((applied(db), applied(&other)), (vec!["1".to_owned()], vec!["1".to_owned()]));
});
