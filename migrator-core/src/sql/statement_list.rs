//! Bodies that are a plain list of statements, each ended by a semicolon: SQLite's triggers and
//! PostgreSQL's `BEGIN ATOMIC` functions.
//!
//! `END` closes such a body only right behind a semicolon, which is the rule of
//! `sqlite3_complete()`: neither `CASE .. END` nor a column called `end` can stand there.

use super::token::Token;

/// Where in a statement the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// Behind `CREATE`.
    Create,
    /// In the head of something that may have a body.
    Head,
    Body,
    /// In something without a body, or behind its end.
    Plain,
}

/// How a database introduces such a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grammar {
    /// `CREATE` these,
    kinds: &'static [&'static str],
    /// with any of these in between.
    between: &'static [&'static str],
    /// The words that open the body.
    opening: &'static [&'static str],
    /// Whether a semicolon in parentheses ends nothing: `CREATE RULE .. DO (a; b)`.
    parentheses_hold: bool,
}

pub(super) const SQLITE: Grammar =
    Grammar { kinds: &["TRIGGER"], between: &["TEMP", "TEMPORARY"], opening: &["BEGIN"], parentheses_hold: false };

pub(super) const POSTGRES: Grammar = Grammar {
    kinds: &["FUNCTION", "PROCEDURE"],
    between: &["OR", "REPLACE"],
    opening: &["BEGIN", "ATOMIC"],
    parentheses_hold: true,
};

/// Follows one statement and knows whether a semicolon ends it.
#[derive(Debug, Clone)]
pub(super) struct StatementList {
    grammar: Grammar,
    place: Place,
    /// How many of the opening words have been read.
    opened: usize,
    parentheses: usize,
    /// A statement of the body may start here, or the body end.
    at_statement: bool,
}

impl StatementList {
    pub(super) fn new(grammar: Grammar) -> Self {
        Self { grammar, place: Place::Start, opened: 0, parentheses: 0, at_statement: false }
    }

    /// Whether a semicolon here belongs to the statement.
    pub(super) fn is_open(&self) -> bool {
        self.place == Place::Body || (self.grammar.parentheses_hold && self.parentheses > 0)
    }

    pub(super) fn see(&mut self, token: &Token<'_>) {
        self.count_parentheses(token);
        let at_statement = std::mem::take(&mut self.at_statement);
        self.place = match self.place {
            Place::Start => start(token),
            Place::Create => self.create(token),
            Place::Head => self.head(token),
            Place::Body if at_statement && token.is_word("END") => Place::Plain,
            Place::Body => {
                self.at_statement = token.is_semicolon();
                Place::Body
            }
            Place::Plain => Place::Plain,
        };
    }

    fn count_parentheses(&mut self, token: &Token<'_>) {
        if token.is_punct("(") {
            self.parentheses += 1;
        } else if token.is_punct(")") {
            self.parentheses = self.parentheses.saturating_sub(1);
        }
    }

    fn create(&self, token: &Token<'_>) -> Place {
        if token.is_any_word(self.grammar.kinds) {
            Place::Head
        } else if token.is_any_word(self.grammar.between) {
            Place::Create
        } else {
            Place::Plain
        }
    }

    fn head(&mut self, token: &Token<'_>) -> Place {
        self.opened = match token.is_word(self.grammar.opening[self.opened]) {
            true => self.opened + 1,
            false => 0,
        };
        if self.opened < self.grammar.opening.len() {
            return Place::Head;
        }
        self.at_statement = true;
        Place::Body
    }
}

fn start(token: &Token<'_>) -> Place {
    if token.is_word("CREATE") {
        Place::Create
    } else if token.is_any_word(&["EXPLAIN", "QUERY", "PLAN"]) {
        Place::Start
    } else {
        Place::Plain
    }
}
