//! All that is pending in one transaction: as a whole, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use migrator_core::prelude::*;
use migrator_core::{Condition, ErrorKind, Event, Metadata, TableName};

use super::books::{HISTORY_TABLE, applied, done, everything, told, user_tables};
use super::connection_afterwards::read_in;
use super::guard::own as own_sql;
use super::handmade::{Handmade, creates, migration, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

fn three(third: &'static str) -> Migrator {
    let last = revision("3").sends(third);
    Migrator::new().with(creates("1", "a")).with(creates("2", "b")).with(last).single_transaction()
}

case!(only = [Sqlite, Postgres], all_stand_or_none_and_their_history_with_them, |db| {
    let mut conn = db.connect();
    let before = everything(db);
    for fails in ["create table c (id integer); nonsense", "insert into missing values (1)"] {
        let error = three(fails).run_pending(&mut *conn).unwrap_err();
        assert_eq!((error.kind(), error.revision().unwrap().as_str()), (ErrorKind::Database, "3"), "{error}");
        assert!(error.to_string().contains("applied before it, and rolled back with it: 1 to 2"), "{error}");
        assert!(error.report().unwrap().is_empty(), "{error}");
        session::assert_usable(db, &mut *conn);
        assert_eq!(everything(db), before);
    }
    let report = three("create table c (id integer)").run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), 3, "{report}");
    assert!(!report.to_string().contains("caller"), "{report}");
    assert_eq!(
        (applied(db), user_tables(db)),
        (["1", "2", "3"].map(str::to_owned).into(), ["a", "b", "c"].map(str::to_owned).into())
    );
    assert!(three("create table c (id integer)").run_pending(&mut *conn).unwrap().is_empty());
    // and back, likewise
    let down =
        Migrator::new().with(creates("1", "a")).with(creates("2", "b")).with(revision("3").down(|_| Err("no".into())));
    down.single_transaction().downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(applied(db), ["1", "2", "3"]);
});

case!(only = [Sqlite, Postgres], a_panic_in_one_undoes_all, |db| {
    let panics = revision("2").up(|_| panic!("oh"));
    let mut conn = db.connect();
    let error = Migrator::new().with(creates("1", "a")).with(panics).single_transaction().run_pending(&mut *conn);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Panicked);
    session::assert_usable(db, &mut *conn);
    assert!(db.tables().is_empty(), "{:?}", db.tables());
});

case!(one_transaction_is_refused_where_there_is_none, |db| {
    let mut conn = db.connect();
    let outside = migration(Metadata::new("2").transaction(false)).sends("create table b (id integer)");
    let migrator = Migrator::new().with(creates("1", "a")).with(outside).single_transaction();
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let way = if db.engine() == Engine::MariaDb { "commits at each DDL" } else { "transaction = false" };
    assert!(error.to_string().contains(way) && error.to_string().contains("single_transaction()"), "{error}");
    assert!(db.tables().is_empty(), "{:?}", db.tables());
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite, Postgres], several_at_once_apply_each_migration_once, |db| {
    thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    three("create table c (id integer)")
                        .run_pending(&mut *db.connect())
                        .map(|report| report.steps().len())
                })
            })
            .collect();
        let ran: usize = runs.into_iter().map(|run| run.join().unwrap().unwrap()).sum();
        assert_eq!(ran, 3);
    });
    assert!(["1", "2", "3"].iter().all(|revision| done(db, revision) == 1), "{:?}", everything(db));
});

case!(only = [Postgres], a_lock_that_others_hold_is_tried_again_with_all_of_them, |db| {
    // With every loss meant, nothing but the transaction of all of them is round each.
    for losses in [Policy::Refuse, Policy::Allow] {
        tries_again(&db.another(), losses);
    }
});

fn tries_again(db: &TestDatabase, losses: Policy) {
    db.sql("create table users (id integer primary key)");
    let mut other = db.connect();
    let holder = session::of(&mut *other);
    holder.begin();
    holder.rows("select id from users");
    let (calls, retried) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counting, told) = (calls.clone(), retried.clone());
    let first = revision("1").up(move |op| {
        counting.fetch_add(1, Ordering::SeqCst);
        op.create_table("a", |t| t.id())?;
        Ok(())
    });
    let migrator = Migrator::new()
        .with(first)
        .with(revision("2").sends("alter table users add column email text"))
        .single_transaction()
        .data_loss(losses)
        .statement_lock_timeout(Duration::from_millis(300))
        .observer(move |event| {
            if let Event::Retrying { .. } = event {
                told.fetch_add(1, Ordering::SeqCst);
            }
        });
    thread::scope(|scope| {
        let runs = scope.spawn(|| migrator.run_pending(&mut *db.connect()).map(|report| report.steps().len()));
        while retried.load(Ordering::SeqCst) == 0 && !runs.is_finished() {
            thread::sleep(Duration::from_millis(20));
        }
        holder.rollback();
        assert_eq!(runs.join().unwrap().unwrap(), 2);
    });
    assert_eq!(calls.load(Ordering::SeqCst), retried.load(Ordering::SeqCst) + 1);
    assert!(retried.load(Ordering::SeqCst) > 0);
    assert_eq!(applied(db), ["1", "2"]);
}

