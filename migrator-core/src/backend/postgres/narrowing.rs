//! Which values a change of type would change, as PostgreSQL is asked.

use super::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::ColumnType;
use crate::schema::conversion::{Bounds, Digits, Kind, Narrowing, Spelling, Width};

pub(super) fn count(table: &TableName, column: &str, old_type: &str, new_type: &ColumnType) -> Option<String> {
    let new_type = Renderer.column_type(new_type);
    let kind = |sql_type: &str| Kind::of(&Renderer.canonical_type(sql_type), super::USUAL_FRACTION);
    let narrowing = kind(old_type).narrowed_to(&kind(&new_type))?;
    let (table, column) = (Renderer.table(table), Renderer.quote(column));
    let condition = condition(&column, narrowing, &new_type);
    Some(format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND ({condition})"))
}

fn condition(column: &str, narrowing: Narrowing, new_type: &str) -> String {
    match narrowing {
        Narrowing::Range(bounds) => outside(column, bounds),
        Narrowing::Whole(bounds) => format!("{column} <> trunc({column}) OR {}", outside(column, bounds)),
        Narrowing::Digits(digits) => finite(column, &beyond(column, digits)),
        Narrowing::Floating(width) => finite(column, &rounded(column, width)),
        Narrowing::Letters(length) => format!("char_length({column}::text) > {length}"),
        Narrowing::Truth => format!("{column} NOT IN (0, 1)"),
        Narrowing::Fraction(_) => format!("{column} <> {column}::{new_type}"),
        Narrowing::TimeOfDay => format!("{column} <> date_trunc('day', {column})"),
        Narrowing::Spelling(spelling) => spelled(column, spelling),
        Narrowing::Print => format!("({column}::{new_type})::text IS DISTINCT FROM {column}::text"),
        Narrowing::All => "TRUE".to_owned(),
    }
}

fn outside(column: &str, (least, greatest): Bounds) -> String {
    format!("{column} NOT BETWEEN {least} AND {greatest}")
}

/// Floating point is cast to 6 or 15 digits, and prints with all of them.
fn beyond(column: &str, Digits { whole, scale }: Digits) -> String {
    let kept = format!("round({column}::numeric, {scale})");
    format!("{column}::text::numeric <> {kept} OR abs({kept}) >= 1e{whole}::numeric")
}

/// As it is printed, which is the shortest that reads back as the same.
fn rounded(column: &str, width: Width) -> String {
    let (sql_type, greatest) = match width {
        Width::Single => ("real", "3.4e38"),
        Width::Double => ("double precision", "1.7e308"),
    };
    format!(
        "CASE WHEN abs({column}) > {greatest} THEN TRUE \
         ELSE {column}::{sql_type}::text::numeric <> {column}::text::numeric END"
    )
}

/// What is no number, or none that ends, stays what it is.
fn finite(column: &str, condition: &str) -> String {
    format!("CASE WHEN {column}::text IN ('NaN', 'Infinity', '-Infinity') THEN FALSE ELSE {condition} END")
}

fn spelled(column: &str, spelling: Spelling) -> String {
    let matches = format!("{column} ~ '{}'", spelling.pattern());
    let beyond = match spelling {
        Spelling::Whole(bounds) => outside(&format!("{column}::numeric"), bounds),
        Spelling::Number(Some(digits)) => beyond(column, digits),
        _ => return format!("NOT ({matches})"),
    };
    format!("CASE WHEN {matches} THEN {beyond} ELSE TRUE END")
}
