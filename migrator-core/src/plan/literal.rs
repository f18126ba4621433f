//! A statement with its values written into it, for a person who sends it by hand. Pure.

use crate::connection::Value;
use crate::dialect::SqlRenderer;
use crate::sql::{Token, TokenKind, tokens};

/// The statement with each placeholder replaced by its value.
pub(super) fn inlined(sql: &str, binds: &[Value], renderer: &dyn SqlRenderer) -> String {
    let (mut text, mut at, mut next) = (String::with_capacity(sql.len()), 0, 0);
    for token in tokens(sql, renderer.dialect()) {
        let Some(place) = place(&token, &mut next) else { continue };
        text.push_str(&sql[at..token.start]);
        match binds.get(place) {
            Some(value) => text.push_str(&literal(value, renderer)),
            None => text.push_str(token.text),
        }
        at = token.end();
    }
    text + &sql[at..]
}

/// Which of the values a token stands for.
fn place(token: &Token<'_>, next: &mut usize) -> Option<usize> {
    if token.text == "?" {
        *next += 1;
        return Some(*next - 1);
    }
    let number = token.text.strip_prefix('$').filter(|_| token.kind == TokenKind::Variable)?;
    number.parse::<usize>().ok()?.checked_sub(1)
}

fn literal(value: &Value, renderer: &dyn SqlRenderer) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => renderer.literal(&crate::operation::Literal::Double(*number)),
        Value::Text(text) => renderer.text_literal(text),
        Value::Bytes(bytes) => renderer.bytes_literal(bytes),
    }
}
