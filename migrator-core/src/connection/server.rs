//! What a server says of itself.

use std::fmt;

use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ServerInfo {
    /// The product.
    pub dialect: Dialect,
    /// Its version as it prints it.
    pub version: String,
    /// The database connected to: a name, or SQLite's file.
    pub database: String,
    /// The role or user of the session, where there are users.
    pub user: Option<String>,
    /// Whether it takes writes now: no replica, no read-only transaction, no read-only file.
    pub writable: bool,
    /// Why it does not, where it does not.
    pub read_only_reason: Option<String>,
    /// Whether this session may create tables.
    pub can_create_tables: bool,
}

impl ServerInfo {
    /// Where that is, in a line: what a person compares before saying yes. There is no password in it.
    pub(crate) fn place(&self, host: Option<&str>) -> String {
        let host = host.map(|host| format!(" at {host}")).unwrap_or_default();
        let user = self.user.as_ref().map(|user| format!(", user {user}")).unwrap_or_default();
        format!("{} {}{host}, database {}{user}", self.dialect, self.version, self.database)
    }

    /// Before anything is sent that writes.
    pub(crate) fn refuse_read_only(&self) -> Result<()> {
        let Some(reason) = &self.read_only_reason else { return Ok(()) };
        let message = format!("{} {} takes no writes: {reason}", self.dialect, self.database);
        Err(Error::new(ErrorKind::ReadOnly, message)
            .state("nothing was written")
            .remedy("connect to the primary, or give the role and the file the right to write"))
    }
}

impl fmt::Display for ServerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, database {}", self.dialect, self.version, self.database)?;
        if let Some(user) = &self.user {
            write!(f, ", user {user}")?;
        }
        match &self.read_only_reason {
            Some(reason) => write!(f, ", read-only: {reason}"),
            None => f.write_str(if self.can_create_tables { ", writable" } else { ", may not create tables" }),
        }
    }
}
