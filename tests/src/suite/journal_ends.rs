//! What is told of a migration that did not come to its end, and how the next run goes on.

use diesel::connection::SimpleConnection as _;
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Loss, Metadata, Repair};

use super::books::{HISTORY_TABLE, applied, told};
use super::handmade::{Handmade, migration};
use super::session;
use crate::{Engine, TestDatabase, case};

fn outside(revision: &str) -> Handmade {
    migration(Metadata::new(revision).transaction(false))
}

case!(a_migration_whose_end_cannot_be_written_has_failed, |db| {
    let takes_the_place = "create table t (id integer); insert into t values (1); \
                           insert into __diesel_schema_migrations (version) values ('1')";
    let migrator = Migrator::new().with(outside("1").sends(takes_the_place));
    let mut conn = db.connect();
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert!(error.to_string().contains("this stands, and is passed over"), "{error}");
    assert!(error.to_string().contains("the history could not be written"), "{error}");
    assert_eq!(error.statement(), None);
    session::assert_usable(db, &mut *conn);
    assert!(told(db).iter().any(|row| row.ends_with("failed")), "{:?}", told(db));
    db.sql("delete from __diesel_schema_migrations");
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from t"), 1);
    assert_eq!(applied(db), ["1"]);
});

case!(what_its_own_transaction_rolled_back_is_not_told_to_stand, |db| {
    let begin = if db.engine() == Engine::Sqlite { "begin immediate" } else { "begin" };
    let sends = format!(
        "create table t (id integer); insert into t values (1); {begin}; insert into t values (2); \
         insert into missing values (1); commit"
    );
    let migrator = Migrator::new().with(outside("1").sends(sends.leak()));
    let mut conn = db.connect();
    for _ in 0..2 {
        let error = migrator.run_pending(&mut *conn).unwrap_err().to_string();
        assert!(error.contains("insert into t values (1)") && !error.contains("insert into t values (2)"), "{error}");
        assert!(error.contains("did not come to its end is rolled back"), "{error}");
        assert_eq!(db.count("select count(*) from t"), 1);
    }
    db.sql("create table missing (id integer)");
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from t"), 2);
    assert_eq!(db.count("select count(*) from missing"), 1);
});

case!(only = [Sqlite, Postgres], what_is_refused_when_it_commits_is_not_told_to_stand, |db| {
    db.sql(
        "create table p (id integer primary key); \
         create table k (p integer references p (id) deferrable initially deferred)",
    );
    let by_its_sql = outside("1").sends("begin; insert into k values (7); commit");
    let by_an_operation = outside("1").up(|op| {
        op.insert_rows("k", ["p"], [migrator_core::row![7]])?;
        Ok(())
    });
    for fails in [by_its_sql, by_an_operation] {
        let mut conn = db.connect();
        if db.engine() == Engine::Sqlite {
            session::of(&mut *conn).sql("pragma foreign_keys = on");
        }
        let migrator = Migrator::new().with(fails);
        let error = migrator.run_pending(&mut *conn).unwrap_err().to_string();
        assert!(!error.contains("this stands"), "{error}");
        assert!(error.contains("is rolled back"), "{error}");
        session::assert_usable(db, &mut *conn);
        assert_eq!(db.count("select count(*) from k"), 0);
        db.sql("insert into p values (7)");
        migrator.run_pending(&mut *conn).unwrap();
        assert_eq!(db.count("select count(*) from k"), 1);
        migrator.stamp(&mut *conn, "base").unwrap();
        db.sql("delete from k; delete from p");
    }
});

/// Sends it twice without the table `missing`, and once with it.
fn goes_on_after_missing(db: &TestDatabase, sends: &'static str, meanwhile: impl Fn()) {
    let migrator = Migrator::new().with(outside("1").sends(sends));
    let mut conn = db.connect();
    for _ in 0..2 {
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "{error}");
        meanwhile();
    }
    db.sql("create table missing (id integer)");
    migrator.run_pending(&mut *conn).unwrap();
}

case!(what_it_rolled_back_itself_is_no_reason_to_stop_the_next_run, |db| {
    let sends = "create table t (id integer); begin; insert into t values (1); rollback; \
                 begin; insert into t values (2); savepoint s; insert into t values (3); rollback to savepoint s; \
                 insert into t values (4); commit; create table u (id integer); insert into missing values (1); \
                 insert into t values (5)";
    goes_on_after_missing(db, sends, || {});
    assert_eq!(db.rows("select id from t order by id"), [2, 4, 5].map(|id: i32| [Some(id.to_string())]));
    assert_eq!(db.count("select count(*) from missing"), 1);
});

