//! What only PostgreSQL keeps with a table is there again after a restore.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Restore, create_table_backup, restore_table_backup};

use super::books::{copies, said};
use super::session;
use crate::{TestDatabase, case};

/// What the book says of a table in its newest backup; where its sequences stand is left out.
fn told(db: &TestDatabase) -> Vec<String> {
    let texts = db.texts("select anatomy from __migrator_backups order by made_at desc limit 1");
    let text = texts[0].as_ref().unwrap();
    text.lines().filter(|line| !line.starts_with("part\tcounter")).map(str::to_owned).collect()
}

fn lay_out(db: &TestDatabase, reader: &str) {
    db.sql(&format!(
        r#"create type mood as enum ('glad', 'sad'); create domain positive as integer check (value > 0);
        create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        create table orgs (id integer primary key); insert into orgs values (1), (2);
        create function shout() returns trigger language plpgsql as $$ begin new.name = upper(new.name); return new; end $$;
        create table "us""ers" (
          id integer generated always as identity (start with 10 increment by 5) primary key,
          number serial, name text collate loose not null, org integer default 1 references orgs on delete cascade deferrable,
          feeling mood default 'glad', size positive, sizes numeric(10,2)[], twice integer generated always as (size * 2) stored,
          span int4range, constraint apart exclude using gist (span with &&), constraint sized check (size < 1000) not valid
        ) with (fillfactor = 70);
        create index by_name on "us""ers" (lower(name)) where size > 1;
        create unique index once on "us""ers" (number) include (size);
        create trigger shouts before insert on "us""ers" for each row execute function shout();
        create trigger silent before update on "us""ers" for each row execute function shout();
        alter table "us""ers" disable trigger silent;
        create policy own on "us""ers" for select to {reader} using (org = 1);
        alter table "us""ers" enable row level security;
        comment on table "us""ers" is 'who''s who'; comment on column "us""ers".name is 'called';
        grant select, update (name) on "us""ers" to {reader} with grant option; grant usage on sequence "us""ers_number_seq" to {reader};
        alter table "us""ers" replica identity full; alter table "us""ers" alter column name set statistics 77;
        create statistics related on org, size from "us""ers";
        create table posts (id integer primary key, author integer references "us""ers" on delete set null deferrable initially deferred);
        insert into "us""ers" (name, size, feeling, sizes, span) values ('Ada', 1, 'sad', '{{1.10}}', '[1,2)'), ('Grace', 2, null, null, null);
        insert into posts values (1, 10), (2, 15)"#
    ));
}

const ROWS: &str = r#"select id, number, name, org, feeling, size, sizes, twice, span from "us""ers" order by id"#;

