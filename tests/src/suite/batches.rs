//! `update_in_batches`: every row once, whatever its key is, and on from where it stopped.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event, Metadata};

use super::books::{applied, told};
use super::handmade::{Handmade, migration};
use super::session;
use crate::program::program;
use crate::{Engine, TestDatabase, case};

/// Counts each row of `t` up by one, so many at a time.
fn counts_up(rows: usize) -> Handmade {
    migration(Metadata::new("1").transaction(false)).up(move |op| {
        op.update_in_batches("t", rows, |op, keys| {
            op.execute(format!("update t set n = n + 1 where {keys}"))?;
            Ok(())
        })?;
        Ok(())
    })
}

/// So many rows of so many, each time.
type Progress = Vec<(u64, u64)>;

/// What the observer was told of progress.
fn watched(migrator: Migrator) -> (Migrator, Arc<Mutex<Progress>>) {
    let seen: Arc<Mutex<Progress>> = Arc::default();
    let noted = seen.clone();
    let migrator = migrator.observer(move |event| {
        if let Event::Progress { done, total, .. } = event {
            noted.lock().unwrap().push((*done, *total));
        }
    });
    (migrator, seen)
}

/// A table with such a key is walked in batches of seven, and each row is met once.
#[track_caller]
fn every_row_once(db: &TestDatabase, columns: &str, key: &str, keys: &[String]) {
    let db = db.another();
    db.sql(&format!("create table t ({columns}, n integer not null default 0, primary key ({key}))"));
    for some in keys.chunks(200) {
        db.sql(&format!("insert into t ({key}) values {}", some.join(", ")));
    }
    let (migrator, seen) = watched(Migrator::new().with(counts_up(7)));
    migrator.run_pending(&mut *db.connect()).unwrap_or_else(|error| panic!("{columns}: {error}"));
    let rows = keys.len() as u64;
    assert_eq!(db.count("select count(*) from t where n = 1"), keys.len() as i64, "{columns}");
    assert_eq!(db.count("select count(*) from t"), keys.len() as i64, "{columns}");
    let seen = seen.lock().unwrap();
    let mut expected: Progress = (1..=rows / 7).map(|batch| (batch * 7, rows)).collect();
    expected.extend((!rows.is_multiple_of(7)).then_some((rows, rows)));
    assert_eq!(*seen, expected, "{columns}");
}

fn quoted(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| format!("('{}')", text.replace('\'', "''"))).collect()
}

/// Letters that a collation might take for one are left out: a key holds each once.
const TEXTS: [&str; 20] = [
    "a", "B", "c'd", "c\"d", "z", "Z0", "ü", "ß x", "è", "-1", "10", "9", "a b", "a%", "a_", "$$", "{}", "-- x", "/*",
    ":x",
];

case!(a_key_of_any_type_is_walked, |db| {
    let numbers = |from: i64, to: i64| (from..to).map(|number| format!("({})", number * 3)).collect::<Vec<_>>();
    every_row_once(db, "id integer not null", "id", &numbers(-20, 30));
    every_row_once(db, "id bigint not null", "id", &numbers(1 << 40, (1 << 40) + 15));
    every_row_once(
        db,
        "id decimal(20, 4) not null",
        "id",
        &["(1.5)", "(-2.25)", "(1000000000000.0001)", "(0)"].map(str::to_owned),
    );
    every_row_once(
        db,
        "id double precision not null",
        "id",
        &["(0.1)", "(1e300)", "(-2.5e-9)", "(3)"].map(str::to_owned),
    );
    every_row_once(db, "id varchar(40) not null", "id", &quoted(&TEXTS));
    every_row_once(
        db,
        "id timestamp not null",
        "id",
        &quoted(&["2026-01-01 00:00:00", "2026-01-01 00:00:01", "2025-06-30 23:59:59"]),
    );
    every_row_once(db, "id integer not null", "id", &[]);
    every_row_once(db, "id integer not null", "id", &numbers(0, 14));
});

