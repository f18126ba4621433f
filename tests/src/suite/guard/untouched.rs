//! What nothing touches is not read, however the migration is sent.

use migrator_core::prelude::*;

use super::super::handmade::{Handmade, revision};
use super::super::session;
use super::shop::{open, own};
use crate::{Engine, TestDatabase, case};

/// Everything that the guard looks at, done to one table and to one that the run makes.
const ON_LOGS: [&str; 4] = [
    "insert into logs values (50, 'new'); delete from logs where id = 50",
    "update logs set line = 'x' where id = 1; alter table logs add column note varchar(10)",
    "create table fresh (id integer); insert into fresh select id from logs; delete from fresh",
    "update logs set note = null; alter table logs drop column note",
];

/// Tables of the shop that none of them names.
const UNTOUCHED: [&str; 5] = ["orgs", "users", "posts", "tags", "empty_one"];

fn migrations(by_own: bool) -> impl Iterator<Item = Handmade> {
    (1..).zip(ON_LOGS).map(move |(number, sql)| {
        revision(&number.to_string()).up(move |op: &mut Operations<'_>| {
            if by_own {
                return own(op, sql);
            }
            op.execute(sql)?;
            Ok(())
        })
    })
}

/// Runs them; what Diesel was asked to send.
fn sent(db: &TestDatabase, by_own: bool) -> Vec<String> {
    let mut conn = db.connect();
    let seen = session::of(&mut *conn).watch();
    let report = Migrator::new().with_all(migrations(by_own)).run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), ON_LOGS.len());
    seen.take()
}

case!(no_statement_names_a_table_that_the_migrations_texts_do_not, |db| {
    open(db);
    let sent = sent(db, false);
    assert!(sent.iter().any(|sql| sql.to_lowercase().contains("count(") && sql.contains("logs")), "{sent:#?}");
    let named = |sql: &&String| UNTOUCHED.iter().any(|table| sql.contains(&db.quote(table)));
    let strangers: Vec<&String> = sent.iter().filter(named).collect();
    assert!(strangers.is_empty(), "{strangers:#?}");
});

/// The queries among them that read a table from its first row to its last.
fn scans(db: &TestDatabase, sent: &[String], table: &str) -> Vec<String> {
    // What was noted in temporary tables is gone by now.
    let reads = sent.iter().filter(|sql| sql.starts_with("SELECT") && !sql.contains("temp.__migrator_"));
    let reads = reads.filter(|sql| sql.contains(&db.quote(table)));
    let whole = |sql: &&String| {
        let query = sql.split(" -- binds").next().unwrap_or_default();
        let plan = db.rows(&format!("explain query plan {query}"));
        let walks = |step: &String| {
            let mut words = step.split_whitespace();
            words.next() == Some("SCAN") && words.next().is_some_and(|what| what.trim_start_matches("main.") == table)
        };
        plan.iter().flatten().flatten().any(walks)
    };
    reads.filter(whole).cloned().collect()
}

case!(only = [Sqlite], no_query_walks_through_a_table_that_a_body_did_not_touch, |db| {
    open(db);
    let sent = sent(db, true);
    assert!(!scans(db, &sent, "logs").is_empty(), "{sent:#?}");
    for table in UNTOUCHED {
        assert_eq!(scans(db, &sent, table), [""; 0]);
    }
});

/// How often the server has gone through these tables, in any way.
fn read_by_the_server(db: &TestDatabase, tables: &[&str]) -> i64 {
    let names = tables.join("', '");
    let scans = "coalesce(sum(seq_scan + seq_tup_read + coalesce(idx_scan, 0)), 0)::int8";
    db.count(&format!("select {scans} from pg_stat_user_tables where relname in ('{names}')"))
}

/// A server process tells what it has read before it is gone.
fn wait_until_it_is_alone(db: &TestDatabase) {
    let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    while db.count(others) > 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

case!(only = [Postgres], the_server_reads_no_table_that_nothing_touched, |db| {
    for by_own in [false, true] {
        let db = db.another();
        assert_eq!(db.engine(), Engine::Postgres);
        open(&db);
        // What was done here is told once a second, or by whoever asks for it.
        db.sql("select pg_stat_force_next_flush()");
        let before = read_by_the_server(&db, &UNTOUCHED);
        sent(&db, by_own);
        wait_until_it_is_alone(&db);
        assert_eq!(read_by_the_server(&db, &UNTOUCHED), before, "by its own connection: {by_own}");
        assert!(read_by_the_server(&db, &["logs"]) > 0);
    }
});
