//! How long a quoted thing is. Each function gets text that starts with the opening quote and
//! answers with a length in bytes, the closing quote included; what is never closed runs to the end.

/// The closing quote may be doubled to stand for itself; a backslash takes the next byte with it
/// if `backslash` says so.
pub(super) fn quoted(text: &str, backslash: bool) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[0];
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' if backslash => 2,
            _ if byte != quote => 1,
            _ if bytes.get(at + 1) == Some(&quote) => 2,
            _ => return at + 1,
        };
    }
    bytes.len()
}

/// `[name]`, which cannot hold its closing bracket.
pub(super) fn bracketed(text: &str) -> usize {
    text.find(']').map_or(text.len(), |close| close + 1)
}

/// An `E'..'` string from its quote on. PostgreSQL joins it with a string on a following line, which
/// then has escapes too.
pub(super) fn escape_string(text: &str) -> usize {
    let mut length = quoted(text, true);
    while let Some(gap) = continuation(&text[length..]) {
        length += gap + quoted(&text[length + gap..], true);
    }
    length
}

/// The white space, with a line end in it, before the quote that goes on with a string.
fn continuation(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let gap = &text[..text.len() - rest.len()];
    (rest.starts_with('\'') && gap.contains(['\n', '\r'])).then_some(gap.len())
}

/// `$tag$ .. $tag$`; `None` if the dollar sign opens no such string.
pub(super) fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = dollar_tag(text)?;
    let body = &text[tag.len()..];
    Some(body.find(tag).map_or(text.len(), |close| close + 2 * tag.len()))
}

fn dollar_tag(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let end = name.bytes().position(|byte| !is_tag_byte(byte))?;
    let starts_well = !name.as_bytes()[0].is_ascii_digit();
    (starts_well && name.as_bytes()[end] == b'$').then(|| &text[..end + 2])
}

fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_quotes_need_a_tag_that_is_a_name() {
        for (text, length) in [
            ("$$a$$b", Some(5)),
            ("$a$ $b$ $a$;", Some(11)),
            ("$é$x$é$", Some("$é$x$é$".len())),
            ("$x$a$x", Some(6)),
            ("$1$", None),
            ("$a b$", None),
            ("$", None),
            ("$a", None),
        ] {
            assert_eq!(dollar_quoted(text), length, "{text}");
        }
    }

    #[test]
    fn escape_strings_go_on_in_the_next_line() {
        assert_eq!(escape_string("'a\\''\n  'b\\'';"), 13);
        assert_eq!(escape_string("'a' 'b';"), 3);
    }

    #[test]
    fn unclosed_runs_to_the_end() {
        assert_eq!(quoted("'a''", false), 4);
        assert_eq!(quoted("'a\\", true), 3);
        assert_eq!(bracketed("[a"), 2);
    }
}
