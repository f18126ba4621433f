//! Tables put back: after they were changed, emptied or dropped; or refused, and everything is as it was.

use migrator_core::prelude::*;
use migrator_core::{BackupId, ErrorKind, Restore, create_table_backup, restore_table_backup};

use super::books::{copies, everything, said};
use super::session;
use crate::{Engine, TestDatabase, case};

/// A table with what tables have: a counted key, a unique, a check, a default, a generated column, an index, a parent, a
/// child, and rows.
fn lay_out(db: &TestDatabase) {
    let counted = match db.engine() {
        Engine::Sqlite => "integer primary key autoincrement",
        Engine::Postgres => "serial primary key",
        Engine::MariaDb => "integer auto_increment primary key",
    };
    db.sql(&format!(
        "create table orgs (id integer primary key); insert into orgs values (1), (2);
         create table users (id {counted}, name varchar(20) not null, org integer default 1, size integer,
           twice integer generated always as (size * 2) stored, constraint sized check (size < 1000),
           constraint named unique (name), constraint of_org foreign key (org) references orgs (id));
         create index sizes on users (size);
         create table posts (id integer primary key, author integer, constraint by_user foreign key (author) references users (id));
         insert into users (name, org, size) values ('Ada', 1, 10), ('Grace', 2, 20), ('Mary', null, null);
         insert into posts values (1, 1), (2, 2)"
    ));
}

const ROWS: &str = "select id, name, org, size, twice from users order by id";

/// Everything there is to see of the table.
fn assert_as_it_was(db: &TestDatabase, conn: &mut dyn SchemaConnection, before: &migrator_core::schema::Table) {
    let ada = "select name from users where id = 1";
    assert_eq!(db.texts(ada), [Some("Ada".to_owned())]);
    assert_eq!(db.rows(ROWS).len(), 3);
    let schema = migrator_core::inspect_schema(conn).unwrap();
    assert_eq!(schema.table("users").unwrap(), before);
    // what counts goes on, what is refused is refused, what is generated is generated
    db.sql("insert into users (name, size) values ('Barbara', 5)");
    assert_eq!(db.rows("select org, twice from users where name = 'Barbara'")[0], [1, 10].map(|n| Some(n.to_string())));
    assert!(db.count("select id from users where name = 'Barbara'") > 3);
    for refused in [
        "insert into users (name) values ('Ada')",
        "insert into users (name, size) values ('x', 1000)",
        "insert into users (name, org) values ('x', 77)",
        "insert into posts values (3, 99)",
    ] {
        let refused =
            format!("{}{refused}", if db.engine() == Engine::Sqlite { "pragma foreign_keys = on; " } else { "" });
        assert!(db.refuses(&refused), "{refused}");
    }
    session::assert_usable(db, conn);
}

fn restored_after(db: &TestDatabase, change: &str) {
    lay_out(db);
    let mut conn = db.connect();
    let before = migrator_core::inspect_schema(&mut *conn).unwrap().table("users").unwrap().clone();
    let rows = db.rows(ROWS);
    let backup = create_table_backup(&mut *conn, "users", "x").unwrap();
    db.sql(change);
    restore_table_backup(&mut *conn, &backup).unwrap();
    assert_eq!(db.rows(ROWS), rows);
    assert_as_it_was(db, &mut *conn, &before);
}

/// What a session of the test's own says before it drops or empties a table that others reference.
fn unchecked(db: &TestDatabase, sql: &str) -> String {
    match db.engine() {
        Engine::Sqlite => format!("pragma foreign_keys = off; {sql}"),
        Engine::Postgres => sql
            .replace("drop table users", "drop table users cascade")
            .replace("delete from users", "truncate users cascade; insert into posts values (1, null), (2, null)"),
        Engine::MariaDb => format!("set foreign_key_checks = 0; {sql}; set foreign_key_checks = 1"),
    }
}

case!(a_dropped_table_is_put_back, |db| restored_after(db, &unchecked(db, "drop table users")));

case!(an_emptied_table_is_put_back, |db| restored_after(db, &unchecked(db, "delete from users")));

case!(changed_rows_are_put_back, |db| {
    restored_after(db, "update users set name = 'x', size = null where id = 2; update users set org = 2");
});

