//! Promise 3: a migration and its history row commit together; where the database cannot, what stands is said.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Outcome};

use super::books::{DIESEL_TABLE, HISTORY_TABLE, applied, copies, everything, told, user_tables};
use super::handmade::{creates, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

const HALF: &str = "create table half (id integer); insert into half values (1); insert into missing values (1)";

fn transactional(db: &TestDatabase) -> bool {
    db.engine() != Engine::MariaDb
}

case!(an_error_in_the_middle_leaves_neither_the_migration_nor_its_row, |db| {
    let migrator = Migrator::new().with(creates("1", "a")).with(revision("2").sends(HALF)).with(creates("3", "c"));
    let mut conn = db.connect();
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!(error.revision().unwrap(), "2");
    assert_eq!(error.statement(), Some("insert into missing values (1)"));
    // the one before it stands, the one after it never ran
    assert_eq!(applied(db), ["1"]);
    assert_eq!(error.report().unwrap().steps().len(), 1);
    let text = error.to_string();
    if transactional(db) {
        assert_eq!(user_tables(db), ["a"]);
        assert_eq!(told(db), ["1 up done"]);
        assert!(text.contains("rolled back"), "{text}");
    } else {
        assert_eq!(user_tables(db), ["a", "half"]);
        assert!(text.contains("stands") && !text.contains("rolled back,"), "{text}");
        assert!(told(db).contains(&"2 up failed".to_owned()), "{:?}", told(db));
        assert!(!told(db).contains(&"2 up done".to_owned()));
    }
    session::assert_usable(db, &mut *conn);
});

case!(an_error_in_the_middle_of_a_downgrade_leaves_both, |db| {
    let half_down = creates("1", "a").down(|op| {
        op.drop_table("a")?;
        op.execute("insert into missing values (1)")?;
        Ok(())
    });
    let migrator = Migrator::new().with(half_down);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    let error = migrator.downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!(applied(db), ["1"]);
    assert_eq!(user_tables(db).is_empty(), !transactional(db));
});

case!(a_history_row_that_cannot_be_written_takes_the_migration_back, |db| {
    for book in [DIESEL_TABLE, HISTORY_TABLE] {
        let db = db.another();
        let spoils = revision("2").up(move |op| {
            op.execute("create table half (id integer)")?;
            // nobody does this; a full disk does the same
            op.execute(format!("drop table {book}"))?;
            Ok(())
        });
        let migrator = Migrator::new().with(creates("1", "a")).with(spoils);
        let mut conn = db.connect();
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "{error}");
        if transactional(&db) {
            assert_eq!(applied(&db), ["1"]);
            assert_eq!(told(&db), ["1 up done"]);
            assert_eq!(user_tables(&db), ["a"]);
        } else {
            assert!(error.to_string().contains("stands"), "{error}");
            assert!(!applied(&db).contains(&"2".to_owned()), "{error}");
        }
        session::assert_usable(&db, &mut *conn);
    }
});

case!(a_migration_that_failed_runs_when_it_is_mended, |db| {
    let mut conn = db.connect();
    Migrator::new().with(revision("1").sends(HALF)).run_pending(&mut *conn).unwrap_err();
    // where nothing was rolled back, what is done stays as it was written
    let mended = match transactional(db) {
        true => "create table if not exists half (id integer)",
        false => "create table half (id integer); insert into half values (1); insert into half values (2)",
    };
    let mended = revision("1").sends(mended);
    let report = Migrator::new().with(mended).run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps()[0].outcome(), Outcome::Applied);
    assert_eq!(applied(db), ["1"]);
    assert_eq!(user_tables(db), ["half"]);
});

case!(only = [Sqlite, Postgres], a_first_migration_that_fails_leaves_an_empty_database, |db| {
    let before = everything(db);
    Migrator::new().with(revision("1").sends(HALF)).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(everything(db), before);
});

case!(only = [Sqlite, Postgres], a_backup_goes_back_with_the_migration_that_made_it, |db| {
    db.sql("create table users (id integer); insert into users values (1)");
    let fails = revision("1").up(|op| {
        op.create_table_backup("users", "before")?;
        op.execute("insert into missing values (1)")?;
        Ok(())
    });
    Migrator::new().with(fails).run_pending(&mut *db.connect()).unwrap_err();
    assert!(copies(db).is_empty());
});

case!(outside_a_transaction_what_was_done_before_the_error_stands_and_is_said, |db| {
    let metadata = migrator_core::Metadata::new("1").transaction(false);
    let fails = super::handmade::migration(metadata).sends(HALF);
    let mut conn = db.connect();
    let error = Migrator::new().with(fails).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert!(error.to_string().contains("stands"), "{error}");
    assert_eq!(user_tables(db), ["half"]);
    assert!(applied(db).is_empty());
    assert!(told(db).contains(&"1 up failed".to_owned()), "{:?}", told(db));
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite, Postgres], nobody_sees_a_migration_before_its_row, |db| {
    // inside the migration, another connection looks
    let url = db.url().to_owned();
    let engine = db.engine();
    let looks = revision("1").up(move |op| {
        op.execute("create table half (id integer)")?;
        let mut other = crate::direct::open(engine, &url)?;
        let query = match engine {
            Engine::Sqlite => "select count(*) from sqlite_master",
            _ => "select count(*) from information_schema.tables where table_schema = 'public'",
        };
        assert_eq!(other.rows(query)?, [[Some("0".to_owned())]]);
        Ok(())
    });
    Migrator::new().with(looks).run_pending(&mut *db.connect()).unwrap();
    assert_eq!((applied(db).len(), user_tables(db).len()), (1, 1));
});
