//! How many of something, in words.

use std::fmt::Display;

/// `1 row`, `2 rows`: the noun is one that takes an s.
pub(crate) fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let end = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2, 11].map(|count| counted(count, "row")), ["0 rows", "1 row", "2 rows", "11 rows"]);
    }
}
