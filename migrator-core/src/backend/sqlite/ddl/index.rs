//! CREATE INDEX in pieces, and any CREATE statement put into a schema.

use super::cursor::Cursor;
use super::patch::inserted;
use super::{Span, mentions, same_name};
use crate::error::Result;

/// A CREATE INDEX statement, as SQLite keeps it, in pieces.
pub(in crate::backend::sqlite) struct CreateIndex<'a> {
    text: &'a str,
    pub(in crate::backend::sqlite) unique: bool,
    keys: Vec<Span>,
    filter: Option<Span>,
}

impl<'a> CreateIndex<'a> {
    pub(in crate::backend::sqlite) fn parse(text: &'a str) -> Result<Self> {
        let mut cursor = Cursor::new(text);
        let unique = cursor.take_words(&["CREATE", "UNIQUE"]);
        while !cursor.is_punct("(") {
            if cursor.take().is_none() {
                return Err(cursor.fault("`(`"));
            }
        }
        let keys = cursor.list()?;
        let filter = cursor.take_words(&["WHERE"]).then(|| cursor.start()..text.len());
        Ok(Self { text, unique, keys, filter })
    }

    /// How many keys it has.
    pub(in crate::backend::sqlite) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// The column that the key at that place is, collated or not, and whether it goes downwards; none for an expression.
    pub(in crate::backend::sqlite) fn column(&self, position: usize) -> Option<(String, bool)> {
        let mut cursor = Cursor::new(&self.text[self.keys.get(position)?.clone()]);
        let name = cursor.name().ok()?;
        if cursor.take_words(&["COLLATE"]) {
            cursor.take();
        }
        let descends = cursor.is_word("DESC");
        cursor.take_any_word(&["ASC", "DESC"]);
        cursor.peek().is_none().then_some((name, descends))
    }

    /// What the key at that place is made of, as it is written, without its order.
    pub(in crate::backend::sqlite) fn key(&self, position: usize) -> Option<&'a str> {
        let key = &self.text[self.keys.get(position)?.clone()];
        let mut end = key.len();
        for token in Cursor::new(key).into_tokens().iter().rev() {
            if !token.is_any_word(&["ASC", "DESC"]) {
                break;
            }
            end = token.start;
        }
        Some(key[..end].trim())
    }

    /// Whether the key at that place goes downwards.
    pub(in crate::backend::sqlite) fn descends(&self, position: usize) -> bool {
        let key = self.keys.get(position).map(|span| Cursor::new(&self.text[span.clone()]).into_tokens());
        key.is_some_and(|tokens| tokens.last().is_some_and(|token| token.is_any_word(&["DESC"])))
    }

    /// The predicate of a partial index.
    pub(in crate::backend::sqlite) fn filter(&self) -> Option<&'a str> {
        self.filter.clone().map(|span| self.text[span].trim())
    }

    /// Whether that column, and nothing else, is what it orders by.
    pub(in crate::backend::sqlite) fn is_only_on(&self, column: &str) -> bool {
        self.keys.len() == 1 && self.column(0).is_some_and(|(name, _)| same_name(&name, column))
    }

    /// Whether a key or the predicate says that name.
    pub(in crate::backend::sqlite) fn names(&self, column: &str) -> bool {
        let texts = self.keys.iter().chain(&self.filter);
        texts.into_iter().any(|span| mentions(&self.text[span.clone()], column))
    }
}

/// A kept `CREATE .. INDEX name`, `CREATE TRIGGER name` or `CREATE VIEW name` with the schema named, so that no table of another schema
/// is meant: `CREATE TRIGGER main.name`.
pub(in crate::backend::sqlite) fn in_schema(text: &str, schema: &str) -> String {
    let tokens = Cursor::new(text).into_tokens();
    let kind = tokens.iter().find(|token| token.is_any_word(&["INDEX", "TRIGGER", "VIEW"]));
    kind.map_or_else(|| text.to_owned(), |kind| inserted(text, kind.end(), &format!(" {schema}.")))
}
