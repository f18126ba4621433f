//! Promise 8: whatever a migration did, the connection is usable, no transaction is open, the session's settings are as
//! they were, and the lock is released.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata};

use super::books::{applied, told, user_tables};
use super::handmade::{Handmade, creates, migration, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

/// Everything that a body can do wrong.
fn that_fail() -> Vec<(&'static str, Handmade, ErrorKind)> {
    vec![
        ("wrong SQL", revision("1").sends("create table t (id integer); nonsense"), ErrorKind::Database),
        ("an error of its own", revision("1").up(|_| Err("the service is down".into())), ErrorKind::Migration),
        ("a panic", revision("1").up(|_| panic!("an index out of bounds")), ErrorKind::Panicked),
        ("a refused loss", revision("1").up(|op| Ok(op.drop_table("filled").map(drop)?)), ErrorKind::DataLoss),
        ("a broken constraint", revision("1").sends("insert into filled values (1)"), ErrorKind::Database),
    ]
}

case!(after_any_failure_the_connection_is_usable, |db| {
    for (what, fails, kind) in that_fail() {
        let db = db.another();
        db.sql("create table filled (id integer primary key); insert into filled values (1)");
        let mut conn = db.connect();
        let error = Migrator::new().with(fails).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), kind, "{what}: {error}");
        session::assert_usable(&db, &mut *conn);
        assert!(applied(&db).is_empty(), "{what}");
        // the lock is released: another program goes on
        let other = Migrator::new().with(creates("2", "another"));
        other.run_pending(&mut *db.connect()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(db.count("select count(*) from filled"), 1);
        // and the same connection does
        assert!(other.run_pending(&mut *conn).unwrap().is_empty(), "{what}");
    }
});

case!(a_panic_is_caught_rolled_back_and_reported, |db| {
    let panics = revision("1").up(|op| {
        op.execute("create table half (id integer)")?;
        panic!("somebody was expected")
    });
    let mut conn = db.connect();
    let error = Migrator::new().with(creates("0", "a")).with(panics).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked, "{error}");
    assert!(error.to_string().contains("somebody"), "{error}");
    assert_eq!(applied(db), ["0"]);
    let left: &[&str] = if db.engine() == Engine::MariaDb { &["a", "half"] } else { &["a"] };
    assert_eq!(user_tables(db), left);
    session::assert_usable(db, &mut *conn);
});

case!(a_panic_in_verify_and_in_a_downgrade_is_caught_too, |db| {
    let mut conn = db.connect();
    let error = Migrator::new().with(creates("1", "a").verify(|_| panic!("oh"))).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked, "{error}");
    session::assert_usable(db, &mut *conn);
    // writes are taken again
    session::of(&mut *conn).sql("create table b (id integer)");

    let db = db.another();
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("1", "a").down(|_| panic!("oh")));
    migrator.run_pending(&mut *conn).unwrap();
    let error = migrator.downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked, "{error}");
    assert_eq!(applied(&db), ["1"]);
    session::assert_usable(&db, &mut *conn);
});

