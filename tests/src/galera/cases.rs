//! Promises 2 and 4 on a cluster: each migration once, whichever node a runner is at, and whoever dies.

use std::process::{Child, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::MysqlConnection;
use diesel::connection::SimpleConnection;
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata};

use super::Case;
use super::cluster::{Cluster, wait_until};
use crate::replica::Project;
use crate::suite::handmade::migration;
use crate::{Engine, TestDatabase};

pub(super) const CASES: [Case; 8] = [
    ("a_table_is_looked_for_while_another_node_defines_it", looked_for),
    ("a_herd_on_three_nodes_runs_each_migration_once_and_all_succeed", herd),
    ("a_killed_holder_is_relieved_on_another_node_after_its_lease", killed),
    ("a_killed_holder_is_relieved_on_its_own_node_at_once", killed_beside),
    ("a_holder_that_was_relieved_sends_nothing_more", relieved),
    ("a_holder_whose_node_is_cut_off_is_relieved_and_told_so", cut_off),
    ("a_session_whose_writes_stay_on_its_node_is_refused", refused),
    ("a_node_without_the_others_refuses_and_says_where_to_go", alone),
];

const ON_EACH_NODE: usize = 4;
/// By hand, as another node would.
const TAKEN: &str = "update __migrator_lease set number = number + 1, beat = beat + 1, owner = uuid(), who = 'another'";
/// What a holder promises at least.
const LEASE: Duration = Duration::from_secs(10);
const VERSIONS: &str = "select version from __diesel_schema_migrations order by version";
const DONE: &str = "select revision from __migrator_history where state = 'done' order by revision";

fn herd(cluster: &Cluster) {
    let db = cluster.database();
    let nodes = (1..=3).cycle().take(3 * ON_EACH_NODE);
    let replicas: Vec<Child> = nodes.map(|node| cluster.replica(node, &db, Project::Counted).start()).collect();
    replicas.into_iter().for_each(assert_succeeds);
    assert_eq!(cluster.agreed(&db, VERSIONS), ["00", "01", "02", "03", "04"]);
    assert_eq!(cluster.agreed(&db, DONE), ["00", "01", "02", "03", "04"]);
    // a second time would have added a second row
    assert_eq!(cluster.agreed(&db, "select number from ran order by number"), ["1", "2", "3", "4"]);
    // one for a whole run, and one for whoever waited for it
    let takings: usize = cluster.agreed(&db, "select number from __migrator_lease")[0].parse().unwrap();
    assert!(takings >= 1, "{takings}");
    assert_eq!(cluster.agreed(&db, "select count(owner) from __migrator_lease"), ["0"]);
}

/// A definition that arrives from another node breaks off what reads there.
fn looked_for(cluster: &Cluster) {
    let db = cluster.database();
    let defines = cluster.clone();
    let (url, done) = (cluster.url(2, &db), Arc::new(AtomicBool::new(false)));
    let stop = done.clone();
    let other = thread::spawn(move || {
        while !stop.load(Ordering::SeqCst) {
            defines.send(2, &url, "create table noise (id int primary key); drop table noise");
        }
    });
    let mut conn = MysqlConnection::establish(&cluster.url(1, &db)).unwrap();
    let looks: Vec<_> = (0..2_000).map(|_| migrator_core::has_table(&mut conn, "noise")).collect();
    done.store(true, Ordering::SeqCst);
    other.join().unwrap();
    let refused: Vec<_> = looks.into_iter().filter_map(Result::err).collect();
    assert!(refused.is_empty(), "{} refused: {}", refused.len(), refused[0]);
}

fn killed(cluster: &Cluster) {
    let db = cluster.database();
    kill_in_the_middle(cluster, 1, &db);
    let since = Instant::now();
    let others: Vec<Child> = [2, 3].map(|node| cluster.replica(node, &db, Project::Slow).start()).into();
    others.into_iter().for_each(assert_succeeds);
    assert!(since.elapsed() > LEASE.mul_f64(0.9), "relieved after {:?}", since.elapsed());
    assert_slow_once(cluster, &db);
}

fn killed_beside(cluster: &Cluster) {
    let db = cluster.database();
    kill_in_the_middle(cluster, 2, &db);
    let since = Instant::now();
    assert_succeeds(cluster.replica(2, &db, Project::Slow).start());
    assert!(since.elapsed() < LEASE.mul_f64(0.9), "relieved after {:?}", since.elapsed());
    assert_slow_once(cluster, &db);
}

