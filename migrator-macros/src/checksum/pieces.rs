//! Code as plain values: tokens without spans and spacing.

use proc_macro2::{Delimiter, Punct, Spacing, TokenStream, TokenTree};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// An identifier or a keyword.
    Word(String),
    /// A punctuation character, or two that mean something else together.
    Sign(String),
    /// A literal as it is written.
    Literal(String),
    Group(Delimiter, Vec<Piece>),
}

impl Piece {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text == word)
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(text) if text == sign)
    }

    /// Whether a value, a type or a pattern may end here, so that a sign after it stands between
    /// two operands and a parenthesis after it holds arguments.
    pub(super) fn ends_operand(&self) -> bool {
        match self {
            Self::Word(word) => !BEFORE_OPERAND.contains(&word.as_str()),
            Self::Sign(sign) => sign == ">" || sign == "?",
            Self::Literal(_) | Self::Group(..) => true,
        }
    }
}

const BEFORE_OPERAND: [&str; 17] = [
    "as", "async", "break", "dyn", "else", "for", "if", "in", "let", "match", "move", "mut", "ref", "return", "static",
    "where", "while",
];

/// Groups without delimiters, which only a macro can make, dissolve in their surroundings.
pub(super) fn pieces(stream: TokenStream) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                pieces.extend(self::pieces(group.stream()));
            }
            TokenTree::Group(group) => {
                pieces.push(Piece::Group(group.delimiter(), self::pieces(group.stream())));
            }
            TokenTree::Ident(word) => pieces.push(Piece::Word(word.to_string())),
            TokenTree::Literal(literal) => pieces.push(Piece::Literal(literal.to_string())),
            TokenTree::Punct(first) => {
                let second = tokens.next_if(|token| is_second_half(&first, token, pieces.last()));
                pieces.push(sign(&first, second.is_some()));
            }
        }
    }
    pieces
}

/// Whether two characters have to be read as one: apart they would mean something else
/// (`a && b`, `a & &b`). All other spacing is rustfmt's, `&&` before an operand too.
fn is_second_half(first: &Punct, second: &TokenTree, before: Option<&Piece>) -> bool {
    let TokenTree::Punct(second) = second else {
        return false;
    };
    let together = match (first.as_char(), second.as_char()) {
        ('=' | '-', '>') | ('|', '|') => true,
        ('&', '&') => before.is_some_and(Piece::ends_operand),
        _ => false,
    };
    together && first.spacing() == Spacing::Joint
}

fn sign(first: &Punct, doubled: bool) -> Piece {
    let first = first.as_char();
    Piece::Sign(match (first, doubled) {
        ('=' | '-', true) => format!("{first}>"),
        (_, true) => format!("{first}{first}"),
        (_, false) => first.to_string(),
    })
}