case!(a_table_that_got_and_lost_columns_is_put_back, |db| {
    let drop_index = if db.engine() == Engine::MariaDb { "drop index sizes on users" } else { "drop index sizes" };
    restored_after(db, &format!("alter table users add column more integer; update users set more = 7; {drop_index}"));
});

case!(columns_that_came_since_and_the_values_in_them_are_told, |db| {
    lay_out(db);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "users", "x").unwrap();
    db.sql("alter table users add column more integer; alter table users add column none integer; update users set more = 7");
    let restore = Restore::new(&backup.id());
    let more = std::collections::BTreeMap::from([("more".to_owned(), 3)]);
    assert_eq!(restore.columns_at_stake(&mut *conn).unwrap(), more);
    let restored = restore.run(&mut *conn).unwrap();
    assert_eq!(*restored.columns_gone(), more);
    assert!(restored.to_string().contains("gone from it: column more with 3 values"), "{restored}");
    let kept = said(db, restored.before().unwrap().copy());
    assert_eq!(db.count(&format!("select sum(more) from {kept}")), 21);
    assert!(restore.columns_at_stake(&mut *conn).unwrap().is_empty());
});

case!(only = [MariaDb], triggers_come_back_in_the_mode_that_they_were_made_in, |db| {
    db.sql(
        "create table seen (id integer); create table t (id integer primary key, a varchar(20)); insert into t values (1, 'x');
         set sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES';
         create trigger \"a \"\"b\"\"`\" before insert on t for each row set new.a = upper(new.a);
         set sql_mode = '';
         create trigger second after insert on t for each row insert into seen values (new.id);
         create trigger third after insert on t for each row insert into seen values (new.id + 1000)",
    );
    let triggers = "select trigger_name, sql_mode, definer, action_order, action_statement \
                    from information_schema.triggers where trigger_schema = database() order by 1";
    let before = db.rows(triggers);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    db.sql("drop table t");
    restore_table_backup(&mut *conn, &backup).unwrap();
    assert_eq!(db.rows(triggers), before);
    assert_eq!(db.count("select count(*) from seen"), 0);
    db.sql("insert into t values (2, 'y')");
    assert_eq!(db.texts("select a from t where id = 2"), [Some("Y".to_owned())]);
    assert_eq!(db.rows("select id from seen order by id"), [[Some("2".to_owned())], [Some("1002".to_owned())]]);
});

case!(what_stands_is_backed_up_before_a_restore, |db| {
    lay_out(db);
    let mut conn = db.connect();
    let first = create_table_backup(&mut *conn, "users", "x").unwrap();
    db.sql("update users set size = 7 where id = 3");
    let restored = Restore::new(&first.id()).run(&mut *conn).unwrap();
    assert_eq!((restored.rows(), restored.discarded()), (3, 0));
    assert_eq!(db.count("select count(*) from users where size is null"), 1);
    let before = restored.before().unwrap();
    assert!(before.label().contains(first.id().as_ref()), "{before}");
    Migrator::registered().restore(&mut *conn, &before.id()).unwrap();
    assert_eq!(db.count("select size from users where id = 3"), 7);
});

case!(rows_that_the_backup_does_not_have_are_counted_listed_and_kept, |db| {
    lay_out(db);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "users", "x").unwrap();
    db.sql("insert into users (name) values ('Barbara'), ('Hedy')");
    let standing = (db.rows(ROWS), everything(db));
    let error = restore_table_backup(&mut *conn, &backup).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("2 rows"), "{error}");
    assert!(error.to_string().contains("(id) = (4), (5)"), "{error}");
    assert_eq!((db.rows(ROWS), everything(db)), standing);
    let restored = Restore::new(&backup.id()).discard_newer_rows().run(&mut *conn).unwrap();
    assert_eq!(restored.discarded(), 2);
    assert_eq!(db.rows(ROWS).len(), 3);
    let kept = said(db, restored.before().unwrap().copy());
    assert_eq!(db.count(&format!("select count(*) from {kept} where name = 'Hedy'")), 1);
});

