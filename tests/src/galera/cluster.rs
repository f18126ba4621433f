//! The three nodes, and a database that all of them have.

use std::env;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::direct::Direct;
use crate::replica::{Project, Replica};
use crate::server::Server;
use crate::{Engine, TestDatabase};

/// Three nodes of which each knows the others.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    nodes: Vec<Server>,
    processes: Vec<String>,
}

/// A node that stands still as long as this lives: the others think it dead.
pub(crate) struct Stopped<'c> {
    cluster: &'c Cluster,
    node: usize,
}

impl Cluster {
    /// The cluster that the environment names.
    pub(crate) fn find() -> Result<Self, String> {
        let words = |variable: &str| match env::var(variable) {
            Ok(words) => Ok(words.split_whitespace().map(str::to_owned).collect::<Vec<_>>()),
            Err(_) => Err(format!("{variable} is not set")),
        };
        let (urls, processes) = (words("MIGRATOR_TEST_GALERA_URLS")?, words("MIGRATOR_TEST_GALERA_PIDS")?);
        let nodes = urls.iter().map(|url| Server::at(Engine::MariaDb, url)).collect();
        Ok(Self { nodes, processes })
    }

    /// A database of a case's own, by the first node; the others have it too.
    pub(crate) fn database(&self) -> TestDatabase {
        self.wait_until_whole();
        let db = TestDatabase::create(&self.nodes[0]);
        let has_it = |node: &Server| node.open(&node.url_of(db.name())).is_ok();
        wait_until("every node has the database", || self.nodes.iter().all(has_it));
        db
    }

    /// Where a node, counted from 1, has it.
    pub(crate) fn url(&self, node: usize, db: &TestDatabase) -> String {
        self.nodes[node - 1].url_of(db.name())
    }

    pub(crate) fn replica(&self, node: usize, db: &TestDatabase, project: Project) -> Replica {
        Replica::of(db, project).at(&self.url(node, db))
    }

    /// What a node answers when it has all that the cluster committed before.
    #[track_caller]
    pub(crate) fn texts(&self, node: usize, db: &TestDatabase, query: &str) -> Vec<String> {
        let mut node = self.direct(node, db);
        node.batch("set session wsrep_sync_wait = 15").unwrap();
        let mut rows = Vec::new();
        // A definition of another node breaks off what reads there.
        wait_until("the node answers", || node.rows(query).map(|found| rows = found).is_ok());
        rows.into_iter()
            .map(|row| row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// Past the code under test.
    pub(crate) fn send(&self, node: usize, url: &str, statements: &str) {
        self.nodes[node - 1].open(url).unwrap().batch(statements).unwrap();
    }

    /// What all nodes answer alike.
    #[track_caller]
    pub(crate) fn agreed(&self, db: &TestDatabase, query: &str) -> Vec<String> {
        let first = self.texts(1, db, query);
        for node in [2, 3] {
            assert_eq!(self.texts(node, db, query), first, "node {node}: {query}");
        }
        first
    }

    pub(crate) fn has_table(&self, node: usize, db: &TestDatabase, table: &str) -> bool {
        let query = format!(
            "select count(*) from information_schema.tables where table_schema = database() and table_name = '{table}'"
        );
        self.texts(node, db, &query) == ["1"]
    }

    /// Stands still until the value is dropped.
    pub(crate) fn stop(&self, node: usize) -> Stopped<'_> {
        self.signal("-STOP", node);
        Stopped { cluster: self, node }
    }

    /// Every node answers, and sees the others.
    #[track_caller]
    pub(crate) fn wait_until_whole(&self) {
        let status = "select variable_value from information_schema.global_status where variable_name in \
                      ('WSREP_CLUSTER_SIZE', 'WSREP_LOCAL_STATE_COMMENT') order by variable_name";
        let is_whole = |node: &Server| {
            let rows = node.open(&node.url_of("mysql")).ok().and_then(|mut direct| direct.rows(status).ok());
            let found: Vec<_> = rows.into_iter().flatten().flatten().flatten().collect();
            found == ["3", "Synced"]
        };
        wait_until("the cluster is whole", || self.nodes.iter().all(is_whole));
    }

    /// The node has noticed that the others are away.
    #[track_caller]
    pub(crate) fn wait_until_alone(&self, node: usize) {
        let node = &self.nodes[node - 1];
        let mut direct = node.open(&node.url_of("")).unwrap();
        let mut status = || direct.rows("show status like 'wsrep_cluster_status'").unwrap();
        wait_until("the node is alone", || status()[0][1].as_deref() == Some("non-Primary"));
    }

    fn direct(&self, node: usize, db: &TestDatabase) -> Box<dyn Direct> {
        self.nodes[node - 1].open(&self.url(node, db)).unwrap()
    }

    fn signal(&self, signal: &str, node: usize) {
        assert!(Command::new("kill").args([signal, &self.processes[node - 1]]).status().unwrap().success());
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.cluster.signal("-CONT", self.node);
    }
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(60), "it does not come about that {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
