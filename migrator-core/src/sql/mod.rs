//! SQL text, read without a database: cut into statements, and asked for its `-- migrator:` lines.
//!
//! [`split`] says where one statement ends and the next begins, as the database's own client would:
//!
//! ```
//! use migrator_core::{Dialect, sql::split};
//! let statements = split("CREATE TABLE a (b TEXT); INSERT INTO a VALUES ('x;y')", Dialect::Sqlite);
//! let texts: Vec<&str> = statements.iter().map(|statement| statement.text()).collect();
//! assert_eq!(texts, ["CREATE TABLE a (b TEXT)", "INSERT INTO a VALUES ('x;y')"]);
//! ```
//!
//! `directives` reads what a SQL migration says about itself:
//!
//! ```text
//! -- migrator: requires(table("users")), allow_loss(column("users", "name"))
//! ALTER TABLE users DROP COLUMN name;
//! ```
//!
//! There is one scanner: the lexer. The splitter stands on it, and so does whoever wants to know
//! what a statement does from its words.

mod comment;
mod compound;
mod cursor;
mod directive;
mod lexer;
mod nesting;
mod quote;
mod split;
mod statement_list;
mod syntax;
mod temporary;
mod token;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scripts;

pub(crate) use cursor::{Cursor, spoken};
pub(crate) use directive::{Directive, directives};
pub(crate) use lexer::tokens;
pub use split::{Statement, split};
pub(crate) use temporary::temporary_table;
#[allow(unused_imports, reason = "only the backend that edits kept statements names them")]
pub(crate) use token::{Token, TokenKind};

/// Whether a statement begins with one of these words.
pub(crate) fn begins_with(sql: &str, words: &[&str]) -> bool {
    let word = sql.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    words.iter().any(|one| word.eq_ignore_ascii_case(one))
}

/// A statement's beginning, on one line.
pub(crate) fn beginning(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        None => line,
        Some((end, _)) => format!("{} …", &line[..end]),
    }
}
