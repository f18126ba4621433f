//! Values that an UPDATE gives which are not NULL where the column was not.

use crate::dialect::Dialect;
use crate::sql::Cursor;
use crate::sql::{Token, TokenKind};

/// Whether the value ahead makes no value of these columns NULL: a literal, the column itself changed by literals, or
/// something with a literal to fall back on.
pub(super) fn is_never_null(cursor: &Cursor<'_>, columns: &[String]) -> bool {
    let mut ahead = *cursor;
    let certain = match columns {
        [column] => falls_back(&mut ahead) || changes_itself(&mut ahead, column),
        _ => is_literal(&mut ahead),
    };
    certain && (ahead.is_over() || ahead.is_at_punct(",") || ahead.is_at(&["WHERE", "FROM", "RETURNING"]))
}

/// One literal that is not NULL.
fn is_literal(ahead: &mut Cursor<'_>) -> bool {
    ahead.take_punct("-");
    ahead.next().is_some_and(|value| {
        matches!(value.kind, TokenKind::String | TokenKind::Number)
            || value.is_any_word(&["TRUE", "FALSE", "CURRENT_TIMESTAMP", "CURRENT_DATE"])
    })
}

/// `coalesce(.., literal)`
fn falls_back(ahead: &mut Cursor<'_>) -> bool {
    let start = *ahead;
    let mut inside = start;
    let falls = inside.take(&["COALESCE", "IFNULL"]) && inside.take_punct("(") && {
        inside.pass_to(&[","]);
        let mut last = false;
        while inside.take_punct(",") {
            last = is_literal(&mut inside) && inside.is_at_punct(")");
            if !last {
                inside.pass_to(&[",", ")"]);
            }
        }
        last && inside.take_punct(")")
    };
    *ahead = if falls { inside } else { start };
    falls
}

/// `a + 1`, `'x' || a`, `upper(a)`: the column at most once, and literals. On SQLite infinity times nothing is NULL, and
/// infinity less itself.
fn changes_itself(ahead: &mut Cursor<'_>, column: &str) -> bool {
    let (mut seen, mut strings, mut counts, mut joins) = (0, false, false, false);
    loop {
        match ahead.peek() {
            _ if is_the_column(ahead, column) => seen += 1,
            Some(value) if value.kind == TokenKind::String => {
                strings = true;
                ahead.next();
            }
            Some(value) if is_finite_and_not_nothing(value) => drop(ahead.next()),
            _ => return false,
        }
        if ["+", "-", "*"].iter().any(|sign| ahead.take_punct(sign)) {
            counts = true;
        } else if ahead.take_punct("|") && ahead.take_punct("|") {
            joins = true;
        } else {
            return seen <= 1 && !(counts && (strings || joins));
        }
    }
}

/// `a`, or `upper(a)`.
fn is_the_column(ahead: &mut Cursor<'_>, column: &str) -> bool {
    let mut inside = *ahead;
    let within = inside.take(&["UPPER", "LOWER", "TRIM"]) && inside.take_punct("(");
    if !within {
        inside = *ahead;
    }
    let is_string = inside.peek().is_some_and(|token| token.kind == TokenKind::String);
    let same = !is_string
        && inside.name().is_some_and(|name| match inside.dialect {
            Dialect::Postgres => name == column,
            _ => name.eq_ignore_ascii_case(column),
        });
    let found = same && !inside.is_at_punct(".") && (!within || inside.take_punct(")"));
    if found {
        *ahead = inside;
    }
    found
}

fn is_finite_and_not_nothing(value: Token<'_>) -> bool {
    let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    value.kind == TokenKind::Number && digits(value.text) && value.text.contains(|one| ('1'..='9').contains(&one))
}
