//! Which names an expression or a statement says.

use super::patch::replaced;
use super::same_name;
use crate::dialect::Dialect;
use crate::sql::{Token, tokens};

/// Whether the text says that name where a column or a table may be meant: not as a function's.
pub(in crate::backend::sqlite) fn mentions(text: &str, name: &str) -> bool {
    let mut tokens = tokens(text, Dialect::Sqlite).peekable();
    while let Some(token) = tokens.next() {
        if is_name(&token, name) && !tokens.peek().is_some_and(|next| next.is_punct("(")) {
            return true;
        }
    }
    false
}

/// Whether the text says `name.`, as an expression does that names its own table.
pub(in crate::backend::sqlite) fn qualifies(text: &str, name: &str) -> bool {
    let mut tokens = tokens(text, Dialect::Sqlite).peekable();
    while let Some(token) = tokens.next() {
        if is_name(&token, name) && tokens.peek().is_some_and(|next| next.is_punct(".")) {
            return true;
        }
    }
    false
}

/// The text with that name in backticks wherever it stood in double quotes, which SQLite takes for a string once no
/// column of that name is there; nothing where it did not.
pub(in crate::backend::sqlite) fn without_double_quotes(text: &str, name: &str) -> Option<String> {
    let doubtful = |token: &Token<'_>| token.text.starts_with('"') && is_name(token, name);
    let found: Vec<_> = tokens(text, Dialect::Sqlite).filter(doubtful).collect();
    let sure = format!("`{}`", name.replace('`', "``"));
    let changed =
        found.iter().rev().fold(text.to_owned(), |text, token| replaced(&text, token.start..token.end(), &sure));
    (!found.is_empty()).then_some(changed)
}

fn is_name(token: &Token<'_>, name: &str) -> bool {
    token.name().is_some_and(|found| same_name(&found, name))
}
