//! Migrations over a connection of diesel-async: another driver beneath, the same behaviour.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use migrator_core::prelude::*;
use migrator_core::{Dialect, Error, ErrorKind, Metadata, SchemaConnection, inspect_schema};

use super::handmade::{creates, migration, revision};
use crate::{TestDatabase, case};

type Wrapped = AsyncConnectionWrapper<AsyncPgConnection>;

fn connect(db: &TestDatabase) -> Wrapped {
    Wrapped::establish(db.url()).unwrap()
}

fn migrator() -> Migrator {
    let fills = revision("2").up(|op| {
        assert_eq!(op.dialect(), Dialect::Postgres);
        op.execute("insert into users (name) values ('Ada'), ('Grace')")?;
        let conn = op.connection::<Wrapped>()?;
        let renamed = diesel::sql_query("update users set name = 'Ada Lovelace' where name = 'Ada'").execute(conn)?;
        assert_eq!(renamed, 1);
        Ok(())
    });
    let indexes = migration(Metadata::new("3").transaction(false)).up(|op| {
        op.create_index("users", Index::on(["name"]).concurrently())?;
        Ok(())
    });
    Migrator::new().with(creates("1", "users")).with(fills).with(indexes)
}

case!(only = [Postgres], migrations_run_over_an_asynchronous_connection, |db| {
    let mut conn = connect(db);
    let report = migrator().run_pending(&mut conn).unwrap();
    assert_eq!(report.steps().len(), 3);
    assert!(migrator().run_pending(&mut conn).unwrap().is_empty());
    assert_eq!(db.count("select count(*) from users where name = 'Ada Lovelace'"), 1);
    // The other driver finds what this one did.
    let mut other = db.connect();
    assert!(migrator().run_pending(&mut *other).unwrap().is_empty());
    assert_eq!(inspect_schema(&mut conn).unwrap(), inspect_schema(&mut *other).unwrap());
});

case!(only = [Postgres], a_failure_over_an_asynchronous_connection_leaves_it_usable, |db| {
    let mut conn = connect(db);
    diesel::sql_query("set lock_timeout = '7s'").execute(&mut conn).unwrap();
    let fails = creates("1", "users").up(|op| {
        op.create_table("users", |t| t.id())?;
        op.execute("set lock_timeout = '1s'; insert into nowhere values (1)")?;
        Ok(())
    });
    let error = Migrator::new().with(fails).run_pending(&mut conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database);
    assert!(!migrator_core::has_table(&mut conn, "users").unwrap());
    let timeout: String =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('lock_timeout')"))
            .get_result(&mut conn)
            .unwrap();
    assert_eq!(timeout, "7s");
    assert_eq!(migrator().run_pending(&mut conn).unwrap().steps().len(), 3);
});

/// How a migration that sends this ends while somebody else has a lock on `users`.
fn ended(conn: &mut dyn SchemaConnection, sql: &'static str) -> Error {
    let sends = migration(Metadata::new("9")).up(move |op| {
        op.execute(sql)?;
        Ok(())
    });
    let migrator = Migrator::new().with(sends).unknown_revisions(Policy::Allow);
    let migrator = migrator.statement_lock_timeout(Duration::from_millis(100)).lock_retries(1);
    migrator.run_pending(conn).unwrap_err()
}

case!(only = [Postgres], an_error_over_an_asynchronous_connection_is_of_the_kind_that_it_is_over_any, |db| {
    db.sql("create table users (id integer)");
    let mut holder = db.connect();
    super::session::of(&mut *holder).begin();
    super::session::of(&mut *holder).sql("lock table users in access exclusive mode");
    for (sql, kind) in [
        ("set transaction read only; create table t (id integer)", ErrorKind::ReadOnly),
        ("alter table users add column a integer", ErrorKind::LockTimeout),
        ("select pg_terminate_backend(pg_backend_pid())", ErrorKind::Connection),
        ("nonsense", ErrorKind::Database),
    ] {
        let over_async = ended(&mut connect(db), sql);
        assert_eq!((over_async.kind(), ended(&mut *db.connect(), sql).kind()), (kind, kind), "{sql}: {over_async}");
    }
});

case!(only = [Postgres], both_drivers_wait_for_each_other, |db| {
    let reports = std::thread::scope(|scope| {
        let one = scope.spawn(|| migrator_of_one().run_pending(&mut connect(db)).unwrap());
        let other = scope.spawn(|| migrator_of_one().run_pending(&mut *db.connect()).unwrap());
        [one.join().unwrap(), other.join().unwrap()]
    });
    assert_eq!(reports.iter().map(|report| report.steps().len()).sum::<usize>(), 1);
    assert_eq!(db.count("select count(*) from slow"), 1);
});

fn migrator_of_one() -> Migrator {
    Migrator::new().with(revision("1").sends("create table slow as select pg_sleep(0.3)::text"))
}