case!(what_a_savepoint_took_back_is_sent_again_and_nothing_else_is, |db| {
    let sends = "create table t (id integer); begin; insert into t values (2); savepoint S; insert into t values (2); \
                 rollback to savepoint s; insert into t values (2); release savepoint s; commit; \
                 insert into missing values (1)";
    goes_on_after_missing(db, sends, || assert_eq!(db.count("select count(*) from t"), 2));
    assert_eq!(db.count("select count(*) from t"), 2);
});

case!(only = [Sqlite, Postgres], what_broke_off_outside_a_transaction_does_not_begin_anew_inside_of_one, |db| {
    let sends = "create table t (id integer); insert into t values (1); insert into missing values (1)";
    let inside = Migrator::new().with(migration(Metadata::new("1")).sends(sends));
    let outside = Migrator::new().with(outside("1").sends(sends));
    let mut conn = db.connect();
    outside.run_pending(&mut *conn).unwrap_err();
    db.sql("create table missing (id integer)");
    let error = inside.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    session::assert_usable(db, &mut *conn);
    assert_eq!((db.count("select count(*) from t"), db.count("select count(*) from missing")), (1, 0));
    outside.run_pending(&mut *conn).unwrap();
    assert_eq!((db.count("select count(*) from t"), db.count("select count(*) from missing")), (1, 1));
    let broken = "create table u (id integer); insert into nowhere values (1)";
    let other = outside.with(self::outside("2").sends(broken));
    other.run_pending(&mut *conn).unwrap_err();
    let inside = inside.with(migration(Metadata::new("2")).sends("create table u (id integer)"));
    assert_eq!(inside.run_pending(&mut *conn).unwrap_err().kind(), ErrorKind::Interrupted);
    db.sql("drop table u");
    inside.repair_as(&mut *conn, Repair::NotBegun).unwrap();
    inside.run_pending(&mut *conn).unwrap();
    assert_eq!(applied(db), ["1", "2"]);
});

case!(an_error_is_not_hidden_by_what_goes_wrong_behind_it, |db| {
    let sends = "create temporary table copy (id integer); begin; insert into missing values (1)";
    let mut conn = db.connect();
    let error = Migrator::new().with(outside("1").sends(sends)).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.statement(), Some("insert into missing values (1)"), "{error}");
    // and what it left in the session is gone
    let again = outside("2").sends("create temporary table copy (id integer)");
    Migrator::new().with(again).run_pending(&mut *conn).unwrap();
});

