//! What stands in a database in the words of the operations, so that a downgrade makes it again as it was.

use crate::dialect::SqlRenderer;
use crate::operation::ColumnType;
use crate::schema::Column;

/// The portable types that have no numbers.
const PLAIN: [ColumnType; 14] = [
    ColumnType::SmallInteger,
    ColumnType::Integer,
    ColumnType::BigInteger,
    ColumnType::Text,
    ColumnType::Boolean,
    ColumnType::Float,
    ColumnType::Double,
    ColumnType::Date,
    ColumnType::Time,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Binary,
    ColumnType::Json,
    ColumnType::Uuid,
];

/// The portable type that the database shows in just these words; else the words themselves.
pub(super) fn column_type(column: &Column, renderer: &dyn SqlRenderer) -> ColumnType {
    let as_it_is = |sql: String| ColumnType::Custom(sql);
    if let Some(expression) = &column.generated {
        return as_it_is(format!("{} GENERATED ALWAYS AS ({expression}) STORED", column.sql_type));
    }
    if let Some(collation) = &column.collation {
        let collation = renderer.collation(collation);
        return as_it_is(format!("{} COLLATE {collation}", column.sql_type));
    }
    let numbered = numbered(&renderer.canonical_type(&column.sql_type));
    let mut all = PLAIN.into_iter().chain(numbered);
    all.find(|one| is_the_same(&renderer.column_type(one), &column.sql_type, renderer))
        .unwrap_or_else(|| as_it_is(column.sql_type.clone()))
}

/// In letters where the database keeps those, else by what is meant.
fn is_the_same(one: &str, other: &str, renderer: &dyn SqlRenderer) -> bool {
    one == other
        || (!renderer.capabilities().types_as_written && renderer.canonical_type(one) == renderer.canonical_type(other))
}

/// `varchar(80)`, `numeric(10,2)`.
fn numbered(canonical: &str) -> Option<ColumnType> {
    let (word, numbers) = canonical.strip_suffix(')')?.split_once('(')?;
    let numbers: Vec<u32> = numbers.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    match (word, &numbers[..]) {
        ("varchar", [length]) => Some(ColumnType::String(*length)),
        ("numeric", [precision, scale]) => Some(ColumnType::Decimal(*precision, *scale)),
        _ => None,
    }
}

/// A default in the words of the builder: `.default(0)`, `.default("x")`, `.default_sql("..")`.
pub(super) fn default_call(column: &Column, renderer: &dyn SqlRenderer) -> String {
    let Some(printed) = column.default.as_deref().filter(|_| !column.auto_increment) else { return String::new() };
    if printed.eq_ignore_ascii_case("null") {
        return String::new();
    }
    let canonical_type = renderer.canonical_type(&column.sql_type);
    // The text is written as it stands, not as it is compared.
    let read_as = if canonical_type == "json" { "text" } else { &canonical_type };
    let canonical = renderer.canonical_default(printed, read_as);
    let text = canonical.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match text {
        _ if printed.contains('(') && !printed.starts_with('(') => format!(".default_sql({printed:?})"),
        Some(text) if !printed.contains("::") || canonical_type.starts_with("varchar") || canonical_type == "text" => {
            format!(".default({:?})", text.replace("''", "'"))
        }
        Some(_) => format!(".default_sql({printed:?})"),
        None if canonical_type == "boolean" && matches!(canonical.as_str(), "0" | "1") => {
            format!(".default({})", canonical == "1")
        }
        None if canonical.parse::<i64>().is_ok() && printed.parse::<i64>().is_ok() => format!(".default({canonical})"),
        None => format!(".default_sql({printed:?})"),
    }
}
