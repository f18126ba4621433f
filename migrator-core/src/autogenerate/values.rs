//! A value that was said as text, as the type of its column takes it. Pure.

use crate::dialect::SqlRenderer;
use crate::operation::{ColumnType, Literal};
use crate::operations::{fits, type_of_kind};
use crate::schema::conversion::Kind;

/// So many digits a floating-point literal keeps as they are written.
const EXACT_DIGITS: usize = 15;

/// Any number, to its last digit.
const ANY_NUMBER: ColumnType = ColumnType::Decimal(u32::MAX, u32::MAX / 2);

/// The value, or what would be taken in its place.
pub(super) fn read(text: &str, column_type: &ColumnType, renderer: &dyn SqlRenderer) -> Result<Literal, String> {
    read_as(text, &known(column_type, renderer))
}

/// The same for one of our own types.
fn read_as(text: &str, column_type: &ColumnType) -> Result<Literal, String> {
    let literal = literal(text, column_type).filter(|literal| fits(literal, column_type));
    literal.filter(|_| has_scale(text, column_type)).ok_or_else(|| wanted(column_type))
}

/// As one of our own types, where the database's word for it says which.
fn known(column_type: &ColumnType, renderer: &dyn SqlRenderer) -> ColumnType {
    let ColumnType::Custom(sql) = column_type else { return column_type.clone() };
    match Kind::of(&renderer.canonical_type(sql), 0) {
        Kind::Exact(None) => ANY_NUMBER,
        kind => type_of_kind(&kind).unwrap_or_else(|| column_type.clone()),
    }
}

fn literal(text: &str, column_type: &ColumnType) -> Option<Literal> {
    use ColumnType as T;
    let word = text.trim();
    match column_type {
        T::SmallInteger | T::Integer | T::BigInteger => word.parse().ok().map(Literal::Integer),
        T::Boolean => truth(word).map(Literal::Boolean),
        T::Float | T::Double | T::Decimal(..) => number(word),
        T::Date | T::Time | T::Timestamp | T::TimestampTz | T::Uuid => Some(Literal::Text(word.to_owned())),
        _ => Some(Literal::Text(text.to_owned())),
    }
}

fn truth(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// One that a floating-point number would round stays text.
fn number(word: &str) -> Option<Literal> {
    if let Ok(whole) = word.parse() {
        return Some(Literal::Integer(whole));
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let number: f64 = word.parse().ok().filter(|number: &f64| number.is_finite() && digits > 0)?;
    Some(if digits <= EXACT_DIGITS { Literal::Double(number) } else { Literal::Text(word.to_owned()) })
}

/// Digits behind the point that the type would round away.
fn has_scale(text: &str, column_type: &ColumnType) -> bool {
    let ColumnType::Decimal(_, scale) = column_type else { return true };
    let behind = text.trim().split_once('.').map_or(0, |(_, behind)| behind.trim_end_matches('0').len());
    behind <= *scale as usize
}

/// What a column of that type takes, for whoever gave something else.
fn wanted(column_type: &ColumnType) -> String {
    use ColumnType as T;
    let between = |least: i64, greatest: i64| format!("a whole number from {least} to {greatest}");
    match column_type {
        T::SmallInteger => between(i16::MIN.into(), i16::MAX.into()),
        T::Integer => between(i32::MIN.into(), i32::MAX.into()),
        T::BigInteger => between(i64::MIN, i64::MAX),
        T::Boolean => "true or false (or 1 or 0)".to_owned(),
        any if *any == ANY_NUMBER => "a number, like 12.5".to_owned(),
        T::Float | T::Double => "a number, like 12.5".to_owned(),
        T::Decimal(precision, scale) => format!("a number of {precision} digits, {scale} of them behind the point"),
        T::String(length) => format!("at most {length} letters"),
        T::Date => "a day, like 2026-11-23".to_owned(),
        T::Time => "a time of day, like 08:30:00".to_owned(),
        T::Timestamp | T::TimestampTz => "a day and a time, like 2026-11-23 08:30:00".to_owned(),
        T::Json => "JSON, like {} or [1, 2]".to_owned(),
        T::Uuid => "a UUID, like 6f1b7bb4-5d3a-4c0e-8f43-0d6a0d2a0f11".to_owned(),
        T::Text | T::Binary | T::Custom(_) => "text".to_owned(),
    }
}

/// What stands in `.default(..)` of a column of one of our own types, or what would be taken in its place.
pub(crate) fn default_in_rust(text: &str, column_type: &ColumnType) -> Result<String, String> {
    read_as(text, column_type).map(|literal| in_rust(&literal))
}

/// As Rust writes it.
pub(super) fn in_rust(literal: &Literal) -> String {
    match literal {
        Literal::Null => "None::<bool>".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Double(value) => format!("{value:?}"),
        Literal::Text(text) => format!("{text:?}"),
    }
}