/// Changes settings that a later user of the connection would trip over: each with how it is read.
fn changes(db: &TestDatabase) -> Vec<(&'static str, &'static str)> {
    match db.engine() {
        Engine::Sqlite => vec![
            ("pragma foreign_keys = 0", "select foreign_keys from pragma_foreign_keys"),
            ("pragma busy_timeout = 77", "select timeout from pragma_busy_timeout"),
            ("pragma recursive_triggers = 1", "select recursive_triggers from pragma_recursive_triggers"),
            ("pragma legacy_alter_table = 1", "select legacy_alter_table from pragma_legacy_alter_table"),
            ("pragma defer_foreign_keys = 1", "select defer_foreign_keys from pragma_defer_foreign_keys"),
        ],
        Engine::Postgres => vec![
            ("set search_path = other, public", "select current_setting('search_path')"),
            ("set role migrator_test_role", "select current_user"),
            ("set lock_timeout = '3s'", "select current_setting('lock_timeout')"),
            ("set statement_timeout = '90s'", "select current_setting('statement_timeout')"),
            ("set timezone = 'Asia/Tokyo'", "select current_setting('TimeZone')"),
            ("set row_security = off", "select current_setting('row_security')"),
            (
                "set datestyle = 'German'; set work_mem = '77MB'",
                "select concat(current_setting('DateStyle'), current_setting('work_mem'))",
            ),
        ],
        Engine::MariaDb => vec![
            ("set sql_mode = 'ANSI_QUOTES'", "select @@sql_mode"),
            ("set foreign_key_checks = 0", "select cast(@@foreign_key_checks as char)"),
            ("set unique_checks = 0", "select cast(@@unique_checks as char)"),
            ("set time_zone = '+09:00'", "select @@time_zone"),
            ("set lock_wait_timeout = 7", "select cast(@@lock_wait_timeout as char)"),
            ("set names latin1", "select @@character_set_client"),
            ("set autocommit = 0", "select cast(@@autocommit as char)"),
            ("use information_schema", "select database()"),
        ],
    }
}

