//! What somebody does who waited: the plan is made anew from where the database is then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event, Metadata};

use super::books::{applied, user_tables};
use super::handmade::{creates, migration};
use super::session;
use crate::{Engine, TestDatabase, case};

/// Two who meet: the first goes on when the second waits for it.
#[derive(Default)]
struct Meeting {
    begun: AtomicBool,
    waits: AtomicBool,
}

fn until(flag: &AtomicBool) {
    let since = Instant::now();
    while !flag.load(Ordering::SeqCst) {
        assert!(since.elapsed() < Duration::from_secs(60), "it does not come about");
        thread::sleep(Duration::from_millis(5));
    }
}

/// 1, then 2, which lasts until somebody waits.
fn line(transaction: bool, meeting: &Arc<Meeting>) -> Migrator {
    let meeting = meeting.clone();
    let slow = migration(Metadata::new("2").transaction(transaction))
        .up(move |op| {
            op.create_table("two", |t| t.id())?;
            meeting.begun.store(true, Ordering::SeqCst);
            until(&meeting.waits);
            Ok(())
        })
        .down(|op| {
            op.drop_table("two")?;
            Ok(())
        });
    Migrator::new().with(creates("1", "one")).with(slow)
}

/// The same for the one who waits.
fn waiter(transaction: bool, meeting: &Arc<Meeting>) -> Migrator {
    let waits = meeting.clone();
    line(transaction, meeting).observer(move |event| {
        if matches!(event, Event::WaitingForLock { .. }) {
            waits.waits.store(true, Ordering::SeqCst);
        }
    })
}

/// One goes up; another who comes while it is at it does something else.
fn while_one_goes_up(db: &TestDatabase, transaction: bool, act: impl FnOnce(&Migrator)) {
    let meeting = Arc::new(Meeting::default());
    line(transaction, &meeting).upgrade(&mut *db.connect(), "1").unwrap();
    thread::scope(|scope| {
        let goes_up = || line(transaction, &meeting).run_pending(&mut *db.connect()).map(|report| report.steps().len());
        let up = scope.spawn(goes_up);
        until(&meeting.begun);
        act(&waiter(transaction, &meeting));
        assert_eq!(up.join().unwrap().unwrap(), 1);
    });
}

/// One goes up while another goes down to the base.
fn up_against_down(db: &TestDatabase, transaction: bool) {
    while_one_goes_up(db, transaction, |waiter| {
        let down = waiter.downgrade(&mut *db.connect(), "base").unwrap();
        assert_eq!(down.steps().len(), 2, "{down}");
    });
    assert!(applied(db).is_empty(), "{:?}", applied(db));
    assert!(user_tables(db).is_empty(), "{:?}", user_tables(db));
}

case!(a_downgrade_that_waited_takes_along_what_was_applied_meanwhile, |db| {
    up_against_down(db, true);
});

case!(a_migration_outside_a_transaction_and_one_inside_exclude_each_other, |db| {
    up_against_down(db, false);
});

case!(a_stamp_of_what_stands_leaves_who_is_at_work_what_he_has_written, |db| {
    while_one_goes_up(db, false, |waiter| {
        let stamped = waiter.stamp(&mut *db.connect(), "1").unwrap();
        assert!(stamped.steps().is_empty(), "{stamped}");
    });
    assert_eq!(applied(db), ["1", "2"]);
});

case!(only = [Postgres], what_was_read_after_the_lock_was_got_is_not_older_than_the_lock, |db| {
    db.sql(&format!("alter database {} set default_transaction_isolation = 'serializable'", db.quote(db.name())));
    let looks = |revision, transaction: bool| {
        migration(Metadata::new(revision).transaction(transaction)).up(move |op| {
            op.execute("create table if not exists seen (isolation text)")?;
            op.execute("insert into seen select current_setting('transaction_isolation')")?;
            Ok(())
        })
    };
    let mut conn = db.connect();
    // the second begins with the question whether anything has changed, in the round trip that takes the lock
    Migrator::new().with(looks("1", true)).with(looks("2", true)).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from seen where isolation = 'read committed'"), 2);
    Migrator::new()
        .with(looks("1", true))
        .with(looks("2", true))
        .with(looks("3", false))
        .run_pending(&mut *conn)
        .unwrap();
    let held = "select count(*)::text from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()";
    assert_eq!(session::of(&mut *conn).rows(held), [[Some("0".to_owned())]]);
});

case!(a_relative_target_that_means_something_else_by_then_is_refused, |db| {
    for target in ["-1", "current-1"] {
        let db = db.another();
        while_one_goes_up(&db, true, |waiter| {
            // meant: undo 1
            let refused = waiter.downgrade(&mut *db.connect(), target).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidTarget, "{target}: {refused}");
        });
        assert_eq!(applied(&db), ["1", "2"], "{target}");
    }
});

case!(who_waits_for_long_sends_one_light_query_a_second, |db| {
    // Outside a transaction SQLite has a lock of another kind.
    let ways = if db.engine() == Engine::Sqlite { &[true, false][..] } else { &[true] };
    for transaction in ways {
        wait_for_long(&db.another(), *transaction);
    }
});

