//! Two versions of a program on one database.

use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event};

use super::books::{applied, everything, user_tables};
use super::handmade::creates;
use super::nothing_pending::assert_only_reads;
use super::session;
use crate::case;

fn version_1() -> Migrator {
    Migrator::new().with(creates("1", "a")).with(creates("2", "b"))
}

fn version_2() -> Migrator {
    version_1().with(creates("3", "c")).with(creates("4", "d"))
}

case!(an_old_program_starts_on_a_newer_database_and_reports_what_is_beyond_it, |db| {
    version_1().run_pending(&mut *db.connect()).unwrap();
    version_2().run_pending(&mut *db.connect()).unwrap();
    let before = everything(db);

    let ahead = Arc::new(Mutex::new(Vec::new()));
    let noting = ahead.clone();
    let mut conn = db.connect();
    let seen = session::of(&mut *conn).watch();
    let old = version_1().observer(move |event| noting.lock().unwrap().push(event.clone()));
    let report = old.run_pending(&mut *conn).unwrap();
    assert!(report.is_empty());
    assert_eq!(report.unknown(), ["3", "4"]);
    assert!(report.to_string().contains("ahead of this program"), "{report}");
    let ahead = ahead.lock().unwrap();
    assert!(matches!(&ahead[..], [Event::DatabaseAhead { revisions, .. }] if *revisions == ["3", "4"]), "{ahead:?}");
    // the old replicas start as cheaply as the new ones
    let sent = seen.take();
    assert_only_reads(&sent);
    assert_eq!(sent.len(), 1, "{sent:#?}");
    assert_eq!(everything(db), before);

    // and the new program goes on after it
    assert!(version_2().run_pending(&mut *conn).unwrap().is_empty());
    let report = version_2().downgrade(&mut *conn, "-2").unwrap();
    assert_eq!(report.steps().len(), 2);
    assert_eq!(user_tables(db), ["a", "b"]);
});

case!(an_old_program_does_not_change_a_newer_database, |db| {
    version_2().run_pending(&mut *db.connect()).unwrap();
    let before = everything(db);
    let mut conn = db.connect();
    let error = version_1().downgrade(&mut *conn, "-1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownRevision, "{error}");
    let error = version_1().with(creates("25", "between")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownRevision, "{error}");
    assert_eq!(everything(db), before);
});

case!(an_old_program_sees_the_tips_of_a_newer_database, |db| {
    version_2().run_pending(&mut *db.connect()).unwrap();
    let mut conn = db.connect();
    assert!(version_1().pending(&mut *conn).unwrap().is_empty());
    let current = version_1().current(&mut *conn).unwrap();
    assert!(current.iter().any(|revision| revision == "4"), "{current:?}");
    assert_eq!(version_1().history(&mut *conn).unwrap().iter().filter(|entry| entry.state == "done").count(), 4);
});

case!(an_older_program_that_comes_back_with_the_missing_revisions_goes_on, |db| {
    version_1().run_pending(&mut *db.connect()).unwrap();
    let report = version_2().run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps().len(), 2);
    assert_eq!(applied(db), ["1", "2", "3", "4"]);
});