fn settings(db: &TestDatabase, conn: &mut dyn SchemaConnection) -> Vec<(&'static str, Option<String>)> {
    let read = |(_, query): &(_, &'static str)| (*query, session::of(conn).rows(query)[0][0].clone());
    changes(db).iter().map(read).collect()
}

/// A role to change to, for PostgreSQL.
fn prepare(db: &TestDatabase) -> Vec<(String, &'static str)> {
    if db.engine() != Engine::Postgres {
        return changes(db).into_iter().map(|(change, read)| (change.to_owned(), read)).collect();
    }
    let role = db.login("role").name;
    db.sql(&format!("create schema other; grant all on schema public to {role}; grant {role} to current_user"));
    changes(db).into_iter().map(|(change, read)| (change.replace("migrator_test_role", &role), read)).collect()
}

case!(settings_are_as_they_were_after_a_migration_that_changed_them, |db| {
    let changes = prepare(db);
    for (change, _) in &changes {
        for transaction in [true, false] {
            let db = &db.another();
            if change.starts_with("set search_path") {
                db.sql("create schema other");
            }
            for end in ["ends well", "fails", "panics"] {
                let sql = change.clone();
                let body = migration(Metadata::new("1").transaction(transaction)).up(move |op| {
                    op.execute(&sql)?;
                    match end {
                        "fails" => Err("it fails".into()),
                        "panics" => panic!("it panics"),
                        _ => Ok(()),
                    }
                });
                let mut conn = db.connect();
                let before = settings(db, &mut *conn);
                let ended = Migrator::new().with(body).run_pending(&mut *conn);
                assert_eq!(settings(db, &mut *conn), before, "{change}, {end}, transaction = {transaction}: {ended:?}");
                assert_eq!(
                    ended.is_ok(),
                    end == "ends well",
                    "{change}, {end}, transaction = {transaction}: {ended:?}"
                );
                if ended.is_ok() {
                    Migrator::new().with(revision("1")).downgrade(&mut *conn, "base").unwrap();
                }
                session::assert_usable(db, &mut *conn);
            }
        }
    }
});

case!(what_the_caller_had_set_is_kept, |db| {
    // not the defaults, but what the caller chose
    let chosen = match db.engine() {
        Engine::Sqlite => "pragma busy_timeout = 1234; pragma foreign_keys = 1; pragma recursive_triggers = 1",
        Engine::Postgres => "set lock_timeout = '7s'; set timezone = 'America/Lima'; set statement_timeout = '80s'",
        Engine::MariaDb => "set sql_mode = ''; set foreign_key_checks = 0; set time_zone = '+05:00'",
    };
    let mut conn = db.connect();
    session::of(&mut *conn).sql(chosen);
    let before = settings(db, &mut *conn);
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    assert_eq!(settings(db, &mut *conn), before);
    Migrator::new().with(creates("1", "a")).with(revision("2").sends("nonsense")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(settings(db, &mut *conn), before);
});

case!(a_change_of_settings_does_not_reach_the_next_migration, |db| {
    let changes = prepare(db);
    let (change, read) = changes.into_iter().next().unwrap();
    let (first, mut conn) = (revision("1").up(move |op| Ok(op.execute(&change).map(drop)?)), db.connect());
    let before = session::of(&mut *conn).rows(read)[0][0].clone();
    let found = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (engine, kept) = (db.engine(), found.clone());
    let second = revision("2").up(move |op| {
        *kept.lock().unwrap() = read_in(engine, op, read)?;
        Ok(())
    });
    Migrator::new().with(first).with(second).run_pending(&mut *conn).unwrap();
    assert_eq!(*found.lock().unwrap(), before);
});

/// A value that a migration reads through the user's own connection.
pub(super) fn read_in(
    engine: Engine,
    op: &mut Operations<'_>,
    query: &str,
) -> Result<Option<String>, Box<dyn std::error::Error + Send + Sync>> {
    use crate::direct::Direct;
    let rows = match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => op.connection::<SqliteConnection>()?.rows(query)?,
        #[cfg(feature = "postgres")]
        Engine::Postgres => op.connection::<PgConnection>()?.rows(query)?,
        #[cfg(feature = "mysql")]
        Engine::MariaDb => op.connection::<MysqlConnection>()?.rows(query)?,
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        _ => unreachable!("not compiled in"),
    };
    Ok(rows[0][0].clone())
}

case!(only = [Sqlite, Postgres], a_migration_that_ends_the_transaction_itself_is_an_error, |db| {
    for end in ["commit", "rollback"] {
        let db = db.another();
        let ends = revision("1").up(move |op| {
            op.execute("create table half (id integer)")?;
            op.execute(end)?;
            Ok(())
        });
        let mut conn = db.connect();
        let error = Migrator::new().with(ends).run_pending(&mut *conn).unwrap_err();
        assert!(applied(&db).is_empty(), "{end}: {error}");
        assert!(told(&db).is_empty(), "{end}: {error}");
        session::assert_usable(&db, &mut *conn);
        // and nobody is told that it was rolled back
        assert!(!error.to_string().contains("the database is as it was"), "{end}: {error}");
        assert_eq!(user_tables(&db).len(), usize::from(end == "commit"), "{end}: {error}");
        // the next one goes on
        Migrator::new().with(creates("1", "mended")).run_pending(&mut *conn).unwrap();
    }
});

case!(only = [Sqlite, Postgres], a_migration_that_leaves_a_transaction_open_is_an_error, |db| {
    let opens = revision("1").up(|op| {
        op.execute("savepoint mine; create table half (id integer)")?;
        Ok(())
    });
    // a savepoint of its own ends with the migration
    let mut conn = db.connect();
    Migrator::new().with(opens).run_pending(&mut *conn).unwrap();
    session::assert_usable(db, &mut *conn);
    assert_eq!(user_tables(db), ["half"]);

    let db = db.another();
    let engine = db.engine();
    let opens = revision("1").up(move |op| begin_in(engine, op));
    let mut conn = db.connect();
    let error = Migrator::new().with(opens).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Migration, "{error}");
    assert!(error.to_string().contains("transaction"), "{error}");
    session::assert_usable(&db, &mut *conn);
});

fn begin_in(engine: Engine, op: &mut Operations<'_>) -> MigrationResult {
    use super::session::Session;
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => op.connection::<SqliteConnection>()?.begin(),
        #[cfg(feature = "postgres")]
        Engine::Postgres => op.connection::<PgConnection>()?.begin(),
        #[allow(unreachable_patterns, reason = "without the features there are others")]
        _ => unreachable!("not compiled in"),
    }
    Ok(())
}

