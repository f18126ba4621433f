//! Which tables the statements of a run may have touched, by the words in them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::name::TableName;

/// The words of every statement that operations sent, and whether there was more that was not seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mentions {
    pub(super) words: BTreeSet<String>,
    /// Whether a body had the user's own connection in hand.
    pub(crate) opaque: bool,
}

/// The settings that free a session of foreign keys.
const FREEING: [&str; 3] = ["foreign_keys", "foreign_key_checks", "session_replication_role"];

impl Mentions {
    pub(super) fn note(&mut self, sql: &str) {
        for word in words(sql) {
            if !self.words.contains(&*word) {
                self.words.insert(word.into_owned());
            }
        }
    }

    /// More of the same run.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.words.extend(other.words);
        self.opaque |= other.opaque;
    }

    /// Whether foreign keys may have been without force meanwhile, whatever the session's setting is now.
    pub(crate) fn frees_of_keys(&self) -> bool {
        FREEING.iter().any(|setting| self.words.contains(*setting))
    }

    /// Whether the table may have been touched: every word of its name was there.
    pub(crate) fn names(&self, table: &TableName) -> bool {
        words(table.name()).all(|word| self.words.contains(&*word))
    }
}

fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.split(move |letter| !is_part(letter)).filter(|word| !word.is_empty()).map(lowercase)
}

fn lowercase(word: &str) -> Cow<'_, str> {
    let is_low = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_low { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_in_whatever_quotes_and_case() {
        let mut mentions = Mentions::default();
        mentions.note("DELETE FROM \"Users\" WHERE id IN (SELECT id FROM `a``b` JOIN order_items)");
        for name in ["users", "a`b", "order_items"] {
            assert!(mentions.names(&name.into()), "{name}");
        }
        assert!(!mentions.names(&"orders".into()));
    }
}
