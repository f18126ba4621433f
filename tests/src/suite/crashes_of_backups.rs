//! Promise 6 under kill -9: a backup is listed and whole or not there at all, a restore has happened or not, and what a
//! killed process leaves is found.

use std::time::{Duration, Instant};

use migrator_core::prelude::*;
use migrator_core::{FindingKind, Remedy, Restore, TableBackup, create_table_backup};

use super::books::{copies, said, user_tables};
use super::crashes::{events, recover, stride, wiped};
use super::session;
use crate::replica::{Project, Replica, copy_of};
use crate::{Engine, TestDatabase, case};

type Rows = Vec<Vec<Option<String>>>;

/// A table with a parent, a child, an index and a trigger.
fn lay_out(db: &TestDatabase) {
    let trigger = match db.engine() {
        Engine::Sqlite => "create trigger seen after update on users begin insert into seen values (new.id); end",
        Engine::Postgres => {
            "create function see() returns trigger language plpgsql as 'begin insert into seen values (new.id); return new; end'; \
             create trigger seen after update on users for each row execute function see()"
        }
        Engine::MariaDb => "create trigger seen after update on users for each row insert into seen values (new.id)",
    };
    db.sql(&format!(
        "create table orgs (id integer primary key); insert into orgs values (1);
         create table seen (id integer);
         create table users (id integer primary key, name varchar(20), age integer, org integer,
           constraint of_org foreign key (org) references orgs (id));
         create index ages on users (age);
         insert into users values (1, 'Ada', 36, 1), (2, 'Grace', 85, 1), (3, 'Mary', null, null);
         create table posts (id integer primary key, author integer,
           constraint by_user foreign key (author) references users (id));
         insert into posts values (1, 1);
         {trigger}"
    ));
}

/// What is listed, which is all there is.
#[track_caller]
fn listed(db: &TestDatabase, when: &str) -> Vec<TableBackup> {
    let listed = Migrator::registered().backups(&mut *db.connect()).unwrap();
    let mut names: Vec<&str> = listed.iter().map(|backup| backup.copy().name()).collect();
    names.sort_unstable();
    let there = copies(db);
    let is_all = names.len() == there.len() && names.iter().zip(&there).all(|(name, there)| there.ends_with(name));
    assert!(is_all, "{when}: {names:?} and {there:?}");
    listed
}

/// Every copy there is is listed, and each is one of these tables as it once was.
#[track_caller]
fn assert_listed_and_whole(db: &TestDatabase, ever: &[(&str, &Rows)], when: &str) -> usize {
    let listed = listed(db, when);
    let halves: Vec<_> = db.tables().into_iter().filter(|table| table.starts_with("__migrator_r_")).collect();
    assert!(halves.is_empty(), "{when}: {halves:?}");
    for backup in &listed {
        let copy = db.rows(&format!("select * from {}", said(db, backup.copy())));
        let is_of = |(table, rows): &(&str, &Rows)| *table == backup.table().name() && sorted(&copy) == sorted(rows);
        assert!(ever.iter().any(is_of), "{when}: {backup} has {copy:?}");
        assert_eq!((copy.len() as u64, backup.digest().is_empty()), (backup.rows(), false), "{when}");
    }
    listed.len()
}

fn sorted(rows: &Rows) -> Rows {
    let mut rows = rows.clone();
    rows.sort();
    rows
}

fn all(db: &TestDatabase, table: &str) -> Rows {
    db.rows(&format!("select * from {table}"))
}

/// Everything the user has, but for what tables of ours hold.
fn originals(db: &TestDatabase, conn: &mut dyn SchemaConnection) -> (String, Vec<Rows>) {
    let mut schema = migrator_core::inspect_schema(conn).unwrap();
    schema.tables.retain(|name, _| !name.name().starts_with("__migrator"));
    (format!("{schema:#?}"), user_tables(db).iter().map(|table| sorted(&all(db, table))).collect())
}

/// How many things happen while it is done, where nobody is killed.
fn undisturbed(db: &TestDatabase, project: Project) -> usize {
    let output = Replica::of(db, project).run();
    assert!(output.status.success(), "{output:?}");
    events(&output)
}