case!(without_a_key_whole_rows_tell_what_is_newer, |db| {
    db.sql("create table t (a integer, b varchar(10)); insert into t values (1, 'x'), (1, 'x'), (2, null)");
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    db.sql("delete from t where a = 2");
    restore_table_backup(&mut *conn, &backup).unwrap();
    assert_eq!(db.count("select count(*) from t"), 3);
    db.sql("insert into t values (1, 'x')");
    let error = restore_table_backup(&mut *conn, &backup).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("1 row of"), "{error}");
});

case!(a_copy_that_was_changed_is_not_put_back, |db| {
    lay_out(db);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "users", "x").unwrap();
    let copy = said(db, backup.copy());
    db.sql(&format!("update {copy} set size = 11 where id = 1"));
    db.sql("update users set size = 7 where id = 1");
    let standing = (db.rows(ROWS), everything(db));
    let error = restore_table_backup(&mut *conn, &backup).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IntegrityFailed, "{error}");
    assert!(error.to_string().contains(backup.copy().name()), "{error}");
    assert_eq!((db.rows(ROWS), everything(db)), standing);
    db.sql(&format!("drop table {copy}"));
    let error = restore_table_backup(&mut *conn, &backup).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IntegrityFailed, "{error}");
    session::assert_usable(db, &mut *conn);
});

case!(a_restore_that_would_leave_orphans_leaves_everything_as_it_was, |db| {
    lay_out(db);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "users", "x").unwrap();
    db.sql("insert into users (name) values ('Barbara'); insert into posts values (3, 4)");
    let standing = (db.rows(ROWS), everything(db));
    let error = Restore::new(&backup.id()).discard_newer_rows().run(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IntegrityFailed, "{error}");
    assert!(error.to_string().contains("posts") && error.to_string().contains("foreign key"), "{error}");
    assert_eq!((db.rows(ROWS), everything(db)), standing);
    session::assert_usable(db, &mut *conn);
});

case!(a_backup_that_is_not_there_is_said_so, |db| {
    let mut conn = db.connect();
    let id: BackupId = "20261123031600a1b2c3d4e5".parse().unwrap();
    let error = Migrator::registered().restore(&mut *conn, &id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTarget, "{error}");
    assert!(db.tables().is_empty());
});

case!(backups_are_listed_and_pruned, |db| {
    db.sql("create table a (id integer); create table b (id integer); insert into a values (1)");
    let migrator = Migrator::registered();
    let mut conn = db.connect();
    assert!(migrator.backups(&mut *conn).unwrap().is_empty());
    let first = migrator.backup(&mut *conn, "first").unwrap();
    assert_eq!(first.iter().map(|one| (one.table().name(), one.rows())).collect::<Vec<_>>(), [("a", 1), ("b", 0)]);
    assert!(first.iter().all(|one| one.label() == "first"));
    let second = create_table_backup(&mut *conn, "a", "second").unwrap();
    let all = migrator.backups(&mut *conn).unwrap();
    assert_eq!(all, [&first[..], std::slice::from_ref(&second)].concat());
    assert_eq!(copies(db).len(), 3);
    // the newest of each table stays
    assert_eq!(migrator.prune(&mut *conn, 1).unwrap(), first[..1]);
    assert_eq!(migrator.backups(&mut *conn).unwrap(), [first[1].clone(), second]);
    assert_eq!(copies(db).len(), 2);
    assert!(migrator.prune_older_than(&mut *conn, std::time::Duration::from_secs(3600)).unwrap().is_empty());
    assert_eq!(migrator.prune(&mut *conn, 0).unwrap().len(), 2);
    assert!(copies(db).is_empty());
    assert!(migrator.backups(&mut *conn).unwrap().is_empty());
});

case!(a_table_made_by_a_migration_is_put_back_as_it_was_before_it, |db| {
    db.sql("create table users (id integer primary key, name varchar(20)); insert into users values (1, 'Ada')");
    let changes = super::handmade::migration(migrator_core::Metadata::new("1").backup("users"))
        .sends("update users set name = 'x'");
    let migrator = Migrator::new().with(changes);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    let [backup] = migrator.backups(&mut *conn).unwrap().try_into().unwrap();
    assert_eq!((backup.label(), backup.revision().unwrap().as_str(), backup.rows()), ("1", "1", 1));
    migrator.restore(&mut *conn, &backup.id()).unwrap();
    assert_eq!(db.texts("select name from users"), [Some("Ada".to_owned())]);
});
