//! What a backup is called, and what is told of it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::count::counted;
use crate::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{RevisionId, TableName};

/// The identity of a backup: 24 hexadecimal digits, of which the first 14 are the moment it was made, in UTC.
///
/// ```
/// use migrator_core::BackupId;
/// let id: BackupId = "20261123031600a1b2c3d4e5".parse()?;
/// assert_eq!(id.as_ref(), "20261123031600a1b2c3d4e5");
/// assert!("users".parse::<BackupId>().is_err());
/// # Ok::<(), migrator_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackupId(Arc<str>);

const DIGITS: usize = 24;
const DIGITS_OF_TIME: usize = 14;

impl BackupId {
    /// Unlike any other: the moment, and a digest of what is backed up, by whom, and the how manieth it is.
    pub(super) fn fresh(table: &TableName, made_at: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let seed = format!("{table}\n{made_at}\n{}\n{count}", std::process::id());
        let moment: String = made_at.chars().filter(char::is_ascii_digit).take(DIGITS_OF_TIME).collect();
        let rest = &digest::of_text(&seed)[..DIGITS - DIGITS_OF_TIME];
        Self(format!("{moment}{rest}").into())
    }

    /// The name of the table that holds the copy: of plain letters and short, whatever the original's name and the label.
    pub(super) fn name_of_copy(&self) -> String {
        format!("{COPY}{self}")
    }

    /// The name of the table that is to take the place of the one that is put back, where it is made beside it.
    pub(super) fn name_of_stand_in(&self) -> String {
        format!("{STAND_IN}{self}")
    }
}

/// What the names of copies begin with.
const COPY: &str = "__migrator_b_";
const STAND_IN: &str = "__migrator_r_";

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for BackupId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for BackupId {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for BackupId {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl FromStr for BackupId {
    type Err = Error;

    /// # Errors
    /// `UnknownTarget` for a text that no backup is called by.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.strip_prefix(COPY).unwrap_or(text);
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self(text.to_ascii_lowercase().into()));
        }
        Err(Error::new(ErrorKind::UnknownTarget, format!("{text:?} is not the id of a backup"))
            .state("nothing was read or written")
            .remedy("an id has 24 hexadecimal digits: the list of backups shows them"))
    }
}

/// A copy of a table that stands in the same database, verified by content when it was made.
///
/// Printed, it is a line: the id, the table, how many rows, the copy and the label.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableBackup {
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_text"))]
    pub(super) id: BackupId,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_text"))]
    pub(super) table: TableName,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_text"))]
    pub(super) copy: TableName,
    pub(super) label: String,
    pub(super) rows: u64,
    pub(super) digest: String,
    pub(super) made_at: String,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_optional_text"))]
    pub(super) revision: Option<RevisionId>,
}

#[cfg(feature = "serde")]
fn as_text<S: serde::Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(feature = "serde")]
fn as_optional_text<S: serde::Serializer>(value: &Option<impl fmt::Display>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

impl TableBackup {
    /// What [`Migrator::restore`](crate::Migrator::restore) knows it by.
    pub fn id(&self) -> BackupId {
        self.id.clone()
    }

    /// The table copied, by its full name where the database has schemas.
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The table that holds the copy.
    pub fn copy(&self) -> &TableName {
        &self.copy
    }

    /// The label given; of a backup that a migration made, its revision.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many rows, counted in the original and in the copy.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The digest of the rows, equal in the original and in the copy when it was made.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// When it was made, in UTC as RFC 3339.
    pub fn made_at(&self) -> &str {
        &self.made_at
    }

    /// The migration that made it, where one did.
    pub fn revision(&self) -> Option<&RevisionId> {
        self.revision.as_ref()
    }
}

impl fmt::Display for TableBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}: {} in {}", self.id, self.table, counted(self.rows, "row"), self.copy)?;
        match self.label.as_str() {
            "" => Ok(()),
            label => write!(f, "  {label}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_the_moment_and_is_unlike_any_other() {
        let made_at = "2026-11-23T03:16:00.123456Z";
        let [one, other] = [(), ()].map(|()| BackupId::fresh(&"users".into(), made_at));
        assert!(one.as_ref().starts_with("20261123031600"));
        assert_ne!(one, other);
        assert_eq!(one.to_string().parse::<BackupId>().unwrap(), one);
        assert_eq!(one.name_of_copy().parse::<BackupId>().unwrap(), one);
    }
}