/// Nobody else is connected then: the server takes a moment to see that a client is gone.
#[track_caller]
pub(super) fn kill(db: &TestDatabase, project: Project, moment: usize) {
    let output = Replica::of(db, project).that_dies_at(moment).run();
    assert!(output.status.code().is_none(), "not killed at {moment}: {output:?}");
    let begun = Instant::now();
    while sessions(db) > 1 {
        assert!(begun.elapsed() < Duration::from_secs(20), "killed at {moment}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn sessions(db: &TestDatabase) -> i64 {
    match db.engine() {
        Engine::MariaDb => db.count("select count(*) from information_schema.processlist where db = database()"),
        _ => 1,
    }
}

fn killed_while_backing_up(db: &TestDatabase, project: Project) {
    lay_out(db);
    let first = db.another();
    lay_out(&first);
    let events = undisturbed(&first, project);
    let before = originals(db, &mut *db.connect());
    let tables = ["orgs", "posts", "seen", "users"].map(|table| (table, all(db, table)));
    let ever: Vec<(&str, &Rows)> = tables.iter().map(|(table, rows)| (*table, rows)).collect();
    for moment in (1..=events).step_by(stride(db)) {
        kill(db, project, moment);
        let when = format!("killed at {moment} of {events}");
        let listed = assert_listed_and_whole(db, &ever, &when);
        assert_eq!(originals(db, &mut *db.connect()), before, "{when}");
        let mut conn = db.connect();
        create_table_backup(&mut *conn, "users", "after").unwrap_or_else(|error| panic!("{when}: {error}"));
        assert_eq!(assert_listed_and_whole(db, &ever, &when), listed + 1, "{when}");
        assert_eq!(Migrator::registered().prune(&mut *conn, 0).unwrap().len(), listed + 1, "{when}");
        session::assert_usable(db, &mut *conn);
        // the next one has the book to make too
        db.sql(match db.engine() {
            Engine::Postgres => "drop table __migrator_backups; drop schema migrator_backup cascade",
            _ => "drop table __migrator_backups",
        });
    }
}

case!(a_backup_that_is_killed_at_any_moment_is_listed_and_whole_or_not_there, |db| {
    killed_while_backing_up(db, Project::OneBackup);
});

case!(backups_of_all_tables_that_are_killed_at_any_moment_are_listed_and_whole_or_not_there, |db| {
    killed_while_backing_up(db, Project::AllBackups);
});

case!(only = [Sqlite], a_file_that_is_killed_while_it_is_made_is_not_there_and_nothing_of_it_stays, |db| {
    lay_out(db);
    let copy = copy_of(db.url());
    let events = undisturbed(db, Project::FileBackup);
    let whole = originals(db, &mut *db.connect());
    for moment in 1..=events {
        std::fs::remove_file(&copy).unwrap();
        kill(db, Project::FileBackup, moment);
        assert!(!std::path::Path::new(&copy).exists(), "killed at {moment} of {events}");
        let again = Replica::of(db, Project::FileBackup).run();
        assert!(again.status.success(), "killed at {moment} of {events}: {again:?}");
        let copied = db.connect_to(&copy);
        assert_eq!(originals(db, &mut *{ copied }).0, whole.0, "killed at {moment} of {events}");
        let there: Vec<_> = std::fs::read_dir(db.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!there.iter().any(|name| name.to_string_lossy().contains("unfinished")), "{moment}: {there:?}");
    }
});

case!(a_run_that_is_killed_while_it_backs_up_goes_on_and_what_is_listed_is_whole, |db| {
    let first = db.another();
    lay_out(&first);
    let migrator = Project::BackedUp.migrator(db.engine());
    let before = ["posts", "users"].map(|table| (table, all(&first, table)));
    let events = undisturbed(&first, Project::BackedUp);
    let (wanted, after) = (originals(&first, &mut *first.connect()), all(&first, "users"));
    let shrunk: Rows = before[1].1.iter().map(|row| [&row[..2], &row[3..]].concat()).collect();
    let ever: Vec<_> =
        before.iter().map(|(table, rows)| (*table, rows)).chain([("users", &shrunk), ("users", &after)]).collect();
    let mut moment = 1;
    while moment <= events {
        let fresh = (db.engine() == Engine::Sqlite).then(|| db.another());
        let db = fresh.as_ref().unwrap_or(db);
        lay_out(db);
        kill(db, Project::BackedUp, moment);
        let when = format!("killed at {moment} of {events}");
        assert_listed_and_whole(db, &ever, &when);
        recover(db, &migrator, moment);
        assert_eq!(originals(db, &mut *db.connect()), wanted, "{when}");
        assert!(assert_listed_and_whole(db, &ever, &when) >= 3, "{when}");
        if fresh.is_none() {
            wiped(db);
        }
        moment += stride(db);
    }
});

/// What is done to the table between its backup and the restore.
const CHANGES: [&str; 3] = [
    "update users set name = 'x', age = null where id = 2",
    "alter table users add column more integer; update users set more = 7",
    "drop table users",
];

fn changed(db: &TestDatabase, change: &str) {
    lay_out(db);
    create_table_backup(&mut *db.connect(), "users", "x").unwrap();
    let change = match db.engine() {
        Engine::Sqlite => format!("pragma foreign_keys = off; {change}"),
        Engine::Postgres => change.replace("drop table users", "drop table users cascade"),
        Engine::MariaDb => format!("set foreign_key_checks = 0; {change}; set foreign_key_checks = 1"),
    };
    db.sql(&change);
}

/// Where no transaction takes it back, the moments between the two are few.
fn stride_of_restores(db: &TestDatabase) -> usize {
    if db.engine() == Engine::MariaDb { 2 } else { stride(db) }
}

case!(a_restore_that_is_killed_at_any_moment_has_happened_or_not_or_says_that_it_is_to_be_run_again, |db| {
    for change in CHANGES {
        let first = db.another();
        changed(&first, change);
        let events = undisturbed(&first, Project::Restore);
        let wanted = originals(&first, &mut *first.connect());
        for moment in (1..=events).step_by(stride_of_restores(db)) {
            let fresh = (db.engine() == Engine::Sqlite).then(|| db.another());
            let db = fresh.as_ref().unwrap_or(db);
            changed(db, change);
            let before = originals(db, &mut *db.connect());
            kill(db, Project::Restore, moment);
            let mut conn = db.connect();
            let when = format!("{change}, killed at {moment} of {events}");
            assert_restored_or_told(db, &mut *conn, [&before, &wanted], &when);
            session::assert_usable(db, &mut *conn);
            if fresh.is_none() {
                wiped(db);
            }
        }
    }
});

fn assert_restored_or_told(
    db: &TestDatabase,
    conn: &mut dyn SchemaConnection,
    [before, wanted]: [&(String, Vec<Rows>); 2],
    when: &str,
) {
    let migrator = Migrator::new().allow_empty();
    let backups = listed(db, when);
    let report = migrator.verify(conn).unwrap();
    let told = report.findings().iter().find(|finding| finding.kind() == FindingKind::UnfinishedRestore);
    let now = originals(db, conn);
    if now != *before && now != *wanted {
        assert!(db.engine() == Engine::MariaDb && told.is_some(), "{when}: {report}\n{now:#?}");
    }
    if let Some(finding) = told {
        assert_eq!(finding.remedy(), &Remedy::Command(format!("restore {}", backups[0].id())), "{when}");
    }
    if now != *wanted {
        Restore::new(&backups[0].id()).run(conn).unwrap_or_else(|error| panic!("{when}: {error}"));
    } else if told.is_some() {
        Restore::new(&backups[0].id()).run(conn).unwrap();
    }
    assert_eq!(originals(db, conn), *wanted, "{when}");
    let report = migrator.verify(conn).unwrap();
    assert!(report.is_clean(), "{when}: {report}");
    let listed = listed(db, when);
    assert!(!db.tables().iter().any(|table| table.starts_with("__migrator_r_")), "{when}");
    let rows = |backup: &TableBackup| db.count(&format!("select count(*) from {}", said(db, backup.copy()))) as u64;
    assert!(listed.iter().all(|backup| rows(backup) == backup.rows()), "{when}");
}

case!(only = [MariaDb], a_copy_is_left_alone_while_its_maker_lives_and_goes_when_he_is_killed, |db| {
    lay_out(db);
    db.sql("lock tables users write");
    let mut maker = Replica::of(db, Project::OneBackup).start();
    let begun = Instant::now();
    let other = db.another();
    let count = format!(
        "select count(*) from information_schema.tables where table_schema = '{}' and table_name like '\\_\\_migrator\\_b%'",
        db.name()
    );
    while other.count(&count) == 0 && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let listed = || Migrator::registered().backups(&mut *db.connect()).unwrap().len();
    assert_eq!((listed(), other.count(&count)), (0, 1));
    maker.kill().unwrap();
    maker.wait().unwrap();
    db.sql("unlock tables");
    let begun = Instant::now();
    while (listed(), copies(db).len()) != (0, 0) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", copies(db));
        std::thread::sleep(Duration::from_millis(50));
    }
});
