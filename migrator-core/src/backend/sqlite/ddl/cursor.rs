//! A walk over the tokens of one CREATE statement.

use super::Span;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::sql::{Token, TokenKind, tokens};

#[derive(Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // About as many as there are, so that the list seldom grows.
        let mut kept = Vec::with_capacity(text.len() / 4 + 2);
        kept.extend(tokens(text, Dialect::Sqlite));
        Self { text, tokens: kept, at: 0 }
    }

    pub(super) fn into_tokens(self) -> Vec<Token<'a>> {
        self.tokens
    }

    pub(super) fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Where the next token starts; the end of the text behind the last.
    pub(super) fn start(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.start)
    }

    /// Where the last token taken ends.
    pub(super) fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].end())
    }

    pub(super) fn take(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += usize::from(token.is_some());
        token
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is_word(word))
    }

    pub(super) fn is_any_word(&self, words: &[&str]) -> bool {
        self.peek().is_some_and(|token| token.is_any_word(words))
    }

    pub(super) fn is_punct(&self, punct: &str) -> bool {
        self.peek().is_some_and(|token| token.is_punct(punct))
    }

    /// Takes these words, all or none.
    pub(super) fn take_words(&mut self, words: &[&str]) -> bool {
        let next = &self.tokens[self.at..];
        let found = next.len() >= words.len() && next.iter().zip(words).all(|(token, word)| token.is_word(word));
        self.at += if found { words.len() } else { 0 };
        found
    }

    pub(super) fn take_any_word(&mut self, words: &[&str]) -> bool {
        let found = self.is_any_word(words);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_punct(&mut self, punct: &str) -> bool {
        let found = self.is_punct(punct);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_punct(&mut self, punct: &str) -> Result<()> {
        if self.take_punct(punct) { Ok(()) } else { Err(self.fault(&format!("`{punct}`"))) }
    }

    /// Whether the next token may be a name; SQLite takes a string for one.
    pub(super) fn at_name(&self) -> bool {
        let kind = self.peek().map(|token| token.kind);
        matches!(kind, Some(TokenKind::Word | TokenKind::QuotedName | TokenKind::String))
    }

    pub(super) fn name(&mut self) -> Result<String> {
        let name = self.peek().and_then(|token| token.name().or_else(|| token.quoted_text()));
        let name = name.map(std::borrow::Cow::into_owned).ok_or_else(|| self.fault("a name"))?;
        self.at += 1;
        Ok(name)
    }

    /// Takes `( .. )`; what stands between.
    pub(super) fn parentheses(&mut self) -> Result<Span> {
        self.expect_punct("(")?;
        let start = self.end();
        let mut depth = 1;
        while let Some(token) = self.take() {
            depth += i32::from(token.is_punct("(")) - i32::from(token.is_punct(")"));
            if depth == 0 {
                return Ok(start..token.start);
            }
        }
        Err(self.fault("`)`"))
    }

    /// Takes `( .. , .. )`; each entry.
    pub(super) fn list(&mut self) -> Result<Vec<Span>> {
        self.expect_punct("(")?;
        let mut entries = Vec::new();
        loop {
            entries.push(self.entry()?);
            if self.take_punct(")") {
                return Ok(entries);
            }
            self.expect_punct(",")?;
        }
    }

    /// Everything up to the `,` or `)` that belongs to the list.
    fn entry(&mut self) -> Result<Span> {
        let start = self.start();
        while !self.is_punct(",") && !self.is_punct(")") {
            if self.is_punct("(") {
                self.parentheses()?;
            } else if self.take().is_none() {
                return Err(self.fault("`)`"));
            }
        }
        Ok(start..self.end().max(start))
    }

    /// Takes `(a, b COLLATE x DESC, (c))`; the names that the entries begin with.
    pub(super) fn names(&mut self) -> Result<Vec<String>> {
        let entries = self.list()?;
        entries.into_iter().map(|entry| Cursor::new(&self.text[entry]).first_name()).collect()
    }

    fn first_name(mut self) -> Result<String> {
        while self.take_punct("(") {}
        self.name()
    }

    pub(super) fn fault(&self, wanted: &str) -> Error {
        let rest: String = self.text[self.start()..].chars().take(40).collect();
        let message = format!("a statement that SQLite keeps is not understood: {wanted} was expected at `{rest}`");
        Error::unsupported(message, "make the change by SQL of your own").at_statement(self.text)
    }
}
