//! The CREATE statements that SQLite keeps, read into pieces that know where they stand, and changed in place.
//!
//! ```text
//! let table = CreateTable::parse("CREATE TABLE t (a TEXT /* why */, b INT)")?;
//! edited(table.text, &TableEdit::DropColumn("b".into()))?
//!     -> "CREATE TABLE t (a TEXT /* why */)"
//! ```
//!
//! What an edit does not name stays letter by letter, comments too.

mod affinity;
mod cursor;
mod drop;
mod edit;
mod index;
mod mention;
mod patch;
mod rules;
mod table;

#[cfg(test)]
mod tests;

pub(super) use affinity::{cast, converted, differs_cast_back};
pub(super) use edit::{add_needs_rebuild, edited, type_in};
pub(super) use index::{CreateIndex, in_schema};
pub(super) use mention::{mentions, qualifies, without_double_quotes};
pub(super) use table::{Column, CreateTable, Rule};

/// A stretch of text, in bytes.
type Span = std::ops::Range<usize>;

/// SQLite compares names without regard to the case of ASCII letters.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