fn restored_after(db: &TestDatabase, change: &str) {
    let reader = db.login("reader");
    lay_out(db, &reader.name);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "us\"ers", "x").unwrap();
    let (before, rows) = (told(db), db.rows(ROWS));
    db.sql(change);
    restore_table_backup(&mut *conn, &backup).unwrap();
    assert_eq!(db.rows(ROWS), rows);
    create_table_backup(&mut *conn, "us\"ers", "again").unwrap();
    assert_eq!(told(db), before);
    let role = reader.name.replace('"', "");
    let may = |what: &str| db.texts(&format!(r#"select has_table_privilege('{role}', '"us""ers"', '{what}')"#));
    assert_eq!((may("select"), may("delete")), (vec![Some("true".to_owned())], vec![Some("false".to_owned())]));
    // it counts on behind what it gave, and the trigger that was on is on
    db.sql(r#"insert into "us""ers" (name, size) values ('mary', 3)"#);
    assert_eq!(
        db.rows(r#"select id, number, name from "us""ers" where size = 3"#)[0],
        ["20", "3", "MARY"].map(|text| Some(text.to_owned()))
    );
    session::assert_usable(db, &mut *conn);
}

case!(only = [Postgres], a_dropped_table_is_all_that_it_was, |db| {
    restored_after(db, r#"drop table "us""ers" cascade"#);
});

case!(only = [Postgres], an_emptied_table_is_all_that_it_was, |db| {
    restored_after(db, r#"truncate "us""ers" cascade; insert into posts values (1, null)"#);
});

case!(only = [Postgres], a_table_that_was_changed_all_over_is_all_that_it_was, |db| {
    restored_after(
        db,
        r#"alter table "us""ers" drop column sizes, add later text, alter number type bigint, drop constraint apart;
           drop trigger shouts on "us""ers"; drop policy own on "us""ers"; revoke all on "us""ers" from public;
           update "us""ers" set name = 'x'; drop index by_name"#,
    );
});

case!(only = [Postgres], a_table_that_kept_its_columns_stays_where_it_is_with_its_views, |db| {
    db.sql(
        "create table t (id integer primary key, a integer); insert into t values (1, 1); create view v as select a from t; \
         create materialized view m as select a from t",
    );
    let oid = db.count("select 't'::regclass::oid");
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    db.sql("update t set a = 7; create index later on t (a); alter table t add constraint small check (a < 100)");
    restore_table_backup(&mut *conn, &backup).unwrap();
    assert_eq!((db.count("select a from v"), db.count("select 't'::regclass::oid")), (1, oid));
    assert_eq!(db.count("select count(*) from pg_class where relname = 'later'"), 0);
    db.sql("alter table t add column b integer");
    let error = restore_table_backup(&mut *conn, &backup).unwrap_err();
    assert!(error.to_string().contains("views"), "{error}");
    assert_eq!(db.columns("t"), ["id", "a", "b"]);
});

case!(only = [Postgres], a_copy_depends_on_nothing_of_the_original, |db| {
    let reader = db.login("reader");
    lay_out(db, &reader.name);
    let backup = create_table_backup(&mut *db.connect(), "us\"ers", "x").unwrap();
    db.sql(r#"drop table posts; drop table "us""ers"; drop type mood; drop domain positive; drop collation loose"#);
    assert_eq!(db.count(&format!("select count(*) from {}", said(db, backup.copy()))), 2);
});

case!(only = [Postgres], a_partitioned_table_is_put_back_with_its_partitions, |db| {
    db.sql(
        "create table t (id integer, day date, primary key (id, day)) partition by range (day); \
         create table t1 partition of t for values from ('2024-01-01') to ('2025-01-01') partition by hash (id); \
         create table t1a partition of t1 for values with (modulus 1, remainder 0); create table rest partition of t default; \
         create index by_day on t (day); insert into t values (1, '2024-05-05'), (2, '2026-01-01')",
    );
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    let before = told(db);
    for change in ["drop table t", "truncate t", "drop table t1; delete from t"] {
        db.sql(change);
        restore_table_backup(&mut *conn, &backup).unwrap_or_else(|error| panic!("{change}: {error}"));
        assert_eq!(db.count("select count(*) from only t1a"), 1, "{change}");
        assert_eq!(db.count("select count(*) from only rest"), 1, "{change}");
        create_table_backup(&mut *conn, "t", "again").unwrap();
        assert_eq!(told(db), before, "{change}");
    }
    // the whole is backed up once, not once more by each partition
    let made = Migrator::registered().backup(&mut *conn, "all").unwrap();
    assert_eq!(made.iter().map(|one| one.table().name()).collect::<Vec<_>>(), ["t"]);
});

case!(only = [Postgres], a_role_that_may_not_make_a_schema_keeps_its_copies_beside_the_original, |db| {
    let owner = db.login("owner");
    db.sql(&format!("create schema own authorization {0}; alter role {0} set search_path = own", owner.name));
    let mut conn = db.connect_to(&owner.url);
    Migrator::new()
        .with(
            super::handmade::migration(migrator_core::Metadata::new("1"))
                .sends("create table t (id integer); insert into t values (1)"),
        )
        .run_pending(&mut *conn)
        .unwrap();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    assert_eq!((backup.table().name(), backup.copy().schema()), ("t", None));
    assert!(copies(db)[0].starts_with("own."), "{:?}", copies(db));
    db.sql("delete from own.t");
    Migrator::registered().restore(&mut *conn, &backup.id()).unwrap();
    assert_eq!(db.count("select count(*) from own.t"), 1);
});

case!(only = [Postgres], rows_that_a_policy_hides_are_an_error_and_never_left_out, |db| {
    let reader = db.login("reader");
    db.sql(&format!(
        "create table t (id integer); insert into t values (1), (2); alter table t enable row level security; \
         create policy one on t using (id = 1); grant select on t to {0}; grant create on schema public to {0}; \
         grant create on database {1} to {0}",
        reader.name,
        db.quote(db.name())
    ));
    let error = create_table_backup(&mut *db.connect_to(&reader.url), "t", "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BackupFailed, "{error}");
    assert!(copies(db).is_empty());
});

case!(only = [Postgres], nobody_else_may_look_into_a_copy_whatever_privileges_are_given_by_default, |db| {
    let reader = db.login("reader");
    db.sql(&format!(
        "create table t (id integer); insert into t values (1); create schema migrator_backup; \
         grant usage on schema migrator_backup to {0}, public; \
         alter default privileges grant select, insert on tables to {0}, public",
        reader.name
    ));
    let backup = create_table_backup(&mut *db.connect(), "t", "x").unwrap();
    let copy = said(db, backup.copy());
    let others = format!(
        "select count(*) from pg_class c, aclexplode(c.relacl) a where c.oid = '{copy}'::regclass and a.grantee <> c.relowner"
    );
    assert_eq!(db.count(&others), 0);
    let role = reader.name.replace('"', "");
    assert_eq!(
        db.texts(&format!("select has_table_privilege('{role}', '{copy}', 'select')")),
        [Some("false".to_owned())]
    );
});

case!(only = [Postgres], writers_go_on_while_a_copy_is_made_and_the_copy_is_one_moment, |db| {
    db.sql("create table t (id serial primary key, a integer default 0); insert into t select from generate_series(1, 20000)");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            use diesel::connection::SimpleConnection;
            let mut conn = diesel::PgConnection::establish(db.url()).unwrap();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                conn.batch_execute("insert into t default values; update t set a = a + 1 where id < 5").unwrap();
            }
        });
        for _ in 0..5 {
            create_table_backup(&mut *db.connect(), "t", "x").unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap();
    });
    let mut conn = db.connect();
    for backup in Migrator::registered().backups(&mut *conn).unwrap() {
        Restore::new(&backup.id()).discard_newer_rows().run(&mut *conn).unwrap();
        assert_eq!(db.count("select count(*) from t") as u64, backup.rows());
    }
});