case!(only = [Sqlite], a_rebuild_with_foreign_keys_on_runs_all_of_them_again_with_them_off, |db| {
    db.sql(
        "create table p (id integer primary key, a text); insert into p values (1, 'x'); \
         create table c (id integer primary key, p integer references p (id) on delete cascade); insert into c values (1, 1)",
    );
    let mut conn = db.connect();
    session::of(&mut *conn).sql("pragma foreign_keys = on");
    let drops = migration(Metadata::new("2").allow_loss(migrator_core::Loss::column("p", "a"))).up(|op| {
        op.drop_column("p", "a")?;
        op.add_column("p", |t| t.string("b", 20).not_null().default("y").check("b <> ''"))?;
        op.alter_column("p", "b", |c| c.drop_not_null())?;
        Ok(())
    });
    Migrator::new().with(creates("1", "a")).with(drops).single_transaction().run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from c"), 1);
    assert_eq!(
        (applied(db), db.columns("p")),
        (vec!["1".to_owned(), "2".to_owned()], vec!["id".to_owned(), "b".to_owned()])
    );
    assert_eq!(session::of(&mut *conn).rows("pragma foreign_keys"), [[Some("1".to_owned())]]);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], a_rebuild_while_the_database_is_installed_runs_all_of_them_again_too, |db| {
    let mut conn = db.connect();
    session::of(&mut *conn).sql("pragma foreign_keys = on");
    let makes = revision("1").unverified().sends(
        "create table p (id integer primary key, a text not null); insert into p values (1, 'x'); \
         create table c (id integer primary key, p integer references p (id) on delete cascade); insert into c values (1, 1)",
    );
    let rebuilds = revision("2").unverified().up(|op| {
        op.alter_column("p", "a", |c| c.drop_not_null())?;
        Ok(())
    });
    let all = Migrator::new().with(makes).with(rebuilds).with(creates("3", "d")).single_transaction();
    assert_eq!(all.run_pending(&mut *conn).unwrap().steps().len(), 3);
    assert_eq!((db.count("select count(*) from p"), db.count("select count(*) from c")), (1, 1));
    assert_eq!(applied(db), ["1", "2", "3"]);
    assert_eq!(session::of(&mut *conn).rows("pragma foreign_keys"), [[Some("1".to_owned())]]);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite, Postgres], inside_a_transaction_of_the_callers_all_are_undone_and_that_one_stays, |db| {
    let mut conn = db.connect();
    session::of(&mut *conn).begin();
    session::of(&mut *conn).sql("create table before_it (id integer)");
    let fails = revision("003").unverified().sends("nonsense");
    let all =
        Migrator::new().with(defines(1)).with(defines(2)).with(fails).single_transaction().data_loss(Policy::Allow);
    all.run_pending(&mut *conn).unwrap_err();
    assert_eq!(session::of(&mut *conn).depth(), 1);
    let all = Migrator::new().with(defines(1)).with(defines(2)).single_transaction().data_loss(Policy::Allow);
    assert_eq!(all.run_pending(&mut *conn).unwrap().steps().len(), 2);
    assert_eq!(session::of(&mut *conn).depth(), 1);
    session::of(&mut *conn).commit();
    assert_eq!(applied(db), ["001", "002"]);
    assert_eq!(user_tables(db), ["before_it", "t_1", "t_2"]);
});

case!(only = [Postgres], more_than_the_server_has_locks_for_is_said_before_the_first, |db| {
    let room = db.count(
        "select current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint \
         + current_setting('max_prepared_transactions')::bigint)",
    );
    let all = (0..room / 4 + 1).map(|number| revision(&format!("{number:08}")));
    let error = Migrator::new().with_all(all).single_transaction().run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("set max_locks_per_transaction = "), "{error}");
    assert!(db.tables().is_empty());
});

fn defines(number: usize) -> Handmade {
    revision(&format!("{number:03}")).unverified().up(move |op| {
        op.execute(format!("create table t_{number} (id integer)"))?;
        Ok(())
    })
}