case!(a_transaction_that_a_migration_opens_and_closes_is_its_own_affair, |db| {
    let engine = db.engine();
    let nested = revision("1").sends("create table t (id integer)").down(|_| Ok(()));
    let inserts = revision("2").up(move |op| insert_in_transaction(engine, op));
    let mut conn = db.connect();
    Migrator::new().with(nested).with(inserts).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from t"), 1);
    session::assert_usable(db, &mut *conn);
});

fn insert_in_transaction(engine: Engine, op: &mut Operations<'_>) -> MigrationResult {
    fn insert<C: crate::direct::Direct + diesel::Connection>(conn: &mut C) -> MigrationResult {
        conn.transaction::<_, diesel::result::Error, _>(|conn| conn.batch("insert into t values (1)"))?;
        Ok(())
    }
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => insert(op.connection::<SqliteConnection>()?),
        #[cfg(feature = "postgres")]
        Engine::Postgres => insert(op.connection::<PgConnection>()?),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => insert(op.connection::<MysqlConnection>()?),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        _ => unreachable!("not compiled in"),
    }
}

case!(
    #[cfg(feature = "mysql")]
    only = [MariaDb],
    ddl_inside_a_transaction_of_diesels_leaves_the_count_right,
    |db| {
        fn create<C: crate::direct::Direct + diesel::Connection>(conn: &mut C) -> MigrationResult {
            conn.transaction::<_, diesel::result::Error, _>(|conn| {
                conn.transaction::<_, diesel::result::Error, _>(|conn| conn.batch("create table t (id integer)"))
            })?;
            Ok(())
        }
        let nested = revision("1").up(|op| create(op.connection::<MysqlConnection>()?));
        let mut conn = db.connect();
        // whether Diesel calls it an error or not, the connection goes on
        let _either = Migrator::new().with(nested).run_pending(&mut *conn);
        session::assert_usable(db, &mut *conn);
    }
);

case!(only = [Sqlite, Postgres], a_migration_that_ends_the_transaction_and_begins_another_is_found, |db| {
    for (sql, stands) in [
        ("create table half (id integer); commit; begin", true),
        ("create table half (id integer); rollback; begin", false),
        ("create table half (id integer); commit; begin; nonsense", true),
    ] {
        let db = db.another();
        let mut conn = db.connect();
        let error = Migrator::new().with(revision("1").sends(sql)).run_pending(&mut *conn).unwrap_err();
        assert!(!error.to_string().contains("the database is as it was"), "{sql}: {error}");
        assert!(applied(&db).is_empty(), "{sql}: {error}");
        session::assert_usable(&db, &mut *conn);
        assert_eq!(user_tables(&db).len(), usize::from(stands), "{sql}: {error}");
    }
    // going back to a savepoint ends nothing
    let own = "savepoint a; create table gone (id integer); rollback to a; create table kept (id integer)";
    let mut conn = db.connect();
    Migrator::new().with(revision("1").sends(own)).run_pending(&mut *conn).unwrap();
    assert_eq!(user_tables(db), ["kept"]);
    session::assert_usable(db, &mut *conn);
});

case!(what_sql_of_its_own_opened_is_closed, |db| {
    db.sql("create table t (id integer); create table other (id integer)");
    for body in ["begin; insert into t values (1)", "begin; insert into t values (1); nonsense"] {
        let db = db.another();
        db.sql("create table t (id integer)");
        let mut conn = db.connect();
        let opens = migration(Metadata::new("1").transaction(false)).sends(body);
        let error = Migrator::new().with(opens).run_pending(&mut *conn).unwrap_err();
        session::assert_usable(&db, &mut *conn);
        assert!(applied(&db).is_empty(), "{body}: {error}");
        assert_eq!(db.count("select count(*) from t"), 0, "{body}: {error}");
    }
});

case!(only = [MariaDb], tables_that_a_migration_locked_are_free_after_it, |db| {
    db.sql("create table t (id integer); create table other (id integer)");
    let mut conn = db.connect();
    let locks = revision("1").sends("lock tables t write; nonsense");
    Migrator::new().with(locks).run_pending(&mut *conn).unwrap_err();
    assert_eq!(session::of(&mut *conn).rows("select count(*) from other")[0][0].as_deref(), Some("0"));
    session::assert_usable(db, &mut *conn);
});

