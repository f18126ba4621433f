//! The pieces of SQL text that mean something.

use std::borrow::Cow;

use crate::dialect::Dialect;

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare name or a keyword.
    Word,
    /// A name in quotes: `"a"`, `` `a` ``, `[a]`.
    QuotedName,
    /// `'a'`, `$$a$$`, `E'a'`, `X'00'`; `"a"` on MySQL.
    String,
    Number,
    /// `@a`, `$1`, `:a`, `?`, with its sigil.
    Variable,
    /// One character of anything else.
    Punct,
    /// What ends a statement: `;`, or what the last `DELIMITER` line said.
    Delimiter,
    /// `/*+ .. */`
    Hint,
    /// `/*!40101`, where the code inside a comment begins.
    CodeOpen,
    /// The `*/` that belongs to a [`TokenKind::CodeOpen`].
    CodeClose,
    /// A comment that never ends, which the database will refuse.
    OpenComment,
}

/// A piece of SQL text, comments and white space left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    /// The piece as it is written, quotes included.
    pub(crate) text: &'a str,
    /// Where it starts, in bytes from the start of the SQL text.
    pub(crate) start: usize,
}

impl<'a> Token<'a> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this bare word, in any case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these bare words, in any case.
    pub(crate) fn is_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    pub(crate) fn is_punct(&self, punct: &str) -> bool {
        self.kind == TokenKind::Punct && self.text == punct
    }

    /// `;`, whether it ends statements at this place or a `DELIMITER` line has put something else
    /// in its stead.
    pub(crate) fn is_semicolon(&self) -> bool {
        self.text == ";" && matches!(self.kind, TokenKind::Punct | TokenKind::Delimiter)
    }

    /// Whether a statement made of nothing but such tokens says nothing.
    pub(crate) fn is_silent(&self) -> bool {
        self.kind == TokenKind::Hint || self.kind == TokenKind::Delimiter || self.is_semicolon()
    }

    /// The name it spells, without quotes and with doubled quotes made one; letters are not folded.
    /// A double-quoted string counts, for MySQL reads it as a name under `ANSI_QUOTES`.
    pub(crate) fn name(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            TokenKind::Word => Some(Cow::Borrowed(self.text)),
            TokenKind::QuotedName => self.quoted_text(),
            TokenKind::String if self.text.starts_with('"') => self.quoted_text(),
            _ => None,
        }
    }

    /// The name as the database keeps it: without quotes PostgreSQL makes it small.
    pub(crate) fn kept_name(&self, dialect: Dialect) -> Option<String> {
        let name = self.name()?;
        let folds = dialect == Dialect::Postgres && self.kind == TokenKind::Word;
        Some(if folds { name.to_lowercase() } else { name.into_owned() })
    }

    /// What stands between the quotes of a name or of a plain string, doubled quotes made one.
    /// Backslashes are left as they are. SQLite takes such a string for a name where it needs one.
    pub(crate) fn quoted_text(&self) -> Option<Cow<'a, str>> {
        if !matches!(self.kind, TokenKind::QuotedName | TokenKind::String) {
            return None;
        }
        if let Some(quoted) = self.text.strip_prefix(['u', 'U']).and_then(|rest| rest.strip_prefix('&')) {
            return inside(quoted).map(|text| Cow::Owned(unicode_escapes(&text)));
        }
        inside(self.text)
    }
}

/// `"a""b"` is `a"b`.
fn inside(quoted: &str) -> Option<Cow<'_, str>> {
    let open = quoted.chars().next()?;
    let close = match open {
        '[' => ']',
        '\'' | '"' | '`' => open,
        _ => return None,
    };
    let inner = &quoted[1..];
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    Some(match open != '[' && inner.contains(open) {
        true => Cow::Owned(inner.replace([open, open].iter().collect::<String>().as_str(), &open.to_string())),
        false => Cow::Borrowed(inner),
    })
}

/// `d\0061t\+000061` of a `U&".."` name is `data`. What is no escape stays as it is.
fn unicode_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        let (digits, skip) = match escape.strip_prefix('+') {
            Some(long) => (long.get(..6), 7),
            None => (escape.get(..4), 4),
        };
        let letter = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        rest = match letter {
            Some(letter) => {
                plain.push(letter);
                &escape[skip..]
            }
            None => {
                plain.push('\\');
                escape.strip_prefix('\\').unwrap_or(escape)
            }
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use crate::dialect::Dialect;
    use crate::sql::tokens;

    fn names(sql: &str, dialect: Dialect) -> Vec<String> {
        tokens(sql, dialect).filter_map(|token| token.name().map(Into::into)).collect()
    }

    #[test]
    fn names_lose_their_quotes() {
        assert_eq!(names(r#"a "b""c" `d``e` [f]"#, Dialect::Sqlite), ["a", "b\"c", "d`e", "f"]);
        assert_eq!(names(r#"U&"d\0061t\+000061\\" u&"é""#, Dialect::Postgres), ["data\\", "é"]);
        assert_eq!(names(r#""a""b" 'c' `d`"#, Dialect::MySql), ["a\"b", "d"]);
        assert_eq!(names("\"&a\" `&b` [&c]", Dialect::Sqlite), ["&a", "&b", "&c"]);
        assert_eq!(names(r#""&\0061" U&"&""#, Dialect::Postgres), [r"&\0061", "&"]);
    }

    #[test]
    fn a_name_may_be_broken_off() {
        assert_eq!(names("\"abc", Dialect::Postgres), ["abc"]);
        assert_eq!(names("[", Dialect::Sqlite), [""]);
        assert_eq!(names("U&\"", Dialect::Postgres), [""]);
    }

    #[test]
    fn a_plain_string_may_serve_as_a_name() {
        let texts: Vec<_> = tokens("DROP TABLE 'it''s'", Dialect::Sqlite).filter_map(|t| t.quoted_text()).collect();
        assert_eq!(texts, ["it's"]);
    }
}
