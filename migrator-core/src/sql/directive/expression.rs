//! The written form of directives: words, strings, calls and lists, as in a Rust attribute.

use super::error::Problem;

/// A directive before its meaning is known: `word(arguments)` or `word = value`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item<'a> {
    pub(super) word: &'a str,
    pub(super) given: Given<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given<'a> {
    Nothing,
    Arguments(Vec<Expression<'a>>),
    Value(Expression<'a>),
}

impl Item<'_> {
    pub(super) fn is_assignment(&self) -> bool {
        matches!(self.given, Given::Value(_))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression<'a> {
    /// `"text"`
    Text(String),
    /// `none`
    Word(&'a str),
    /// `column("users", "name")`
    Call(&'a str, Vec<Expression<'a>>),
    /// `("schema", "table")`
    Tuple(Vec<Expression<'a>>),
    /// `["a", "b"]`
    List(Vec<Expression<'a>>),
}

/// Deeper than any directive goes; keeps hostile text off the call stack.
const DEPTH: usize = 8;

/// The directives of one line.
pub(super) fn items(text: &str) -> Result<Vec<Item<'_>>, Problem> {
    let mut parser = Parser { rest: text };
    let mut items = Vec::new();
    loop {
        items.push(parser.item()?);
        let more = parser.accept(',');
        if parser.at_end() {
            return Ok(items);
        }
        if !more {
            return Err(parser.expected("a comma or the end of the line"));
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn at_end(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty()
    }

    fn accept(&mut self, letter: char) -> bool {
        self.rest = self.rest.trim_start();
        let accepted = self.rest.strip_prefix(letter);
        self.rest = accepted.unwrap_or(self.rest);
        accepted.is_some()
    }

    fn expected(&self, what: &'static str) -> Problem {
        let found = self.rest.split_whitespace().next().unwrap_or_default();
        Problem::Expected { what, found: found.chars().take(40).collect() }
    }

    fn item(&mut self) -> Result<Item<'a>, Problem> {
        let word = self.word("a directive")?;
        let given = if self.accept('(') {
            Given::Arguments(self.list(')', DEPTH)?)
        } else if self.accept('=') {
            Given::Value(self.expression(DEPTH)?)
        } else {
            Given::Nothing
        };
        Ok(Item { word, given })
    }

    fn word(&mut self, what: &'static str) -> Result<&'a str, Problem> {
        self.rest = self.rest.trim_start();
        let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let (word, rest) = self.rest.split_at(self.rest.len() - self.rest.trim_start_matches(in_word).len());
        if word.is_empty() {
            return Err(self.expected(what));
        }
        self.rest = rest;
        Ok(word)
    }

    fn expression(&mut self, depth: usize) -> Result<Expression<'a>, Problem> {
        if depth == 0 {
            return Err(self.expected("fewer parentheses"));
        }
        if self.accept('"') {
            return self.text().map(Expression::Text);
        }
        if self.accept('(') {
            return self.list(')', depth).map(Expression::Tuple);
        }
        if self.accept('[') {
            return self.list(']', depth).map(Expression::List);
        }
        let word = self.word("a string in double quotes, a word or a list")?;
        if self.accept('(') {
            return Ok(Expression::Call(word, self.list(')', depth)?));
        }
        Ok(Expression::Word(word))
    }

    /// Up to the closing bracket; a comma may stand before it.
    fn list(&mut self, close: char, depth: usize) -> Result<Vec<Expression<'a>>, Problem> {
        let mut list = Vec::new();
        while !self.accept(close) {
            list.push(self.expression(depth - 1)?);
            if !self.accept(',') && !self.rest.starts_with(close) {
                return Err(self.expected(match close {
                    ']' => "a comma or `]`",
                    _ => "a comma or `)`",
                }));
            }
        }
        Ok(list)
    }

    /// A string literal from behind its opening quote.
    fn text(&mut self) -> Result<String, Problem> {
        let mut text = String::new();
        loop {
            let mut letters = self.rest.chars();
            let letter = letters.next().ok_or_else(|| self.expected("a closing `\"`"))?;
            let after = letters.as_str();
            match letter {
                '"' => {
                    self.rest = after;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                _ => {
                    self.rest = after;
                    text.push(letter);
                }
            }
        }
    }

    /// `\n`, `\"`, `\x41`, `\u{e9}`: what Rust knows.
    fn escape(&mut self) -> Result<char, Problem> {
        let mut letters = self.rest[1..].chars();
        let letter = match letters.next() {
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('0') => Some('\0'),
            Some(quote @ ('"' | '\'' | '\\')) => Some(quote),
            Some('x') => coded(letters.as_str().get(..2), 0x7f),
            Some('u') => return self.unicode_escape(),
            _ => None,
        };
        let length = if self.rest.starts_with("\\x") { 4 } else { 2 };
        let letter = letter.ok_or_else(|| self.expected(ESCAPES))?;
        self.rest = &self.rest[length..];
        Ok(letter)
    }

    fn unicode_escape(&mut self) -> Result<char, Problem> {
        let digits = self.rest[2..].strip_prefix('{').and_then(|open| open.split_once('}'));
        let Some((digits, after)) = digits else {
            return Err(self.expected(ESCAPES));
        };
        let digits = digits.replace('_', "");
        let short = (1..=6).contains(&digits.len());
        let letter = coded(Some(digits.as_str()).filter(|_| short), u32::MAX);
        let letter = letter.ok_or_else(|| self.expected(ESCAPES))?;
        self.rest = after;
        Ok(letter)
    }
}

fn coded(digits: Option<&str>, greatest: u32) -> Option<char> {
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    char::from_u32(code).filter(|_| code <= greatest)
}

const ESCAPES: &str = r#"an escape of Rust: \" \\ \n \r \t \0 \x41 \u{e9}"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(literal: &str) -> Result<String, Problem> {
        let line = format!("a = {literal}");
        match items(&line)?.remove(0).given {
            Given::Value(Expression::Text(text)) => Ok(text),
            other => panic!("not a text: {other:?}"),
        }
    }

    #[test]
    fn strings_are_those_of_rust() {
        let literal = r#""a\"b\\c\nd\te\x41\u{e9}\u{1F_600}é\0\'""#;
        assert_eq!(text(literal).unwrap(), "a\"b\\c\nd\te\x41\u{e9}\u{1F600}é\0'");
        let bad = ["\"a", r#""\q""#, r#""\u{d800}""#, r#""\u{}""#, r#""\u{+41}""#, r#""\xff""#];
        for literal in bad.into_iter().chain([r#""\x4é""#, r#""\u{"#, r#""\"#, r#""\u{1234567}""#]) {
            assert!(text(literal).is_err(), "{literal}");
        }
    }

    #[test]
    fn items_nest_and_may_end_in_a_comma() {
        let parsed = items(r#"a(b("c",), ("d", "e"),), f = ["g"], h,"#).unwrap();
        let text = |text: &str| Expression::Text(text.to_owned());
        let arguments = vec![Expression::Call("b", vec![text("c")]), Expression::Tuple(vec![text("d"), text("e")])];
        assert_eq!(
            parsed,
            [
                Item { word: "a", given: Given::Arguments(arguments) },
                Item { word: "f", given: Given::Value(Expression::List(vec![text("g")])) },
                Item { word: "h", given: Given::Nothing },
            ]
        );
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("a{}", "(".repeat(1_000_000));
        assert!(matches!(items(&deep), Err(Problem::Expected { what: "fewer parentheses", .. })));
    }
}