case!(only = [Sqlite, Postgres], what_only_defines_has_its_history_written_together, |db| {
    let mut conn = db.connect();
    let seen = session::of(&mut *conn).watch();
    let all = || Migrator::new().with_all((0..250).map(defines)).single_transaction();
    all().run_pending(&mut *conn).unwrap();
    let sent = seen.take();
    let of_history =
        |sent: &[String]| sent.iter().filter(|sql| sql.contains("INSERT INTO") && sql.contains(HISTORY_TABLE)).count();
    assert_eq!(of_history(&sent), 3, "{:#?}", &sent[sent.len() - 20..]);
    assert!(!sent.iter().any(|sql| sql == "transaction 2"));
    let revisions: Vec<String> = (0..250).map(|number| format!("{number:03}")).collect();
    assert_eq!(applied(db), revisions);
    assert_eq!(told(db), revisions.iter().map(|revision| format!("{revision} up done")).collect::<Vec<_>>());
    for entry in all().history(&mut *conn).unwrap() {
        assert!(entry.ended_at.unwrap() >= entry.started_at && entry.who.is_some() && entry.statements == Some(1));
    }
    // The newest row says what stands: the next start is one SELECT.
    let seen = session::of(&mut *conn).watch();
    assert!(all().run_pending(&mut *conn).unwrap().is_empty());
    assert_eq!(seen.take().len(), 1);
    let down = all().data_loss(Policy::Allow);
    let seen = session::of(&mut *conn).watch();
    down.downgrade(&mut *conn, "000").unwrap();
    assert_eq!(of_history(&seen.take()), 3);
    assert_eq!(applied(db), ["000"]);
    assert_eq!(told(db).len(), 499);
    assert_eq!(all().pending(&mut *conn).unwrap().len(), 249);
});

// Each asks in its own way how many stand before it.
case!(only = [Sqlite, Postgres], what_asks_for_the_history_on_the_way_finds_all_that_ran_before, |db| {
    let count = "select count(*) from __diesel_schema_migrations";
    let trigger = match db.engine() {
        Engine::Postgres => {
            "create function note() returns trigger language plpgsql as $$ begin \
             insert into noted select 'trigger', count(*) from __diesel_schema_migrations; return null; end $$; \
             create trigger notes after insert on plain for each row execute function note()"
        }
        _ => {
            "create trigger notes after insert on plain begin \
             insert into noted select 'trigger', count(*) from __diesel_schema_migrations; end"
        }
    };
    let makes = revision("001")
        .unverified()
        .sends("create table noted (by_what text, stood integer); create table plain (id integer)");
    let own =
        revision("006").unverified().up(move |op| own_sql(op, &format!("insert into noted select 'own', ({count})")));
    let engine = db.engine();
    let looks = move |op: &mut Operations<'_>| -> MigrationResult {
        let stood = read_in(engine, op, count)?;
        if stood.as_deref() == Some("9") { Ok(()) } else { Err(format!("{stood:?}").into()) }
    };
    let table = TableName::from("__migrator_history");
    let all = Migrator::new()
        .with(makes)
        .with(defines(2))
        .with(revision("003").unverified().up(move |op| {
            op.execute(format!("insert into noted select 'sql', ({count})"))?;
            Ok(())
        }))
        .with(revision("004").unverified().up(move |op| {
            op.execute(trigger)?;
            Ok(())
        }))
        .with(revision("005").unverified().sends("insert into plain values (1)"))
        .with(own)
        .with(defines(7))
        .with(revision("008").unverified().up(|op| {
            op.execute(
                "create table stood as select 'defined' as by_what, count(*) as stood from __diesel_schema_migrations",
            )?;
            Ok(())
        }))
        .with(defines(9))
        .with(revision("010").verify(looks))
        .with(defines(11))
        .with(migration(Metadata::new("012").requires(Condition::not_empty(table))).unverified())
        .single_transaction();
    all.run_pending(&mut *db.connect()).unwrap();
    let noted = db.rows("select by_what, stood from noted union all select by_what, stood from stood order by 2");
    let noted: Vec<String> =
        noted.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(noted, ["sql 2", "trigger 4", "own 5", "defined 7"]);
    assert_eq!(applied(db).len(), 12);
});

case!(only = [Sqlite, Postgres], settings_are_put_back_when_one_of_them_fails, |db| {
    let (set, show) = match db.engine() {
        Engine::Postgres => ("set search_path to pg_catalog", "select current_setting('search_path')"),
        _ => ("pragma recursive_triggers = on", "pragma recursive_triggers"),
    };
    let mut conn = db.connect();
    let before = session::of(&mut *conn).rows(show);
    let fails = revision("002").unverified().up(move |op| own_sql(op, set).and_then(|()| Err("no".into())));
    Migrator::new().with(defines(1)).with(fails).single_transaction().run_pending(&mut *conn).unwrap_err();
    assert_eq!(session::of(&mut *conn).rows(show), before);
    session::assert_usable(db, &mut *conn);
    assert!(db.tables().is_empty(), "{:?}", db.tables());
});

case!(only = [Sqlite, Postgres], one_that_ends_the_transaction_of_all_is_told_so, |db| {
    let mut conn = db.connect();
    let ends = revision("002").unverified().sends("commit");
    let error =
        Migrator::new().with(defines(1)).with(ends).with(defines(3)).single_transaction().run_pending(&mut *conn);
    let error = error.unwrap_err();
    assert!(error.to_string().contains("it ended the transaction that it runs in"), "{error}");
    session::assert_usable(db, &mut *conn);
});
