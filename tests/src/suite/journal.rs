//! Where nothing can be rolled back: what was done is passed over, and what cannot be known stops with a name.
//!
//! MariaDB in any migration, the others in one outside a transaction.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata};

use super::books::{HISTORY_TABLE, applied, everything, told, user_tables};
use super::handmade::{Handmade, creates, migration};
use crate::{TestDatabase, case};

const FAILS: &str = "create table half (id integer); insert into half values (1); insert into missing values (1)";

fn outside(revision: &str) -> Handmade {
    migration(Metadata::new(revision).transaction(false))
}

/// What a process leaves behind that was killed: rows of the history.
fn left_behind(db: &TestDatabase, revision: &str, direction: &str, states: &[(&str, &str)]) {
    for (state, note) in states {
        db.sql(&format!(
            "insert into {HISTORY_TABLE} (format, revision, direction, state, digest, witness, started_at, statements, note) \
             values (1, '{revision}', '{direction}', '{state}', {}, '2026-11-23T03:00:00Z', 1, '{note}')",
            if *state == "started" { "'-', '-'" } else { "null, null" }
        ));
    }
}

case!(what_was_done_is_passed_over_when_it_runs_again, |db| {
    let mut conn = db.connect();
    let migrator = Migrator::new().with(outside("1").sends(FAILS));
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Database);
    // again, before anything is mended: nothing is doubled
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Database);
    assert_eq!(db.count("select count(*) from half"), 1);
    db.sql("create table missing (id integer)");
    assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), 1);
    assert_eq!(db.count("select count(*) from half"), 1);
    assert_eq!(db.count("select count(*) from missing"), 1);
    assert_eq!(applied(db), ["1"]);
    // the journal is over
    assert!(told(db).iter().all(|row| !row.ends_with("ran") && !row.ends_with("running")), "{:?}", told(db));
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(operations_and_statements_go_on_together, |db| {
    let mixed = || {
        outside("1").up(|op| {
            op.create_table("users", |t| {
                t.id();
                t.integer("age");
            })?;
            op.execute("insert into users (id, age) values (1, 30)")?;
            op.add_column("users", |t| t.integer("height"))?;
            op.execute("insert into missing values (1)")?;
            op.create_index("users", ["age"])?;
            Ok(())
        })
    };
    let mut conn = db.connect();
    Migrator::new().with(mixed()).run_pending(&mut *conn).unwrap_err();
    db.sql("create table missing (id integer)");
    Migrator::new().with(mixed()).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from users"), 1);
    assert_eq!(db.columns("users"), ["id", "age", "height"]);
});

case!(a_migration_whose_done_statements_changed_is_interrupted, |db| {
    let mut conn = db.connect();
    Migrator::new().with(outside("1").sends(FAILS)).run_pending(&mut *conn).unwrap_err();
    let other = Migrator::new().with(outside("1").sends("create table other (id integer)"));
    let error = other.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(error.to_string().contains("create table half"), "{error}");
    assert_eq!(user_tables(db), ["half"]);
    // a person undoes it and says so
    db.sql("drop table half");
    other.stamp(&mut *conn, "base").unwrap();
    assert_eq!(other.run_pending(&mut *conn).unwrap().steps().len(), 1);
    assert_eq!(user_tables(db), ["other"]);
});

case!(a_body_that_broke_off_with_its_own_connection_is_interrupted, |db| {
    let mut conn = db.connect();
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    left_behind(db, "2", "up", &[("started", ""), ("opaque", "")]);
    let before = everything(db);
    let migrator = Migrator::new().with(creates("1", "a")).with(outside("2").sends("create table b (id integer)"));
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Interrupted, 7), "{error}");
    assert!(error.to_string().contains("stamp"), "{error}");
    assert_eq!(everything(db), before);
});

case!(a_downgrade_that_was_killed_is_not_mistaken_for_health, |db| {
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
    migrator.run_pending(&mut *conn).unwrap();
    left_behind(db, "2", "down", &[("started", "")]);
    let before = everything(db);
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert_eq!(everything(db), before);
    migrator.stamp(&mut *conn, "heads").unwrap();
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(what_is_interrupted_is_said_before_anything_else_is_written, |db| {
    let mut conn = db.connect();
    let five = || outside("5").sends("create table five (id integer)");
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    left_behind(db, "5", "up", &[("started", "")]);
    let before = everything(db);
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("3", "c")).with(five());
    assert_eq!(migrator.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Interrupted);
    assert_eq!(everything(db), before);
});

case!(a_body_that_changes_diesels_table_does_not_hide_what_is_pending, |db| {
    let mut conn = db.connect();
    let squashes = migration(Metadata::new("2")).sends("delete from __diesel_schema_migrations where version = '1'");
    let migrator = Migrator::new().with(migration(Metadata::new("1"))).with(squashes);
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(migrator.pending(&mut *conn).unwrap(), ["1"]);
    assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), 1);
    assert_eq!(applied(db), ["1", "2"]);
});
