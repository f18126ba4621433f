//! Promise 1: nothing pending is one read-only SELECT. No DDL, no lock, no transaction; for whoever may read Diesel's
//! table, and on a database where only Diesel's table exists.

use std::thread;
use std::time::Duration;

use migrator_core::prelude::*;

use super::books::{DIESEL_TABLE, HISTORY_TABLE, everything};
use super::handmade::creates;
use super::session;
use crate::{TestDatabase, case};

fn program() -> Migrator {
    Migrator::new().with(creates("1", "a")).with(creates("2", "b")).with(creates("3", "c"))
}

/// What Diesel's own tool leaves behind.
fn brought_by_diesel(db: &TestDatabase) {
    db.sql(&format!(
        "create table {DIESEL_TABLE} (version varchar(50) primary key not null, \
         run_on timestamp not null default current_timestamp); \
         insert into {DIESEL_TABLE} (version) values ('1'), ('2'), ('3')"
    ));
}

#[track_caller]
pub(super) fn assert_only_reads(seen: &[String]) {
    for line in seen {
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        assert!(word == "select" || word == "with", "no SELECT: {line}");
    }
}

case!(nothing_pending_is_one_select, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    let before = everything(db);
    let mut conn = db.connect();
    let seen = session::of(&mut *conn).watch();
    let migrator = program();
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
    let sent = seen.take();
    assert_only_reads(&sent);
    assert_eq!(sent.len(), 1, "{sent:#?}");
    // and again, with what was learnt the first time
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
    assert_eq!(seen.take().len(), 1);
    assert_eq!(everything(db), before);
});

case!(nothing_pending_is_one_select_after_a_downgrade_and_an_upgrade, |db| {
    let mut conn = db.connect();
    program().run_pending(&mut *conn).unwrap();
    program().downgrade(&mut *conn, "-2").unwrap();
    program().run_pending(&mut *conn).unwrap();
    let seen = session::of(&mut *conn).watch();
    assert!(program().run_pending(&mut *conn).unwrap().is_empty());
    let sent = seen.take();
    assert_eq!(sent.len(), 1, "{sent:#?}");
});

case!(nothing_pending_leaves_a_database_with_diesels_table_alone_as_it_is, |db| {
    brought_by_diesel(db);
    let before = everything(db);
    let mut conn = db.connect();
    let seen = session::of(&mut *conn).watch();
    let report = program().run_pending(&mut *conn).unwrap();
    assert!(report.is_empty());
    assert_only_reads(&seen.take());
    assert_eq!(everything(db), before);
    assert_eq!(db.tables(), [DIESEL_TABLE]);
    session::assert_usable(db, &mut *conn);
});

case!(a_change_past_us_is_seen, |db| {
    let mut conn = db.connect();
    let migrator = program();
    migrator.run_pending(&mut *conn).unwrap();
    // Diesel's own tool takes one back: the same number of rows would not be, the newest one would
    for (gone, change) in [
        ("2", format!("delete from {DIESEL_TABLE} where version = '2'")),
        ("3", format!("delete from {DIESEL_TABLE} where version = '3'")),
        ("1", format!("delete from {DIESEL_TABLE} where version = '1'")),
    ] {
        db.sql(&change);
        assert_eq!(migrator.pending(&mut *conn).unwrap(), [gone]);
        let mut found = migrator.stamp(&mut *conn, "heads").unwrap();
        assert_eq!(found.steps().len(), 1, "{found}");
        found = migrator.run_pending(&mut *conn).unwrap();
        assert!(found.is_empty());
    }
});

case!(one_taken_and_another_put_past_us_is_seen, |db| {
    let mut conn = db.connect();
    let migrator = program();
    migrator.run_pending(&mut *conn).unwrap();
    db.sql(&format!(
        "delete from {DIESEL_TABLE} where version = '2'; insert into {DIESEL_TABLE} (version) values ('25')"
    ));
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), migrator_core::ErrorKind::UnknownRevision, "{error}");
});

