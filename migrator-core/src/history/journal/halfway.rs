//! Statements that drop several things, one after the other: what is refused, or killed, half-way has dropped some.

use super::doubt::named;
use crate::connection::Database;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::sql::{self, tokens};

/// The tables that are there of those that a statement drops.
pub(super) struct Dropped(Vec<TableName>);

impl Dropped {
    /// None but for a statement that drops several.
    pub(super) fn before(database: &mut dyn Database, dialect: Dialect, sql: &str) -> Result<Self> {
        Ok(Self(if drops_several(sql, dialect) { there(database, &named(sql, dialect))? } else { Vec::new() }))
    }

    /// The error of the statement, with what is gone although it was refused.
    pub(super) fn told_in(&self, error: Error, database: &mut dyn Database) -> Error {
        if self.0.is_empty() || error.kind() == ErrorKind::Connection {
            return error;
        }
        let Ok(left) = there(database, &self.0) else { return error };
        let gone: Vec<String> = self.0.iter().filter(|table| !left.contains(table)).map(ToString::to_string).collect();
        if gone.is_empty() {
            return error;
        }
        error
            .state(format!("it was refused half-way, and of what it drops this is gone: {}", gone.join(", ")))
            .remedy("say IF EXISTS, or leave out what is gone, then run it again")
    }
}

/// Whether a statement may be done in part.
pub(super) fn drops_several(sql: &str, dialect: Dialect) -> bool {
    sql::begins_with(sql, &["DROP"]) && tokens(sql, dialect).any(|token| token.is_punct(","))
}

/// Whether it may be sent again, whatever of it is done.
pub(super) fn asks_for_each(sql: &str, dialect: Dialect) -> bool {
    tokens(sql, dialect).take(5).any(|token| token.is_word("EXISTS"))
}

/// Whether anything of that name is still there.
pub(super) fn leaves_some(database: &mut dyn Database, dialect: Dialect, sql: &str) -> Result<bool> {
    let names = named(sql, dialect);
    Ok(!there(database, &names)?.is_empty() || !database.definitions(&names)?.is_empty())
}

fn there(database: &mut dyn Database, names: &[TableName]) -> Result<Vec<TableName>> {
    let mut there = Vec::new();
    for name in names {
        if database.has_table(name)? {
            there.push(name.clone());
        }
    }
    Ok(there)
}
