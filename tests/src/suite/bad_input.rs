//! Bad input, each a clear error of its own kind, nothing written.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, check_connection};

use super::books::{applied, everything, user_tables};
use super::handmade::{creates, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

case!(no_migration_at_all_says_how_to_link_them, |db| {
    for migrator in [Migrator::new(), Migrator::group("a group that nobody registered")] {
        let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoMigrations);
        assert!(error.to_string().contains("use my_migrations as _;"), "{error}");
        assert!(db.tables().is_empty());
    }
});

/// A connection to a database that takes no writes.
pub(super) fn read_only(db: &TestDatabase) -> Box<dyn SchemaConnection> {
    match db.engine() {
        Engine::Sqlite => {
            // a file that is not there cannot be opened at all
            db.sql("vacuum");
            db.connect_to(&format!("file:{}?mode=ro", db.url()))
        }
        Engine::Postgres => {
            let mut conn = db.connect();
            session::of(&mut *conn).sql("set default_transaction_read_only = on");
            conn
        }
        Engine::MariaDb => {
            let mut conn = db.connect();
            session::of(&mut *conn).sql("set session transaction read only");
            conn
        }
    }
}

case!(a_database_that_takes_no_writes_is_read_only, |db| {
    Migrator::new().with(creates("1", "a")).run_pending(&mut *db.connect()).unwrap();
    let before = everything(db);
    let mut conn = read_only(db);
    let error = Migrator::new().with(creates("1", "a")).with(creates("2", "b")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
    // asked, it says so too
    let info = check_connection(&mut *conn).unwrap();
    assert!(!info.writable && info.read_only_reason.is_some(), "{info}");
    // and with nothing pending it starts
    assert!(Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap().is_empty());
});

case!(a_database_that_takes_writes_says_who_and_what_it_is, |db| {
    let info = check_connection(&mut *db.connect()).unwrap();
    assert!(info.writable && info.can_create_tables, "{info}");
    let (dialect, name) = match db.engine() {
        Engine::Sqlite => (migrator_core::Dialect::Sqlite, "database.sqlite"),
        Engine::Postgres => (migrator_core::Dialect::Postgres, db.name()),
        Engine::MariaDb => (migrator_core::Dialect::MariaDb, db.name()),
    };
    assert_eq!(info.dialect, dialect);
    assert!(info.database.contains(name), "{info}");
    assert!(info.version.chars().any(|letter| letter.is_ascii_digit()), "{info}");
    assert_eq!(info.user.is_some(), db.engine() != Engine::Sqlite);
});

case!(only = [Postgres, MariaDb], a_role_that_may_not_create_tables_is_told_so, |db| {
    let weak = db.login("weak");
    db.sql("create table users (id integer)");
    db.sql(&format!("grant select on users to {}", weak.name));
    if db.engine() == Engine::Postgres {
        db.sql("revoke create on schema public from public");
    }
    let before = everything(db);
    let mut conn = db.connect_to(&weak.url);
    let info = check_connection(&mut *conn).unwrap();
    assert!(!info.can_create_tables, "{info}");
    let error = Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege, "{error}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Postgres, MariaDb], a_session_that_is_gone_is_a_connection_error, |db| {
    let mut conn = db.connect();
    match db.engine() {
        Engine::Postgres => {
            let process = session::of(&mut *conn).rows("select pg_backend_pid()")[0][0].clone().unwrap();
            db.rows(&format!("select pg_terminate_backend({process}, 5000)"));
        }
        _ => {
            let id = session::of(&mut *conn).rows("select connection_id()")[0][0].clone().unwrap();
            db.sql(&format!("kill {id}"));
        }
    }
    let error = Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(!error.to_string().contains("migrator_test"), "{error}");
    assert!(db.tables().is_empty());
});

case!(a_password_in_a_users_error_does_not_appear, |db| {
    let unreachable = revision("1").up(|_| {
        Err("could not connect to postgres://app:s3cret@db.internal/app and mysql://app:s3cret@db.internal/app".into())
    });
    let error = Migrator::new().with(unreachable).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Migration);
    let text = format!("{error} {error:?}");
    assert!(text.contains("db.internal") && !text.contains("s3cret"), "{text}");
});

case!(a_context_of_the_users_does_not_hide_the_kind, |db| {
    db.sql("create table filled (id integer); insert into filled values (1)");
    let hides = revision("1").up(|op| {
        op.drop_table("filled").map_err(|error| format!("while tidying up: {error}"))?;
        Ok(())
    });
    let error = Migrator::new().with(hides).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("while tidying up"), "{source}");
});

case!(an_error_that_the_migration_dealt_with_is_none, |db| {
    db.sql("create table filled (id integer); insert into filled values (1)");
    let deals = revision("1").up(|op| {
        if op.drop_table("filled").is_err() {
            op.create_table("beside", |t| t.id())?;
        }
        Ok(())
    });
    Migrator::new().with(deals).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(user_tables(db), ["beside", "filled"]);
    assert_eq!(applied(db), ["1"]);
});

case!(an_error_after_one_that_was_dealt_with_is_its_own, |db| {
    db.sql("create table filled (id integer); insert into filled values (1)");
    let fails_later = revision("1").up(|op| {
        let _dealt_with = op.drop_table("filled");
        Err("the service is down".into())
    });
    let error = Migrator::new().with(fails_later).run_pending(&mut *db.connect()).unwrap_err();
    assert!(
        format!("{error} {:?}", std::error::Error::source(&error).map(ToString::to_string))
            .contains("the service is down"),
        "{error}"
    );
});
