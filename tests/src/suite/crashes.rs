//! Promise 4: killed at any moment, and the next run converges, or stops with a named state that a repair clears.

use std::collections::BTreeMap;
use std::time::Duration;

use migrator_core::{ErrorKind, Metadata, Migrator, Repair, inspect_schema};

use super::books::{HISTORY_TABLE, applied, user_tables};
use super::handmade::migration;
use super::session;
use crate::private_server::PrivateServer;
use crate::replica::{Moment, Project, Proxy, Replica};
use crate::{Engine, TestDatabase, case};

type Rows = Vec<Vec<Option<String>>>;

/// Everything a user has: the schema, the rows, and which migrations stand.
#[derive(Debug, PartialEq)]
struct State {
    schema: String,
    rows: BTreeMap<String, Rows>,
    applied: Vec<String>,
    done: Rows,
}

fn state(db: &TestDatabase) -> State {
    let mut schema = inspect_schema(&mut *db.connect()).unwrap();
    schema.tables.retain(|name, _| !name.name().starts_with("__migrator"));
    let rows = |table: String| {
        let mut rows = db.rows(&format!("select * from {}", db.quote(&table)));
        rows.sort();
        (table, rows)
    };
    let done = format!("select revision from {HISTORY_TABLE} where state in ('done', 'stamped') order by id");
    State {
        schema: format!("{schema:#?}"),
        rows: user_tables(db).into_iter().map(rows).collect(),
        applied: applied(db),
        done: db.rows(&done),
    }
}

#[track_caller]
fn assert_same(found: &State, wanted: &State, when: &str) {
    let (found, wanted) = (format!("{found:#?}"), format!("{wanted:#?}"));
    let differs = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
    assert!(found == wanted, "{when}: found and wanted differ at {differs:?}\n{found}");
}

/// The database as it was before anybody came.
pub(super) fn wiped(db: &TestDatabase) {
    match db.engine() {
        Engine::Sqlite => unreachable!("a fresh file costs nothing"),
        Engine::Postgres => {
            db.sql("drop schema public cascade; drop schema if exists migrator_backup cascade; create schema public");
        }
        Engine::MariaDb => {
            let drop = db.tables().iter().map(|table| format!("drop table {};", db.quote(table))).collect::<String>();
            db.sql(&format!("set foreign_key_checks = 0; {drop} set foreign_key_checks = 1"));
        }
    }
}

/// How far apart the moments are that are tried: each, where it costs little or is asked for.
pub(super) fn stride(db: &TestDatabase) -> usize {
    match (db.engine(), std::env::var("MIGRATOR_TEST_EVERY_MOMENT").is_ok()) {
        (Engine::Sqlite, _) | (_, true) => 1,
        _ => 7,
    }
}

pub(super) fn events(output: &std::process::Output) -> usize {
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = told.lines().find_map(|line| line.strip_prefix("events: ")?.parse().ok());
    number.unwrap_or_else(|| panic!("{output:?}"))
}

/// A second, undisturbed run; what it cannot know, a person says who has looked.
pub(super) fn recover(db: &TestDatabase, migrator: &Migrator, moment: usize) {
    let mut conn = db.connect();
    if let Err(error) = migrator.run_pending(&mut *conn) {
        assert_eq!(error.kind(), ErrorKind::Interrupted, "killed at {moment}: {error}");
        session::assert_usable(db, &mut *conn);
        let report = migrator.repair(&mut *conn).unwrap();
        assert_eq!(report.migrations().len(), 1, "killed at {moment}: {report}");
        if !report.is_clear() {
            migrator.repair_as(&mut *conn, looked(db)).unwrap();
        }
        migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("killed at {moment}: {error}"));
    }
    session::assert_usable(db, &mut *conn);
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty(), "killed at {moment}");
}

/// Only what went through the user's own connection is ever in doubt: two statements.
fn looked(db: &TestDatabase) -> Repair {
    let begun = db.count("select count(*) from tags where id = 4") == 1;
    let ended = db.count("select count(*) from orgs where members = 2") == 1;
    if begun && !ended {
        db.sql("delete from tags where id = 4");
    }
    if ended { Repair::Finished } else { Repair::RunAgain }
}

case!(killed_at_any_moment_the_next_run_converges, |db| {
    let migrator = Project::Shop.migrator(db.engine());
    let undisturbed = db.another();
    let output = Replica::of(&undisturbed, Project::Shop).run();
    assert!(output.status.success(), "{output:?}");
    let (wanted, events) = (state(&undisturbed), events(&output));
    let mut moment = 1;
    while moment <= events {
        let fresh = (db.engine() == Engine::Sqlite).then(|| db.another());
        let db = fresh.as_ref().unwrap_or(db);
        let output = Replica::of(db, Project::Shop).that_dies_at(moment).run();
        assert!(output.status.code().is_none(), "not killed at {moment} of {events}: {output:?}");
        recover(db, &migrator, moment);
        assert_same(&state(db), &wanted, &format!("killed at {moment} of {events}"));
        if fresh.is_none() {
            wiped(db);
        }
        moment += stride(db);
    }
});