case!(only = [MariaDb], what_the_schema_does_not_show_is_asked_for, |db| {
    let other = db.another();
    let of_other = other.quote(other.name());
    let beside = format!("{}_beside", db.name());
    for (sends, clear) in [
        (format!("create view {of_other}.v as select 1 as a"), true),
        (format!("create procedure {of_other}.p () select 1"), true),
        ("create view v as select 2 as a".to_owned(), true),
        (format!("create database {beside}_1"), false),
        (format!("create database if not exists {beside}_2"), true),
        (format!("alter database {beside}_2 character set latin1"), true),
        (format!("drop database {beside}_1"), false),
        (format!("drop database if exists {beside}_2"), true),
        ("create sequence s".to_owned(), false),
    ] {
        let sends: &'static str = format!("{sends}; insert into missing values (1)").leak();
        let migrator = || {
            let of_all = Migrator::new().data_loss(Policy::Allow);
            of_all.with(migration(Metadata::new("1").allow_loss(Loss::table("t"))).sends(sends))
        };
        let mut conn = db.connect();
        migrator().run_pending(&mut *conn).unwrap_err();
        // as if it had been killed before it could tell that the first statement was done
        db.sql(&format!("update {HISTORY_TABLE} set state = 'running' where state = 'ran'"));
        db.sql("create table missing (id integer)");
        if !clear {
            let error = migrator().run_pending(&mut *conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{sends}: {error}");
            assert!(!migrator().repair(&mut *conn).unwrap().is_clear(), "{sends}");
            assert!(migrator().repair_as(&mut *conn, Repair::StatementDone).unwrap().is_clear(), "{sends}");
        }
        migrator().run_pending(&mut *conn).unwrap_or_else(|error| panic!("{sends}: {error}"));
        assert_eq!(db.count("select count(*) from missing"), 1, "{sends}");
        db.sql("drop table missing");
        migrator().stamp(&mut *conn, "base").unwrap();
    }
});

case!(only = [MariaDb], a_drop_of_several_that_is_refused_half_way_says_what_is_gone, |db| {
    let drops =
        |sql: &'static str| Migrator::new().with(migration(Metadata::new("1")).sends(sql)).data_loss(Policy::Allow);
    db.sql("create table a (id integer); create table b (id integer); insert into a values (1)");
    let mut conn = db.connect();
    let error = drops("drop table a, missing, b").run_pending(&mut *conn).unwrap_err().to_string();
    assert!(error.contains("half-way, and of what it drops this is gone: a, b"), "{error}");
    assert!(error.contains("say IF EXISTS"), "{error}");
    assert!(db.tables().iter().all(|table| table.starts_with("__")), "{:?}", db.tables());
    drops("drop table if exists a, missing, b").run_pending(&mut *conn).unwrap();
    assert_eq!(applied(db), ["1"]);
    // what is refused as a whole says nothing of it
    let refused = Migrator::new().with(migration(Metadata::new("2")).sends("drop table missing, missing_too"));
    let error = refused.run_pending(&mut *conn).unwrap_err().to_string();
    assert!(!error.contains("half-way"), "{error}");
});

case!(only = [MariaDb], a_drop_of_several_that_was_killed_half_way_is_not_taken_for_done, |db| {
    for (what, sql, clear) in [
        ("table", "drop table a, b; insert into missing values (1)", false),
        ("table", "drop table if exists a, b; insert into missing values (1)", true),
        ("view", "drop view a, b; insert into missing values (1)", false),
    ] {
        let db = db.another();
        let create = |name: &str| match what {
            "table" => db.sql(&format!("create table {name} (id integer)")),
            _ => db.sql(&format!("create view {name} as select 1 as a")),
        };
        create("a");
        create("b");
        let mut conn = db.connect();
        let migrator = Migrator::new().with(migration(Metadata::new("1")).sends(sql)).data_loss(Policy::Allow);
        migrator.run_pending(&mut *conn).unwrap_err();
        db.sql(&format!("update {HISTORY_TABLE} set state = 'running' where state = 'ran'"));
        create("b");
        db.sql("create table missing (id integer)");
        if !clear {
            let error = migrator.run_pending(&mut *conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{sql}: {error}");
            assert!(error.to_string().contains("some of what it drops is gone"), "{sql}: {error}");
            db.sql(&format!("drop {what} b"));
        }
        migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(db.count("select count(*) from missing"), 1, "{sql}");
        assert!(!db.tables().contains(&"b".to_owned()), "{sql}");
    }
});

case!(only = [MariaDb], what_was_emptied_behind_a_temporary_table_is_asked_for, |db| {
    db.sql("create table src (id integer); insert into src values (1), (2)");
    let sends = "create temporary table keep as select * from src; truncate table src; \
                 insert into src select id from keep; insert into missing values (1)";
    let migrator = Migrator::new().with(migration(Metadata::new("1").allow_loss(Loss::rows("src"))).sends(sends));
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap_err();
    // as if it had been killed behind TRUNCATE, before it could tell so
    db.sql(&format!(
        "delete from {HISTORY_TABLE} where note like 'insert into src%'; truncate table src; \
         update {HISTORY_TABLE} set state = 'running' where state = 'ran'"
    ));
    for _ in 0..2 {
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
        assert!(error.to_string().contains("behind a temporary table"), "{error}");
        assert!(!migrator.repair(&mut *conn).unwrap().is_clear());
    }
});

case!(only = [Postgres, MariaDb], whoever_has_lost_the_lock_writes_no_end, |db| {
    let engine = db.engine();
    let loses = migration(Metadata::new("1").transaction(false)).up(move |op| {
        op.execute("create table t (id integer)")?;
        let lets_go = "select pg_advisory_unlock_all()";
        match engine {
            #[cfg(feature = "postgres")]
            Engine::Postgres => op.connection::<diesel::PgConnection>()?.batch_execute(lets_go)?,
            #[cfg(feature = "mysql")]
            Engine::MariaDb => {
                op.connection::<diesel::MysqlConnection>()?.batch_execute("do release_lock(@migrator_lock)")?;
            }
            _ => unreachable!("{lets_go}"),
        }
        Ok(())
    });
    let error = Migrator::new().with(loses).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockLost, "{error}");
    assert!(told(db).iter().all(|row| !row.ends_with("done") && !row.ends_with("failed")), "{:?}", told(db));
    assert!(applied(db).is_empty());
});

case!(only = [Sqlite, Postgres], the_number_of_the_journals_own_row_is_not_taken_for_the_migrations, |db| {
    db.sql("create table p (id integer primary key, n integer); create table k (p integer)");
    let (last, instead) = match db.engine() {
        Engine::Sqlite => ("last_insert_rowid()", "insert into k select id from p where n = 5"),
        _ => ("lastval()", "insert into k select currval('numbers')"),
    };
    if db.engine() == Engine::Postgres {
        db.sql("create sequence numbers start 70; alter table p alter column id set default nextval('numbers')");
    }
    let seeds = |child: &str| -> &'static str { format!("insert into p (n) values (5); {child}").leak() };
    let asks = format!("insert into k (p) select {last}");
    let mut conn = db.connect();
    let error = Migrator::new().with(outside("1").sends(seeds(&asks))).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("insert into p (n)"), "{error}");
    Migrator::new().with(outside("1").sends(seeds(instead))).run_pending(&mut *conn).unwrap();
    assert_eq!(db.texts("select p from k"), db.texts("select id from p"));
    // a definition only keeps the words
    if db.engine() == Engine::Sqlite {
        let keeps = "create trigger noted after insert on p begin insert into k (p) values (last_insert_rowid()); end";
        let defines = Migrator::new().with(outside("12").sends(keeps)).unknown_revisions(Policy::Allow);
        defines.run_pending(&mut *conn).unwrap();
        db.sql("drop trigger noted");
    }
    // in a transaction it is the migration's own
    let inside = Migrator::new().with(migration(Metadata::new("2")).sends(seeds(&asks)));
    inside.unknown_revisions(Policy::Allow).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from k join p on p.id = k.p"), 2);
});

