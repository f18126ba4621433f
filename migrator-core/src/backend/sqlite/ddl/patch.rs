//! Taking pieces out of a text and putting others in, with the blanks and commas round them.

use super::Span;
use super::table::CreateTable;

/// The text with a stretch of it replaced.
pub(super) fn replaced(text: &str, span: Span, with: &str) -> String {
    [&text[..span.start], with, &text[span.end..]].concat()
}

/// The text with something put in.
pub(super) fn inserted(text: &str, at: usize, what: &str) -> String {
    replaced(text, at..at, what)
}

impl CreateTable<'_> {
    /// The text without one constraint of a column, and without the blanks before it.
    pub(super) fn without_clause(&self, span: &Span) -> String {
        let before = self.end_before(span.start);
        let start = if self.is_blank(before..span.start) { before } else { span.start };
        replaced(self.text, start..span.end, "")
    }

    /// The text without one entry of the list between the brackets, and without its comma. Comments stay.
    pub(super) fn without_item(&self, span: &Span) -> String {
        let follows = self.tokens.iter().find(|token| token.start >= span.end);
        let precedes = self.tokens.iter().rfind(|token| token.end() <= span.start);
        let (Some(follows), Some(precedes)) = (follows, precedes) else { return self.without_clause(span) };
        let (comma_before, comma_behind) = (precedes.is_punct(","), follows.is_punct(","));
        if comma_before && comma_behind && self.is_blank(precedes.end()..span.start) {
            self.cut_back(span, precedes.start)
        } else if comma_behind {
            self.cut_forward(span, follows.start)
        } else if comma_before && follows.is_punct(")") {
            self.cut_back(span, precedes.start)
        } else {
            // Another constraint follows without a comma, and needs the one that is there.
            self.without_clause(span)
        }
    }

    /// The entry, its comma, and the blanks before the next entry.
    fn cut_forward(&self, span: &Span, comma: usize) -> String {
        let rest = &self.text[comma + 1..];
        let blanks = rest.len() - rest.trim_start().len();
        let between = if self.is_blank(span.end..comma) { "" } else { &self.text[span.end..comma] };
        replaced(self.text, span.start..comma + 1 + blanks, between)
    }

    /// The comma before the last entry, the blanks behind it, and the entry.
    fn cut_back(&self, span: &Span, comma: usize) -> String {
        let between = if self.is_blank(comma + 1..span.start) { "" } else { &self.text[comma + 1..span.start] };
        replaced(self.text, comma..span.end, between)
    }

    /// The text with another entry behind the one that ends there, on a line of its own where the first one has one.
    pub(super) fn with_item(&self, end: usize, item: &str) -> String {
        let first = self.columns.first().map_or(self.open, |column| column.span.start);
        let indent = &self.text[self.open..first];
        let gap = if self.is_blank(self.open..first) && indent.contains('\n') { indent } else { " " };
        inserted(self.text, end, &format!(",{gap}{item}"))
    }

    fn end_before(&self, at: usize) -> usize {
        self.tokens.iter().rfind(|token| token.end() <= at).map_or(at, crate::sql::Token::end)
    }

    fn is_blank(&self, span: Span) -> bool {
        self.text[span].trim().is_empty()
    }
}
