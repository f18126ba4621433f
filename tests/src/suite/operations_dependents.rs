//! What stands beside a table and would break with a change of it, and rows that a new check would not hold for.

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Metadata, Result};

use super::handmade::migration;
use super::operations_run::{answer, refused, schema};
use crate::{Engine, case};

type Operation = fn(&mut Operations<'_>) -> Result<Done>;

const GOES: [(&str, Operation); 2] =
    [("renamed", |op| op.rename_column("t", "a", "b")), ("dropped", |op| op.drop_column("t", "a"))];

case!(only = [MariaDb], a_column_that_a_view_or_a_trigger_names_stays, |db| {
    db.sql("create table t (id int primary key, a int, c int); create table log (a int)");
    for (made, name) in [
        ("create view named as select a from t", "view named"),
        ("create view named as select o.c + o.a as x from t o join log", "view named"),
        ("create trigger named before insert on t for each row set new.c = new.a", "trigger named"),
        ("create trigger named after insert on log for each row update t set a = 1", "trigger named"),
    ] {
        db.sql(made);
        for (what, operation) in GOES {
            let (kind, text) = refused(db, operation);
            assert_eq!(kind, ErrorKind::PreconditionFailed, "{text}");
            assert!(text.contains(&format!("cannot be {what}: named by the {name}")), "{text}");
        }
        db.sql(&format!("drop {name}"));
    }
    db.sql(
        "create view other as select c as a, id from t; create view another as select l.a, o.c from t o join log l; \
         create trigger brings after insert on t for each row insert into log (a) values (new.c)",
    );
    for (what, operation) in GOES {
        assert_eq!(answer(db, operation).unwrap_or_else(|error| panic!("{what}: {error}")), Done::Done);
        db.sql("alter table t add column if not exists a int");
    }
    db.sql("insert into t (id, c) values (1, 2)");
    assert_eq!(db.count("select a from log") + db.count("select count(*) from other"), 3);
});

case!(rows_that_a_new_columns_check_does_not_hold_for_are_found_first, |db| {
    db.sql("create table t (id integer primary key, a integer); insert into t values (1, 7), (2, 9)");
    let breaks: Operation = |op| op.add_column("t", |t| t.integer("b").not_null().default(3).check("b > 5"));
    let before = schema(db);
    let error = answer(db, breaks).unwrap_err();
    assert_eq!(schema(db), before);
    if db.engine() == Engine::MariaDb {
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
        assert!(error.to_string().contains("2 rows of t for which b > 5 does not hold"), "{error}");
    }
    let holds: Operation = |op| op.add_column("t", |t| t.integer("b").not_null().default(7).check("b > 5"));
    assert_eq!(answer(db, holds).unwrap(), Done::Done);
    assert!(db.refuses("insert into t (id, b) values (3, 5)"));
    let empty: Operation = |op| op.add_column("t", |t| t.integer("c").check("c > 5"));
    assert_eq!(answer(db, empty).unwrap(), Done::Done);
});

case!(only = [MariaDb], a_name_that_changes_in_case_alone_is_changed_once, |db| {
    db.sql("create table t (id int primary key, name int)");
    let rename: Operation = |op| op.rename_column("t", "name", "Name");
    assert_eq!(answer(db, rename).unwrap(), Done::Done);
    assert_eq!(db.columns("t"), ["id", "Name"]);
    assert_eq!(answer(db, rename).unwrap(), Done::Already);
});

case!(only = [MariaDb], a_text_in_a_primary_key_is_refused_before_it_is_sent, |db| {
    let (kind, text) = refused(db, |op| op.create_table("t", |t| t.text("a").primary_key()));
    assert_eq!(kind, ErrorKind::Unsupported, "{text}");
    let (kind, text) = refused(db, |op| {
        op.create_table("t", |t| {
            t.text("a");
            t.integer("b");
            t.primary_key(["b", "a"]);
        })
    });
    assert_eq!(kind, ErrorKind::Unsupported, "{text}");
    answer(db, |op| op.create_table("t", |t| drop((t.id(), t.text("a").unique())))).unwrap();
});

case!(only = [Postgres], a_check_that_was_never_checked_is_checked, |db| {
    db.sql("create table t (a integer); insert into t values (7)");
    db.sql("alter table t add constraint big check (a > 5) not valid");
    let check: Operation = |op| op.add_check("t", "big", "a > 5");
    assert_eq!(answer(db, check).unwrap(), Done::Done);
    assert_eq!(db.count("select count(*) from pg_constraint where conname = 'big' and convalidated"), 1);
    assert_eq!(answer(db, check).unwrap(), Done::Already);
});

case!(only = [Postgres, MariaDb], keys_that_are_hard_to_write_are_walked, |db| {
    let (tables, url): (&[&str], _) = match db.engine() {
        Engine::Postgres => {
            db.sql(&format!("alter database {} set extra_float_digits = 0", db.name()));
            db.sql("create type pair as (a integer, b text); create domain \"Odd\" as text");
            (
                &[
                    "create table t (k real primary key, n integer); insert into t select 1 + i * 2e-7, 0 \
                     from generate_series(1, 9) i; insert into t values ('NaN', 0), ('-infinity', 0)",
                    "create table t (k double precision primary key, n integer); \
                     insert into t select 0.1 + i * 1e-16, 0 from generate_series(1, 9) i on conflict do nothing",
                    "create table t (k pair primary key, n integer); insert into t select (i, 'it''s')::pair, 0 \
                     from generate_series(1, 9) i",
                    "create table t (k \"Odd\" primary key, n integer); insert into t select i, 0 from generate_series(1, 9) i",
                ],
                db.url(),
            )
        }
        _ => (
            &["create table t (k date primary key, n integer); \
               set sql_mode = ''; insert into t values ('0000-00-00', 0), ('2024-01-01', 0), ('2024-01-02', 0)"],
            db.url(),
        ),
    };
    for (number, table) in tables.iter().enumerate() {
        db.sql(table);
        let walks = migration(Metadata::new(&format!("w{number}")).transaction(false)).up(|op| {
            op.update_in_batches("t", 2, |op, keys| {
                op.execute(format!("update t set n = n + 1 where {keys}"))?;
                Ok(())
            })?;
            Ok(())
        });
        let migrator = Migrator::new().with(walks).unknown_revisions(Policy::Allow);
        migrator.run_pending(&mut *db.connect_to(url)).unwrap_or_else(|error| panic!("{table}: {error}"));
        assert_eq!(db.count("select count(*) from t where n <> 1"), 0, "{table}");
        db.sql("drop table t");
    }
});
