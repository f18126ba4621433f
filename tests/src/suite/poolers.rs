//! Behind PgBouncer in transaction mode every statement outside a transaction may be sent to another session.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel::{Connection, PgConnection};
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata};

use super::books::{HISTORY_TABLE, applied, told, user_tables};
use super::handmade::{creates, migration, revision};
use super::session;
use crate::case;
use crate::direct::Direct;
use crate::pooler::Pooler;
use crate::replica::{Project, Replica};

const HERD: usize = 12;

/// What the sessions behind the pooler have kept; each is held by a transaction until all were asked.
fn sessions(pooler: &Pooler, query: &str) -> Vec<Option<String>> {
    let ask = |_| {
        let mut conn = PgConnection::establish(&pooler.url).unwrap();
        conn.batch("begin").unwrap();
        let kept = conn.rows(query).unwrap()[0][0].clone();
        (conn, kept)
    };
    let held: Vec<_> = (0..Pooler::SESSIONS).map(ask).collect();
    held.into_iter().map(|(_, kept)| kept).collect()
}

/// Others who use the pooler meanwhile.
fn while_others_work(pooler: &Pooler, act: impl FnOnce()) {
    let done = AtomicBool::new(false);
    let works = || {
        let mut conn = PgConnection::establish(&pooler.url).unwrap();
        while !done.load(Ordering::SeqCst) {
            conn.batch("select pg_sleep(0.0003)").unwrap();
        }
    };
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(works)));
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        done.store(true, Ordering::SeqCst);
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

const LOCKS: &str = "select count(*) from pg_locks where locktype = 'advisory' \
     and database = (select oid from pg_database where datname = current_database())";

case!(only = [Postgres], a_herd_works_through_a_pooler_in_transaction_mode, |db| {
    let pooler = Pooler::before(db);
    let replica = Replica::of(db, Project::Pooled).at(&pooler.url);
    let herd: Vec<Child> = (0..HERD).map(|_| replica.start()).collect();
    for replica in herd {
        let output = replica.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(applied(db).len(), 6);
    assert_eq!(told(db).iter().filter(|row| row.ends_with("done")).count(), 6, "{:?}", told(db));
    assert_eq!(db.count("select count(*) from ran"), 5);
    let output = replica.run();
    assert!(output.status.success(), "{output:?}");
    // nothing is left to whoever is given the sessions next
    let kept = "select concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'), \
                current_setting('search_path'), current_setting('row_security'))";
    let given = Some("0 0 \"$user\", public on".to_owned());
    assert_eq!(sessions(&pooler, kept), vec![given; Pooler::SESSIONS]);
    assert_eq!(db.count(LOCKS), 0);
});

case!(only = [Postgres], a_statement_behind_a_pooler_waits_for_locks_as_long_as_the_run_says, |db| {
    db.sql("create table held (id integer)");
    let pooler = Pooler::before(db);
    let mut holder = PgConnection::establish(db.url()).unwrap();
    holder.batch("begin; lock table held").unwrap();
    let alters = revision("1").sends("alter table held add column more integer");
    let limit = std::time::Duration::from_millis(200);
    let migrator = Migrator::new().with(alters).statement_lock_timeout(limit).lock_retries(1);
    let error = migrator.run_pending(&mut *db.connect_to(&pooler.url)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockTimeout, "{error}");
    holder.batch("rollback").unwrap();
    migrator.run_pending(&mut *db.connect_to(&pooler.url)).unwrap();
});

case!(only = [Postgres], an_error_behind_a_pooler_leaves_the_sessions_as_they_were, |db| {
    let pooler = Pooler::before(db);
    for fails in [
        revision("1").sends("set lock_timeout = '9s'; set search_path = pg_catalog; nonsense"),
        revision("1").up(|op| {
            op.connection::<PgConnection>()?.batch("set search_path = pg_catalog")?;
            panic!("it panics")
        }),
    ] {
        let mut conn = db.connect_to(&pooler.url);
        Migrator::new().with(fails).run_pending(&mut *conn).unwrap_err();
        assert_eq!(session::of(&mut *conn).depth(), 0);
        let kept = "select concat_ws(' ', current_setting('lock_timeout'), current_setting('search_path'))";
        assert_eq!(sessions(&pooler, kept), vec![Some("0 \"$user\", public".to_owned()); Pooler::SESSIONS]);
    }
    let leaves = revision("1").sends("set search_path = pg_catalog; create table public.made (id integer)");
    Migrator::new().with(leaves).with(creates("2", "more")).run_pending(&mut *db.connect_to(&pooler.url)).unwrap();
    assert_eq!(user_tables(db), ["made", "more"]);
    let kept = "select current_setting('search_path')";
    assert_eq!(sessions(&pooler, kept), vec![Some("\"$user\", public".to_owned()); Pooler::SESSIONS]);
});

case!(only = [Postgres], outside_a_transaction_a_pooler_that_others_use_is_refused, |db| {
    let pooler = Pooler::before(db);
    let outside = || migration(Metadata::new("2").transaction(false)).sends("create table outside (id integer)");
    let migrator = Migrator::new().with(creates("1", "inside")).with(outside());
    while_others_work(&pooler, || {
        let error = migrator.run_pending(&mut *db.connect_to(&pooler.url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("pooler in session mode"), "{error}");
    });
    assert_eq!((applied(db), user_tables(db)), (vec!["1".to_owned()], vec!["inside".to_owned()]));
    assert_eq!(db.count(LOCKS), 0);
    assert_eq!(db.count(&format!("select count(*) from {HISTORY_TABLE} where revision = '2'")), 0);
    // straight to the server it goes through
    migrator.run_pending(&mut *db.connect()).unwrap();
    assert_eq!(user_tables(db), ["inside", "outside"]);
});

case!(only = [Postgres], a_session_that_changes_under_a_migration_ends_it_before_its_next_step, |db| {
    let pooler = Pooler::before(db);
    let url = pooler.url.clone();
    // nobody else is there when it begins; then somebody takes the session away
    let outside = migration(Metadata::new("1").transaction(false)).up(move |op| {
        op.execute("create table first (id integer)")?;
        let mut other = PgConnection::establish(&url)?;
        other.batch("begin")?;
        op.execute("create table second (id integer)")?;
        Ok(())
    });
    let error = Migrator::new().with(outside).run_pending(&mut *db.connect_to(&pooler.url)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockLost, "{error}");
    assert_eq!(user_tables(db), ["first"]);
});
