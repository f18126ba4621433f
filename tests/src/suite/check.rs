//! `check` tells where a database stands, touches nothing, and ends with a code for each case.

use migrator_core::{Metadata, Status, prelude::*};

use super::books::{DIESEL_TABLE, HISTORY_TABLE, everything};
use super::handmade::{creates, migration, revision};
use crate::{TestDatabase, case};

/// Asks, and sees that the database is as it was.
fn checked(db: &TestDatabase, migrator: &Migrator) -> Status {
    let before = everything(db);
    let status = migrator.check(&mut *db.connect()).unwrap();
    assert_eq!(everything(db), before);
    status
}

fn two() -> Migrator {
    Migrator::new().with(creates("1", "a")).with(creates("2", "b"))
}

case!(what_is_pending_is_told_and_the_code_is_3, |db| {
    let status = checked(db, &two());
    assert_eq!((status.pending(), status.exit_code()), (&["1".into(), "2".into()][..], 3));
    assert!(!status.is_up_to_date() && db.tables().is_empty());
    assert_eq!(status.to_string(), "2 pending, nothing is applied: 1, 2");
    two().upgrade(&mut *db.connect(), "1").unwrap();
    assert_eq!(checked(db, &two()).to_string(), "1 pending, 1: 2");
    two().run_pending(&mut *db.connect()).unwrap();
    let status = checked(db, &two());
    assert_eq!((status.to_string().as_str(), status.exit_code()), ("nothing is pending: 2", 0));
    assert_eq!((status.current(), status.heads()), (&["2".into()][..], &["2".into()][..]));
    assert!(status.is_up_to_date());
});

case!(a_late_arrival_is_pending_and_refused_only_when_asked_for, |db| {
    Migrator::new().with(creates("2", "b")).run_pending(&mut *db.connect()).unwrap();
    let status = checked(db, &two());
    assert_eq!((status.out_of_order(), status.exit_code()), (&["1".into()][..], 3));
    let status = checked(db, &two().out_of_order(Policy::Refuse));
    assert_eq!((status.refusal().is_some(), status.exit_code()), (true, 8), "{status}");
});

case!(a_newer_database_is_no_fault_until_something_is_pending, |db| {
    two().run_pending(&mut *db.connect()).unwrap();
    let older = || Migrator::new().with(creates("1", "a"));
    let status = checked(db, &older());
    assert_eq!((status.unknown(), status.exit_code()), (&["2".into()][..], 0));
    assert!(status.to_string().contains("the database has, unknown here: 2"), "{status}");
    let status = checked(db, &older().with(revision("3")));
    assert_eq!(status.exit_code(), 8, "{status}");
    assert!(status.refusal().unwrap().contains("does not know"), "{status}");
});

case!(a_missing_parent_is_a_refusal, |db| {
    Migrator::new().with(creates("2", "b")).run_pending(&mut *db.connect()).unwrap();
    let child = migration(Metadata::new("2").down_revision("1"));
    let status = checked(db, &Migrator::new().with(creates("1", "a")).with(child));
    assert_eq!(status.exit_code(), 8, "{status}");
    assert!(status.refusal().unwrap().contains("2 is applied, and 1"), "{status}");
});

case!(what_was_begun_and_did_not_end_has_its_own_code, |db| {
    two().upgrade(&mut *db.connect(), "1").unwrap();
    db.sql(&format!(
        "insert into {HISTORY_TABLE} (format, revision, direction, state, started_at) \
         values (1, '2', 'up', 'started', '2026-11-23T03:00:00Z')"
    ));
    let status = checked(db, &two());
    assert_eq!((status.interrupted().map(ToString::to_string).as_deref(), status.exit_code()), (Some("2"), 7));
});

case!(what_diesel_applied_counts, |db| {
    db.sql(&format!(
        "create table {DIESEL_TABLE} (version varchar(50) primary key not null, \
         run_on timestamp not null default current_timestamp); insert into {DIESEL_TABLE} (version) values ('1')"
    ));
    assert_eq!(checked(db, &two()).pending(), ["2"]);
});
