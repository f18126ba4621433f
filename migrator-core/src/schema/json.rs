//! Texts of JSON, read as far as telling whether two say the same.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// Deeper than this nobody nests a default, and no stack is tried.
const DEEPEST: usize = 100;

/// The one spelling of what a text of JSON says: members in order, the last of a name alone, no blanks, letters for
/// escapes. `None` for a text that is no JSON.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let mut reader = Reader { letters: text.chars().peekable() };
    let value = reader.value(0)?;
    reader.skip_blanks();
    reader.letters.next().is_none().then_some(value)
}

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        while self.letters.next_if(|letter| matches!(letter, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    fn take(&mut self, letter: char) -> bool {
        self.skip_blanks();
        self.letters.next_if_eq(&letter).is_some()
    }

    fn value(&mut self, depth: usize) -> Option<String> {
        self.skip_blanks();
        match self.letters.peek()? {
            _ if depth > DEEPEST => None,
            '{' => self.object(depth + 1),
            '[' => self.array(depth + 1),
            '"' => self.text().map(|text| format!("{text:?}")),
            letter if letter.is_ascii_alphabetic() => self.word(),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<String> {
        let mut members = BTreeMap::new();
        self.take('{');
        while !self.take('}') {
            if !members.is_empty() && !self.take(',') {
                return None;
            }
            self.skip_blanks();
            let name = self.text()?;
            if !self.take(':') {
                return None;
            }
            members.insert(name, self.value(depth)?);
        }
        let members: Vec<_> = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        Some(format!("{{{}}}", members.join(",")))
    }

    fn array(&mut self, depth: usize) -> Option<String> {
        let mut values = Vec::new();
        self.take('[');
        while !self.take(']') {
            if !values.is_empty() && !self.take(',') {
                return None;
            }
            values.push(self.value(depth)?);
        }
        Some(format!("[{}]", values.join(",")))
    }

    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        self.letters.next_if_eq(&'"')?;
        loop {
            match self.letters.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                letter if letter < ' ' => return None,
                letter => text.push(letter),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.letters.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => return self.unit().and_then(|first| self.letter_of(first)),
            letter @ ('"' | '\\' | '/') => letter,
            _ => return None,
        })
    }

    /// One unit of UTF-16, or the second half of a pair behind the first.
    fn letter_of(&mut self, first: u16) -> Option<char> {
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first.into());
        }
        self.letters.next_if_eq(&'\\')?;
        self.letters.next_if_eq(&'u')?;
        char::decode_utf16([first, self.unit()?]).next()?.ok()
    }

    fn unit(&mut self) -> Option<u16> {
        let digit = |letter: char| letter.to_digit(16);
        (0..4).try_fold(0, |unit, _| Some(unit * 16 + self.letters.next().and_then(digit)? as u16))
    }

    fn word(&mut self) -> Option<String> {
        let word = self.letters_while(|letter| letter.is_ascii_alphabetic());
        ["true", "false", "null"].contains(&word.as_str()).then_some(word)
    }

    /// A number that a double holds whole is printed as one, any other stays as it is written.
    fn number(&mut self) -> Option<String> {
        let written = self.letters_while(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter));
        let digits = written.strip_prefix('-').unwrap_or(&written);
        let (whole, rest) = digits.split_at(digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()));
        let is_whole = whole == "0" || !whole.is_empty() && !whole.starts_with('0');
        let fraction = rest.strip_prefix('.').map(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let number: f64 = written.parse().ok().filter(|_| is_whole && fraction != Some(false))?;
        let is_exact = digits.chars().filter(char::is_ascii_digit).count() <= 15;
        Some(if is_exact { format!("{number}") } else { written })
    }

    fn letters_while(&mut self, is: impl Fn(char) -> bool) -> String {
        std::iter::from_fn(|| self.letters.next_if(|letter| is(*letter))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_value_are_one() {
        for (one, other) in [
            (r#"{"b": 1, "a": [1, 2,null]}"#, r#" {"a":[1,2,null],"b":1}"#),
            (r#"{"a": 1, "a": 2}"#, r#"{"a": 2}"#),
            (r#""\u0041\/\ud83d\ude00\n""#, "\"A/\u{1f600}\\n\""),
            ("1.50", "1.5"),
            ("-0.5e1", "-5"),
            ("[ ]", "[]"),
        ] {
            assert!(canonical(one).is_some(), "{one}");
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
        for (one, other) in [("1", "\"1\""), ("[1,2]", "[2,1]"), ("12345678901234567890", "12345678901234567891")] {
            assert_ne!(canonical(one), canonical(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_spelling() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "{",
            "{a:1}",
            "[1,]",
            "[1 2]",
            "tru",
            "01",
            "1.",
            ".5",
            "+1",
            "'x'",
            r#""\x""#,
            r#""\ud83d""#,
            "1 1",
            &deep,
        ] {
            assert_eq!(canonical(text), None, "{text:.20}");
        }
    }
}
