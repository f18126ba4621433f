//! SQL text as tokens: the only scanner of SQL here.

use super::comment::Comment;
use super::quote;
use super::syntax::Syntax;
use super::token::{Token, TokenKind};
use crate::dialect::Dialect;

/// What an untouched script ends its statements with.
pub(super) const SEMICOLON: &str = ";";

/// The tokens of `sql` in order, without comments and white space.
pub(crate) fn tokens(sql: &str, dialect: Dialect) -> impl Iterator<Item = Token<'_>> {
    Lexer::new(sql, dialect)
}

/// Walks over SQL text. Never fails: what is not closed runs to the end, what is unknown is
/// [`TokenKind::Punct`].
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    sql: &'a str,
    at: usize,
    syntax: Syntax,
    delimiter: &'a str,
    code_comments: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(sql: &'a str, dialect: Dialect) -> Self {
        let syntax = Syntax::of(dialect);
        Self { sql, at: 0, syntax, delimiter: SEMICOLON, code_comments: 0 }
    }

    pub(super) fn syntax(&self) -> &Syntax {
        &self.syntax
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.sql[self.at..]
    }

    /// Leaves out the next `length` bytes.
    pub(super) fn pass_over(&mut self, length: usize) {
        self.at += length;
    }

    pub(super) fn delimiter(&self) -> &'a str {
        self.delimiter
    }

    pub(super) fn set_delimiter(&mut self, delimiter: &'a str) {
        self.delimiter = delimiter;
    }

    /// Whether the last token stands inside `/*! .. */`.
    pub(super) fn in_code_comment(&self) -> bool {
        self.code_comments > 0
    }

    /// Moves to the next token's first character, and says what kind it is if it is a comment that
    /// counts as one.
    fn skip_to_token(&mut self) -> Option<(TokenKind, usize)> {
        loop {
            self.at += blank_length(self.rest());
            if self.at_delimiter(self.at) {
                return Some((TokenKind::Delimiter, self.delimiter.len()));
            }
            match Comment::at(self.rest(), &self.syntax)? {
                Comment::Plain(length) => self.at += length,
                Comment::Hint(length) => return Some((TokenKind::Hint, length)),
                Comment::CodeOpen(length) => return Some((TokenKind::CodeOpen, length)),
                Comment::Open(length) => return Some((TokenKind::OpenComment, length)),
            }
        }
    }

    /// Kind and length of the token that starts here.
    fn measure(&self) -> Option<(TokenKind, usize)> {
        let rest = self.rest();
        let syntax = &self.syntax;
        Some(match *rest.as_bytes().first()? {
            b'\'' => (TokenKind::String, quote::quoted(rest, syntax.backslash_escapes)),
            b'"' if syntax.double_quoted_strings => (TokenKind::String, quote::quoted(rest, syntax.backslash_escapes)),
            b'"' => (TokenKind::QuotedName, quote::quoted(rest, false)),
            b'`' if syntax.backtick_names => (TokenKind::QuotedName, quote::quoted(rest, false)),
            b'[' if syntax.bracket_names => (TokenKind::QuotedName, quote::bracketed(rest)),
            b'$' if syntax.dollar_quotes => dollar(rest),
            b'*' if self.in_code_comment() && rest.starts_with("*/") => (TokenKind::CodeClose, 2),
            sigil if syntax.sigils.contains(&sigil) => self.variable(),
            digit if digit.is_ascii_digit() => self.number(),
            byte if is_name_byte(byte) => self.prefixed_string().unwrap_or_else(|| self.word()),
            _ => (TokenKind::Punct, 1),
        })
    }

    fn word(&self) -> (TokenKind, usize) {
        (TokenKind::Word, self.name_length(0))
    }

    /// `X'00'`, and on PostgreSQL `E'\n'`, `U&'\0061'` and `U&"\0061"`.
    fn prefixed_string(&self) -> Option<(TokenKind, usize)> {
        let rest = self.rest();
        let string = |length| Some((TokenKind::String, length));
        match rest.as_bytes() {
            [b'e' | b'E', b'\'', ..] if self.syntax.string_prefixes => string(1 + quote::escape_string(&rest[1..])),
            [b'u' | b'U', b'&', b'\'', ..] if self.syntax.string_prefixes => {
                string(2 + quote::quoted(&rest[2..], false))
            }
            [b'u' | b'U', b'&', b'"', ..] if self.syntax.string_prefixes => {
                Some((TokenKind::QuotedName, 2 + quote::quoted(&rest[2..], false)))
            }
            [b'b' | b'B' | b'n' | b'N' | b'x' | b'X', b'\'', ..] => {
                string(1 + quote::quoted(&rest[1..], self.syntax.backslash_escapes))
            }
            _ => None,
        }
    }

    /// `@a`, `@@a`, `:a`, `?1`, or the sigil alone.
    fn variable(&self) -> (TokenKind, usize) {
        let sigils = if self.rest().starts_with("@@") { 2 } else { 1 };
        let length = sigils + self.name_length(sigils);
        let lonely = length == 1 && !self.rest().starts_with('?');
        (if lonely { TokenKind::Punct } else { TokenKind::Variable }, length)
    }

    fn number(&self) -> (TokenKind, usize) {
        let rest = self.rest();
        let mut length = self.name_length(0);
        if self.syntax.names_start_with_digits && !is_numeric(&rest[..length]) {
            return (TokenKind::Word, length);
        }
        if follows_fraction(rest, length) {
            length += 1 + self.name_length(length + 1);
        }
        if follows_exponent(rest, length) {
            length += 1 + self.name_length(length + 1);
        }
        (TokenKind::Number, length)
    }

    /// How many bytes from `offset` on belong to one bare name. A delimiter ends it (`END$$`),
    /// unless that is a word itself.
    fn name_length(&self, offset: usize) -> usize {
        let start = self.at + offset;
        let name = self.sql[start..].bytes().take_while(|byte| is_name_byte(*byte)).count();
        let is_word = self.delimiter.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        if is_word || self.delimiter == SEMICOLON {
            return name;
        }
        (0..name).find(|length| self.at_delimiter(start + length)).unwrap_or(name)
    }

    fn at_delimiter(&self, at: usize) -> bool {
        let Some(rest) = self.sql.as_bytes()[at..].strip_prefix(self.delimiter.as_bytes()) else { return false };
        let ends_in_word = self.delimiter.ends_with(|letter: char| letter.is_ascii_alphanumeric());
        !(ends_in_word && rest.first().is_some_and(|byte| is_name_byte(*byte)))
    }

    fn count_code_comments(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::CodeOpen => self.code_comments += 1,
            TokenKind::CodeClose => self.code_comments -= 1,
            _ => {}
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let comment = self.skip_to_token();
        let (kind, length) = comment.or_else(|| self.measure())?;
        let start = self.at;
        self.at += length;
        self.count_code_comments(kind);
        Some(Token { kind, text: &self.sql[start..self.at], start })
    }
}

