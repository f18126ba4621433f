//! Whether a value can be the default of a column of some type: decided before anything is sent.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use super::Operations;
use super::tables::malformed;
use crate::error::Result;
use crate::operation::{Action, ColumnChange, ColumnDef, ColumnType, Default, Literal};
use crate::schema::Column;
use crate::schema::conversion::Kind;
use crate::schema::json;

impl Operations<'_> {
    /// What can be said of a column before anything is sent.
    pub(super) fn check_column(&self, column: &ColumnDef) -> Result<()> {
        self.renderer.check_name("column", &column.name)?;
        if matches!(&column.column_type, ColumnType::Custom(given) if given.trim().is_empty()) {
            return Err(malformed(format!("the type of {} is empty", column.name), "name a type of the database's"));
        }
        if column.references.is_none() && [column.on_delete, column.on_update] != [Action::NoAction; 2] {
            let message = format!("{} says what a delete or an update does, and references nothing", column.name);
            return Err(malformed(message, "say references(table, column)"));
        }
        column.default.as_ref().map_or(Ok(()), |default| check_default(column, default))
    }

    /// The default that a change gives to a column, or leaves to it under another type.
    pub(super) fn check_new_default(&self, there: &Column, change: &ColumnChange) -> Result<()> {
        let kind = || Kind::of(&self.renderer.canonical_type(&there.sql_type), 0);
        let column_type = change.column_type.clone().or_else(|| type_of_kind(&kind()));
        let column_type = column_type.unwrap_or_else(|| ColumnType::Custom(there.sql_type.clone()));
        let mut column = ColumnDef::new(there.name.clone(), column_type);
        column.not_null = change.not_null == Some(true);
        column.default = change.default.clone().flatten();
        self.check_column(&column)?;
        match (&change.default, &change.column_type) {
            (None, Some(new)) => self.check_old_default(there, new),
            _ => Ok(()),
        }
    }

    /// A text that the new type does not read would stay as the default, or fail each insert.
    fn check_old_default(&self, there: &Column, new: &ColumnType) -> Result<()> {
        let Some(default) = &there.default else { return Ok(()) };
        let printed = self.renderer.canonical_default(default, &self.renderer.canonical_type(&there.sql_type));
        let text = printed.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let Some(text) = text.filter(|text| !reads(text, new)) else { return Ok(()) };
        let message = format!("the default of {} is '{text}', which is no {new:?}", there.name);
        Err(malformed(message, "say the new default with set_default, or take it away with drop_default"))
    }
}

fn check_default(column: &ColumnDef, default: &Default) -> Result<()> {
    let (name, column_type) = (&column.name, &column.column_type);
    match default {
        Default::Value(Literal::Null) if column.not_null => {
            Err(malformed(format!("the default of {name} is NULL, and NULL is forbidden"), "leave the default out"))
        }
        Default::Value(value) if !fits(value, column_type) => {
            let message = format!("the default of {name} is {value:?}, and its type is {column_type:?}");
            Err(malformed(message, "give a default of the column's type, or an expression with default_sql"))
        }
        Default::Now if !keeps_moments(column_type) => {
            let message =
                format!("the default of {name} is the moment of the statement, and its type is {column_type:?}");
            Err(malformed(message, "give it a type for days or times, or an expression with default_sql"))
        }
        _ => Ok(()),
    }
}

fn keeps_moments(column_type: &ColumnType) -> bool {
    use ColumnType as T;
    matches!(column_type, T::Date | T::Time | T::Timestamp | T::TimestampTz | T::String(_) | T::Text | T::Custom(_))
}

/// The type that holds the same, for judging a default of a column whose type was not said as one of ours.
pub(crate) fn type_of_kind(kind: &Kind) -> Option<ColumnType> {
    Some(match kind {
        Kind::Whole((least, greatest)) if (*least, *greatest) == (i16::MIN.into(), i16::MAX.into()) => {
            ColumnType::SmallInteger
        }
        Kind::Whole((least, greatest)) if (*least, *greatest) == (i32::MIN.into(), i32::MAX.into()) => {
            ColumnType::Integer
        }
        Kind::Whole(_) => ColumnType::BigInteger,
        Kind::Exact(Some(digits)) => ColumnType::Decimal(digits.whole + digits.scale, digits.scale),
        Kind::Exact(None) => return None,
        Kind::Floating(_) => ColumnType::Double,
        Kind::Letters(Some(length)) => ColumnType::String(*length),
        Kind::Letters(None) => ColumnType::Text,
        Kind::Truth => ColumnType::Boolean,
        Kind::Day => ColumnType::Date,
        Kind::Time(_) => ColumnType::Time,
        Kind::Moment { .. } => ColumnType::Timestamp,
        Kind::Other(_) => return None,
    })
}

