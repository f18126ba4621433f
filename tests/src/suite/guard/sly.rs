//! Losses by paths that nobody would list: each was looked for by somebody who wanted to get past the guard.

use super::corpus::{Sample, by_own, sql};

/// A function of PostgreSQL's that empties the logs and answers its argument.
macro_rules! taking {
    ($($more:literal)?) => {
        concat!(
            "create function g(i int) returns int language plpgsql as $f$ begin delete from logs; return i; end $f$;"
            $(, $more)?
        )
    };
}

/// A table in two partitions.
macro_rules! parted {
    ($($more:literal)?) => {
        concat!(
            "create table parted (id int, b int) partition by range (id) (partition p0 values less than (10), \
             partition p1 values less than (20)); insert into parted values (1, 1), (11, 1);"
            $(, $more)?
        )
    };
}

pub(super) const SLY: &[Sample] = &[
    // PostgreSQL: what only reads, and takes
    sql("p", taking!(), "create view v as select g(id) as g from tags; select * from v"),
    sql("p", taking!(), "create view v as select g(id) as g from tags; insert into empty_one select g, 'a' from v"),
    sql("p", taking!(), "create view v as select g(id) as g from tags; create table made as table v"),
    sql("p", taking!("create operator !@ (function = g, rightarg = int);"), "select !@ 1"),
    sql(
        "p",
        taking!("create operator !@ (function = g, rightarg = int);"),
        "update tags set id = id + 10 where (!@ id) > 0",
    ),
    sql("p", taking!(), "values (1), (g(2))"),
    sql("p", taking!(), "declare c cursor for select g(1); fetch all from c"),
    sql(
        "p",
        taking!("create materialized view mv as select g(id) as g from tags with no data;"),
        "refresh materialized view mv",
    ),
    sql("p", taking!(), "create materialized view mv as select g(id) as g from tags"),
    sql("p", taking!(), "alter table tags add constraint c check (g(id) > 0)"),
    sql("p", taking!("alter table empty_one alter a set default g(1)::text;"), "insert into empty_one (id) values (1)"),
    sql("p", taking!("alter table empty_one add check (g(id) > 0);"), "insert into empty_one values (1, 'a')"),
    sql("p", taking!(), "copy (select g(1)) to '/dev/null'"),
    // PostgreSQL: what comes at the end
    sql(
        "p",
        "create function tf() returns trigger language plpgsql as $$ begin delete from logs; return null; end $$; create constraint trigger tr after insert on empty_one deferrable initially deferred for each row execute function tf()",
        "insert into empty_one values (1, 'a')",
    ),
    by_own(
        "p",
        "create function tf() returns trigger language plpgsql as $$ begin delete from logs; return null; end $$; create constraint trigger tr after insert on empty_one deferrable for each row execute function tf()",
        "set constraints all deferred; insert into empty_one values (1, 'a')",
    ),
    // PostgreSQL: rows in other places
    sql(
        "p",
        "create table base (id int); create table heir (more int) inherits (base); insert into heir values (1, 2)",
        "alter table heir no inherit base; drop table heir",
    ),
    sql(
        "p",
        "create table base (id int, b int); create table heir () inherits (base); insert into heir values (1, 2)",
        "alter table base drop column b",
    ),
    sql(
        "p",
        "create schema app; create table app.t (id int); insert into app.t values (1)",
        "alter schema app rename to gone; drop schema gone cascade",
    ),
    sql("p", "create schema app", "alter table logs set schema app; drop schema app cascade"),
    sql("p", "", "create temp table logs (id int); delete from public.logs"),
    sql("p", "", "create temp table logs (id int); set local search_path = public, pg_temp; delete from logs"),
    sql("p", "", "create temp table logs as select * from logs; drop table public.logs"),
    sql("p", "", "with gone as (update users set note = null where id = 1 returning id) select count(*) from gone"),
    sql(
        "p",
        "",
        "declare c cursor for select * from users for update; fetch next from c; update users set note = null where current of c",
    ),
    sql("p", "", "alter table users drop column id cascade"),
    sql("p", "", "alter table users alter column name type \"char\" using name::\"char\""),
    sql("p", "", "alter table users alter column note type char(3) using note::char(3)"),
    sql("p", "", "alter table users alter column note type varchar(200) using 'the same'"),
    sql("p", "", "alter table users alter column note type text using nullif(note, 'first')"),
    sql("p", "", "alter table users alter column born type time using born::time"),
    by_own("p", "create view v as select * from users", "update v set note = null"),
    by_own("p", "", "merge into logs l using users u on l.id = u.id when matched then delete"),
    // by any of them
    sql("spm", "", "alter table logs rename column line to x; update logs set x = null"),
    sql("spm", "", "alter table users rename to people; update people set note = null where id = 1"),
    sql(
        "spm",
        "",
        "create table keep as select * from logs; drop table logs; create table logs as select * from keep where id < 3; drop table keep",
    ),
    sql(
        "spm",
        "",
        "create table fresh (id integer, line varchar(100)); alter table logs rename to old_logs; alter table fresh rename to logs; drop table old_logs",
    ),
    sql(
        "spm",
        "",
        "create table a (id integer, line varchar(100)); insert into a select * from logs; delete from logs; insert into logs select * from a where id > 2",
    ),
    sql("pm", "create view v as select * from users", "update v set note = null where id = 1"),
    sql(
        "sp",
        "",
        "insert into orgs select 1, 'x', null where true on conflict (id) do update set boss = excluded.boss",
    ),
    sql("sp", "", "update users set note = l.line from logs l where l.id = 6"),
    sql("sp", "", "update users set (note, score) = (select line, 1 from logs where id = 6)"),
    sql(
        "p",
        "",
        "merge into users u using logs l on u.id = l.id and l.id = 1 when matched then update set note = null, score = 1",
    ),
    // SQLite
    sql("s", "", "create temp table logs (id integer); delete from main.logs"),
    sql("s", "", "create temp table logs (id integer, line); drop table main.logs"),
    sql("s", "", "create temp view logs as select 1 as id; delete from main.logs"),
    sql(
        "s",
        "create view v as select * from users; create trigger tr instead of update on v begin update users set note = new.note where id = old.id; end",
        "update v set note = null",
    ),
    sql(
        "s",
        "create table k (a integer primary key, b text); insert into k values (1, 'y'), (2, 'z')",
        "update k set a = a + 10; delete from k where a = 11",
    ),
    by_own("s", "", "create temp table logs (id integer); delete from main.logs"),
    by_own("s", "", "update users set note = l.line from logs l where l.id = 6"),
    by_own("s", "", "alter table logs rename column line to x; update logs set x = null"),
    sql("s", "create index i on logs (id)", "delete from logs indexed by i where id = 3"),
    // MySQL, MariaDB
    sql(
        "m",
        parted!("create table other (id int, b int);"),
        "alter table parted exchange partition p0 with table other; drop table other",
    ),
    sql(
        "m",
        parted!(),
        "create table other (id int, b int); alter table parted exchange partition p0 with table other; drop table other",
    ),
    sql("m", parted!(), "alter table parted convert partition p0 to table other; truncate other"),
    sql(
        "m",
        "create table l (t varchar(20) character set utf8mb4); insert into l values (_utf8mb4 x'7AC3B3C58277')",
        "set sql_mode = ''; alter table l convert to character set latin1",
    ),
    sql(
        "m",
        "create table l (t varchar(20) character set utf8mb4); insert into l values (_utf8mb4 x'7AC3B3C58277')",
        "set sql_mode = ''; alter table l modify t varchar(20) character set latin1",
    ),
    sql("m", "", "update users set note = default"),
    sql("m", "", "insert into users (id, name) values (1, 'x') on duplicate key update note = values(note)"),
    sql("m", "", "insert into users set id = 1, name = 'x' on duplicate key update note = default(note)"),
    sql(
        "m",
        "",
        "create table a like logs; insert into a select * from logs limit 2; rename table logs to b, a to logs; drop table b",
    ),
    sql("m", "", "create or replace table logs like tags"),
    sql("m", "create procedure pr(out n int) begin delete from logs; set n = 1; end", "call pr(@n)"),
    sql(
        "m",
        "create procedure pr() begin declare exit handler for sqlexception begin end; delete from logs; end",
        "call pr()",
    ),
    sql(
        "m",
        "create table kid (id int primary key, o int default 2, constraint k foreign key (o) references orgs (id) on delete set null); insert into kid values (1, 1); delete from users where org_id = 1",
        "delete from orgs where id = 1",
    ),
    sql("m", "", "update users u left join logs l on l.id = 99 set u.note = l.line"),
    sql("m", "", "set @s = 'drop table logs'; prepare d from @s; execute d"),
    // tables that the run made, and others of their name or behind them
    sql(
        "p",
        "create schema o",
        "set search_path = o; create table logs (x int); set search_path = public; delete from logs",
    ),
    sql(
        "p",
        "create schema o",
        "select set_config('search_path', 'o', true); create table logs (x int); set local search_path = public; drop table logs",
    ),
    sql(
        "sp",
        "",
        "create table owners (id integer primary key); insert into owners values (1); \
         alter table posts add column owner integer references owners on delete cascade; update posts set owner = 1; delete from owners",
    ),
    sql(
        "m",
        "",
        "create table owners (id integer primary key); insert into owners values (1); alter table posts add column owner integer; \
         alter table posts add foreign key (owner) references owners (id) on delete cascade; update posts set owner = 1; delete from owners",
    ),
    // emptied at once and filled again
    sql("p", "", "do $$ begin truncate logs; insert into logs select g, 'new' from generate_series(1, 6) g; end $$"),
    by_own("p", "", "truncate logs; insert into logs select g, 'new' from generate_series(1, 6) g"),
    // what stands behind other words
    sql("m", "", "set statement max_statement_time = 9 for delete from logs"),
    sql("m", "", "alter table logs modify line varchar(100) as ('x') stored"),
    sql("m", "", "alter table logs change line l varchar(100) generated always as (id) persistent"),
    sql(
        "m",
        "create table h (id int primary key, a int) with system versioning; insert into h values (1, 1); update h set a = 2",
        "delete history from h",
    ),
    // where nobody counts
    sql("p", "", "set track_counts = off; delete from logs where id = 2"),
    by_own("p", "", "set track_counts = off; delete from logs where id in (1, 3)"),
    by_own("p", "", "set local track_counts = off; update users set note = null"),
    by_own(
        "s",
        "create table k (a integer primary key, b text unique); insert into k values (1, 'y'), (2, 'z')",
        "pragma recursive_triggers = off; replace into k values (3, 'y')",
    ),
    // values all written anew
    by_own("p", "", "alter table users alter column note type varchar(200) using 'the same'"),
    by_own("p", "", "alter table users alter column note type text using upper(note) || 'x'"),
    sql(
        "p",
        taking!("alter table tags add constraint c check (g(id) > 0) not valid;"),
        "alter table tags validate constraint c",
    ),
    by_own(
        "p",
        taking!("alter table tags add constraint c check (g(id) > 0) not valid;"),
        "alter table tags validate constraint c",
    ),
    // parts of values
    sql(
        "p",
        "create type pair as (a int, b int); create table holds (p pair); insert into holds values (row(1, 2))",
        "alter type pair drop attribute b",
    ),
    by_own(
        "p",
        "create type pair as (a int, b int); create type twin as (l pair, r text); create domain twins as twin[]; \
         create table holds (t twins); insert into holds values (array[row(row(1, 2), 'x')::twin])",
        "alter type pair drop attribute a",
    ),
    by_own(
        "p",
        "create table kept (\"O\" orgs[]); insert into kept values (array[row(7, 'x', 'y')::orgs])",
        "update orgs set boss = null where false; alter table orgs drop column boss",
    ),
    // rows without numbers
    by_own(
        "s",
        "create table w (k text primary key, v) without rowid; insert into w values ('a', 1), ('b', 2)",
        "delete from w where k = 'a'; insert into w values ('c', 3)",
    ),
    by_own(
        "s",
        "create table w (\"k 1\" text collate nocase, \"k\"\"2\" int, v, primary key (\"k 1\", \"k\"\"2\")) without rowid; insert into w values ('a', 1, 1), ('b', 2, 2)",
        "insert into w select \"k 1\" || 'x', 7, v from w; delete from w where \"k\"\"2\" < 7",
    ),
    // functions of the user's under names that other databases know
    sql(
        "m",
        "create function split_part(i int) returns int modifies sql data begin delete from logs; return 1; end",
        "select split_part(1)",
    ),
    sql(
        "m",
        "create function jsonb_set(i int) returns int modifies sql data begin delete from logs; return 1; end",
        "insert into empty_one select jsonb_set(1), 'a'",
    ),
    sql(
        "p",
        "create function nvl(i int) returns int language plpgsql as $f$ begin delete from logs; return i; end $f$",
        "select nvl(1)",
    ),
    // spaces at the end
    sql(
        "m",
        "create table padded (p varchar(20)); insert into padded values ('a '), ('b')",
        "alter table padded modify p char(20)",
    ),
];
