//! The lock of a cluster, where a session's lock is one node's own: a row that whoever holds it renews.

use std::sync::LazyLock;

use super::Database;
use crate::error::{Failure, Result};

/// One taking of the lock. A statement that is sent with a renewal before it is not sent when somebody else has taken the
/// lock since: that is an error of the kind `LockLost`.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Renews it, or is refused.
    pub renewal: String,
    /// The same before work that takes long without a word.
    pub long_renewal: String,
    /// Puts back what the session was given for the time of the lease.
    pub restoring: Option<String>,
    /// Gives it back, if it is still this taking.
    pub end: String,
}

/// So often a lease is given back that a conflict of the cluster's stands in the way of; then it runs out.
const ENDINGS: usize = 5;

impl Lease {
    /// A statement that is sent only while the lease stands.
    pub(crate) fn before(&self, sql: &str) -> String {
        format!("{};\n{sql}", self.renewal)
    }

    /// Gives it back; where the node refuses that for now, it runs out by itself.
    pub(crate) fn end(&self, database: &mut dyn Database) -> Result<()> {
        let restored = self.restoring.as_ref().map_or(Ok(()), |sql| database.batch(sql));
        for _ in 0..ENDINGS {
            match database.batch(&self.end) {
                Err(error) if error.failure() == Failure::Busy => {}
                ended => return restored.and(ended),
            }
        }
        restored
    }
}

/// The program and process that this is, and the host where `HOSTNAME` tells it.
pub(crate) fn who() -> &'static str {
    static WHO: LazyLock<String> = LazyLock::new(|| {
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
        let host = std::env::var("HOSTNAME").map(|host| format!(" on {host}")).unwrap_or_default();
        let who = format!("{}[{}]{host}", program.unwrap_or_default(), std::process::id());
        who.chars().take(200).collect()
    });
    &WHO
}