/// White space, and byte order marks, which stand where files were joined.
fn blank_length(text: &str) -> usize {
    match text.as_bytes() {
        [b'!'..=b'~', ..] => return 0,
        [b' ', b'!'..=b'~', ..] => return 1,
        _ => {}
    }
    let blank = [' ', '\t', '\n', '\r', '\x0b', '\x0c', '\u{feff}'];
    text.len() - text.trim_start_matches(blank).len()
}

/// `$1`, `$tag$..$tag$` or a dollar sign.
fn dollar(rest: &str) -> (TokenKind, usize) {
    if let Some(length) = quote::dollar_quoted(rest) {
        return (TokenKind::String, length);
    }
    match rest[1..].bytes().take_while(u8::is_ascii_digit).count() {
        0 => (TokenKind::Punct, 1),
        digits => (TokenKind::Variable, 1 + digits),
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// `12`, `0x1F`, `0b01`, `1e5`, `1e`; not `2020_users`.
fn is_numeric(run: &str) -> bool {
    let digits = |text: &str, radix| text.chars().all(|digit| digit.is_digit(radix));
    let (whole, exponent) = run.split_once(['e', 'E']).unwrap_or((run, ""));
    match run.as_bytes() {
        [b'0', b'x', ..] => digits(&run[2..], 16),
        [b'0', b'b', ..] => digits(&run[2..], 2),
        _ => digits(whole, 10) && digits(exponent, 10),
    }
}

fn follows_fraction(rest: &str, length: usize) -> bool {
    let whole = rest[..length].bytes().all(|byte| byte.is_ascii_digit());
    let digit = rest.as_bytes().get(length + 1).is_some_and(u8::is_ascii_digit);
    whole && digit && rest.as_bytes()[length] == b'.'
}

fn follows_exponent(rest: &str, length: usize) -> bool {
    let open = rest[..length].ends_with(['e', 'E']) && !rest.starts_with("0x");
    let digit = rest.as_bytes().get(length + 1).is_some_and(u8::is_ascii_digit);
    open && digit && matches!(rest.as_bytes()[length], b'+' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
        tokens(sql, dialect).map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn one_token_of_each_kind() {
        use Dialect::*;
        use TokenKind::*;
        for (dialect, sql, kind) in [
            (Sqlite, "a$b_é1", Word),
            (Sqlite, "[a b]", QuotedName),
            (Sqlite, "`a``b`", QuotedName),
            (Sqlite, "\"a\"\"b\"", QuotedName),
            (Sqlite, "'a\\'", String),
            (Sqlite, "x'00'", String),
            (Sqlite, ":a", Variable),
            (Sqlite, "?1", Variable),
            (Sqlite, "?", Variable),
            (Sqlite, "$a", Variable),
            (Sqlite, "1.5e-3", Number),
            (Sqlite, "0x1F", Number),
            (Postgres, "'a\\'", String),
            (Postgres, "E'a\\'b'", String),
            (Postgres, "U&'a'", String),
            (Postgres, "u&\"a\"", QuotedName),
            (Postgres, "$1", Variable),
            (Postgres, "$$a;'$$", String),
            (Postgres, "$_$a$$b$_$", String),
            (Postgres, "a$b$", Word),
            (Postgres, "/* a", OpenComment),
            (MySql, "'a\\'b'", String),
            (MySql, "\"a\\\"b\"", String),
            (MySql, "`a\\`", QuotedName),
            (MySql, "@a", Variable),
            (MySql, "@@session", Variable),
            (MySql, "2020_users", Word),
            (MySql, "1e5", Number),
            (MySql, "/*!50003", CodeOpen),
            (MySql, "/*+ a */", Hint),
            (MySql, ";", Delimiter),
        ] {
            assert_eq!(kinds(sql, dialect), [(kind, sql)], "{dialect:?} {sql}");
        }
    }

    #[test]
    fn the_same_text_reads_differently() {
        use TokenKind::*;
        let array = [(Word, "a"), (Punct, "["), (Number, "1"), (Punct, "]")];
        assert_eq!(kinds("a[1]", Dialect::Postgres), array);
        assert_eq!(kinds("a[1]", Dialect::Sqlite), [(Word, "a"), (QuotedName, "[1]")]);
        assert_eq!(kinds("_utf8'a'", Dialect::MySql), [(Word, "_utf8"), (String, "'a'")]);
        let host = [(QuotedName, "`a`"), (Punct, "@"), (QuotedName, "`b`")];
        assert_eq!(kinds("`a`@`b`", Dialect::MySql), host);
        let range = [(Number, "1"), (Punct, "."), (Punct, "."), (Number, "10")];
        assert_eq!(kinds("1..10", Dialect::MariaDb), range);
        let label = [(Word, "l"), (Punct, ":"), (Word, "BEGIN")];
        assert_eq!(kinds("l:BEGIN", Dialect::MySql), label);
    }

    #[test]
    fn the_inside_of_a_code_comment_is_read() {
        use TokenKind::*;
        let tokens =
            [(CodeOpen, "/*!40101"), (Word, "SET"), (Word, "a"), (CodeClose, "*/"), (Punct, "*"), (Punct, "/")];
        assert_eq!(kinds("/*!40101 SET /* b */ a */ */", Dialect::MySql), tokens);
    }

    #[test]
    fn a_delimiter_ends_a_name_unless_it_is_a_word() {
        for (delimiter, sql, tokens) in [
            ("$$", "END$$", vec!["END", "$$"]),
            ("$/", "END$/", vec!["END", "$/"]),
            ("//", "END//", vec!["END", "//"]),
            ("go", "category gone go", vec!["category", "gone", "go"]),
            ("§", "1§a§", vec!["1", "§", "a", "§"]),
        ] {
            let mut lexer = Lexer::new(sql, Dialect::MySql);
            lexer.set_delimiter(delimiter);
            assert_eq!(lexer.map(|token| token.text).collect::<Vec<_>>(), tokens);
        }
    }
}
