//! The compound statements of MySQL and MariaDB: procedures, functions, triggers, events, and
//! MariaDB's blocks outside of them.
//!
//! `BEGIN`, `END`, `IF`, `REPEAT` and the rest are also names of columns and functions, so a word
//! opens or closes a block only where a statement may start: behind a semicolon, `THEN`, `DO`, a
//! label, and at the start of a body. A body in the manner of Oracle (`IS .. BEGIN`) and packages
//! need a `DELIMITER` line, as they do in the database's own client.

use super::token::{Token, TokenKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// Behind `BEGIN`: a transaction, or with `NOT ATOMIC` a block.
    Begin,
    /// Behind `CREATE` or `ALTER`.
    Create {
        definer: bool,
    },
    Head(Routine),
    /// Behind `FOLLOWS` or `PRECEDES`: another trigger's name.
    Order,
    Body,
    /// In a statement that has no body.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Routine {
    Procedure,
    Function,
    Trigger,
    Event,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Begin,
    If,
    Case,
    /// `CASE` as a value, which ends in a bare `END`.
    CaseValue,
    Loop,
    While,
    Repeat,
    For,
}

impl Block {
    fn opened_by(token: &Token<'_>) -> Option<Self> {
        let blocks = [
            ("BEGIN", Self::Begin),
            ("IF", Self::If),
            ("CASE", Self::Case),
            ("LOOP", Self::Loop),
            ("WHILE", Self::While),
            ("REPEAT", Self::Repeat),
            ("FOR", Self::For),
        ];
        blocks.into_iter().find(|(word, _)| token.is_word(word)).map(|(_, block)| block)
    }

    /// Whether its first inner statement comes at once, without a condition before it.
    fn starts_with_statement(self) -> bool {
        matches!(self, Self::Begin | Self::Loop | Self::Repeat)
    }
}

/// What may stand between a procedure's parameters and its body.
const CHARACTERISTICS: [&str; 13] = [
    "COMMENT",
    "LANGUAGE",
    "SQL",
    "NOT",
    "DETERMINISTIC",
    "CONTAINS",
    "NO",
    "READS",
    "MODIFIES",
    "DATA",
    "SECURITY",
    "DEFINER",
    "INVOKER",
];