case!(only = [MariaDb], what_a_call_does_not_end_is_still_to_be_rolled_back, |db| {
    db.sql("create table u (id integer); create procedure p() insert into u values (7)");
    let sends = "create table t (id integer); begin; insert into t values (1); call p(); insert into t values (2); \
                 rollback; begin; insert into t values (3); call p(); commit; insert into missing values (1); \
                 insert into t values (4)";
    goes_on_after_missing(db, sends, || assert_eq!(db.count("select count(*) from t"), 1));
    assert_eq!(db.rows("select id from t order by id"), [3, 4].map(|id: i32| [Some(id.to_string())]));
    assert_eq!(db.count("select count(*) from u"), 1);
});

case!(only = [MariaDb, Postgres], what_stands_in_a_transaction_that_a_wrong_word_did_not_end_does_not_stand, |db| {
    for wrong in ["selec 1", "call nowhere()", "execute nothing", "alter tabel t add column b int", "begin; selec 1"] {
        if db.engine() == Engine::MariaDb && wrong.starts_with("begin") {
            continue; // commits there
        }
        let db = db.another();
        let sends: &'static str =
            format!("create table t (id integer); begin; insert into t values (1); {wrong}").leak();
        let mut conn = db.connect();
        let error = Migrator::new().with(outside("1").sends(sends)).run_pending(&mut *conn).unwrap_err().to_string();
        assert!(error.contains("create table t") && !error.contains("insert into t"), "{wrong}: {error}");
        assert_eq!(db.count("select count(*) from t"), 0, "{wrong}");
        session::assert_usable(&db, &mut *conn);
    }
});

case!(only = [Postgres], a_transaction_that_is_begun_twice_is_one, |db| {
    let sends = "create table t (id integer); begin; insert into t values (1); begin; insert into t values (2); \
                 rollback; insert into missing values (1); insert into t values (3)";
    goes_on_after_missing(db, sends, || assert_eq!(db.count("select count(*) from t"), 0));
    assert_eq!(db.rows("select id from t"), [[Some("3".to_owned())]]);
});

case!(only = [Postgres], a_transaction_that_would_outlive_the_run_is_refused, |db| {
    for transaction in [true, false] {
        let sends = "create table t (id integer); prepare transaction 'later'";
        let one = migration(Metadata::new("1").transaction(transaction)).sends(sends);
        let mut conn = db.connect();
        let error = Migrator::new().with(one).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        session::assert_usable(db, &mut *conn);
    }
    assert!(applied(db).is_empty());
});