fn wait_for_long(db: &TestDatabase, transaction: bool) {
    let (begun, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let flags = (begun.clone(), ends.clone());
    let one = move || migration(Metadata::new("1").transaction(transaction));
    let holds = one().up(move |_| {
        flags.0.store(true, Ordering::SeqCst);
        until(&flags.1);
        Ok(())
    });
    let holder = Migrator::new().with(holds);
    thread::scope(|scope| {
        scope.spawn(|| holder.run_pending(&mut *db.connect()).unwrap());
        until(&begun);
        let (tells, told) = std::sync::mpsc::channel();
        let waits = move || {
            let mut conn = db.connect();
            tells.send(super::session::of(&mut *conn).watch()).unwrap();
            Migrator::new().with(one()).run_pending(&mut *conn).unwrap()
        };
        let waiter = scope.spawn(waits);
        let seen = told.recv().unwrap();
        // at first it asks more often
        thread::sleep(Duration::from_millis(2_500));
        seen.take();
        let since = Instant::now();
        thread::sleep(Duration::from_secs(3));
        let sent = seen.take();
        let seconds = since.elapsed().as_secs_f64();
        ends.store(true, Ordering::SeqCst);
        assert!(waiter.join().unwrap().is_empty());
        // SQLite has nobody to ask: it tries, without waiting, and an attempt is told in several lines.
        let (asks, is_asked): (&[&str], fn(&str) -> bool) = match db.engine() {
            Engine::Sqlite => (&["PRAGMA", "transaction"], |sql| {
                ["BEGIN IMMEDIATE", "database_list"].iter().any(|words| sql.contains(words))
            }),
            _ => (&["SELECT"], |_| true),
        };
        let asked = sent.iter().filter(|sql| is_asked(sql)).count();
        assert!(asked > 0 && asked as f64 <= seconds + 1.0, "{asked} in {seconds} s: {sent:?}");
        assert!(sent.iter().all(|sql| asks.iter().any(|word| sql.trim_start().starts_with(word))), "{sent:?}");
    });
}

case!(only = [Postgres], rows_that_a_policy_hides_are_not_lost_and_not_left_out_of_a_backup, |db| {
    let owner = db.login("owner");
    db.sql(&format!("grant create on schema public to {}", owner.name));
    let mut conn = db.connect_to(&owner.url);
    let makes = migration(Metadata::new("1")).sends(
        "create table f (id integer primary key, name text); insert into f values (1, 'x'), (2, null); \
         alter table f enable row level security; alter table f force row level security",
    );
    Migrator::new().with(makes).run_pending(&mut *conn).unwrap();
    assert!(migrator_core::create_table_backup(&mut *conn, "f", "x").is_err());
    let drops = migration(Metadata::new("2")).up(|op| {
        op.drop_column("f", "name")?;
        Ok(())
    });
    let migrator = Migrator::new().with(migration(Metadata::new("1"))).with(drops);
    assert!(migrator.run_pending(&mut *conn).is_err());
    assert_eq!(db.columns("f"), ["id", "name"]);
});

case!(what_is_asked_for_is_copied_first, |db| {
    db.sql("create table users (id integer, email varchar(20)); insert into users values (1, 'a')");
    let drops = || {
        migration(Metadata::new("1").allow_loss(migrator_core::Loss::column("users", "email"))).up(|op| {
            op.drop_column("users", "email")?;
            Ok(())
        })
    };
    for backups in [migrator_core::Backups::Destructive, migrator_core::Backups::AllTables] {
        let db = db.another();
        db.sql("create table users (id integer, email varchar(20)); insert into users values (1, 'a')");
        let report = Migrator::new().with(drops()).backup_before(backups).run_pending(&mut *db.connect()).unwrap();
        let copies = super::books::copies(&db);
        assert_eq!(copies.len(), 1, "{report}");
        assert_eq!(db.texts(&format!("select email from {}", copies[0])), [Some("a".to_owned())]);
        let copy = copies[0].rsplit('.').next().unwrap();
        assert!(report.to_string().contains(copy), "{report}");
        // whoever looks later finds it in the history
        let noted = db.texts("select note from __migrator_history where state = 'done'");
        assert!(noted[0].as_ref().is_some_and(|note| note.contains(copy)), "{noted:?}");
    }
    Migrator::new().with(drops()).run_pending(&mut *db.connect()).unwrap();
    assert!(super::books::copies(db).is_empty());
});

case!(only = [MariaDb], a_value_that_does_not_fit_is_an_error_whatever_the_session_allows, |db| {
    assert_eq!(db.engine(), Engine::MariaDb);
    db.sql("create table t (a varchar(3))");
    let mut conn = db.connect();
    super::session::of(&mut *conn).sql("set sql_mode = ''");
    let cuts = migration(Metadata::new("1")).sends("insert into t values ('too long')");
    let error = Migrator::new().with(cuts).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!(db.count("select count(*) from t"), 0);
    assert_eq!(super::session::of(&mut *conn).rows("select @@sql_mode"), [[Some(String::new())]]);
});
