//! Promise 8, inside a transaction that the caller opened: PostgreSQL and SQLite run with a savepoint for each migration,
//! MariaDB refuses; people test that way, with `begin_test_transaction`.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata};

use super::books::{applied, everything, user_tables};
use super::handmade::{creates, migration, revision};
use super::session::{self, Session};
use crate::case;

/// A way to open a transaction, and its name.
type Opening = (&'static str, fn(&mut dyn Session));

fn openings() -> [Opening; 2] {
    [("begin_transaction", |session| session.begin()), ("begin_test_transaction", |session| session.begin_test())]
}

case!(only = [Sqlite, Postgres], inside_a_transaction_of_the_callers_migrations_run_and_the_report_says_so, |db| {
    for (how, open) in openings() {
        let mut conn = db.connect();
        open(session::of(&mut *conn));
        let report = Migrator::new().with(creates("1", "a")).with(creates("2", "b")).run_pending(&mut *conn).unwrap();
        assert_eq!(report.steps().len(), 2);
        assert!(report.to_string().contains("transaction of the caller"), "{how}: {report}");
        assert_eq!(session::of(&mut *conn).depth(), 1, "{how}");
        session::of(&mut *conn).sql("insert into a (name) values ('x')");
        // a second start in the same transaction finds nothing to do
        let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
        assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
        session::of(&mut *conn).rollback();
        session::assert_usable(db, &mut *conn);
        assert!(db.tables().is_empty(), "{how}");
    }
});

case!(only = [Sqlite, Postgres], what_the_caller_commits_stands, |db| {
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    session::of(&mut *conn).commit();
    assert_eq!((applied(db), user_tables(db)), (vec!["1".to_owned()], vec!["a".to_owned()]));
    assert!(Migrator::new().with(creates("1", "a")).run_pending(&mut *db.connect()).unwrap().is_empty());
});

case!(only = [Sqlite, Postgres], a_failure_inside_a_transaction_of_the_callers_leaves_that_one_open_and_usable, |db| {
    for (how, open) in openings() {
        let mut conn = db.connect();
        open(session::of(&mut *conn));
        session::of(&mut *conn).sql("create table of_the_caller (id integer)");
        for fails in [
            revision("2").sends("create table half (id integer); nonsense"),
            revision("2").up(|op| {
                op.execute("create table half (id integer)")?;
                panic!("oh")
            }),
        ] {
            let error = Migrator::new().with(creates("1", "a")).with(fails).run_pending(&mut *conn).unwrap_err();
            assert_eq!(error.revision().unwrap(), "2", "{how}");
            assert_eq!(session::of(&mut *conn).depth(), 1, "{how}");
        }
        let rows = session::of(&mut *conn).rows("select count(*) from a");
        assert_eq!(rows, [[Some("0".to_owned())]], "{how}");
        session::of(&mut *conn).sql("insert into of_the_caller values (1)");
        Migrator::new().with(creates("1", "a")).with(creates("2", "half")).run_pending(&mut *conn).unwrap();
        session::of(&mut *conn).rollback();
        session::assert_usable(db, &mut *conn);
        assert!(db.tables().is_empty(), "{how}");
    }
});

case!(only = [Sqlite, Postgres], a_migration_outside_transactions_is_refused_inside_the_callers, |db| {
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    session::of(&mut *conn).sql("create table of_the_caller (id integer)");
    let outside = migration(Metadata::new("1").transaction(false)).sends("create table t (id integer)");
    let error = Migrator::new().with(outside).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InTransaction, "{error}");
    assert_eq!(session::of(&mut *conn).depth(), 1);
    session::of(&mut *conn).commit();
    assert_eq!(db.tables(), ["of_the_caller"]);
    session::assert_usable(db, &mut *conn);
});

case!(only = [MariaDb], inside_a_transaction_of_the_callers_nothing_runs_where_ddl_would_commit_it, |db| {
    db.sql("create table of_the_caller (id integer)");
    let before = everything(db);
    for (how, open) in openings() {
        let mut conn = db.connect();
        open(session::of(&mut *conn));
        session::of(&mut *conn).sql("insert into of_the_caller values (1)");
        let error = Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InTransaction, "{how}: {error}");
        assert_eq!(session::of(&mut *conn).depth(), 1, "{how}");
        assert!(session::is_in_transaction(db, &mut *conn), "{how}: the caller's transaction is gone");
        session::of(&mut *conn).rollback();
        assert_eq!(everything(db), before);
        assert_eq!(db.count("select count(*) from of_the_caller"), 0, "{how}");
    }
});

case!(only = [Postgres], an_aborted_transaction_of_the_callers_is_an_error_and_left_to_the_caller, |db| {
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session::of(&mut *conn).sql("nonsense")));
    assert!(refused.is_err());
    let error = Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap_err();
    assert!(!error.to_string().is_empty());
    session::of(&mut *conn).rollback();
    session::assert_usable(db, &mut *conn);
    assert!(db.tables().is_empty());
});

case!(only = [MariaDb], a_transaction_that_the_caller_began_by_words_is_seen_before_ddl_commits_it, |db| {
    db.sql("create table of_the_caller (id integer)");
    let before = everything(db);
    let mut conn = db.connect();
    session::of(&mut *conn).sql("start transaction");
    session::of(&mut *conn).sql("insert into of_the_caller values (1)");
    let error = Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InTransaction, "{error}");
    assert!(session::is_in_transaction(db, &mut *conn), "the caller's transaction is gone");
    session::of(&mut *conn).sql("rollback");
    assert_eq!(everything(db), before);
    assert_eq!(db.count("select count(*) from of_the_caller"), 0);
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
});