case!(a_key_of_three_columns_is_walked, |db| {
    let mut keys = Vec::new();
    for (org, day) in [(1, "2026-01-01"), (1, "2026-01-02"), (2, "2025-12-31"), (-3, "2026-01-01")] {
        keys.extend(TEXTS.iter().map(|name| format!("({org}, '{}', '{day}')", name.replace('\'', "''"))));
    }
    let columns = "org integer not null, name varchar(40) not null, day date not null";
    every_row_once(db, columns, "org, name, day", &keys);
    every_row_once(db, columns, "day, org, name", &keys.iter().map(|key| turned(key)).collect::<Vec<_>>());
});

/// `(org, name, day)` with its last value first.
fn turned(key: &str) -> String {
    let (rest, day) = key.trim_matches(['(', ')']).rsplit_once(", ").unwrap();
    format!("({day}, {rest})")
}

case!(a_key_of_the_databases_own_types_is_walked, |db| {
    let bytes =
        |write: fn(u32) -> String| (0..40_u32).map(|n| write(n.wrapping_mul(2_654_435_761))).collect::<Vec<_>>();
    match db.engine() {
        Engine::Sqlite => {
            every_row_once(db, "id blob not null", "id", &bytes(|n| format!("(x'{n:08x}00')")));
            every_row_once(db, "id text collate nocase not null", "id", &quoted(&TEXTS));
            let mixed =
                ["(1)", "(-1.5)", "('1x')", "(x'31')", "('a' || char(0) || 'b')", "('a' || char(0) || 'c')", "('a')"];
            every_row_once(db, "id not null", "id", &mixed.map(str::to_owned));
        }
        Engine::Postgres => {
            every_row_once(db, "id bytea not null", "id", &bytes(|n| format!("('\\x{n:08x}00')")));
            every_row_once(
                db,
                "id uuid not null",
                "id",
                &bytes(|n| format!("('{n:08x}-0000-4000-8000-000000000000')")),
            );
            every_row_once(db, "id text collate \"C\" not null", "id", &quoted(&TEXTS));
            every_row_once(db, "id integer[] not null", "id", &quoted(&["{1,2}", "{}", "{1,10}", "{2}"]));
        }
        Engine::MariaDb => {
            every_row_once(db, "id varbinary(9) not null", "id", &bytes(|n| format!("(x'{n:08x}00')")));
            every_row_once(
                db,
                "id uuid not null",
                "id",
                &bytes(|n| format!("('{n:08x}-0000-4000-8000-000000000000')")),
            );
            every_row_once(
                db,
                "id varchar(40) collate utf8mb4_bin not null",
                "id",
                &quoted(&[&TEXTS[..], &["日本", "A"]].concat()),
            );
            every_row_once(
                db,
                "id varchar(9) charset latin1 not null",
                "id",
                &quoted(&["ü", "u", "x'y", "a\\\\b", "a b"]),
            );
            every_row_once(db, "id enum('c', 'b', 'a') not null", "id", &quoted(&["a", "b", "c"]));
            every_row_once(
                db,
                "id float not null",
                "id",
                &["(0.1)", "(0.3)", "(16777216)", "(1e30)"].map(str::to_owned),
            );
            every_row_once(
                db,
                "id bit(40) not null",
                "id",
                &["(b'1')", "(b'100000000000000000000000000000000001')"].map(str::to_owned),
            );
        }
    }
});

fn forty_rows(db: &TestDatabase) {
    db.sql("create table t (id integer primary key, n integer not null default 0)");
    let rows: Vec<_> = (1..=40).map(|id| format!("({id})")).collect();
    db.sql(&format!("insert into t (id) values {}", rows.join(", ")));
}

/// How many rows were counted up how often.
fn counted(db: &TestDatabase) -> Vec<(i64, i64)> {
    (0..4)
        .map(|n| (n, db.count(&format!("select count(*) from t where n = {n}"))))
        .filter(|(_, rows)| *rows > 0)
        .collect()
}

/// The same, with an error in one batch.
fn fails_in(batch: usize) -> Handmade {
    migration(Metadata::new("1").transaction(false)).up(move |op| {
        let mut batches = 0;
        op.update_in_batches("t", 10, |op, keys| {
            op.execute(format!("update t set n = n + 1 where {keys}"))?;
            batches += 1;
            if batches == batch {
                op.execute("insert into missing values (1)")?;
            }
            Ok(())
        })?;
        Ok(())
    })
}

