//! Copies of tables: complete, counted, and nothing left of one that failed.

use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event, Metadata, create_table_backup};

use super::books::{copies, everything, said, user_tables};
use super::handmade::{creates, migration, revision};
use super::session;
use crate::case;

case!(a_backup_is_complete_and_counted, |db| {
    db.sql("create table users (id integer primary key, name varchar(20), note varchar(20))");
    let values: Vec<_> = (0..1000).map(|id| format!("({id}, 'it''s {id}', null)")).collect();
    db.sql(&format!("insert into users values {}", values.join(", ")));
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "users", "before the import").unwrap();
    assert_eq!((backup.rows(), backup.label(), backup.table().name()), (1000, "before the import", "users"));
    assert!(backup.to_string().contains("1000 rows"), "{backup}");
    let [copy] = copies(db).try_into().unwrap();
    assert!(copy.ends_with(backup.copy().name()), "{copy}");
    let copied = format!("select id, name, note from {copy} order by id");
    assert_eq!(db.rows(&copied), db.rows("select id, name, note from users order by id"));
    session::assert_usable(db, &mut *conn);
});

case!(an_empty_table_has_an_empty_backup, |db| {
    db.sql("create table users (id integer)");
    let backup = create_table_backup(&mut *db.connect(), "users", "").unwrap();
    assert_eq!(backup.rows(), 0);
    assert_eq!(copies(db).len(), 1);
});

case!(two_backups_of_one_table_with_one_label_are_two, |db| {
    db.sql("create table users (id integer)");
    let mut conn = db.connect();
    let first = create_table_backup(&mut *conn, "users", "x").unwrap();
    let second = create_table_backup(&mut *conn, "users", "x").unwrap();
    assert_ne!(first.copy(), second.copy());
    assert_eq!(copies(db).len(), 2);
});

case!(a_backup_stays_when_the_original_goes, |db| {
    db.sql("create table users (id integer); insert into users values (7)");
    let backup = create_table_backup(&mut *db.connect(), "users", "x").unwrap();
    db.sql("drop table users");
    assert_eq!(db.count(&format!("select id from {}", said(db, backup.copy()))), 7);
});

case!(a_failed_backup_leaves_nothing, |db| {
    db.sql("create table users (id integer)");
    let before = everything(db);
    let mut conn = db.connect();
    let error = create_table_backup(&mut *conn, "gone", "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Postgres, MariaDb], a_backup_that_the_role_may_not_make_leaves_nothing, |db| {
    db.sql("create table users (id integer); insert into users values (1)");
    let reader = db.login("reader");
    db.sql(&format!("grant select on users to {}", reader.name));
    let mut conn = db.connect_to(&reader.url);
    if db.engine() == crate::Engine::Postgres {
        db.sql("revoke create on schema public from public");
    }
    let before = everything(db);
    let error = create_table_backup(&mut *conn, "users", "x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::BackupFailed | ErrorKind::Privilege), "{error}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], a_backup_on_a_file_that_takes_no_writes_leaves_nothing, |db| {
    db.sql("create table users (id integer)");
    let mut conn = db.connect_to(&format!("file:{}?mode=ro", db.url()));
    let error = create_table_backup(&mut *conn, "users", "x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::BackupFailed | ErrorKind::ReadOnly), "{error}");
    session::assert_usable(db, &mut *conn);
    assert_eq!(db.tables(), ["users"]);
});

case!(a_backup_inside_a_migration_is_in_its_report, |db| {
    db.sql("create table users (id integer); insert into users values (1), (2)");
    let backs_up = revision("1").up(|op| {
        assert_eq!(op.create_table_backup("users", "inside")?.rows(), 2);
        Ok(())
    });
    let report = Migrator::new().with(backs_up).run_pending(&mut *db.connect()).unwrap();
    assert!(report.to_string().contains("backup of users: 2 rows"), "{report}");
    assert_eq!(copies(db).len(), 1);
});

case!(a_copy_is_no_table_of_the_users, |db| {
    db.sql("create table users (id integer)");
    let mut conn = db.connect();
    create_table_backup(&mut *conn, "users", "x").unwrap();
    Migrator::new().with(creates("1", "orgs")).run_pending(&mut *conn).unwrap();
    let schema = migrator_core::inspect_schema(&mut *conn).unwrap();
    let names: Vec<_> = schema.tables.keys().map(|name| name.name().to_owned()).collect();
    assert_eq!(names, user_tables(db));
});

case!(only = [Postgres], nobody_may_read_a_copy_who_may_not_read_the_original, |db| {
    let reader = db.login("reader");
    db.sql(&format!(
        "alter default privileges grant select on tables to {}; create table users (id integer); \
         revoke all on users from {}",
        reader.name, reader.name
    ));
    let backup = create_table_backup(&mut *db.connect(), "users", "x").unwrap();
    let role = reader.name.replace('"', "");
    let copy = said(db, backup.copy()).replace('\'', "''");
    let may = db.texts(&format!("select has_table_privilege('{role}', '{copy}', 'select')"));
    assert_eq!(may, [Some("false".to_owned())]);
});

case!(how_far_a_copy_of_a_long_table_is_is_told_and_of_a_short_one_not, |db| {
    db.sql("create table few (id integer primary key); insert into few values (1)");
    db.sql("create table many (id integer primary key)");
    for some in (0..10_000).collect::<Vec<i32>>().chunks(1_000) {
        let values: Vec<String> = some.iter().map(|id| format!("({id})")).collect();
        db.sql(&format!("insert into many values {}", values.join(", ")));
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = told.clone();
    let copies = migration(Metadata::new("1").backup("few").backup("many"));
    let migrator = Migrator::new().with(copies).observer(move |event| {
        if let Event::Progress { done, total, .. } = event {
            teller.lock().unwrap().push((*done, *total));
        }
    });
    migrator.run_pending(&mut *db.connect()).unwrap();
    assert_eq!(*told.lock().unwrap(), [(10_000, 30_000), (30_000, 30_000)]);
});
