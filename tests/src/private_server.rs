//! A server of a case's own, with settings that keep what was committed, to be killed and started again.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::server::Server;
use crate::{Engine, TestDatabase};

/// A PostgreSQL or MariaDB that nobody else uses, stopped with this value.
pub(crate) struct PrivateServer {
    engine: Engine,
    folder: TempDir,
    url: String,
}

impl PrivateServer {
    #[track_caller]
    pub(crate) fn start(engine: Engine) -> Self {
        let folder = tempfile::Builder::new().prefix("migrator-server-").tempdir().unwrap();
        let said =
            shell(folder.path(), &format!("servers_start \"$1\" {engine} && cat \"$1/urls\"", engine = engine.name()));
        let url = said.lines().find_map(|line| line.rsplit_once("_URL=")).unwrap().1.to_owned();
        Self { engine, folder, url }
    }

    /// A fresh database on it.
    #[track_caller]
    pub(crate) fn database(&self) -> TestDatabase {
        TestDatabase::create(&Server::at(self.engine, &self.url))
    }

    /// A command of the shell that kills it (`kill -9`), with every process that works for it.
    pub(crate) fn killer(&self) -> String {
        let folder = self.folder.path().display();
        format!(". '{SCRIPT}' && servers_kill '{folder}' {}", self.engine.name())
    }

    /// Brings it back after it was killed; it recovers what was committed.
    #[track_caller]
    pub(crate) fn start_again(&self) {
        let engine = self.engine.name();
        let (_, port) = self.url.rsplit_once(':').unwrap();
        let (port, _) = port.split_once('/').unwrap();
        shell(self.folder.path(), &format!("servers_launch_{engine} \"$1/{engine}\" {port}"));
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        shell(self.folder.path(), "servers_stop \"$1\"");
    }
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/servers.sh");

/// Runs a command of `servers.sh`; what it prints.
#[track_caller]
pub(crate) fn shell(folder: &Path, command: &str) -> String {
    let script = format!(". '{SCRIPT}'; SERVERS_DURABLE=1; {command}");
    let output = Command::new("bash").args(["-c", &script, "bash"]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