/// Whether a literal can be the default of a column of that type.
pub(crate) fn fits(value: &Literal, column_type: &ColumnType) -> bool {
    use ColumnType as T;
    match value {
        Literal::Null => true,
        Literal::Boolean(_) => matches!(column_type, T::Boolean | T::Custom(_)),
        Literal::Integer(number) => match column_type {
            T::SmallInteger => i16::try_from(*number).is_ok(),
            T::Integer => i32::try_from(*number).is_ok(),
            T::Decimal(precision, scale) => has_digits(*number as f64, *precision, *scale),
            T::BigInteger | T::Float | T::Double | T::Custom(_) => true,
            _ => false,
        },
        Literal::Double(number) if !number.is_finite() => false,
        Literal::Double(number) => match column_type {
            T::Decimal(precision, scale) => has_digits(*number, *precision, *scale),
            _ => matches!(column_type, T::Float | T::Double | T::Custom(_)),
        },
        Literal::Text(text) => match column_type {
            T::SmallInteger | T::Integer | T::BigInteger | T::Float | T::Double | T::Boolean => false,
            _ => reads(text, column_type),
        },
    }
}

/// Whether the number has no more digits before the point than the type.
fn has_digits(number: f64, precision: u32, scale: u32) -> bool {
    number.abs() < 10_f64.powf(f64::from(precision) - f64::from(scale))
}

/// Whether a text says a value of that type.
fn reads(text: &str, column_type: &ColumnType) -> bool {
    use ColumnType as T;
    let number = || text.trim().parse::<f64>().ok();
    match column_type {
        T::String(length) => text.chars().count() <= *length as usize,
        T::SmallInteger | T::Integer | T::BigInteger => text.trim().parse::<i128>().is_ok(),
        T::Float | T::Double => number().is_some(),
        T::Decimal(precision, scale) => number().is_some_and(|number| has_digits(number, *precision, *scale)),
        T::Boolean => ["true", "false", "t", "f", "0", "1"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        T::Date => is_day(text),
        T::Time => is_time(text),
        T::Timestamp | T::TimestampTz => is_moment(text),
        T::Uuid => is_uuid(text),
        T::Json => json::canonical(text).is_some(),
        _ => true,
    }
}

fn is_day(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_time(text: &str) -> bool {
    ["%H:%M:%S%.f", "%H:%M"].iter().any(|form| NaiveTime::parse_from_str(text, form).is_ok())
}

/// A day, with a time behind it or none, and a zone behind that or none.
fn is_moment(text: &str) -> bool {
    let text = text.replacen('T', " ", 1);
    let plain = text.strip_suffix('Z').unwrap_or(&text);
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"];
    is_day(plain)
        || ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
            .iter()
            .any(|form| NaiveDateTime::parse_from_str(plain, form).is_ok())
        || zoned.iter().any(|form| DateTime::parse_from_str(&text, form).is_ok())
}

/// 32 digits of base 16, with or without hyphens and braces.
fn is_uuid(text: &str) -> bool {
    let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let digits = bare.chars().filter(|letter| *letter != '-');
    digits.clone().count() == 32 && digits.into_iter().all(|letter| letter.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_default_where_the_type_reads_it() {
        use ColumnType as T;
        for (text, column_type, expected) in [
            ("2024-02-29", T::Date, true),
            ("2024-13-45", T::Date, false),
            ("2023-02-29", T::Date, false),
            ("08:30", T::Time, true),
            ("08:30:00.5", T::Time, true),
            ("25:61:00", T::Time, false),
            ("2024-01-01", T::Timestamp, true),
            ("2024-01-01T10:00:00Z", T::TimestampTz, true),
            ("2024-01-01 10:00:00+02", T::TimestampTz, true),
            ("2024-01-01 10:00+02:00", T::TimestampTz, true),
            ("2024-01-01 junk", T::Timestamp, false),
            ("6f1b7bb4-5d3a-4c0e-8f43-0d6a0d2a0f11", T::Uuid, true),
            ("hello", T::Uuid, false),
            ("12.5", T::Decimal(5, 2), true),
            ("123456", T::Decimal(5, 2), false),
            ("abc", T::String(2), false),
            ("{\"a\": [1, null]}", T::Json, true),
            ("{", T::Json, false),
        ] {
            assert_eq!(fits(&Literal::Text(text.to_owned()), &column_type), expected, "{text} for {column_type:?}");
        }
    }

    #[test]
    fn a_number_is_a_default_where_the_type_holds_it() {
        assert!(fits(&Literal::Integer(999), &ColumnType::Decimal(5, 2)));
        assert!(!fits(&Literal::Integer(123_456), &ColumnType::Decimal(5, 2)));
        assert!(!fits(&Literal::Integer(70_000), &ColumnType::SmallInteger));
        assert!(!fits(&Literal::Double(f64::NAN), &ColumnType::Double));
        assert!(!fits(&Literal::Integer(1), &ColumnType::Boolean));
    }
}