case!(batches_that_are_done_stand_and_the_next_run_goes_on_behind_them, |db| {
    forty_rows(db);
    let mut conn = db.connect();
    let error = Migrator::new().with(fails_in(3)).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert!(error.to_string().contains("20 rows are done"), "{error}");
    session::assert_usable(db, &mut *conn);
    assert_eq!(counted(db), [(0, 20), (1, 20)]);
    // the first batch of the next run is the third
    let error = Migrator::new().with(fails_in(2)).run_pending(&mut *conn).unwrap_err();
    assert!(error.to_string().contains("30 rows are done"), "{error}");
    assert_eq!(counted(db), [(0, 10), (1, 30)]);
    let (migrator, seen) = watched(Migrator::new().with(counts_up(10)));
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(*seen.lock().unwrap(), [(40, 40)]);
    assert_eq!(counted(db), [(1, 40)]);
    assert_eq!(applied(db), ["1"]);
    assert!(told(db).iter().all(|row| !row.ends_with("batch")), "{:?}", told(db));
});

/// Runs the program into its third batch, up or down, and kills it there.
fn killed_in_batch_3(db: &TestDatabase, way: &[&str]) {
    let arguments = [db.engine().name(), db.url(), "3"];
    let mut killed = program("batching").args(arguments).args(way).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(killed.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "in batch 3");
    killed.kill().unwrap();
    killed.wait().unwrap();
}

case!(a_killed_way_back_in_batches_is_told_until_it_is_gone_on_with, |db| {
    forty_rows(db);
    let mut conn = db.connect();
    let back = counts_up(10).down(|op| {
        op.update_in_batches("t", 10, |op, keys| {
            op.execute(format!("update t set n = n + -1 where {keys}"))?;
            Ok(())
        })?;
        Ok(())
    });
    let migrator = Migrator::new().with(back);
    migrator.run_pending(&mut *conn).unwrap();
    killed_in_batch_3(db, &["down"]);
    assert_eq!(counted(db), [(0, 20), (1, 20)]);
    // as long as the server has not noticed that the program is gone, it is at work
    let told = || {
        (0..400).find_map(|_| {
            thread::sleep(Duration::from_millis(50));
            migrator.run_pending(&mut *db.connect()).err()
        })
    };
    let error = told().expect("it is told");
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(migrator.repair(&mut *conn).unwrap().to_string().contains("20 rows are done"));
    migrator.downgrade(&mut *conn, "base").unwrap();
    assert_eq!(counted(db), [(0, 40)]);
    assert!(applied(db).is_empty());
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(counted(db), [(1, 40)]);
});

case!(batches_go_on_after_a_kill, |db| {
    forty_rows(db);
    killed_in_batch_3(db, &[]);
    assert_eq!(counted(db), [(0, 20), (1, 20)]);
    let (migrator, seen) = watched(Migrator::new().with(counts_up(10)));
    migrator.run_pending(&mut *db.connect()).unwrap();
    assert_eq!(*seen.lock().unwrap(), [(30, 40), (40, 40)]);
    assert_eq!(counted(db), [(1, 40)]);
});

case!(a_panic_in_a_batch_undoes_that_one, |db| {
    forty_rows(db);
    let panics = migration(Metadata::new("1").transaction(false)).up(|op| {
        let mut batches = 0;
        op.update_in_batches("t", 10, |op, keys| {
            op.execute(format!("update t set n = n + 1 where {keys}"))?;
            batches += 1;
            assert!(batches < 3, "oh");
            Ok(())
        })?;
        Ok(())
    });
    let mut conn = db.connect();
    let error = Migrator::new().with(panics).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked, "{error}");
    session::assert_usable(db, &mut *conn);
    assert_eq!(counted(db), [(0, 20), (1, 20)]);
    Migrator::new().with(counts_up(10)).run_pending(&mut *conn).unwrap();
    assert_eq!(counted(db), [(1, 40)]);
});

case!(batches_are_refused_where_they_could_not_commit, |db| {
    forty_rows(db);
    let inside = migration(Metadata::new("1")).up(|op| {
        op.update_in_batches("t", 10, |op, keys| {
            op.execute(format!("update t set n = n + 1 where {keys}"))?;
            Ok(())
        })?;
        Ok(())
    });
    let error = Migrator::new().with(inside).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("transaction = false"), "{error}");
    assert_eq!(counted(db), [(0, 40)]);
});

