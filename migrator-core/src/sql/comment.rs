//! Comments, and what only looks like one.

use super::syntax::Syntax;

/// What stands where a comment begins, with its length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comment {
    Plain(usize),
    Hint(usize),
    /// Only the opening of a comment whose inside is run, version number included.
    CodeOpen(usize),
    /// Without an end, where the database wants one.
    Open(usize),
}

impl Comment {
    /// The comment that `text` starts with.
    pub(super) fn at(text: &str, syntax: &Syntax) -> Option<Self> {
        match text.as_bytes() {
            [b'-', b'-', after @ ..] if dashes_comment(after, syntax) => Some(line(text)),
            [b'#', ..] if syntax.hash_comments => Some(line(text)),
            [b'/', b'*', ..] => Some(block(text, syntax)),
            _ => None,
        }
    }
}

fn dashes_comment(after: &[u8], syntax: &Syntax) -> bool {
    let ends_word = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control();
    !syntax.dashes_need_space || after.first().is_none_or(ends_word)
}

fn line(text: &str) -> Comment {
    Comment::Plain(text.find('\n').map_or(text.len(), |end| end + 1))
}

fn block(text: &str, syntax: &Syntax) -> Comment {
    if let Some(open) = code_open(text, syntax) {
        return Comment::CodeOpen(open);
    }
    match closed_length(text.as_bytes(), syntax.nested_comments) {
        Some(length) if syntax.hints && text.starts_with("/*+") => Comment::Hint(length),
        Some(length) => Comment::Plain(length),
        None if syntax.comments_may_stay_open => Comment::Plain(text.len()),
        None => Comment::Open(text.len()),
    }
}

/// `/*!40101`. A version that never comes, as in the first line of MariaDB's dumps, opens nothing.
fn code_open(text: &str, syntax: &Syntax) -> Option<usize> {
    let opening = syntax.code_comments.iter().find(|opening| text.starts_with(**opening))?;
    let version = &text[opening.len()..];
    let digits = version.bytes().take(6).take_while(u8::is_ascii_digit).count();
    (&version[..digits] != "999999").then_some(opening.len() + digits)
}

fn closed_length(text: &[u8], nested: bool) -> Option<usize> {
    let mut depth = 1;
    let mut at = 2;
    while depth > 0 {
        at += match (text.get(at)?, text.get(at + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                2
            }
            (b'/', Some(b'*')) if nested => {
                depth += 1;
                2
            }
            _ => 1,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn each_database_has_its_own_comments() {
        use Comment::*;
        use Dialect::*;
        for (dialect, text, comment) in [
            (Sqlite, "--a\nb", Some(Plain(4))),
            (MySql, "--a\nb", None),
            (MySql, "-- a", Some(Plain(4))),
            (MySql, "--", Some(Plain(2))),
            (MySql, "--\x01a", Some(Plain(4))),
            (MySql, "#a\r\nb", Some(Plain(4))),
            (Postgres, "#a", None),
            (Postgres, "/*/**/a*/b", Some(Plain(9))),
            (Sqlite, "/*/**/a*/b", Some(Plain(6))),
            (Sqlite, "/*/", Some(Plain(3))),
            (Postgres, "/*/", Some(Open(3))),
            (MySql, "/*", Some(Open(2))),
            (MySql, "/*+ a */", Some(Hint(8))),
            (Postgres, "/*+ a */", Some(Hint(8))),
            (Sqlite, "/*+ a */", Some(Plain(8))),
            (MySql, "/*!40101 SET a */", Some(CodeOpen(8))),
            (MySql, "/*! a */", Some(CodeOpen(3))),
            (MySql, "/*M! a */", Some(Plain(9))),
            (MariaDb, "/*M!100100 a */", Some(CodeOpen(10))),
            (MariaDb, "/*M!999999\\- a */", Some(Plain(17))),
            (Postgres, "/*!1*/", Some(Plain(6))),
        ] {
            assert_eq!(Comment::at(text, &Syntax::of(dialect)), comment, "{dialect:?} {text}");
        }
    }
}