type Way = fn(&mut Operations<'_>) -> MigrationResult;

/// Whatever it is about to send: a definition of ours, of its own, or rows.
fn relieved(cluster: &Cluster) {
    let db = cluster.database();
    db.sql("create table kept (id integer primary key)");
    let ways: [(&str, Way); 3] = [
        ("01", |op| Ok(op.create_table("late", |t| t.id()).map(drop)?)),
        ("02", |op| Ok(op.execute("create table late (id integer)").map(drop)?)),
        ("03", |op| Ok(op.execute("insert into kept values (7)").map(drop)?)),
    ];
    for (revision, way) in ways {
        let (nodes, other) = (cluster.clone(), cluster.url(2, &db));
        let migration = migration(Metadata::new(revision).base()).up(move |op| {
            op.create_table(format!("early_{revision}"), |t| t.id())?;
            nodes.send(2, &other, TAKEN);
            way(op)
        });
        let error = Migrator::new().with(migration).run_pending(&mut *db.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockLost, "{error}");
        assert!(!error.to_string().contains("NOT ATOMIC"), "{error}");
        cluster.send(2, &cluster.url(2, &db), "delete from __migrator_lease; truncate __migrator_history");
    }
    assert!(!cluster.has_table(1, &db, "late"));
    assert_eq!(cluster.agreed(&db, "select count(*) from kept"), ["0"]);
    assert_eq!(cluster.agreed(&db, "select count(*) from __diesel_schema_migrations"), ["0"]);
}

fn cut_off(cluster: &Cluster) {
    let db = cluster.database();
    let holder = cluster.replica(3, &db, Project::Slow).start();
    let in_the_middle = "select count(*) from __migrator_history where state in ('running', 'ran')";
    wait_until("the migration is in the middle", || {
        cluster.has_table(1, &db, "slow") && cluster.texts(1, &db, in_the_middle) == ["1"]
    });
    let stopped = cluster.stop(3);
    assert_succeeds(cluster.replica(1, &db, Project::Slow).start());
    drop(stopped);
    let output = holder.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // The node may be back among the others by then, or not yet.
    let is_told = ["has taken the migration lock", "Primary and Synced"].iter().any(|words| told.contains(words));
    assert!(!output.status.success() && is_told, "{output:?}");
    cluster.wait_until_whole();
    assert_slow_once(cluster, &db);
}

fn refused(cluster: &Cluster) {
    let db = cluster.database();
    for (setting, way_out) in [
        ("set session wsrep_on = 0", "SET SESSION wsrep_on = ON"),
        ("set session default_storage_engine = Aria", "SET SESSION default_storage_engine = InnoDB"),
        ("set session binlog_format = STATEMENT", "SET SESSION binlog_format = ROW"),
    ] {
        let mut conn = db.connect();
        set(&mut *conn, setting);
        let error = Project::Counted.migrator(Engine::MariaDb).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(way_out), "{error}");
    }
    assert!(!cluster.has_table(2, &db, "__migrator_history"));
}

fn set(conn: &mut dyn SchemaConnection, setting: &str) {
    conn.as_any().downcast_mut::<MysqlConnection>().unwrap().batch_execute(setting).unwrap();
}

fn alone(cluster: &Cluster) {
    let db = cluster.database();
    let mut conn = db.connect();
    // One that reads what the node had last finds out where it is to write.
    let mut reader = db.connect();
    set(&mut *reader, "set session wsrep_dirty_reads = 1");
    let stopped = [cluster.stop(2), cluster.stop(3)];
    cluster.wait_until_alone(1);
    for (conn, found) in [(&mut conn, "Primary and Synced"), (&mut reader, "it is non-Primary")] {
        let error = Project::Counted.migrator(Engine::MariaDb).run_pending(&mut **conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert!(error.to_string().contains("Primary and Synced"), "{error}");
        assert!(error.to_string().contains(found), "{error}");
    }
    drop(stopped);
    cluster.wait_until_whole();
    Project::Counted.migrator(Engine::MariaDb).run_pending(&mut *conn).unwrap();
    assert_eq!(cluster.agreed(&db, VERSIONS), ["00", "01", "02", "03", "04"]);
}

fn kill_in_the_middle(cluster: &Cluster, node: usize, db: &TestDatabase) {
    let mut holder = cluster.replica(node, db, Project::Slow).start();
    wait_until("the migration is in the middle", || cluster.has_table(node, db, "slow"));
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[track_caller]
fn assert_slow_once(cluster: &Cluster, db: &TestDatabase) {
    assert_eq!(cluster.agreed(db, VERSIONS), ["01"]);
    assert_eq!(cluster.agreed(db, DONE), ["01"]);
    assert_eq!(cluster.agreed(db, "select id from slow"), ["1"]);
}

#[track_caller]
fn assert_succeeds(replica: Child) {
    let output: Output = replica.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
