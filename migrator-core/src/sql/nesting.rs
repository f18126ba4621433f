//! Whether a semicolon ends the statement it stands in.

use super::compound::Compound;
use super::statement_list::{self, StatementList};
use super::token::Token;
use crate::dialect::Dialect;

/// Follows the tokens of one statement, in the grammar of its database.
#[derive(Debug, Clone)]
pub(super) enum Nesting<'a> {
    StatementList(StatementList),
    Compound(Compound<'a>),
}

impl<'a> Nesting<'a> {
    pub(super) fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::StatementList(StatementList::new(statement_list::SQLITE)),
            Dialect::Postgres => Self::StatementList(StatementList::new(statement_list::POSTGRES)),
            Dialect::MySql | Dialect::MariaDb => Self::Compound(Compound::new()),
        }
    }

    pub(super) fn see(&mut self, token: &Token<'a>) {
        match self {
            Self::StatementList(list) => list.see(token),
            Self::Compound(compound) => compound.see(token),
        }
    }

    /// Whether a semicolon here belongs to the statement.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::StatementList(list) => list.is_open(),
            Self::Compound(compound) => compound.is_open(),
        }
    }
}