/// Words behind which a value is still to come, so that `end` is a column there.
const BEFORE_VALUE: [&str; 14] =
    ["CASE", "WHEN", "THEN", "ELSE", "AND", "OR", "XOR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "DIV", "MOD"];

/// Follows one statement and knows whether a semicolon ends it.
#[derive(Debug, Clone)]
pub(super) struct Compound<'a> {
    place: Place,
    open: Vec<Block>,
    parentheses: usize,
    /// The parameters of a procedure or function are behind us.
    parameters_read: bool,
    /// A statement may start with the next token.
    at_statement: bool,
    /// In a `DECLARE .. HANDLER FOR`, whose body has no mark before it.
    declaration: Declaration,
    previous: Option<Token<'a>>,
    /// The previous token was a block's `END`, so what follows (`END CASE`) opens none.
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declaration {
    No,
    Declare,
    Handler,
}

impl<'a> Compound<'a> {
    pub(super) fn new() -> Self {
        Self {
            place: Place::Start,
            open: Vec::new(),
            parentheses: 0,
            parameters_read: false,
            at_statement: false,
            declaration: Declaration::No,
            previous: None,
            closed: false,
        }
    }

    /// Whether a semicolon here belongs to the statement.
    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn see(&mut self, token: &Token<'a>) {
        if matches!(token.kind, TokenKind::CodeOpen | TokenKind::CodeClose | TokenKind::Hint) {
            return;
        }
        self.count_parentheses(token);
        match self.place {
            Place::Start => self.start(token),
            Place::Begin => self.begin(token),
            Place::Create { definer } => self.create(token, definer),
            Place::Head(routine) => self.head(routine, token),
            Place::Order => self.enter_body(),
            Place::Body => self.body(token),
            Place::Plain => {}
        }
        self.previous = Some(*token);
    }

    fn count_parentheses(&mut self, token: &Token<'_>) {
        if token.is_punct("(") {
            self.parentheses += 1;
        } else if token.is_punct(")") {
            self.parentheses = self.parentheses.saturating_sub(1);
            self.parameters_read |= self.parentheses == 0;
        }
    }

    fn follows_word(&self, word: &str) -> bool {
        self.previous.is_some_and(|previous| previous.is_word(word))
    }

    fn follows_punct(&self, punct: &str) -> bool {
        self.previous.is_some_and(|previous| previous.is_punct(punct))
    }

    fn start(&mut self, token: &Token<'_>) {
        if token.is_word("BEGIN") {
            self.place = Place::Begin;
        } else if token.is_any_word(&["CREATE", "ALTER"]) {
            self.place = Place::Create { definer: false };
        } else {
            self.enter_body();
            self.body(token);
        }
    }

    fn begin(&mut self, token: &Token<'_>) {
        if token.is_word("NOT") {
            self.place = Place::Body;
            self.push(Block::Begin);
            self.at_statement = false;
        } else {
            self.place = Place::Plain;
        }
    }

    fn create(&mut self, token: &Token<'_>, definer: bool) {
        let routines = [
            ("PROCEDURE", Routine::Procedure),
            ("FUNCTION", Routine::Function),
            ("TRIGGER", Routine::Trigger),
            ("EVENT", Routine::Event),
        ];
        let routine = routines.into_iter().find(|(word, _)| token.is_word(word));
        self.place = match routine {
            Some((_, routine)) => {
                self.parameters_read = false;
                Place::Head(routine)
            }
            None if token.is_word("DEFINER") => Place::Create { definer: true },
            None if token.is_any_word(&["OR", "REPLACE", "AGGREGATE"]) => Place::Create { definer },
            None if definer && !token.is_word("VIEW") => Place::Create { definer },
            None => Place::Plain,
        };
    }

    fn head(&mut self, routine: Routine, token: &Token<'_>) {
        match routine {
            Routine::Trigger if token.is_word("ROW") && self.follows_word("EACH") => {
                self.enter_body();
            }
            Routine::Event if token.is_word("DO") && self.parentheses == 0 => self.enter_body(),
            Routine::Procedure | Routine::Function if self.parameters_read && self.parentheses == 0 => {
                self.characteristic(routine, token);
            }
            _ => {}
        }
    }

    /// A word between the parameters and the body, or the body's first.
    fn characteristic(&mut self, routine: Routine, token: &Token<'_>) {
        let starts_body = match routine {
            Routine::Function => token.is_word("RETURN"),
            _ => token.kind == TokenKind::Word && !token.is_any_word(&CHARACTERISTICS),
        };
        if starts_body || Block::opened_by(token).is_some() {
            self.enter_body();
            self.body(token);
        }
    }

    fn enter_body(&mut self) {
        self.place = Place::Body;
        self.at_statement = true;
    }

    fn body(&mut self, token: &Token<'_>) {
        let at_statement = std::mem::take(&mut self.at_statement);
        let closed = std::mem::take(&mut self.closed);
        match token.kind {
            TokenKind::Word if self.follows_punct(".") => {}
            TokenKind::Word if at_statement => self.first_word(token),
            TokenKind::Word if !closed => self.later_word(token),
            _ if token.is_semicolon() => {
                self.at_statement = true;
                self.declaration = Declaration::No;
            }
            _ => self.at_statement = token.is_punct(":"),
        }
        self.close_repeat(token);
    }

    /// A word that starts a statement.
    fn first_word(&mut self, token: &Token<'_>) {
        if let Some(block) = Block::opened_by(token) {
            self.push(block);
        } else if token.is_word("END") {
            self.pop_unless(Block::Repeat);
        } else if token.is_word("ELSE") {
            self.at_statement = true;
        } else if token.is_word("DECLARE") {
            self.declaration = Declaration::Declare;
        } else if token.is_any_word(&["FOLLOWS", "PRECEDES"]) && self.open.is_empty() {
            self.place = Place::Order;
        }
    }

    fn later_word(&mut self, token: &Token<'_>) {
        if token.is_word("CASE") && self.is_open() {
            self.open.push(Block::CaseValue);
        } else if token.is_word("END") {
            self.end_of_case_value();
        } else if token.is_word("HANDLER") && self.declaration == Declaration::Declare {
            self.declaration = Declaration::Handler;
        } else if token.is_word("BEGIN") && self.declaration == Declaration::Handler {
            self.declaration = Declaration::No;
            self.push(Block::Begin);
        } else {
            self.at_statement = self.introduces_statement(token);
        }
    }

    fn introduces_statement(&self, token: &Token<'_>) -> bool {
        match self.open.last() {
            Some(Block::If | Block::Case) => token.is_any_word(&["THEN", "ELSE"]),
            Some(Block::While | Block::For) => token.is_word("DO"),
            Some(Block::Begin) => token.is_word("ATOMIC") && self.follows_word("NOT"),
            _ => false,
        }
    }

    fn push(&mut self, block: Block) {
        self.open.push(block);
        self.at_statement = block.starts_with_statement();
    }

    fn pop_unless(&mut self, block: Block) {
        if self.open.last() != Some(&block) {
            self.closed = self.open.pop().is_some();
        }
    }

    fn end_of_case_value(&mut self) {
        let value_is_whole = self.previous.is_some_and(|previous| match previous.kind {
            TokenKind::Punct => previous.text == ")",
            _ => !previous.is_any_word(&BEFORE_VALUE),
        });
        if value_is_whole && self.open.last() == Some(&Block::CaseValue) {
            self.open.pop();
        }
    }

    /// `UNTIL .. END REPEAT` closes without a semicolon before it.
    fn close_repeat(&mut self, token: &Token<'_>) {
        let closes = token.is_word("REPEAT") && self.follows_word("END");
        if closes && self.open.last() == Some(&Block::Repeat) {
            self.open.pop();
        }
    }
}
