//! A whole database as one file.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::connection::SchemaConnection;
use crate::error::Result;

/// A whole database as one file: what stood in it at one moment, compared, and on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FileBackup {
    path: PathBuf,
    bytes: u64,
}

impl FileBackup {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for FileBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the whole database is in {}: {} bytes", self.path.display(), self.bytes)
    }
}

pub(crate) fn back_up_to_file(conn: &mut dyn SchemaConnection, path: &Path) -> Result<FileBackup> {
    let bytes = conn.database().copy_database(path)?;
    Ok(FileBackup { path: path.to_owned(), bytes })
}
