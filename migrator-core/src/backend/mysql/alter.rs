//! Changes to a table that is there, as MySQL and MariaDB make them.
//!
//! MODIFY COLUMN sets the whole definition: what it does not say is gone. So everything that the catalogue tells of the
//! column is said again.

use super::inspect::CHECKS_NAMED_AS_COLUMNS;
use super::renderer::{Renderer, is_unbounded, printed_text, starts_with};
use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{Error, Result};
use crate::operation::{ColumnChange, ColumnDef, ColumnType, Default};
use crate::schema::conversion::Kind;
use crate::schema::{Column, Index, Table};

/// A letter beyond U+FFFF, byte by byte, where the catalogue cannot print it.
const UNPRINTED: &str = "????";

impl Renderer {
    /// With the keys that it is part of, which would else hold it back, or go on over fewer columns.
    pub(super) fn dropped_column(&self, found: &Table, column: &str) -> String {
        let holds = |columns: &[String]| columns.iter().any(|other| self.same_name(bare(other), column));
        let keys = found.foreign_keys.iter().filter(|key| holds(&key.columns)).filter_map(|key| key.name.as_deref());
        let keys = keys.map(|name| format!("DROP FOREIGN KEY {}", self.quote(name)));
        let wide = |index: &&Index| index.unique && index.columns.len() > 1 && holds(&index.columns);
        let indexes =
            found.indexes.values().filter(wide).map(|index| format!("DROP INDEX {}", self.quote(&index.name)));
        let column = format!("DROP COLUMN {}", self.quote(column));
        keys.chain(indexes).chain([column]).collect::<Vec<_>>().join(", ")
    }

    /// By what the constraint is. The index that came with a foreign key goes with it.
    pub(super) fn dropped_constraint(&self, found: &Table, name: &str) -> Result<String> {
        let quoted = self.quote(name);
        if let Some(key) = found.foreign_keys.iter().find(|key| key.name.as_deref() == Some(name)) {
            let of_others = found.foreign_keys.iter().any(|other| other != key && other.columns[0] == key.columns[0]);
            let own =
                found.indexes.get(name).filter(|index| !index.unique && index.columns == key.columns && !of_others);
            let index = own.map(|_| format!(", DROP INDEX {quoted}")).unwrap_or_default();
            return Ok(format!("DROP FOREIGN KEY {quoted}{index}"));
        }
        if found.indexes.contains_key(name) {
            return Ok(format!("DROP INDEX {quoted}"));
        }
        if let Some(column) = found.column(name).filter(|column| self.check_of_column(found, column).is_some()) {
            let without = ColumnChange::default();
            return Ok(format!("MODIFY COLUMN {}", self.definition(found, column, &without, false)?));
        }
        Ok(match self.dialect() {
            Dialect::MySql => format!("DROP CHECK {quoted}"),
            _ => format!("DROP CONSTRAINT {quoted}"),
        })
    }

    /// A default alone is changed without saying the rest.
    pub(super) fn changed_column(&self, found: &Table, there: &Column, change: &ColumnChange) -> Result<String> {
        let only_default = ColumnChange { default: change.default.clone(), ..ColumnChange::default() };
        if *change != only_default || update_of(there).is_some() {
            return Ok(format!("MODIFY COLUMN {}", self.definition(found, there, change, true)?));
        }
        let column = format!("ALTER COLUMN {}", self.quote(&there.name));
        Ok(match change.default.as_ref().and_then(Option::as_ref) {
            Some(default) => format!("{column} SET DEFAULT {}", in_brackets(&self.new_default(there, change, default))),
            // Without any default a nullable column must be named in each INSERT.
            None if there.nullable => format!("{column} SET DEFAULT NULL"),
            None => format!("{column} DROP DEFAULT"),
        })
    }

    fn new_default(&self, there: &Column, change: &ColumnChange, default: &Default) -> String {
        self.default(&ColumnDef::new("", type_after(there, change)), default)
    }

    /// The whole definition of the column as it will be.
    pub(super) fn definition(
        &self,
        found: &Table,
        there: &Column,
        change: &ColumnChange,
        with_check: bool,
    ) -> Result<String> {
        self.refuse_unprinted(found, there, change)?;
        let column_type = type_after(there, change);
        let sql_type = self.column_type(&column_type);
        let kind = |sql_type: &str| Kind::of(&self.canonical_type(sql_type), 0);
        let same_kind = std::mem::discriminant(&kind(&there.sql_type)) == std::mem::discriminant(&kind(&sql_type));
        let mut parts = vec![self.quote(&there.name), sql_type];
        let collation = there.collation.as_deref().filter(|_| same_kind);
        parts.extend(collation.map(|collation| format!("COLLATE {collation}")));
        parts.extend(there.generated.as_ref().map(|expression| generated(there, expression)));
        let not_null = change.not_null.unwrap_or(!there.nullable);
        match not_null {
            true => parts.push("NOT NULL".to_owned()),
            false if there.generated.is_none() => parts.push("NULL".to_owned()),
            false => {}
        }
        parts.extend(self.default_after(there, change, &column_type).map(|default| format!("DEFAULT {default}")));
        parts.extend(update_of(there).filter(|_| same_kind).map(|update| self.update_after(update, &column_type)));
        parts.extend((there.auto_increment && same_kind).then(|| "AUTO_INCREMENT".to_owned()));
        let invisible = there.extra.as_deref().is_some_and(|extra| extra.to_ascii_uppercase().contains("INVISIBLE"));
        parts.extend(invisible.then(|| "INVISIBLE".to_owned()));
        let comment = change.comment.as_ref().or(there.comment.as_ref()).filter(|comment| !comment.is_empty());
        parts.extend(comment.and_then(|comment| self.comment_clause(comment)));
        parts.extend(self.check_of_column(found, there).filter(|_| with_check).map(|check| format!("CHECK ({check})")));
        Ok(parts.join(" "))
    }

