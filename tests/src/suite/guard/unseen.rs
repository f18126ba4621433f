//! What docs/guard.md lists as not seen is not seen: when one of these is, the list has to become shorter.

use super::corpus::{Sample, by_own, migrated, of, prepared, sql};
use super::shop::contents;
use crate::{TestDatabase, case};

const UNSEEN: &[Sample] = &[
    // on MySQL and MariaDB: rows through the user's own connection
    by_own("m", "", "delete from logs"),
    by_own("m", "", "update users set note = null"),
    // rows that the migration brought, as many as old ones
    sql("m", "", "insert into logs values (50, 'x'); delete from logs where id = 1"),
    // a table whose name another old one takes
    sql("s", "create table namesake as select * from logs", "drop table logs; alter table namesake rename to logs"),
    sql("p", "create table namesake as select * from logs", "drop table logs; alter table namesake rename to logs"),
    by_own("p", "create table heir as select * from logs", "drop table logs; alter table heir rename to logs"),
    sql("m", "create table namesake as select * from logs", "drop table logs; rename table namesake to logs"),
    // on PostgreSQL: counters off for a while, types, functions by their names
    by_own("p", "", "set track_counts = off; delete from logs; set track_counts = on"),
    // what hangs on the database itself
    sql(
        "p",
        "create function ev() returns event_trigger language plpgsql as $f$ begin delete from logs; end $f$; \
         create event trigger e on ddl_command_end when tag in ('CREATE VIEW') execute function ev()",
        "create view fresh as select 1 as one",
    ),
    // what another table keeps of a column's rows
    sql(
        "p",
        "create table kept (o orgs); insert into kept select orgs from orgs; update orgs set boss = null",
        "alter table orgs drop column boss",
    ),
    by_own(
        "p",
        "",
        "alter table users alter column note type varchar(200) using 'the same'; update users set name = upper(name)",
    ),
    sql(
        "p",
        "create function length(i orgs) returns int language plpgsql as $f$ begin delete from logs; return 1; end $f$; \
         create table one (o orgs); insert into one values (row(1, 'a', 'b'))",
        "update tags set post_id = length(row(1, 'a', 'b')::orgs) where id = 1",
    ),
    // of a partitioned table: rows for as many others
    sql(
        "p",
        "create table parted (id int, b int) partition by range (id); \
         create table p0 partition of parted for values from (0) to (10); insert into parted values (1, 1)",
        "delete from parted where id = 1; insert into parted values (2, 2)",
    ),
    // one value in the place of another one
    sql("spm", "", "update users set note = 'y' where note is not null"),
    by_own("sp", "", "update users set note = 'y' where note is not null"),
    // on SQLite: the place of another row, or of a key that changed
    sql(
        "s",
        "create table k (a integer primary key, b text); insert into k values (1, 'y'), (2, 'z')",
        "replace into k values (1, 'w')",
    ),
    by_own(
        "s",
        "create table w (k text primary key, v) without rowid; insert into w values ('a', 1), ('b', 2)",
        "update w set k = 'z' where k = 'a'; delete from w where k = 'z'; insert into w values ('c', 3)",
    ),
    by_own(
        "s",
        "create table k (a integer primary key, b text unique); insert into k values (1, 'y'), (5, 'z')",
        "pragma recursive_triggers = off; replace into k values (3, 'y')",
    ),
    by_own(
        "s",
        "create table k (a integer primary key, b text unique); insert into k values (1, 'y'), (2, 'z')",
        "pragma recursive_triggers = off; replace into k values (3, 'y'); pragma recursive_triggers = on",
    ),
    // large objects
    sql("p", "select lo_from_bytea(4711, 'x')", "select lo_unlink(4711)"),
];

fn is_unseen(db: &TestDatabase, sample: &Sample) -> bool {
    let db = prepared(db, sample);
    let before = contents(&db);
    match migrated(&db, sample.sql, sample.own) {
        Ok(()) => sample.sql.contains("lo_unlink") || contents(&db) != before,
        Err(error) => {
            eprintln!("{}: {}: {error}", db.engine(), sample.sql);
            false
        }
    }
}

case!(what_the_docs_list_as_not_seen_is_not_seen, |db| {
    let samples = of(db, [UNSEEN, &[]]);
    let seen: Vec<&str> =
        samples.into_iter().filter(|sample| !is_unseen(db, sample)).map(|sample| sample.sql).collect();
    assert!(seen.is_empty(), "docs/guard.md may say less: {seen:#?}");
});
