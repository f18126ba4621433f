//! An empty database that is being installed has nothing old to lose, also when that takes several starts.

use migrator_core::ErrorKind;
use migrator_core::prelude::*;

use super::super::handmade::revision;
use super::super::sql_files::Folder;
use crate::{TestDatabase, case};

/// Seeds rows in one file and deletes them in a later one.
fn folder(db: &TestDatabase) -> Folder {
    let folder = Folder::of(db);
    folder.add("1_make", "create table roles (id integer, name varchar(20)); create table old (id integer);", None);
    folder.add("2_seed", "insert into roles values (1, 'admin'), (2, 'guest'); insert into old values (1);", None);
    folder.add("3_note", "alter table roles add column note varchar(20); update roles set note = 'x';", None);
    folder.add("4_tidy", "delete from roles where id = 2; update roles set note = null; drop table old;", None);
    folder.add("5_drop", "alter table roles drop column name;", None);
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

case!(it_runs_on_when_a_file_failed_and_was_mended, |db| {
    let folder = folder(db);
    folder.write("3_note/up.sql", "alter table roles add column note varchar(20); insert into nowhere values (1);");
    migrator(&folder).run_pending(&mut *db.connect()).unwrap_err();
    let mended = match db.engine() {
        crate::Engine::MariaDb => "alter table roles add column note varchar(20); update roles set note = 'x';",
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
