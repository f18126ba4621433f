//! A rehearsal does it all for real, and leaves the database as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrator_core::prelude::*;
use migrator_core::{Condition, ErrorKind, Loss, Metadata, inspect_schema};

use super::books::everything;
use super::handmade::{creates, migration, revision};
use crate::{TestDatabase, case};

type Rows = Vec<Vec<Option<String>>>;

/// Everything that a rehearsal must leave as it was.
#[track_caller]
fn whole(db: &TestDatabase) -> (Rows, String, Rows) {
    let fingerprint = inspect_schema(&mut *db.connect()).unwrap().fingerprint();
    (everything(db), fingerprint, db.rows("select * from users order by 1"))
}

fn users(db: &TestDatabase) {
    db.sql(
        "create table users (id integer primary key, name varchar(20)); insert into users values (1, 'a'), (2, null)",
    );
}

case!(only = [Sqlite, Postgres], a_rehearsal_is_the_run_and_leaves_the_database_as_it_was, |db| {
    users(db);
    let loses = migration(Metadata::new("2").backup("users").allow_loss(Loss::column("users", "name"))).up(|op| {
        op.execute("insert into users (id) values (3)")?;
        op.drop_column("users", "name")?;
        Ok(())
    });
    let verified = Arc::new(AtomicUsize::new(0));
    let counting = verified.clone();
    let third = migration(Metadata::new("3").requires(Condition::table("a")).ensures(Condition::column("a", "size")))
        .up(|op| Ok(op.add_column("a", |t| t.integer("size")).map(drop)?))
        .verify(move |_| {
            counting.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
    let migrator = Migrator::new().with(creates("1", "a")).with(loses).with(third);
    let mut conn = db.connect();
    let before = whole(db);
    let rehearsal = migrator.rehearse(&mut *conn, "heads").unwrap();
    assert_eq!(whole(db), before);
    assert_eq!(verified.load(Ordering::Relaxed), 1);
    let losses: Vec<_> = rehearsal.losses().iter().map(|loss| (loss.column(), loss.rows())).collect();
    assert_eq!(losses, [(Some("name"), 1)]);
    let told = rehearsal.to_string();
    assert!(told.contains("+ table a") && told.contains("rolled back") && told.contains("backup of users"), "{told}");
    // the same connection then runs it
    let report = migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), rehearsal.report().steps().len());
    let statements = |report: &migrator_core::RunReport| {
        report.steps().iter().map(|step| (step.revision().clone(), step.statements())).collect::<Vec<_>>()
    };
    assert_eq!(statements(&report), statements(rehearsal.report()));
    assert!(migrator.rehearse(&mut *conn, "heads").unwrap().is_empty());
});

case!(only = [Sqlite, Postgres], a_rehearsal_goes_the_way_down_too, |db| {
    users(db);
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
    migrator.run_pending(&mut *db.connect()).unwrap();
    let before = whole(db);
    let rehearsal = migrator.rehearse(&mut *db.connect(), "-1").unwrap();
    assert_eq!(rehearsal.report().steps()[0].revision(), "2");
    assert_eq!(rehearsal.difference().to_string().lines().count(), 1, "{rehearsal}");
    assert_eq!(whole(db), before);
});

case!(only = [Sqlite, Postgres], a_rehearsal_that_fails_is_the_error_of_the_run_and_leaves_nothing, |db| {
    users(db);
    let cases = [
        (revision("2").sends("insert into missing values (1)"), ErrorKind::Database),
        (revision("2").up(|op| Ok(op.drop_table("users").map(drop)?)), ErrorKind::DataLoss),
        (revision("2").sends("delete from users"), ErrorKind::DataLoss),
        (migration(Metadata::new("2").ensures(Condition::table("b"))), ErrorKind::PostconditionFailed),
        (migration(Metadata::new("2").requires(Condition::table("b"))), ErrorKind::PreconditionFailed),
        (revision("2").up(|_| panic!("in a migration")), ErrorKind::Panicked),
        (revision("2").sends("create table b (id integer); commit"), ErrorKind::Unsupported),
        (migration(Metadata::new("2").transaction(false)), ErrorKind::Unsupported),
    ];
    let before = whole(db);
    for (fails, kind) in cases {
        let migrator = Migrator::new().with(creates("1", "a")).with(fails);
        let mut conn = db.connect();
        let error = migrator.rehearse(&mut *conn, "heads").unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().contains("stays so"), "{error}");
        assert_eq!(whole(db), before, "{error}");
        // nothing is left open or locked
        assert!(Migrator::new().with(creates("9", "z")).rehearse(&mut *conn, "heads").is_ok());
    }
});

case!(only = [MariaDb], what_cannot_be_rolled_back_is_not_rehearsed, |db| {
    users(db);
    let before = whole(db);
    let error = Migrator::new().with(creates("1", "a")).rehearse(&mut *db.connect(), "heads").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("plan"), "{error}");
    assert_eq!(whole(db), before);
});

case!(only = [Sqlite], a_rebuild_of_what_others_reference_is_rehearsed_with_foreign_keys_off, |db| {
    users(db);
    db.sql("create table pets (id integer primary key, owner integer references users (id) on delete cascade)");
    db.sql("insert into pets values (1, 1)");
    let rebuilds = revision("1").up(|op| {
        op.alter_column("users", "name", |c| c.set_default("none"))?;
        Ok(())
    });
    let mut conn = db.connect();
    conn_foreign_keys_on(&mut *conn);
    let before = whole(db);
    let migrator = Migrator::new().with(rebuilds).unknown_revisions(Policy::Allow);
    let rehearsal = migrator.rehearse(&mut *conn, "heads").unwrap();
    assert!(rehearsal.notes()[0].contains("foreign keys"), "{rehearsal}");
    assert_eq!(whole(db), before);
    assert_eq!(db.count("select count(*) from pets"), 1);
});

/// By a migration of its own, as a user's connection has them.
fn conn_foreign_keys_on(conn: &mut dyn SchemaConnection) {
    let on = migration(Metadata::new("x").transaction(false)).sends("pragma foreign_keys = on");
    Migrator::new().with(on).run_pending(conn).unwrap();
}
