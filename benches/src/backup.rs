//! A verified backup of a large table, beside the database's own copy of it.

use std::process::{Command, Stdio};

use migrator_core::{Migrator, create_table_backup};

use crate::Answer;
use crate::connection::{self, Connected};
use crate::place::{Database, Engine, Place};
use crate::race::{Side, goal, print, race, timed};

const ROUNDS: usize = 5;
const ROWS: usize = 1_000_000;

/// What a backup may take, in times of CREATE TABLE AS.
fn at_most(engine: Engine) -> Option<f64> {
    match engine {
        Engine::Sqlite => Some(3.0),
        Engine::Postgres => Some(3.5),
        Engine::MariaDb => None,
    }
}

pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    let rows = std::env::var("BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    for place in places {
        let database = place.fresh()?;
        let (mut conn, mut other) = (connection::open(&database)?, connection::open(&database)?);
        fill(&mut *conn, place.engine, rows)?;
        let before = memory();
        let bare = Side::new("CREATE TABLE AS", || {
            let sample = timed(|| other.batch("CREATE TABLE copy_of_t AS SELECT * FROM t").map(|()| None))?;
            other.batch("DROP TABLE copy_of_t")?;
            Ok(sample)
        });
        let ours = Side::new("create_table_backup", || {
            let sample = timed(|| Ok(create_table_backup(&mut *conn, "t", "").map(|_| None)?))?;
            Migrator::new().prune(&mut *conn, 0)?;
            Ok(sample)
        });
        let mut sides = vec![bare, ours];
        sides.extend(dump(&database));
        let standings = race(sides, rounds.unwrap_or(ROUNDS))?;
        let [bare, ours, dumps @ ..] = &standings[..] else { continue };
        print(&format!("backup, {}, {rows} rows x 10 columns", place.name), &standings, bare);
        println!("  this program's own memory grew by {} kB at most", memory().saturating_sub(before));
        if let Some(at_most) = at_most(place.engine) {
            goal("create_table_backup to CREATE TABLE AS", ours.to(bare), at_most);
        }
        for dump in dumps {
            goal("create_table_backup to pg_dump -Fc", ours.to(dump), 1.0);
        }
    }
    Ok(())
}

/// The most that this process had at once, in kB. Linux tells.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn dump<'a>(database: &'a Database<'_>) -> Option<Side<'a>> {
    let is_there = Command::new("pg_dump").arg("--version").stdout(Stdio::null()).status().is_ok();
    if database.engine() != Engine::Postgres || !is_there {
        return None;
    }
    Some(Side::new("pg_dump -Fc -t t", move || {
        timed(|| {
            let status = Command::new("pg_dump")
                .args(["-Fc", "-t", "t", "--no-sync", "-f", "/dev/null", database.url()])
                .status()?;
            if status.success() { Ok(None) } else { Err("pg_dump failed".into()) }
        })
    }))
}

/// A number, texts, a decimal, a moment, a flag, a float, a date: what tables are made of.
fn fill(conn: &mut dyn Connected, engine: Engine, rows: usize) -> Answer<()> {
    let create = "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(80) NOT NULL, number INTEGER, amount NUMERIC(12, 2), \
                  moment TIMESTAMP NULL, flag BOOLEAN, ratio DOUBLE PRECISION, code VARCHAR(20), day DATE, note TEXT)";
    match engine {
        Engine::Sqlite => {
            conn.batch(&create.replace("BIGINT", "INTEGER"))?;
            conn.batch(&format!(
                "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {rows}) \
                 INSERT INTO t SELECT i, 'name ' || i, i % 1000, round(i * 1.01, 2), \
                 datetime(1700000000 + i, 'unixepoch'), i % 2, i / 3.0, 'code' || i % 100, \
                 date(1700000000 + i % 365 * 86400, 'unixepoch'), 'a note of no great length ' || i * 7919 % 1000003 FROM s"
            ))
        }
        Engine::Postgres => {
            conn.batch(create)?;
            conn.batch(&format!(
                "INSERT INTO t SELECT i, 'name ' || i, i % 1000, i * 1.01, timestamp '2023-11-14' + i * interval '1 second', \
                 i % 2 = 0, i / 3.0, 'code' || i % 100, date '2023-11-14' + (i % 365)::int, md5(i::text) \
                 FROM generate_series(1, {rows}) i"
            ))?;
            conn.batch("VACUUM ANALYZE t")
        }
        Engine::MariaDb => {
            conn.batch(create)?;
            conn.batch(&format!(
                "INSERT INTO t SELECT seq, concat('name ', seq), seq % 1000, seq * 1.01, \
                 timestamp('2023-11-14') + interval seq second, seq % 2, seq / 3e0, concat('code', seq % 100), \
                 date('2023-11-14') + interval (seq % 365) day, md5(seq) FROM seq_1_to_{rows}"
            ))
        }
    }
}
