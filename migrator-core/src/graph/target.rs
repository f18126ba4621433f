//! Reading a target: `[label@]symbol[±n]`.

use crate::error::{Error, ErrorKind, Result};
use crate::report::Direction;

/// What one target says, not yet looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'t> {
    pub(super) text: &'t str,
    pub(super) label: Option<&'t str>,
    pub(super) symbol: Symbol<'t>,
    /// Up if positive, down if negative, none if not said.
    pub(super) steps: Option<i32>,
}

/// Where a target starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol<'t> {
    /// The one head.
    Head,
    /// All heads.
    Heads,
    /// Nothing applied.
    Base,
    /// What is applied; also when steps stand alone.
    Current,
    /// A revision, a label, or the beginning of a revision.
    Named(&'t str),
}

impl<'t> Target<'t> {
    /// `known` says whether a name is a revision or label as it stands. It decides what a hyphen or plus is: part of a
    /// name (`2026-11-23-031600`), or the sign of steps (`users-2`).
    pub(super) fn parse(text: &'t str, known: impl Fn(&str) -> bool) -> Self {
        let (label, rest) = match text.split_once('@') {
            Some((label, rest)) => (Some(label), rest),
            None => (None, text),
        };
        let (symbol, steps) = match signed(rest).filter(|(symbol, _)| is_start(symbol, rest, known)) {
            Some((symbol, steps)) => (symbol, Some(steps)),
            None => (rest, None),
        };
        Self { text, label, symbol: Symbol::parse(symbol, steps), steps }
    }

    pub(super) fn way(&self) -> Option<Direction> {
        match (self.symbol, self.steps) {
            (Symbol::Base, None) => Some(Direction::Down),
            (Symbol::Head | Symbol::Heads, None) => Some(Direction::Up),
            (Symbol::Current, Some(steps)) => Some(if steps < 0 { Direction::Down } else { Direction::Up }),
            _ => None,
        }
    }

    /// The steps, where they stand alone or after a label.
    pub(super) fn alone(&self) -> Option<i32> {
        let rest = self.text.rsplit('@').next().unwrap_or_default();
        self.steps.filter(|_| rest.starts_with(['+', '-']))
    }

    /// Each of several, with spaces or commas between them.
    pub(super) fn several(text: &'t str, known: impl Fn(&str) -> bool) -> Result<Vec<Self>> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let targets: Vec<Self> = words.map(|word| Self::parse(word, &known)).collect();
        if targets.is_empty() {
            return Err(Error::target(ErrorKind::InvalidTarget, "no target was given").remedy(FORMS));
        }
        Ok(targets)
    }
}

pub(super) const FORMS: &str = "name a revision or the first letters that only it begins with, a label, head, heads, base, \
                                +2, -1, label@head, revision+1 or revision-1";

impl<'t> Symbol<'t> {
    fn parse(symbol: &'t str, steps: Option<i32>) -> Self {
        match symbol {
            "head" => Self::Head,
            "heads" => Self::Heads,
            "base" => Self::Base,
            "current" => Self::Current,
            "" if steps.is_some() => Self::Current,
            name => Self::Named(name),
        }
    }
}

/// The text before a sign, and the steps. More than five digits, or a leading zero, are part of a date.
fn signed(text: &str) -> Option<(&str, i32)> {
    let sign = text.rfind(['+', '-'])?;
    let digits = &text[sign + 1..];
    let counts = matches!(digits.len(), 1..=5)
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    let steps: i32 = digits.parse().ok().filter(|_| counts)?;
    Some((&text[..sign], if text[sign..].starts_with('-') { -steps } else { steps }))
}

/// Whether steps can start here, rather than the whole being a name with hyphens.
fn is_start(symbol: &str, whole: &str, known: impl Fn(&str) -> bool) -> bool {
    let keyword = !matches!(Symbol::parse(symbol, Some(0)), Symbol::Named(_));
    keyword || known(symbol) || !(known(whole) || symbol.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Option<&str>, Symbol<'_>, Option<i32>) {
        let known =
            |name: &str| name == "my-label" || ["1", "12", "20261123"].contains(&name.replace('-', "").as_str());
        let Target { label, symbol, steps, .. } = Target::parse(text, known);
        (label, symbol, steps)
    }

    #[test]
    fn a_target_is_a_label_a_symbol_and_steps() {
        assert_eq!(parse("head"), (None, Symbol::Head, None));
        assert_eq!(parse("+2"), (None, Symbol::Current, Some(2)));
        assert_eq!(parse("x@-1"), (Some("x"), Symbol::Current, Some(-1)));
        assert_eq!(parse("x@head-1"), (Some("x"), Symbol::Head, Some(-1)));
        assert_eq!(parse("base+2"), (None, Symbol::Base, Some(2)));
        assert_eq!(parse("current"), (None, Symbol::Current, None));
        assert_eq!(parse("some+1"), (None, Symbol::Named("some"), Some(1)));
        assert_eq!(parse("my-label-1"), (None, Symbol::Named("my-label"), Some(-1)));
    }

    #[test]
    fn a_date_with_hyphens_is_a_name() {
        for date in ["2026-11-23", "2026-11-23-031600", "20261123-120000", "202611-23"] {
            assert_eq!(parse(date), (None, Symbol::Named(date), None), "{date}");
        }
    }

    #[test]
    fn a_known_revision_before_the_sign_wins() {
        assert_eq!(parse("1-2"), (None, Symbol::Named("1"), Some(-2)));
    }
}