case!(only = [Postgres, MariaDb], a_connection_that_is_cut_at_any_message_is_gone_on_from, |db| {
    let migrator = Project::Shop.migrator(db.engine());
    let undisturbed = db.another();
    let whole = Proxy::before(&undisturbed, usize::MAX);
    let output = Replica::of(&undisturbed, Project::Shop).at(&whole.url).run();
    assert!(output.status.success(), "{output:?}");
    let (wanted, messages) = (state(&undisturbed), whole.messages());
    let cuts = if std::env::var("MIGRATOR_TEST_EVERY_MOMENT").is_ok() { messages } else { 6 };
    for cut in (1..=cuts).map(|part| part * messages / (cuts + 1)) {
        let proxy = Proxy::before(db, cut);
        let output = Replica::of(db, Project::Shop).at(&proxy.url).run();
        assert!(!output.status.success(), "cut at {cut} of {messages}: {output:?}");
        recover(db, &migrator, cut);
        assert_same(&state(db), &wanted, &format!("cut at {cut} of {messages}"));
        wiped(db);
    }
});

case!(only = [Postgres, MariaDb], a_server_that_is_killed_at_any_moment_and_comes_back_is_gone_on_with, |db| {
    let server = PrivateServer::start(db.engine());
    let (migrator, undisturbed) = (Project::Shop.migrator(db.engine()), server.database());
    let output = Replica::of(&undisturbed, Project::Shop).run();
    assert!(output.status.success(), "{output:?}");
    let (wanted, events) = (state(&undisturbed), events(&output));
    drop(undisturbed);
    let both = |part: usize| [(part, Moment::Before), (part, Moment::During)];
    let moments: Vec<_> = match std::env::var("MIGRATOR_TEST_EVERY_MOMENT").is_ok() {
        true => (1..=events).flat_map(both).collect(),
        false => (1..=4).map(|part| (part * events / 4, both(part)[part % 2].1)).collect(),
    };
    for (event, moment) in moments {
        let db = server.database();
        let output = Replica::of(&db, Project::Shop).that_kills_at(event, moment, server.killer()).run();
        let when = format!("the server killed at {event} of {events}, {moment:?}");
        assert!(output.status.code().is_some(), "{when}: {output:?}");
        assert!(!output.status.success() || moment == Moment::During, "{when}: {output:?}");
        server.start_again();
        recover(&db, &migrator, event);
        assert_same(&state(&db), &wanted, &when);
    }
});

case!(only = [Sqlite], a_full_disk_leaves_the_database_as_it_was, |db| {
    let fills = || {
        migration(Metadata::new("1")).sends(
            "create table filled (a text); insert into filled with recursive n (i) as (select 1 union all \
             select i + 1 from n where i < 2000) select hex(randomblob(200)) from n",
        )
    };
    for transaction in [true, false] {
        let db = db.another();
        let mut conn = db.connect();
        session::of(&mut *conn).sql("create table before (a text); pragma max_page_count = 20");
        let small = |metadata: Metadata| {
            migration(metadata.transaction(transaction)).up(|op| {
                op.execute("insert into before values ('small')")?;
                Ok(())
            })
        };
        let migrator = Migrator::new().with(fills());
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "{error}");
        session::assert_usable(&db, &mut *conn);
        assert_eq!(user_tables(&db), ["before"]);
        Migrator::new().with(small(Metadata::new("0"))).run_pending(&mut *conn).unwrap();
        session::of(&mut *conn).sql("pragma max_page_count = 100000");
        let migrator = Migrator::new().with(small(Metadata::new("0"))).with(fills());
        assert_eq!(migrator.run_pending(&mut *conn).unwrap().steps().len(), 1);
        assert_eq!(db.count("select count(*) from filled"), 2000);
        assert_eq!(db.count("select count(*) from before"), 1);
    }
});

case!(only = [MariaDb], a_definition_that_outlives_its_client_is_waited_for_and_not_sent_twice, |db| {
    let mut client = Replica::of(db, Project::LongDefinition).start();
    let under_way = format!("select count(*) from {HISTORY_TABLE} where state = 'running'");
    while !db.tables().iter().any(|table| table == HISTORY_TABLE) || db.count(&under_way) == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    client.kill().unwrap();
    client.wait().unwrap();
    let output = Replica::of(db, Project::LongDefinition).run();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(db.rows("select a from slept order by a"), [[Some("0".to_owned())], [Some("7".to_owned())]]);
    assert_eq!(applied(db), ["01"]);
});
