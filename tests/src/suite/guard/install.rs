//! An empty database that is being installed has nothing old to lose, also when that takes several starts.

use std::fs;

use migrator_core::ErrorKind;
use migrator_core::prelude::*;

use super::super::books::user_tables;
use super::super::crashes::{events, wiped};
use super::super::handmade::revision;
use super::super::sql_files::Folder;
use crate::replica::{Project, Replica, SEEDED};
use crate::{Engine, TestDatabase, case};

/// Seeds rows in one file and deletes them in a later one.
fn folder(db: &TestDatabase) -> Folder {
    let folder = Folder::of(db);
    for directory in fs::read_dir(SEEDED).unwrap() {
        let directory = directory.unwrap();
        let up = fs::read_to_string(directory.path().join("up.sql")).unwrap();
        folder.add(directory.file_name().to_str().unwrap(), &up, None);
    }
    folder
}

fn migrator(folder: &Folder) -> Migrator {
    Migrator::new().sql_migrations(folder.files())
}

case!(a_folder_that_seeds_and_deletes_runs_on_an_empty_database, |db| {
    migrator(&folder(db)).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from roles"), 1);
});

case!(it_runs_on_when_it_was_stopped_after_any_file, |db| {
    for target in ["1", "2", "3", "4"] {
        let db = db.another();
        let folder = folder(&db);
        // what a process leaves that was killed between two migrations
        migrator(&folder).upgrade(&mut *db.connect(), target).unwrap();
        migrator(&folder).run_pending(&mut *db.connect()).unwrap();
        assert_eq!(db.count("select count(*) from roles"), 1, "{target}");
    }
});

case!(it_runs_on_when_it_was_killed_at_any_moment, |db| {
    let undisturbed = Replica::of(&db.another(), Project::Seeded).run();
    assert!(undisturbed.status.success(), "{undisturbed:?}");
    let events = events(&undisturbed);
    let stride = if db.engine() == Engine::Sqlite { 1 } else { 3 };
    for moment in (1..=events).step_by(stride) {
        let fresh = (db.engine() == Engine::Sqlite).then(|| db.another());
        let db = fresh.as_ref().unwrap_or(db);
        let output = Replica::of(db, Project::Seeded).that_dies_at(moment).run();
        assert!(output.status.code().is_none(), "not killed at {moment} of {events}: {output:?}");
        let again = Project::Seeded.migrator(db.engine()).run_pending(&mut *db.connect());
        again.unwrap_or_else(|error| panic!("killed at {moment} of {events}: {error}"));
        assert_eq!(user_tables(db), ["roles"], "killed at {moment} of {events}");
        let rows = db.rows("select id, note from roles");
        assert_eq!(rows, [[Some("1".to_owned()), None]], "killed at {moment} of {events}");
        if fresh.is_none() {
            wiped(db);
        }
    }
});

case!(it_runs_on_when_a_file_failed_and_was_mended, |db| {
    let folder = folder(db);
    folder.write("3_note/up.sql", "alter table roles add column note varchar(20); insert into nowhere values (1);");
    migrator(&folder).run_pending(&mut *db.connect()).unwrap_err();
    let mended = match db.engine() {
        Engine::MariaDb => "alter table roles add column note varchar(20); update roles set note = 'x';",
        _ => "alter table roles add column note varchar(20);",
    };
    folder.write("3_note/up.sql", mended);
    migrator(&folder).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from roles"), 1);
});

case!(once_the_heads_are_reached_what_stands_is_guarded, |db| {
    let folder = folder(db);
    migrator(&folder).run_pending(&mut *db.connect()).unwrap();
    folder.add("6_more", "delete from roles;", None);
    let error = migrator(&folder).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(db.count("select count(*) from roles"), 1);
});

case!(a_database_that_had_tables_is_guarded_from_the_first_migration_on, |db| {
    db.sql("create table t (id integer); insert into t values (1)");
    let error = Migrator::new().with(revision("1").sends("delete from t")).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
});