case!(only = [Postgres, MariaDb], nothing_pending_works_for_a_role_that_may_only_read_diesels_table, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    let reader = db.login("reader");
    db.sql(&format!("grant select on {DIESEL_TABLE} to {}", reader.name));
    let before = everything(db);
    let mut conn = db.connect_to(&reader.url);
    let seen = session::of(&mut *conn).watch();
    let report = program().run_pending(&mut *conn).unwrap();
    assert!(report.is_empty());
    assert_only_reads(&seen.take());
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
    seen.take();

    db.sql(&format!("grant select on {HISTORY_TABLE} to {}", reader.name));
    assert!(program().run_pending(&mut *conn).unwrap().is_empty());
    let sent = seen.take();
    assert_eq!(sent.len(), 1, "{sent:#?}");
});

case!(only = [Postgres, MariaDb], a_reader_of_a_database_that_only_diesel_brought_here_starts, |db| {
    brought_by_diesel(db);
    let reader = db.login("reader");
    db.sql(&format!("grant select on {DIESEL_TABLE} to {}", reader.name));
    assert!(program().run_pending(&mut *db.connect_to(&reader.url)).unwrap().is_empty());
});

case!(only = [Sqlite], nothing_pending_works_on_a_file_that_takes_no_writes, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    let mut conn = db.connect_to(&format!("file:{}?mode=ro", db.url()));
    let seen = session::of(&mut *conn).watch();
    assert!(program().run_pending(&mut *conn).unwrap().is_empty());
    assert_eq!(seen.take().len(), 1);
});

case!(only = [Sqlite], nothing_pending_waits_for_a_sibling_that_is_committing, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    let mut sibling = db.connect();
    session::of(&mut *sibling).sql("begin exclusive");
    let timeout = thread::scope(|scope| {
        let start = scope.spawn(|| {
            let mut conn = db.connect();
            session::of(&mut *conn).sql("pragma busy_timeout = 0");
            assert!(program().run_pending(&mut *conn).unwrap().is_empty());
            session::of(&mut *conn).rows("select timeout from pragma_busy_timeout")
        });
        thread::sleep(Duration::from_millis(300));
        session::of(&mut *sibling).sql("rollback");
        start.join().unwrap()
    });
    assert_eq!(timeout, [[Some("0".to_owned())]], "busy_timeout was not put back");
});

case!(nothing_pending_inside_a_transaction_of_the_callers_is_fine, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    assert!(program().run_pending(&mut *conn).unwrap().is_empty());
    assert_eq!(session::of(&mut *conn).depth(), 1);
    session::of(&mut *conn).commit();
});

case!(nothing_pending_inside_a_transaction_where_only_diesels_table_stands_leaves_it_usable, |db| {
    brought_by_diesel(db);
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    assert!(program().run_pending(&mut *conn).unwrap().is_empty());
    session::of(&mut *conn).sql("create table mine (id integer)");
    session::of(&mut *conn).commit();
    session::assert_usable(db, &mut *conn);
});

case!(a_program_without_migrations_that_says_so_starts_on_an_empty_database, |db| {
    let report = Migrator::new().allow_empty().run_pending(&mut *db.connect()).unwrap();
    assert!(report.is_empty());
    assert!(db.tables().is_empty());
});

case!(versions_of_whatever_letters_are_read_as_they_are, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    for version in ["a&b", "<c>", "&lt;", "x\r"] {
        db.sql(&format!("insert into {DIESEL_TABLE} (version) values ('{version}')"));
        let report = program().run_pending(&mut *db.connect()).unwrap();
        assert_eq!(report.unknown(), [version]);
        db.sql(&format!("delete from {DIESEL_TABLE} where version = '{version}'"));
    }
});

case!(only = [Postgres], a_role_that_may_not_call_query_to_xml_sees_the_same, |db| {
    program().run_pending(&mut *db.connect()).unwrap();
    db.sql("revoke execute on function query_to_xml(text, boolean, boolean, text) from public");
    let reader = db.login("reader");
    db.sql(&format!("grant select on {DIESEL_TABLE}, {HISTORY_TABLE} to {}", reader.name));
    let mut conn = db.connect_to(&reader.url);
    assert!(program().run_pending(&mut *conn).unwrap().is_empty());
    let older = Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
    assert_eq!(older.run_pending(&mut *conn).unwrap().unknown(), ["3"]);
    assert_eq!(program().with(creates("4", "d")).pending(&mut *conn).unwrap(), ["4"]);
    session::assert_usable(db, &mut *conn);
});
