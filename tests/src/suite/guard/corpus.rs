//! Every way to lose something that is known, and many ways to change a database without losing anything.

use std::collections::BTreeSet;

use migrator_core::ErrorKind;
use migrator_core::prelude::*;

use super::super::handmade::revision;
use super::super::session;
use super::alike::alike;
use super::everyday::EVERYDAY;
use super::harmless::HARMLESS;
use super::losing::LOSING;
use super::shop::{contents, open, own, run};
use super::sly::SLY;
use crate::{Engine, TestDatabase, case};

/// A migration as SQL, on the databases that are named (`s`, `p`, `m`), after what `setup` prepares.
pub(super) struct Sample {
    pub(super) on: &'static str,
    pub(super) setup: &'static str,
    pub(super) sql: &'static str,
    /// Sent through the user's own connection and not by `op.execute`.
    pub(super) own: bool,
}

/// By `op.execute`.
pub(super) const fn sql(on: &'static str, setup: &'static str, sql: &'static str) -> Sample {
    Sample { on, setup, sql, own: false }
}

/// Through the user's own connection.
pub(super) const fn by_own(on: &'static str, setup: &'static str, sql: &'static str) -> Sample {
    Sample { on, setup, sql, own: true }
}

pub(super) fn of(db: &TestDatabase, samples: [&'static [Sample]; 2]) -> Vec<&'static Sample> {
    let letter = match db.engine() {
        Engine::Sqlite => 's',
        Engine::Postgres => 'p',
        Engine::MariaDb => 'm',
    };
    samples.into_iter().flatten().filter(|sample| sample.on.contains(letter)).collect()
}

pub(super) fn prepared(db: &TestDatabase, sample: &Sample) -> TestDatabase {
    let db = db.another();
    open(&db);
    if !sample.setup.is_empty() {
        db.sql(sample.setup);
    }
    db
}

pub(super) fn migrated(db: &TestDatabase, sql: &'static str, by_own: bool) -> Result<(), migrator_core::Error> {
    run(db, move |op| {
        if by_own {
            return own(op, sql);
        }
        op.execute(sql)?;
        Ok(())
    })
    .map(drop)
}

/// Whether the loss was stopped, with everything as it was.
fn is_stopped(db: &TestDatabase, sample: &'static Sample) -> bool {
    let before = contents(db);
    match migrated(db, sample.sql, sample.own) {
        Err(error) if error.kind() == ErrorKind::DataLoss => {
            // Where nothing is rolled back, statements before the one that loses something stand.
            if db.engine() != Engine::MariaDb || !sample.sql.contains(';') {
                assert_eq!(contents(db), before, "{}: {error}", sample.sql);
            }
            assert!(error.to_string().contains("allow_loss("), "{error}");
            true
        }
        Err(error) if error.kind() == ErrorKind::UnguardedDdl => true,
        Err(error) => panic!("{}: {error}", sample.sql),
        Ok(()) => false,
    }
}

/// The statements that docs/guard.md gives as examples under a heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = include_str!("../../../../docs/guard.md");
    let section = text.split(heading).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    section.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// How many cases share the work; each has a time limit.
const PARTS: usize = 4;

fn losses_are_stopped(db: &TestDatabase, part: usize) {
    let mut missed = BTreeSet::new();
    let mut shared: Option<TestDatabase> = None;
    for sample in of(db, [LOSING, SLY]).into_iter().skip(part).step_by(PARTS) {
        // What was stopped has changed nothing, so that the next one finds all as it was.
        let fresh = match shared.take().filter(|_| sample.setup.is_empty()) {
            Some(shared) => shared,
            None => prepared(db, sample),
        };
        let stopped = is_stopped(&fresh, sample);
        if !stopped {
            eprintln!("{}: not stopped: {}", db.engine(), sample.sql);
            missed.insert(sample.sql.to_owned());
        }
        let unchanged = db.engine() != Engine::MariaDb || !sample.sql.contains(';');
        shared = (stopped && unchanged && !sample.own && sample.setup.is_empty()).then_some(fresh);
    }
    let documented = documented("## What is not seen");
    let unknown: Vec<_> = missed.difference(&documented).collect();
    assert!(unknown.is_empty(), "not stopped, and not in docs/guard.md:\n{unknown:#?}");
}

case!(losses_are_stopped_but_for_those_that_the_docs_list_1, |db| losses_are_stopped(db, 0));
case!(losses_are_stopped_but_for_those_that_the_docs_list_2, |db| losses_are_stopped(db, 1));
case!(losses_are_stopped_but_for_those_that_the_docs_list_3, |db| losses_are_stopped(db, 2));
case!(losses_are_stopped_but_for_those_that_the_docs_list_4, |db| losses_are_stopped(db, 3));

/// A database where looking at every table costs more than running a migration again.
fn crowded(db: &TestDatabase, sample: &Sample) -> TestDatabase {
    let db = db.another();
    let tables = (1..=100).map(|number| format!("create table crowd_{number} (id integer primary key, a varchar(9));"));
    db.sql(&tables.collect::<String>());
    open(&db);
    if !sample.setup.is_empty() {
        db.sql(sample.setup);
    }
    db
}

fn second_bodies_are_stopped(db: &TestDatabase, part: usize) {
    let documented = documented("## What is not seen");
    let samples = of(db, [LOSING, SLY]).into_iter().filter(|sample| sample.own && !documented.contains(sample.sql));
    for sample in samples.skip(part).step_by(PARTS) {
        let db = crowded(db, sample);
        let first = revision("1").up(|op| own(op, "insert into crowd_1 values (50, 'new')"));
        let second = revision("2").up(|op| own(op, sample.sql));
        let mut conn = db.connect();
        let error = Migrator::new().with(first).with(second).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{}: {error}", sample.sql);
        assert_eq!(error.report().map_or(0, |report| report.steps().len()), 1, "{}: {error}", sample.sql);
        if db.engine() == Engine::Sqlite {
            let left = session::of(&mut *conn).rows("select name from temp.sqlite_schema");
            assert!(left.is_empty(), "{}: {left:?}", sample.sql);
        }
    }
}

case!(only = [Sqlite, Postgres], what_a_second_body_loses_among_many_tables_is_stopped_1, |db| {
    second_bodies_are_stopped(db, 0);
});
case!(only = [Sqlite, Postgres], what_a_second_body_loses_among_many_tables_is_stopped_2, |db| {
    second_bodies_are_stopped(db, 1);
});
case!(only = [Sqlite, Postgres], what_a_second_body_loses_among_many_tables_is_stopped_3, |db| {
    second_bodies_are_stopped(db, 2);
});
case!(only = [Sqlite, Postgres], what_a_second_body_loses_among_many_tables_is_stopped_4, |db| {
    second_bodies_are_stopped(db, 3);
});

case!(the_losses_are_many_and_of_all_sorts, |db| {
    let samples = of(db, [LOSING, SLY]);
    let bare = |sql: &str| {
        let sql = sql.to_lowercase();
        !sql.contains(';') && (sql.starts_with("delete") || sql.starts_with("drop table"))
    };
    let bare = samples.iter().filter(|sample| !sample.own && sample.setup.is_empty() && bare(sample.sql)).count();
    assert!(bare * 4 <= samples.len(), "{bare} of {}", samples.len());
    let twice = alike(samples.iter().map(|sample| (sample.setup, sample.sql, sample.own)));
    assert!(twice.is_empty(), "alike but for names, numbers and strings: {twice:#?}");
    let missed = documented("## What is not seen");
    let missed = samples.iter().filter(|sample| missed.contains(sample.sql)).count();
    assert!(samples.len() >= 110 && missed * 100 <= samples.len(), "{missed} of {} are missed", samples.len());
    let harmless = of(db, [HARMLESS, EVERYDAY]);
    let twice = alike(harmless.iter().map(|sample| (sample.setup, sample.sql, false)));
    assert!(twice.is_empty(), "alike but for names, numbers and strings: {twice:#?}");
    let stopped = documented("## What is stopped and loses nothing");
    let stopped = harmless.iter().filter(|sample| stopped.contains(sample.sql)).count();
    assert!(harmless.len() >= 200 && stopped * 50 <= harmless.len(), "{stopped} of {} are stopped", harmless.len());
});

fn harmless_goes_through(db: &TestDatabase, part: usize, by_own: bool) {
    let mut stopped = BTreeSet::new();
    let samples = if by_own { [HARMLESS, &[]] } else { [HARMLESS, EVERYDAY] };
    for sample in of(db, samples).into_iter().skip(part).step_by(PARTS) {
        let says_something = !sample.sql.is_empty() && !sample.sql.starts_with("--");
        let run = || migrated(&prepared(db, sample), sample.sql, by_own);
        if (says_something || !by_own)
            && let Err(error) = run()
        {
            eprintln!("{}: stopped: {}: {error}", db.engine(), sample.sql);
            stopped.insert(sample.sql.to_owned());
        }
    }
    let documented = documented("## What is stopped and loses nothing");
    let unknown: Vec<_> = stopped.difference(&documented).collect();
    assert!(unknown.is_empty(), "stopped, and not in docs/guard.md:\n{unknown:#?}");
}

case!(harmless_sql_goes_through_1, |db| harmless_goes_through(db, 0, false));
case!(harmless_sql_goes_through_2, |db| harmless_goes_through(db, 1, false));
case!(harmless_sql_goes_through_3, |db| harmless_goes_through(db, 2, false));
case!(harmless_sql_goes_through_4, |db| harmless_goes_through(db, 3, false));
case!(harmless_bodies_go_through_1, |db| harmless_goes_through(db, 0, true));
case!(harmless_bodies_go_through_2, |db| harmless_goes_through(db, 1, true));
case!(harmless_bodies_go_through_3, |db| harmless_goes_through(db, 2, true));
case!(harmless_bodies_go_through_4, |db| harmless_goes_through(db, 3, true));
