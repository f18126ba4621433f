//! Tables of unusual shapes, put back after their rows went; and what is refused.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Restore, create_table_backup};

use super::books::everything;
use super::session;
use crate::{Engine, TestDatabase, case};

/// Backs up, does this to the table, restores, and finds the rows that were there.
#[track_caller]
fn put_back(db: &TestDatabase, table: &str, breaks: &str) {
    let rows = format!("select * from {}", db.quote(table));
    let sorted = |db: &TestDatabase| {
        let mut rows = db.rows(&rows);
        rows.sort();
        rows
    };
    let before = sorted(db);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, table, "x").unwrap();
    db.sql(breaks);
    Restore::new(&backup.id()).discard_newer_rows().run(&mut *conn).unwrap_or_else(|error| panic!("{breaks}: {error}"));
    assert_eq!(sorted(db), before, "{breaks}");
    session::assert_usable(db, &mut *conn);
}

/// The session's own word for rows in any order.
fn unbound(db: &TestDatabase, sql: &str) -> String {
    match db.engine() {
        Engine::Sqlite => format!("pragma foreign_keys = off; {sql}"),
        Engine::Postgres => format!("begin; set constraints all deferred; {sql}; commit"),
        Engine::MariaDb => format!("set foreign_key_checks = 0; {sql}; set foreign_key_checks = 1"),
    }
}

case!(a_table_that_references_itself_is_put_back, |db| {
    db.sql(
        "create table nodes (id integer primary key, parent integer, constraint up foreign key (parent) references nodes (id))",
    );
    db.sql("insert into nodes values (1, null); insert into nodes values (3, 1); insert into nodes values (2, 3)");
    put_back(db, "nodes", "update nodes set parent = null; delete from nodes");
    assert!(db.engine() == Engine::Sqlite || db.refuses("insert into nodes values (9, 77)"));
});

case!(tables_that_reference_each_other_are_put_back, |db| {
    db.sql(
        "create table a (id integer primary key, b integer); create table b (id integer primary key, a integer, \
         constraint to_a foreign key (a) references a (id)); insert into a values (1, null); insert into b values (1, 1)",
    );
    if db.engine() != Engine::Sqlite {
        db.sql("alter table a add constraint to_b foreign key (b) references b (id); update a set b = 1");
    }
    put_back(db, "a", "update a set b = null");
    put_back(db, "b", &unbound(db, "update b set a = null"));
});

case!(a_long_name_and_a_key_of_several_columns_are_put_back, |db| {
    let name = "n".repeat(63);
    db.sql(&format!("create table {name} (b varchar(9), a integer, v varchar(9), primary key (a, b))"));
    db.sql(&format!("insert into {name} values ('x', 1, 'v'), ('y', 1, null), ('x', 2, '')"));
    put_back(db, &name, &format!("delete from {name} where a = 1; insert into {name} values ('z', 9, 'z')"));
    put_back(db, &name, &format!("drop table {name}"));
});

case!(a_table_whose_names_hold_newlines_is_put_back, |db| {
    let [table, column, key, check] = ["li\nne", "a\n) b", "b\ny", "on\nly"].map(|name| db.quote(name));
    db.sql("create table org (id integer primary key); insert into org values (7)");
    db.sql(&format!(
        "create table {table} (id integer primary key, {column} integer, s varchar(9) default 'o\n''p', constraint {key} \
         foreign key ({column}) references org (id), constraint {check} check ({column} > 0))",
    ));
    db.sql(&format!("insert into {table} values (1, 7, 'x\ny'), (2, null, '')"));
    put_back(db, "li\nne", &format!("delete from {table} where id = 1"));
    put_back(db, "li\nne", &format!("drop table {table}"));
    db.sql(&format!("insert into {table} (id) values (3)"));
    assert_eq!(db.rows(&format!("select s from {table} where id = 3")), db.rows("select 'o\n''p'"));
    assert!(db.refuses(&format!("insert into {table} (id, {column}) values (4, -1)")));
    assert!(db.engine() == Engine::Sqlite || db.refuses(&format!("insert into {table} (id, {column}) values (5, 8)")));
});

case!(rows_that_are_alike_are_all_put_back, |db| {
    db.sql("create table t (a integer, b varchar(9)); insert into t values (1, 'x'), (1, 'x'), (1, 'x'), (null, null), (null, null)");
    put_back(db, "t", "delete from t");
});

case!(only = [Sqlite], tables_of_sqlites_own_kinds_are_put_back, |db| {
    for (sql, breaks) in [
        ("create table t (a text primary key, b integer) without rowid", "delete from t"),
        ("create table t (a text primary key, b integer) strict", "drop table t"),
        ("create table t (a any, b integer) strict", "delete from t"),
        ("create table t (a text, b integer primary key autoincrement)", "drop table t"),
    ] {
        let db = db.another();
        db.sql(sql);
        db.sql("insert into t values ('x', 5), ('y', 7)");
        put_back(&db, "t", breaks);
    }
});

case!(a_view_in_the_place_of_the_table_is_refused_and_stays, |db| {
    db.sql("create table users (id integer primary key); insert into users values (1)");
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "users", "x").unwrap();
    db.sql("drop table users; create table people (id integer); create view users as select id from people");
    let before = everything(db);
    let error = Restore::new(&backup.id()).run(&mut *conn).unwrap_err();
    assert!(error.to_string().contains("users"), "{error}");
    assert_eq!(everything(db), before);
    assert_eq!(db.count("select count(*) from users"), 0);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], a_file_in_a_place_that_takes_no_writes_leaves_nothing, |db| {
    db.sql("create table t (a integer)");
    for path in ["/dev/full", "/proc/copy.sqlite"] {
        let error = Migrator::registered().backup_file(&mut *db.connect(), path).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::BackupFailed | ErrorKind::PreconditionFailed), "{error}");
    }
});
