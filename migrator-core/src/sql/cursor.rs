//! Walking over the tokens of one statement.

use super::{Token, TokenKind, tokens};
use crate::dialect::Dialect;
use crate::name::TableName;

/// The tokens of a statement that say something: hints are left out, and what a comment hides from other servers counts.
pub(crate) fn spoken(sql: &str, dialect: Dialect) -> Vec<Token<'_>> {
    let silent = [TokenKind::Hint, TokenKind::CodeOpen, TokenKind::CodeClose, TokenKind::OpenComment];
    tokens(sql, dialect).filter(|token| !silent.contains(&token.kind)).collect()
}

/// A place in the tokens of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) sql: &'a str,
    pub(crate) dialect: Dialect,
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(sql: &'a str, dialect: Dialect, tokens: &'a [Token<'a>]) -> Self {
        Self { sql, dialect, tokens, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn starting_at(mut self, at: usize) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.peek().is_none_or(|token| token.is_semicolon())
    }

    pub(crate) fn is_at(&self, words: &[&str]) -> bool {
        self.peek().is_some_and(|token| token.is_any_word(words))
    }

    pub(crate) fn is_at_punct(&self, punct: &str) -> bool {
        self.peek().is_some_and(|token| token.is_punct(punct))
    }

    /// Takes one of these words, if it is next.
    pub(crate) fn take(&mut self, words: &[&str]) -> bool {
        let found = self.is_at(words);
        self.at += usize::from(found);
        found
    }

    /// Takes these words, if they are next, one after the other.
    pub(crate) fn take_all(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(ahead, word)| self.tokens.get(self.at + ahead).is_some_and(|token| token.is_word(word)));
        self.at += if found { words.len() } else { 0 };
        found
    }

    pub(crate) fn take_punct(&mut self, punct: &str) -> bool {
        let found = self.is_at_punct(punct);
        self.at += usize::from(found);
        found
    }

    /// Passes over words that say how, not what.
    pub(crate) fn skip(&mut self, words: &[&str]) {
        while self.take(words) {}
    }

    pub(crate) fn skip_if_exists(&mut self) -> bool {
        self.take_all(&["IF", "EXISTS"]) || self.take_all(&["IF", "NOT", "EXISTS"])
    }

    /// A name as the database will keep it.
    pub(crate) fn name(&mut self) -> Option<String> {
        let token = self.peek()?;
        let name = match token.kind {
            // SQLite takes a string for a name where it needs one.
            TokenKind::String if self.dialect == Dialect::Sqlite => token.quoted_text()?.into_owned(),
            _ => token.kept_name(self.dialect)?,
        };
        self.at += 1;
        Some(name)
    }

    /// `a`, `schema.a` or `database.schema.a`.
    pub(crate) fn table(&mut self) -> Option<TableName> {
        let mut parts = vec![self.name()?];
        while self.is_at_punct(".") {
            self.at += 1;
            match self.name() {
                Some(part) => parts.push(part),
                None => break,
            }
        }
        let name = parts.pop()?;
        Some(match parts.pop() {
            // SQLite's own name for the database file.
            Some(schema) if self.dialect == Dialect::Sqlite && schema.eq_ignore_ascii_case("main") => name.into(),
            Some(schema) => (schema.as_str(), name.as_str()).into(),
            None => name.into(),
        })
    }

    /// `a, b.c`, with what stands behind each passed over up to the next comma.
    pub(crate) fn tables(&mut self) -> Vec<TableName> {
        let mut tables = Vec::new();
        loop {
            self.skip(&["ONLY"]);
            tables.extend(self.table());
            self.take_punct("*");
            if !self.take_punct(",") {
                return tables;
            }
        }
    }

    /// Passes over one token, or all of what stands in parentheses or in brackets.
    pub(crate) fn pass(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Passes over everything up to one of these words or puncts outside parentheses and brackets.
    pub(crate) fn pass_to(&mut self, ends: &[&str]) {
        while let Some(token) = self.peek() {
            if token.is_any_word(ends) || ends.iter().any(|end| token.is_punct(end)) {
                return;
            }
            self.pass();
        }
    }

    /// Passes over everything up to the next comma outside parentheses and brackets, and over it; says whether there is one.
    pub(crate) fn pass_comma(&mut self) -> bool {
        self.pass_to(&[","]);
        self.take_punct(",")
    }

    /// Passes over everything up to this word outside parentheses and brackets, and over it.
    pub(crate) fn pass_behind(&mut self, word: &str) {
        self.pass_to(&[word]);
        self.take(&[word]);
    }

    /// The text from one place to another.
    pub(crate) fn text_between(&self, from: usize, to: usize) -> &'a str {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) if from < to => &self.sql[first.start..last.end()],
            _ => "",
        }
    }

    pub(crate) fn tokens(&self) -> &'a [Token<'a>] {
        self.tokens
    }
}
