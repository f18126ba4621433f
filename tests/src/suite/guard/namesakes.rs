//! Names that change hands: what a run made is known apart from an old table that has its name now.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Loss, Metadata};

use super::super::handmade::revision;
use super::shop::{open, own, run_with};
use crate::{TestDatabase, case};

/// Migrations of one run, each sent as text or through the user's own connection; the last one would lose rows.
fn is_stopped(db: &TestDatabase, setup: &str, migrations: &[(bool, &'static str)], table: &str) {
    let db = db.another();
    open(&db);
    if !setup.is_empty() {
        db.sql(setup);
    }
    let last = migrations.len();
    let mut migrator = Migrator::new();
    for (number, &(by_text, sql)) in (1..).zip(migrations) {
        let send = move |op: &mut Operations<'_>| if by_text { Ok(op.execute(sql).map(drop)?) } else { own(op, sql) };
        migrator = migrator.with(revision(&number.to_string()).up(send));
    }
    let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{migrations:?}: {error}");
    assert!(error.to_string().contains(table), "{migrations:?}: {error}");
    assert_eq!(error.report().map_or(0, |report| report.steps().len()), last - 1, "{migrations:?}: {error}");
}

const TEXT: bool = true;
const OWN: bool = false;
const WORK: &str = "create table work (id integer, line varchar(100))";
const TAKES: &str = "drop table work; alter table logs rename to work";

case!(only = [Sqlite, Postgres], an_old_table_that_a_body_gave_the_name_of_a_new_one_is_old, |db| {
    for made in [TEXT, OWN] {
        for lost in [TEXT, OWN] {
            is_stopped(db, "", &[(made, WORK), (OWN, TAKES), (lost, "delete from work where id = 1")], "work");
            is_stopped(db, "", &[(made, WORK), (OWN, TAKES), (lost, "drop table work")], "work");
        }
    }
    let at_once = concat!(
        "create table work (id integer, line varchar(100)); drop table work; ",
        "alter table logs rename to work; delete from work where id = 1"
    );
    is_stopped(db, "", &[(OWN, at_once)], "logs");
    is_stopped(
        db,
        "",
        &[(TEXT, WORK), (OWN, "drop table work; alter table logs rename to work; delete from work")],
        "logs",
    );
});

case!(only = [Postgres], an_old_table_under_the_schema_and_name_of_a_new_one_is_old, |db| {
    let old = "create schema a; create schema b; create table a.t (id int); insert into a.t values (1)";
    for lost in [TEXT, OWN] {
        for moves in [TEXT, OWN] {
            let moved = (moves, "drop table b.t; alter table a.t set schema b");
            is_stopped(db, old, &[(TEXT, "create table b.t (id int)"), moved, (lost, "delete from b.t")], "b.t");
            let swapped = (moves, "alter schema a rename to c; alter schema b rename to a; alter schema c rename to b");
            is_stopped(db, old, &[(TEXT, "create table b.t (id int)"), swapped, (lost, "delete from b.t")], "b.t");
            let hidden = "set search_path = b; create table logs (id int)";
            is_stopped(db, old, &[(moves, hidden), (lost, "delete from logs where id = 1")], "logs");
            let hidden = "select set_config('search_path', 'b, public', false); create table logs (id int)";
            is_stopped(db, old, &[(moves, hidden), (lost, "drop table logs")], "logs");
        }
    }
    let moved = "alter table a.t set schema b; delete from b.t";
    is_stopped(db, old, &[(TEXT, moved)], "t");
    is_stopped(db, old, &[(OWN, moved)], "t");
});

case!(only = [Sqlite, Postgres], a_new_table_that_a_body_gave_another_name_is_new, |db| {
    for made in [TEXT, OWN] {
        for lost in [TEXT, OWN] {
            let db = db.another();
            open(&db);
            let send = |by_text: bool, sql: &'static str| {
                move |op: &mut Operations<'_>| if by_text { Ok(op.execute(sql).map(drop)?) } else { own(op, sql) }
            };
            let fills = "create table work (id integer); insert into work values (1), (2)";
            let migrator = Migrator::new()
                .with(revision("1").up(send(made, fills)))
                .with(revision("2").up(send(OWN, "alter table work rename to other; delete from other where id = 1")))
                .with(revision("3").up(send(lost, "delete from other")))
                .with(revision("4").up(send(lost, "drop table other")));
            migrator.run_pending(&mut *db.connect()).unwrap();
        }
    }
});

case!(a_column_whose_name_a_new_one_has_is_not_lost, |db| {
    open(db);
    let renames = "alter table users rename column note to memo; alter table users add column note varchar(9); \
                   update users set score = nullif(score, 99)";
    Migrator::new()
        .with(revision("1").up(move |op| Ok(op.execute(renames).map(drop)?)))
        .run_pending(&mut *db.connect())
        .unwrap();
});

/// Renames a table and takes something of it, in operations or by SQL or in both.
fn rename_and_take(op: &mut Operations<'_>, renames: &str, takes: &str) -> MigrationResult {
    match renames {
        "" => op.rename_table("logs", "journal").map(drop)?,
        sql => op.execute(sql).map(drop)?,
    }
    match takes {
        "" => op.drop_table("journal").map(drop)?,
        "line" => op.drop_column("journal", "line").map(drop)?,
        sql => op.execute(sql).map(drop)?,
    }
    Ok(())
}

case!(what_a_renamed_table_loses_is_told_by_its_name_before_and_may_be_named_by_either, |db| {
    let by_sql = "alter table logs rename to journal";
    for renames in ["", by_sql] {
        for takes in ["", "line", "drop table journal", "delete from journal", "alter table journal drop column line"] {
            let ways: [&[Loss]; 3] = [&[], &[Loss::table("logs")], &[Loss::table("journal")]];
            for named in ways {
                let db = db.another();
                open(&db);
                let metadata =
                    named.iter().fold(Metadata::new("1"), |metadata, loss| metadata.allow_loss(loss.clone()));
                let outcome = run_with(&db, metadata, move |op| rename_and_take(op, renames, takes));
                let what = format!("{renames:?}, {takes:?}, {named:?}");
                if !named.is_empty() {
                    outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
                    continue;
                }
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::DataLoss, "{what}: {error}");
                let told = match takes {
                    "" | "drop table journal" => "table(\"logs\")",
                    "delete from journal" => "rows(\"logs\")",
                    _ => "column(\"logs\", \"line\")",
                };
                assert!(error.to_string().contains(&format!("allow_loss({told})")), "{what}: {error}");
            }
        }
    }
});

case!(a_name_that_another_table_had_allows_nothing_of_the_one_that_has_it_now, |db| {
    open(db);
    let takes = |op: &mut Operations<'_>| {
        op.drop_table("logs")?;
        op.rename_table("tags", "logs")?;
        op.execute("delete from logs where id = 1")?;
        Ok(())
    };
    let error = run_with(db, Metadata::new("1").allow_loss(Loss::table("logs")), takes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("rows(\"tags\")"), "{error}");
});