case!(only = [MariaDb], values_that_ignore_would_change_in_silence_are_refused, |db| {
    db.sql("create table t (a varchar(3) primary key)");
    let mut conn = db.connect();
    let cuts = revision("1").sends("insert ignore into t values ('too long')");
    let error = Migrator::new().with(cuts).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(db.count("select count(*) from t"), 0);
    // what is left out as a duplicate is what IGNORE is for
    let twice = revision("1").sends("insert ignore into t values ('a'), ('a')");
    Migrator::new().with(twice).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from t"), 1);
});

case!(only = [Postgres, MariaDb], a_lock_that_is_lost_ends_the_migration_before_its_next_step, |db| {
    db.sql("create table t (id integer)");
    let loses = match db.engine() {
        Engine::Postgres => "select pg_advisory_unlock_all(); insert into t values (1)",
        _ => "do release_lock(@migrator_lock); insert into t values (1)",
    };
    let outside = migration(Metadata::new("1").transaction(false)).sends(loses);
    let error = Migrator::new().with(outside).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::LockLost, 5), "{error}");
    assert_eq!(db.count("select count(*) from t"), 0);
});

case!(only = [Postgres], a_session_that_holds_the_lock_already_is_a_poolers, |db| {
    let mut conn = db.connect();
    let key = i64::from_be_bytes(*b"migrator");
    session::of(&mut *conn).sql(&format!("select pg_advisory_lock({key})"));
    let outside = migration(Metadata::new("1").transaction(false)).sends("create table t (id integer)");
    let error = Migrator::new().with(outside).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("pooler"), "{error}");
    assert!(user_tables(db).is_empty());
});

case!(temporary_tables_that_a_migration_leaves_do_not_hide_others_from_the_next, |db| {
    db.sql("create table t (id integer); create table kept (id integer)");
    let engine = db.engine();
    let mut conn = db.connect();
    // the caller's own stay
    session::of(&mut *conn).sql("create temporary table mine (id integer)");
    let hides = revision("1").sends("create temporary table t (id integer); insert into t values (1)");
    let by_hand = revision("2").up(move |op| temporary_in(engine, op));
    let writes = revision("3").sends("insert into t values (3); insert into kept values (3)");
    let report = Migrator::new().with(hides).with(by_hand).with(writes).run_pending(&mut *conn).unwrap();
    assert!(report.to_string().contains("temporary table t was dropped"), "{report}");
    assert_eq!(db.texts("select id from t"), [Some("3".to_owned())]);
    if engine != Engine::MariaDb {
        assert_eq!(db.texts("select id from kept"), [Some("3".to_owned())]);
    }
    assert_eq!(session::of(&mut *conn).rows("select count(*) from mine")[0][0].as_deref(), Some("0"));
    // after a failure too
    let fails =
        migration(Metadata::new("4").transaction(false)).sends("create temporary table t (id integer); nonsense");
    Migrator::new().with_all(["1", "2", "3"].map(revision)).with(fails).run_pending(&mut *conn).unwrap_err();
    assert_eq!(session::of(&mut *conn).rows("select id from t")[0][0].as_deref(), Some("3"));
    session::assert_usable(db, &mut *conn);
});

/// On MySQL and MariaDB nobody can list what is made past the migrator.
fn temporary_in(engine: Engine, op: &mut Operations<'_>) -> MigrationResult {
    #[allow(unused_imports, reason = "without the features there is nothing to send")]
    use crate::direct::Direct;
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => op.connection::<SqliteConnection>()?.batch("create temporary table kept (id integer)")?,
        #[cfg(feature = "postgres")]
        Engine::Postgres => op.connection::<PgConnection>()?.batch("create temporary table kept (id integer)")?,
        _ => {}
    }
    Ok(())
}
