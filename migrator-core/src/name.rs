//! Names: of tables, as the database spells them, and of revisions.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A table's name, letter by letter as the database keeps it, with the schema it stands in where one is given.
///
/// A plain string is the name alone: a dot, a quote or a space in it is part of the name. A pair is schema and name.
///
/// ```
/// use migrator_core::TableName;
/// let users = TableName::from("users");
/// let invoices = TableName::from(("billing", "invoices"));
/// assert_eq!(users.schema(), None);
/// assert_eq!((invoices.schema(), invoices.name()), (Some("billing"), "invoices"));
/// assert_eq!(invoices.to_string(), "billing.invoices");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    schema: Option<String>,
    name: String,
}

impl TableName {
    /// The schema, where one was given.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The table's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is a table that Diesel or this library keeps its own books in.
    pub fn is_bookkeeping(&self) -> bool {
        self.name == "__diesel_schema_migrations" || self.name.starts_with("__migrator_")
    }

    /// The same schema, another table.
    pub(crate) fn sibling(&self, name: impl Into<String>) -> Self {
        Self { schema: self.schema.clone(), name: name.into() }
    }

    /// Every part, schema first, as the database will be given it.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.schema.as_deref().into_iter().chain([self.name.as_str()])
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

impl From<&str> for TableName {
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}

impl From<String> for TableName {
    fn from(name: String) -> Self {
        Self { schema: None, name }
    }
}

impl From<&String> for TableName {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<&TableName> for TableName {
    fn from(name: &TableName) -> Self {
        name.clone()
    }
}

impl From<(&str, &str)> for TableName {
    fn from((schema, name): (&str, &str)) -> Self {
        Self { schema: Some(schema.to_owned()), name: name.to_owned() }
    }
}

/// The identity of a migration: 1 to 50 of `[A-Za-z0-9_.]`, compared byte by byte.
///
/// Hyphens are dropped, as Diesel does with a directory's name: `2026-11-23-031600` is `20261123031600`.
///
/// ```
/// use migrator_core::RevisionId;
/// let revision = RevisionId::new("2026-11-23-031600");
/// assert_eq!(&revision, "20261123031600");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionId(Arc<str>);

impl RevisionId {
    /// Takes the text as it is, hyphens dropped; whether it is a valid revision is asked when the migrations are put in order.
    pub fn new(text: &str) -> Self {
        Self(text.replace('-', "").into())
    }

    /// The text, hyphens dropped.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is wrong with it, in a few words.
    pub(crate) fn fault(&self) -> Option<String> {
        let text = self.as_str();
        let strange = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        if text.is_empty() || text.len() > 50 {
            return Some(format!("it has {} letters, 1 to 50 are allowed", text.chars().count()));
        }
        if RESERVED.contains(&text) {
            return Some("the word has a meaning of its own as a target".to_owned());
        }
        text.chars().find(strange).map(|c| format!("{c:?} is not one of A-Z a-z 0-9 _ ."))
    }
}

const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// As a text: with its schema and a dot before it where it has one.
#[cfg(feature = "serde")]
impl serde::Serialize for TableName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As a text.
#[cfg(feature = "serde")]
impl serde::Serialize for RevisionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for RevisionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RevisionId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq<str> for RevisionId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for RevisionId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for RevisionId {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_in_a_plain_name_is_part_of_the_name() {
        let name = TableName::from("a.b");
        assert_eq!((name.schema(), name.name()), (None, "a.b"));
    }

    #[test]
    fn a_revision_is_fifty_plain_letters_at_most() {
        assert!(RevisionId::new(&"a".repeat(50)).fault().is_none());
        for bad in ["", "head", "heads", "base", "current", "a b", "ü", "a'b", &"a".repeat(51)] {
            assert!(RevisionId::new(bad).fault().is_some(), "{bad:?}");
        }
    }
}
