//! What the guard says and does not say, case by case.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Loss, Metadata, Policy, RunReport};

use super::super::handmade::{migration, revision};
use super::shop::{contents, open, own, run, run_with};
use crate::{TestDatabase, case};

case!(a_raw_delete_is_refused_with_table_count_and_the_ways_on, |db| {
    open(db);
    let before = contents(db);
    let error = run(db, |op| Ok(op.execute("delete from logs where id > 2").map(drop)?)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    let text = error.to_string();
    for words in ["4 rows of logs", "allow_loss(rows(\"logs\"))", "backup(\"logs\")", ".data_loss(Policy::Allow)"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(contents(db), before);
});

case!(only = [Sqlite, Postgres], a_delete_through_the_users_connection_is_refused, |db| {
    open(db);
    let before = contents(db);
    let error = run(db, |op| own(op, "delete from logs where id > 2")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("4 rows of logs"), "{error}");
    assert_eq!(contents(db), before);
});

case!(what_is_named_goes_through, |db| {
    for loss in [Loss::rows("logs"), Loss::table("logs")] {
        let db = db.another();
        open(&db);
        run_with(&db, Metadata::new("1").allow_loss(loss), |op| {
            op.execute("delete from logs where id = 1")?;
            own(op, "delete from logs where id = 2")
        })
        .unwrap();
        assert_eq!(db.count("select count(*) from logs"), 4);
    }
});

case!(a_loss_of_another_table_is_not_covered_by_what_is_named, |db| {
    open(db);
    let error = run_with(db, Metadata::new("1").allow_loss(Loss::rows("logs")), |op| {
        op.execute("delete from logs; delete from tags")?;
        Ok(())
    })
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("3 rows of tags") && !error.to_string().contains("6 rows of logs"), "{error}");
});

case!(the_caller_may_allow_it, |db| {
    open(db);
    let deletes = revision("1").sends("delete from logs");
    Migrator::new().with(deletes).data_loss(Policy::Allow).run_pending(&mut *db.connect()).unwrap();
    let by_name = migration(Metadata::new("2")).sends("delete from tags");
    Migrator::new()
        .with(revision("1"))
        .with(by_name)
        .allow_loss("2", Loss::rows("tags"))
        .run_pending(&mut *db.connect())
        .unwrap();
    assert_eq!(db.count("select count(*) from logs") + db.count("select count(*) from tags"), 0);
});

case!(cascades_are_told_table_by_table, |db| {
    open(db);
    if db.engine() == crate::Engine::Sqlite {
        db.sql("pragma foreign_keys = on");
    }
    let error = run(db, |op| {
        if op.dialect() == migrator_core::Dialect::Sqlite {
            op.execute("pragma foreign_keys")?;
        }
        op.execute("delete from orgs where id = 1")?;
        Ok(())
    })
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    for words in ["1 row of orgs", "2 rows of users", "3 rows of posts", "column post_id of tags with 2 values"] {
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
});

/// Two rows brought, one of them taken by the migration itself.
fn brings() -> super::super::handmade::Handmade {
    revision("1").up(|op| {
        op.execute("insert into logs values (10, 'x'), (11, 'y')")?;
        op.insert_rows("tags", ["id", "word"], [migrator_core::row![10, "q"]])?;
        op.execute("delete from logs where id = 10")?;
        Ok(())
    })
}

case!(rows_that_a_migration_brought_may_go_with_it, |db| {
    open(db);
    Migrator::new().with(brings()).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from logs"), 7);
});

case!(only = [Sqlite], rows_that_an_earlier_migration_of_the_run_brought_are_known_by_their_numbers, |db| {
    open(db);
    let second = revision("2").sends("delete from logs where id = 11; delete from tags where id = 10");
    Migrator::new().with(brings()).with(second).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from logs"), 6);
});

case!(rows_that_an_earlier_migration_of_the_run_brought_do_not_make_up_for_old_ones, |db| {
    open(db);
    let second = revision("2").sends("delete from logs where id = 1");
    let error = Migrator::new().with(brings()).with(second).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("1 row of logs"), "{error}");
    assert_eq!(db.count("select count(*) from logs where id = 1"), 1);
});

case!(only = [Postgres], what_a_savepoint_takes_back_does_not_make_up_for_old_rows, |db| {
    open(db);
    for savepoint in ["insert into logs values (20, 'x')", "delete from logs where id = 2"] {
        for after in
            ["delete from logs where id = 1", "delete from logs where id = 1; insert into logs values (30, 'y')"]
        {
            let error =
                run(db, move |op| own(op, &format!("savepoint s; {savepoint}; rollback to s; {after}"))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DataLoss, "{savepoint}, {after}: {error}");
            assert!(error.to_string().contains("1 row of logs"), "{savepoint}, {after}: {error}");
        }
    }
    run(db, |op| own(op, "insert into logs values (40, 'x'), (41, 'y'); delete from logs where id = 40")).unwrap();
    run(db, |op| own(op, "savepoint s; delete from logs; rollback to s; insert into logs values (50, 'x')")).unwrap();
});

case!(only = [Postgres], a_row_that_goes_to_another_partition_is_looked_at_for_what_it_lost, |db| {
    db.sql(
        "create table parted (id integer, n integer) partition by list (id);
         create table one partition of parted for values in (1); create table two partition of parted for values in (2);
         insert into parted values (1, 7)",
    );
    let error = run(db, |op| own(op, "update parted set id = 2, n = null where id = 1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    run(db, |op| own(op, "update parted set id = 2 where id = 1")).unwrap();
});

case!(only = [MariaDb], a_statement_behind_other_words_is_read, |db| {
    open(db);
    for sql in ["analyze format=json delete from logs", "begin not atomic delete from logs; end"] {
        let error = run(db, move |op| Ok(op.execute(sql).map(drop)?)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{sql}: {error}");
        assert_eq!(db.count("select count(*) from logs"), 6, "{sql}");
    }
});

case!(only = [Sqlite, Postgres], as_many_rows_brought_do_not_make_up_for_those_that_went, |db| {
    open(db);
    for sql in [
        "delete from logs; insert into logs values (11, 'a'), (12, 'b'), (13, 'c'), (14, 'd'), (15, 'e'), (16, 'f')",
        "insert into logs select id + 10, line from logs; delete from logs where id < 10",
    ] {
        let error = run(db, move |op| Ok(op.execute(sql).map(drop)?)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{sql}: {error}");
        assert!(error.to_string().contains("6 rows of logs"), "{sql}: {error}");
    }
});

case!(a_downgrade_that_would_lose_rows_is_refused_until_allowed, |db| {
    let make = |allowed: bool| {
        let metadata = Metadata::new("1");
        let metadata = if allowed { metadata.allow_loss(Loss::table("notes")) } else { metadata };
        migration(metadata).sends("create table notes (id integer)").down(|op| {
            op.execute("drop table notes")?;
            Ok(())
        })
    };
    let mut conn = db.connect();
    Migrator::new().with(make(false)).run_pending(&mut *conn).unwrap();
    db.sql("insert into notes values (1), (2)");
    let error = Migrator::new().with(make(false)).downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("table notes with 2 rows"), "{error}");
    assert_eq!(db.count("select count(*) from notes"), 2);
    Migrator::new().with(make(true)).downgrade(&mut *conn, "base").unwrap();
    assert!(super::super::books::user_tables(db).is_empty());
});

case!(only = [Postgres], a_savepoint_that_was_rolled_back_takes_nothing, |db| {
    open(db);
    let before = contents(db);
    run(db, |op| {
        own(op, "savepoint a; delete from logs; rollback to savepoint a; insert into empty_one values (1, 'a')")
    })
    .unwrap();
    assert_eq!(contents(db).len(), before.len());
    assert_eq!(db.count("select count(*) from logs"), 6);
    let both = revision("2")
        .up(|op| own(op, "savepoint a; delete from logs; rollback to savepoint a; delete from logs where id = 1"));
    let error = Migrator::new().with(revision("1")).with(both).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
});

diesel::table! {
    logs (id) {
        id -> Integer,
        line -> Nullable<Text>,
    }
}

#[cfg(feature = "sqlite")]
case!(only = [Sqlite], a_delete_in_diesels_dsl_is_refused, |db| {
    open(db);
    let deletes = |op: &mut Operations<'_>| {
        diesel::delete(logs::table.filter(logs::id.gt(2))).execute(op.connection::<SqliteConnection>()?)?;
        Ok(())
    };
    let error = run(db, deletes).unwrap_err();
    assert!(error.to_string().contains("4 rows of logs"), "{error}");
});

#[cfg(feature = "postgres")]
case!(only = [Postgres], a_delete_in_diesels_dsl_is_refused_too, |db| {
    open(db);
    let deletes = |op: &mut Operations<'_>| {
        diesel::delete(logs::table.filter(logs::id.gt(2))).execute(op.connection::<PgConnection>()?)?;
        Ok(())
    };
    let error = run(db, deletes).unwrap_err();
    assert!(error.to_string().contains("4 rows of logs"), "{error}");
});

case!(only = [MariaDb], ddl_through_the_users_connection_is_found_afterwards_with_what_stands, |db| {
    open(db);
    let error = run(db, |op| own(op, "drop table logs; alter table users drop column note")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnguardedDdl, "{error}");
    for words in ["table(\"logs\")", "column(\"users\", \"note\")", "that stands"] {
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
    let db = db.another();
    open(&db);
    run_with(&db, Metadata::new("1").allow_loss(Loss::table("logs")), |op| own(op, "drop table logs")).unwrap();
});

case!(only = [MariaDb], what_cannot_be_read_is_not_sent_unless_a_loss_is_named, |db| {
    open(db);
    db.sql("create procedure empty_it() begin set @s = 'delete from logs'; prepare p from @s; execute p; end");
    let error = run(db, |op| Ok(op.execute("call empty_it()").map(drop)?)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(db.count("select count(*) from logs"), 6);
    let named = Metadata::new("1").allow_loss(Loss::rows("logs"));
    run_with(db, named, |op| Ok(op.execute("call empty_it()").map(drop)?)).unwrap();
    assert_eq!(db.count("select count(*) from logs"), 0);
});

case!(what_a_meant_loss_takes_is_copied_first_where_that_is_wanted, |db| {
    open(db);
    let deletes = migration(Metadata::new("1").allow_loss(Loss::rows("logs"))).sends("delete from logs where id < 3");
    let report = Migrator::new()
        .with(deletes)
        .backup_before(migrator_core::Backups::Destructive)
        .run_pending(&mut *db.connect())
        .unwrap();
    assert!(report.to_string().contains("backup of logs: 6 rows"), "{report}");
    assert_eq!(db.count("select count(*) from logs"), 4);
});

case!(what_came_between_two_losses_stands_in_a_copy_of_its_own, |db| {
    db.sql("create table t (id integer primary key, a integer); insert into t values (1, 2), (2, 3)");
    let loses = migration(Metadata::new("1").allow_loss(Loss::rows("t")).transaction(false)).up(|op| {
        op.execute("delete from t where id = 1")?;
        op.execute("alter table t add column b integer")?;
        op.execute("update t set b = 7")?;
        op.execute("delete from t where id = 2")?;
        Ok(())
    });
    let migrator = Migrator::new().with(loses).backup_before(migrator_core::Backups::Destructive);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    let backups = migrator.backups(&mut *conn).unwrap();
    assert_eq!(backups.iter().map(migrator_core::TableBackup::rows).collect::<Vec<_>>(), [2, 1]);
    let copy = super::super::books::said(db, backups[1].copy());
    assert_eq!(db.count(&format!("select b from {copy}")), 7);
});

case!(a_table_that_loses_one_thing_after_another_has_one_copy_with_all_of_it, |db| {
    let by_text = |op: &mut Operations<'_>| -> MigrationResult {
        op.execute("alter table t drop column a")?;
        op.execute("alter table t drop column b")?;
        Ok(())
    };
    let by_operations = |op: &mut Operations<'_>| -> MigrationResult {
        op.drop_column("t", "a")?;
        op.drop_column("t", "b")?;
        Ok(())
    };
    let by_both = |op: &mut Operations<'_>| -> MigrationResult {
        op.drop_column("t", "a")?;
        op.execute("delete from t where id = 2")?;
        op.execute("alter table t drop column b")?;
        Ok(())
    };
    for body in [by_text, by_operations, by_both] {
        for transaction in [true, false] {
            let db = db.another();
            db.sql("create table t (id integer primary key, a integer, b integer); insert into t values (1, 2, 3), (2, 3, 4)");
            let losses = ["a", "b"].map(|column| Loss::column("t", column)).into_iter().chain([Loss::rows("t")]);
            let named = losses.fold(Metadata::new("1"), Metadata::allow_loss).transaction(transaction);
            let migrator =
                Migrator::new().with(migration(named).up(body)).backup_before(migrator_core::Backups::Destructive);
            let mut conn = db.connect();
            let report = migrator.run_pending(&mut *conn).unwrap().to_string();
            let [backup] = migrator.backups(&mut *conn).unwrap().try_into().unwrap();
            assert_eq!(report.matches("backup of t").count(), 1, "{report}");
            assert!(report.contains(backup.copy().name()), "{report}");
            let copy = super::super::books::said(&db, backup.copy());
            assert_eq!(db.count(&format!("select sum(a) + sum(b) from {copy}")), 12);
        }
    }
});

case!(only = [Sqlite, Postgres], what_an_unread_loss_takes_is_copied_first_too, |db| {
    open(db);
    let deletes = migration(Metadata::new("1").allow_loss(Loss::rows("logs"))).up(|op| own(op, "delete from logs"));
    let report = Migrator::new()
        .with(deletes)
        .backup_before(migrator_core::Backups::Destructive)
        .run_pending(&mut *db.connect())
        .unwrap();
    assert!(report.to_string().contains("backup of logs: 6 rows"), "{report}");
    assert_eq!(db.count("select count(*) from logs"), 0);
});

case!(a_table_that_the_run_made_is_filled_and_dropped_by_operations, |db| {
    open(db);
    run(db, |op| {
        op.create_table("work", |t| {
            t.integer("id");
        })?;
        op.execute("insert into work select id from logs")?;
        op.rename_table("work", "done")?;
        op.drop_table("done")?;
        Ok(())
    })
    .unwrap();
});

case!(an_old_table_under_the_name_of_one_that_the_run_made_is_old, |db| {
    let by_operations = |db: &TestDatabase| {
        run(db, |op| {
            op.create_table("work", |t| {
                t.integer("id");
            })?;
            op.drop_table("work")?;
            op.rename_table("logs", "work")?;
            op.drop_table("work")?;
            Ok(())
        })
    };
    let by_later_migration = |db: &TestDatabase| {
        let makes = revision("1").sends("create table work (id integer)");
        let takes = revision("2").sends("drop table work; alter table logs rename to work; delete from work");
        Migrator::new().with(makes).with(takes).run_pending(&mut *db.connect())
    };
    let by_the_one_after_that = |db: &TestDatabase| {
        let makes = revision("1").sends("create table work (id integer)");
        let takes = revision("2").sends("drop table work; alter table logs rename to work");
        let empties = revision("3").sends("delete from work");
        Migrator::new().with(makes).with(takes).with(empties).run_pending(&mut *db.connect())
    };
    type Way<'a> = &'a dyn Fn(&TestDatabase) -> Result<RunReport, migrator_core::Error>;
    let ways: [Way<'_>; 3] = [&by_operations, &by_later_migration, &by_the_one_after_that];
    for way in ways {
        let db = db.another();
        open(&db);
        let error = way(&db).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
        let name = if super::super::books::user_tables(&db).contains(&"logs".to_owned()) { "logs" } else { "work" };
        assert_eq!(db.count(&format!("select count(*) from {name}")), 6);
    }
});

case!(only = [Sqlite, Postgres], what_an_earlier_body_took_by_name_is_not_counted_in_a_later_one, |db| {
    open(db);
    let named = || migration(Metadata::new("1").allow_loss(Loss::rows("logs")));
    let takes = || named().up(|op| own(op, "delete from logs where id < 3"));
    let ran = Arc::new(AtomicUsize::new(0));
    let changes = || {
        let ran = ran.clone();
        revision("2").up(move |op| {
            ran.fetch_add(1, Ordering::Relaxed);
            own(op, "insert into logs values (50, 'new'); update logs set line = 'x' where id = 4")
        })
    };
    let loses = || revision("3").up(|op| own(op, "insert into logs values (51, 'new'); delete from logs where id = 5"));
    let migrator = Migrator::new().with(takes()).with(changes());
    assert_eq!(migrator.run_pending(&mut *db.connect()).unwrap().steps().len(), 2);
    // On SQLite a NULL beside the row that changed leaves a doubt.
    let once = if db.engine() == crate::Engine::Sqlite { 2 } else { 1 };
    assert_eq!(ran.load(Ordering::Relaxed), once);
    let db = db.another();
    open(&db);
    let error =
        Migrator::new().with(takes()).with(changes()).with(loses()).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("1 row of logs"), "{error}");
    assert_eq!(db.count("select count(*) from logs"), 5);
});

case!(only = [Sqlite, Postgres], a_value_far_down_in_a_table_is_seen_to_go, |db| {
    for column in ["growid", "word"] {
        let db = db.another();
        let numbers = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)";
        db.sql(&format!("create table far (id integer primary key, {column} varchar(9))"));
        db.sql(&format!("insert into far {numbers} select i, 'x' from n"));
        let sql = format!("update far set {column} = null where id = 2500");
        let error = run(&db, move |op| own(op, &sql)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
        assert!(error.to_string().contains(&format!("column {column} of far with 1 value")), "{error}");
    }
});
