//! PgBouncer in transaction mode, in front of the PostgreSQL under test.

use tempfile::TempDir;

use crate::TestDatabase;
use crate::private_server::shell;

/// A pooler of a case's own, with three sessions for each database, stopped with this value.
pub(crate) struct Pooler {
    folder: TempDir,
    /// Of the case's database, through the pooler.
    pub(crate) url: String,
}

impl Pooler {
    /// How many sessions its clients share.
    pub(crate) const SESSIONS: usize = 3;

    #[track_caller]
    pub(crate) fn before(db: &TestDatabase) -> Self {
        let folder = tempfile::Builder::new().prefix("migrator-server-").tempdir().unwrap();
        let (credentials, rest) = db.url().split_once("://").unwrap().1.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let (host, port) = server.split_once(':').unwrap_or((server, "5432"));
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let start = format!("servers_start_pgbouncer \"$1\" '{host}' '{port}' '{user}' '{password}'");
        let port = shell(folder.path(), &start);
        let url = format!("postgres://{credentials}@127.0.0.1:{}/{database}", port.trim());
        Self { folder, url }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        shell(self.folder.path(), "servers_stop \"$1\"");
    }
}