case!(a_table_that_cannot_be_walked_is_refused, |db| {
    let kind = |migrator: Migrator| migrator.run_pending(&mut *db.connect()).map_err(|error| error.kind()).unwrap_err();
    assert_eq!(kind(Migrator::new().with(counts_up(10))), ErrorKind::PreconditionFailed);
    db.sql("create table t (id integer, n integer)");
    let error = Migrator::new().with(counts_up(10)).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("primary key"), "{error}");
    if db.engine() == Engine::Sqlite {
        db.sql(
            "drop table t; create table t (id text primary key, n integer default 0); insert into t (id) values (null)",
        );
        assert_eq!(kind(Migrator::new().with(counts_up(10))), ErrorKind::PreconditionFailed);
    }
});

case!(other_batches_than_those_that_broke_off_are_interrupted, |db| {
    forty_rows(db);
    db.sql("create table u (id integer primary key, n integer not null default 0)");
    Migrator::new().with(fails_in(2)).run_pending(&mut *db.connect()).unwrap_err();
    let other = migration(Metadata::new("1").transaction(false)).up(|op| {
        op.update_in_batches("u", 10, |_, _| Ok(()))?;
        Ok(())
    });
    let error = Migrator::new().with(other).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
});

case!(only = [Postgres, MariaDb], a_batch_whose_rows_somebody_holds_is_tried_again, |db| {
    forty_rows(db);
    let mut other = db.connect();
    let holder = session::of(&mut *other);
    holder.begin();
    holder.sql("update t set n = n where id = 25");
    let retried: Arc<Mutex<u32>> = Arc::default();
    let told = retried.clone();
    let migrator = Migrator::new().with(counts_up(10)).statement_lock_timeout(Duration::from_millis(300));
    let migrator = migrator.observer(move |event| {
        if let Event::Retrying { .. } = event {
            *told.lock().unwrap() += 1;
        }
    });
    thread::scope(|scope| {
        let url = db.url();
        let runs = scope.spawn(move || migrator.run_pending(&mut *db.connect_to(url)).map(|report| report.to_string()));
        while *retried.lock().unwrap() == 0 && !runs.is_finished() {
            thread::sleep(Duration::from_millis(20));
        }
        holder.rollback();
        runs.join().unwrap().unwrap();
    });
    assert!(*retried.lock().unwrap() > 0);
    assert_eq!(counted(db), [(1, 40)]);
});

case!(a_batch_may_use_the_users_own_connection_and_statements_stand_beside_batches, |db| {
    forty_rows(db);
    let mixed = || {
        migration(Metadata::new("1").transaction(false)).up(|op| {
            op.execute("create table log (text varchar(200))")?;
            op.update_in_batches("t", 15, |op, keys| {
                own_statement(op, &format!("update t set n = n + 1 where {}", keys.condition()))?;
                Ok(())
            })?;
            op.execute("insert into log values ('done')")?;
            op.execute("insert into missing values (1)")?;
            Ok(())
        })
    };
    Migrator::new().with(mixed()).run_pending(&mut *db.connect()).unwrap_err();
    db.sql("create table missing (id integer)");
    Migrator::new().with(mixed()).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(counted(db), [(1, 40)]);
    assert_eq!((db.count("select count(*) from log"), db.count("select count(*) from missing")), (1, 1));
});

/// Through whichever Diesel connection is there.
fn own_statement(op: &mut Operations<'_>, sql: &str) -> MigrationResult {
    use diesel::connection::SimpleConnection as _;
    match op.dialect() {
        #[cfg(feature = "sqlite")]
        migrator_core::Dialect::Sqlite => op.connection::<SqliteConnection>()?.batch_execute(sql)?,
        #[cfg(feature = "postgres")]
        migrator_core::Dialect::Postgres => op.connection::<PgConnection>()?.batch_execute(sql)?,
        #[cfg(feature = "mysql")]
        migrator_core::Dialect::MariaDb => op.connection::<MysqlConnection>()?.batch_execute(sql)?,
        other => return Err(format!("no connection to {other}").into()),
    }
    Ok(())
}