    /// In expressions and lists the catalogue prints question marks for letters beyond U+FFFF. What is not known cannot
    /// be said again.
    fn refuse_unprinted(&self, found: &Table, there: &Column, change: &ColumnChange) -> Result<()> {
        let kept = default_of(there).filter(|kept| change.default.is_none() && printed_text(kept).is_none());
        let check = self.check_of_column(found, there);
        let is_unknown = |expression: Option<&str>| expression.is_some_and(|text| text.contains(UNPRINTED));
        let is_list = starts_with(&there.sql_type, "enum") || starts_with(&there.sql_type, "set");
        let of_list = change.column_type.is_none() && is_list && there.sql_type.contains('?');
        let expressions = [kept, there.generated.as_deref(), check];
        if !of_list && !expressions.into_iter().any(is_unknown) {
            return Ok(());
        }
        let message = format!(
            "{} prints ? for letters in the definition of {} in {}, and would keep the ? if it were said again",
            self.dialect(),
            there.name,
            found.name
        );
        Err(Error::unsupported(message, "send the ALTER TABLE .. MODIFY COLUMN yourself, with execute(..)")
            .state("nothing was sent for it"))
    }

    fn default_after(&self, there: &Column, change: &ColumnChange, column_type: &ColumnType) -> Option<String> {
        match &change.default {
            Some(default) => default.as_ref().map(|default| self.new_default(there, change, default)),
            None => {
                let kept = default_of(there)?;
                if change.column_type.is_some() && is_current_timestamp(kept) {
                    return Some(self.now(column_type).to_owned());
                }
                Some(match printed_text(kept) {
                    Some(text) => self.default_literal(column_type, self.text_literal(&text)),
                    None if is_unbounded(column_type) => bracketed(kept),
                    None => in_brackets(kept),
                })
            }
        }
    }

    /// The fraction must be that of the column.
    fn update_after(&self, update: &str, column_type: &ColumnType) -> String {
        let sql_type = self.column_type(column_type);
        let fraction = sql_type.split_once('(').map(|(_, rest)| format!("({rest}")).unwrap_or_default();
        if is_current_timestamp(update) {
            format!("ON UPDATE CURRENT_TIMESTAMP{fraction}")
        } else {
            format!("ON UPDATE {update}")
        }
    }

    /// MariaDB keeps the check of a column with the column, under its name.
    pub(super) fn check_of_column<'t>(&self, found: &'t Table, column: &Column) -> Option<&'t str> {
        let of_table =
            found.options.get(CHECKS_NAMED_AS_COLUMNS).is_some_and(|names| names.lines().any(|n| n == column.name));
        let of_column = self.dialect() == Dialect::MariaDb && !of_table;
        let check = found.checks.iter().find(|check| of_column && check.name.as_ref() == Some(&column.name))?;
        Some(&check.expression)
    }
}

pub(super) fn type_after(there: &Column, change: &ColumnChange) -> ColumnType {
    change.column_type.clone().unwrap_or_else(|| ColumnType::Custom(there.sql_type.clone()))
}

/// A column in an index, without the length of its prefix and its direction.
pub(super) fn bare(key: &str) -> &str {
    let key = key.strip_suffix(" DESC").unwrap_or(key);
    match key.rsplit_once('(') {
        Some((column, length)) if length.trim_end_matches(')').parse::<u32>().is_ok() => column,
        _ => key,
    }
}

fn generated(column: &Column, expression: &str) -> String {
    let is_stored = column.extra.as_deref().is_some_and(|extra| extra.to_ascii_uppercase().contains("STORED"));
    format!("GENERATED ALWAYS AS ({expression}) {}", if is_stored { "STORED" } else { "VIRTUAL" })
}

const UPDATE: &str = " on update ";

/// The default, and what ON UPDATE sets.
fn default_and_update(column: &Column) -> (Option<&str>, Option<&str>) {
    let Some(printed) = column.default.as_deref() else { return (None, None) };
    let at = printed.to_ascii_lowercase().rfind(UPDATE).filter(|at| is_moment(&printed[at + UPDATE.len()..]));
    match at {
        Some(at) => (Some(&printed[..at]), Some(&printed[at + UPDATE.len()..])),
        None => (Some(printed), None),
    }
}

fn default_of(column: &Column) -> Option<&str> {
    default_and_update(column).0.filter(|default| !default.eq_ignore_ascii_case("null"))
}

fn update_of(column: &Column) -> Option<&str> {
    default_and_update(column).1
}

/// `CURRENT_TIMESTAMP`, with its fraction in brackets or without, and nothing else.
fn is_moment(text: &str) -> bool {
    let digits =
        text.trim_end_matches(')').trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end_matches('(');
    digits.eq_ignore_ascii_case("current_timestamp")
}

fn is_current_timestamp(expression: &str) -> bool {
    expression.get(.."current_timestamp".len()).is_some_and(|start| start.eq_ignore_ascii_case("current_timestamp"))
}

/// What is no literal and no moment stands in brackets.
fn in_brackets(default: &str) -> String {
    let is_bare = printed_text(default).is_some()
        || default.starts_with('(') && default.ends_with(')')
        || default.parse::<f64>().is_ok()
        || default.eq_ignore_ascii_case("null")
        || default.starts_with("_utf8mb4")
        || default.starts_with("b'")
        || default.starts_with("X'")
        || is_current_timestamp(default) && !default.contains(['+', '-']);
    if is_bare { default.to_owned() } else { format!("({default})") }
}

fn bracketed(default: &str) -> String {
    if default.starts_with('(') && default.ends_with(')') { default.to_owned() } else { format!("({default})") }
}
