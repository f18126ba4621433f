//! A script, cut into the statements that are sent one by one.

use super::lexer::{Lexer, SEMICOLON};
use super::nesting::Nesting;
use super::token::{Token, TokenKind};
use crate::dialect::Dialect;

/// One statement of a script.
///
/// It always holds something to send: comments, empty statements and `DELIMITER` lines belong to
/// the [`source`](Self::source) of a neighbour and to nobody's [`text`](Self::text).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    text: &'a str,
    source: &'a str,
    line: usize,
}

impl<'a> Statement<'a> {
    /// What is sent to the server: from the first to the last character that is neither white space
    /// nor comment, without the delimiter. Comments that databases run (`/*! .. */`) and hints
    /// (`/*+ .. */`) are kept.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The part of the script that the statement takes up, with what stands before it and its
    /// delimiter. The sources of a script's statements, joined, are the script.
    pub fn source(&self) -> &'a str {
        self.source
    }

    /// The line of the script in which [`text`](Self::text) starts, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// Cuts a script into its statements, as the database's own client would.
///
/// Quotes, comments and bodies (`CREATE TRIGGER .. BEGIN .. END`, `BEGIN ATOMIC`, procedures, dollar
/// quotes) hold their semicolons; on MySQL and MariaDB `DELIMITER` lines are obeyed. What ends at
/// another delimiter is one statement, whatever semicolons it holds. No text is an error: what is
/// not closed runs to the end, and the database says what is wrong with it. A script of nothing but
/// comments has no statements.
///
/// ```text
/// split("-- one\nSELECT 1;\nSELECT ';'", Dialect::Sqlite)
///     -> text "SELECT 1",    line 2, source "-- one\nSELECT 1;"
///        text "SELECT ';'",  line 3, source "\nSELECT ';'"
/// ```
///
/// Commands of `psql` (`\copy`, data behind `COPY .. FROM stdin`) are not known here.
pub fn split(sql: &str, dialect: Dialect) -> Vec<Statement<'_>> {
    let mut splitter = Splitter::new(sql, dialect);
    while let Some(token) = splitter.lexer.next() {
        splitter.take(&token);
    }
    splitter.finish()
}

struct Splitter<'a> {
    sql: &'a str,
    dialect: Dialect,
    lexer: Lexer<'a>,
    nesting: Nesting<'a>,
    statements: Vec<Statement<'a>>,
    /// Where the last statement's source starts.
    last: usize,
    /// Where the current statement's source starts.
    start: usize,
    text: Text,
    lines: Lines,
}

impl<'a> Splitter<'a> {
    fn new(sql: &'a str, dialect: Dialect) -> Self {
        Self {
            sql,
            dialect,
            lexer: Lexer::new(sql, dialect),
            nesting: Nesting::new(dialect),
            statements: Vec::new(),
            last: 0,
            start: 0,
            text: Text::default(),
            lines: Lines { at: 0, line: 1 },
        }
    }

    fn take(&mut self, token: &Token<'a>) {
        if self.is_end(token) {
            self.end_statement(token.end());
        } else if !self.obeyed_delimiter_line(token) {
            self.nesting.see(token);
            self.text.extend(token);
        }
    }

    /// A delimiter that the script has chosen ends a statement wherever it stands.
    fn is_end(&self, token: &Token<'_>) -> bool {
        let inside = || self.nesting.is_open() || self.lexer.in_code_comment();
        token.kind == TokenKind::Delimiter && (self.lexer.delimiter() != SEMICOLON || !inside())
    }

    fn obeyed_delimiter_line(&mut self, token: &Token<'_>) -> bool {
        let may_be = self.lexer.syntax().delimiter_lines && !self.text.says_something;
        if !may_be || !token.is_word("DELIMITER") {
            return false;
        }
        let line = self.lexer.rest().split_inclusive('\n').next().unwrap_or_default();
        let Some(delimiter) = chosen_delimiter(line) else {
            return false;
        };
        self.lexer.pass_over(line.len());
        self.lexer.set_delimiter(delimiter);
        true
    }

    fn end_statement(&mut self, end: usize) {
        self.nesting = Nesting::new(self.dialect);
        let text = std::mem::take(&mut self.text);
        if !text.says_something {
            return;
        }
        self.statements.push(Statement {
            text: &self.sql[text.start..text.end],
            source: &self.sql[self.start..end],
            line: self.lines.of(self.sql, text.start),
        });
        self.last = self.start;
        self.start = end;
    }

    /// What is left is the last statement, or belongs to it.
    fn finish(mut self) -> Vec<Statement<'a>> {
        self.end_statement(self.sql.len());
        if let Some(last) = self.statements.last_mut() {
            last.source = &self.sql[self.last..];
        }
        self.statements
    }
}

/// From where to where a statement's text goes.
#[derive(Debug, Default)]
struct Text {
    start: usize,
    end: usize,
    begun: bool,
    says_something: bool,
}

impl Text {
    /// Semicolons at either end are left out: they separate, even where `DELIMITER` is in force.
    fn extend(&mut self, token: &Token<'_>) {
        if token.is_semicolon() {
            return;
        }
        if !self.begun {
            self.start = token.start;
            self.begun = true;
        }
        self.end = token.end();
        self.says_something |= !token.is_silent();
    }
}

/// Counts line ends, going forward only.
struct Lines {
    at: usize,
    line: usize,
}

impl Lines {
    fn of(&mut self, sql: &str, at: usize) -> usize {
        self.line += sql[self.at..at].bytes().filter(|byte| *byte == b'\n').count();
        self.at = at;
        self.line
    }
}

/// The argument of a `DELIMITER` line, perhaps in quotes; `line` starts behind the word. The client
/// of the database refuses backslashes.
fn chosen_delimiter(line: &str) -> Option<&str> {
    let argument = line.strip_prefix([' ', '\t'])?.split_ascii_whitespace().next()?;
    let unquoted = ['\'', '"', '`']
        .into_iter()
        .find_map(|quote| argument.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(argument);
    (!unquoted.is_empty() && !unquoted.contains('\\')).then_some(unquoted)
}
