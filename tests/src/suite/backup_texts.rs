//! The words of every refusal of a backup and a restore, snapshotted, one file for each database.

use migrator_core::prelude::*;
use migrator_core::{BackupId, Error, Restore, TableBackup, create_table_backup};

use super::books::{BACKUPS_TABLE, said};
use super::error_texts::{Provoke, assert_texts};
use super::session;
use crate::{Engine, TestDatabase, case};

fn users(db: &TestDatabase) -> TableBackup {
    db.sql(
        "create table orgs (id integer primary key); insert into orgs values (1); \
         create table users (id integer primary key, name varchar(20), org integer, \
           constraint of_org foreign key (org) references orgs (id)); \
         insert into users values (1, 'Ada', 1), (2, 'Grace', null); \
         create table posts (id integer primary key, author integer, \
           constraint by_user foreign key (author) references users (id))",
    );
    create_table_backup(&mut *db.connect(), "users", "before the import").unwrap()
}

fn restored(db: &TestDatabase, backup: &TableBackup) -> Error {
    Restore::new(&backup.id()).discard_newer_rows().run(&mut *db.connect()).unwrap_err()
}

/// Foreign keys are not looked at meanwhile.
fn unchecked(db: &TestDatabase, sql: &str) {
    db.sql(&match db.engine() {
        Engine::Sqlite => format!("pragma foreign_keys = off; {sql}; pragma foreign_keys = on"),
        Engine::Postgres => sql.replace("drop table users", "drop table users cascade"),
        Engine::MariaDb => format!("set foreign_key_checks = 0; {sql}; set foreign_key_checks = 1"),
    });
}

fn all() -> Vec<(&'static str, Provoke)> {
    let mut all = of_restores();
    all.extend(of_backups());
    all
}

fn of_restores() -> Vec<(&'static str, Provoke)> {
    vec![
        ("an id that is none", |_| "users".parse::<BackupId>().unwrap_err()),
        ("no backup of that id, and no other", |db| {
            let id: BackupId = "20261123031600a1b2c3d4e5".parse().unwrap();
            Restore::new(&id).run(&mut *db.connect()).unwrap_err()
        }),
        ("no backup of that id, and others", |db| {
            users(db);
            let id: BackupId = "20261123031600a1b2c3d4e5".parse().unwrap();
            Restore::new(&id).run(&mut *db.connect()).unwrap_err()
        }),
        ("the copy is gone", |db| {
            let backup = users(db);
            db.sql(&format!("drop table {}", said(db, backup.copy())));
            restored(db, &backup)
        }),
        ("the copy was changed", |db| {
            let backup = users(db);
            db.sql(&format!("update {} set name = 'x' where id = 1", said(db, backup.copy())));
            restored(db, &backup)
        }),
        ("the copy has lost a column", |db| {
            let backup = users(db);
            db.sql(&format!("alter table {} drop column name", said(db, backup.copy())));
            restored(db, &backup)
        }),
        ("the book was changed", |db| {
            let backup = users(db);
            db.sql(&format!("update {BACKUPS_TABLE} set anatomy = 'x'"));
            restored(db, &backup)
        }),
        ("a book of a later format", |db| {
            let backup = users(db);
            db.sql(&format!("update {BACKUPS_TABLE} set format = 99"));
            restored(db, &backup)
        }),
        ("rows that the backup does not have", |db| {
            let backup = users(db);
            db.sql("insert into users values (3, 'Mary', null), (4, 'Hedy', null)");
            Restore::new(&backup.id()).run(&mut *db.connect()).unwrap_err()
        }),
        ("another table of that name, with rows", |db| {
            let backup = users(db);
            unchecked(
                db,
                "drop table users; create table users (a integer, b integer); insert into users values (7, 8)",
            );
            Restore::new(&backup.id()).run(&mut *db.connect()).unwrap_err()
        }),
        ("a view of that name", |db| {
            let backup = users(db);
            unchecked(db, "drop table users");
            db.sql("create view users as select 1 as id");
            restored(db, &backup)
        }),
        ("rows whose foreign key would name nothing", |db| {
            let backup = users(db);
            db.sql("insert into users values (3, 'Mary', null); insert into posts values (1, 3)");
            restored(db, &backup)
        }),
        ("the table that it references is gone", |db| {
            let backup = users(db);
            unchecked(db, "delete from users; alter table orgs rename to gone");
            unchecked(db, "drop table users");
            restored(db, &backup)
        }),
        ("inside a transaction, rows that would break a key", |db| {
            let backup = users(db);
            db.sql("insert into users values (3, 'Mary', null); insert into posts values (1, 3)");
            let mut conn = db.connect();
            session::of(&mut *conn).begin();
            let error = Restore::new(&backup.id()).discard_newer_rows().run(&mut *conn).unwrap_err();
            session::of(&mut *conn).rollback();
            error
        }),
        ("a database that takes no writes", |db| {
            let backup = users(db);
            let mut conn = super::bad_input::read_only(db);
            Restore::new(&backup.id()).run(&mut *conn).unwrap_err()
        }),
    ]
}

fn of_backups() -> Vec<(&'static str, Provoke)> {
    vec![
        ("a backup of a table that is not there", |db| {
            create_table_backup(&mut *db.connect(), "users", "x").unwrap_err()
        }),
        ("a backup in a database that takes no writes", |db| {
            db.sql("create table users (id integer)");
            create_table_backup(&mut *super::bad_input::read_only(db), "users", "x").unwrap_err()
        }),
        ("the whole database as a file", |db| {
            let path = db.folder().join("there");
            std::fs::write(&path, "precious").unwrap();
            Migrator::registered().backup_file(&mut *db.connect(), &path).unwrap_err()
        }),
    ]
}

case!(every_refusal_of_a_backup_or_a_restore_says_what_stands_and_what_to_do, |db| {
    assert_texts(db, "backups", &all());
});

case!(only = [MariaDb], who_restores_from_a_backup_that_somebody_else_restores_from_is_told_so, |db| {
    let backup = users(db);
    let lock = format!("migrator:__migrator_r_{}", backup.id());
    db.sql(&format!("delete from users where id = 2; do get_lock('{lock}', 0)"));
    let error = restored(db, &backup);
    assert_eq!(error.kind(), migrator_core::ErrorKind::LockTimeout, "{error}");
    assert!(error.to_string().contains("everything is as it was"), "{error}");
    assert_eq!(db.count("select count(*) from users"), 1);
    db.sql(&format!("do release_lock('{lock}')"));
    Restore::new(&backup.id()).run(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from users"), 2);
});

case!(a_table_that_has_none_of_its_columns_is_put_back_when_its_rows_may_go, |db| {
    let backup = users(db);
    unchecked(db, "drop table users; create table users (a integer, b integer); insert into users values (7, 8)");
    let mut conn = db.connect();
    let restored = Restore::new(&backup.id()).discard_newer_rows().run(&mut *conn).unwrap();
    assert_eq!((restored.rows(), restored.discarded()), (2, 1));
    let kept = said(db, restored.before().unwrap().copy());
    assert_eq!(db.count(&format!("select b from {kept}")), 8);
});
