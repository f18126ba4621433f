//! Which values a change of type would change, as MySQL and MariaDB are asked.

use super::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::ColumnType;
use crate::schema::conversion::{Bounds, Digits, Kind, Narrowing, Spelling, Width};

/// A time without a number has no digits behind the second here.
const USUAL_FRACTION: u32 = 0;

impl Renderer {
    pub(super) fn narrowed(
        &self,
        table: &TableName,
        column: &str,
        old_type: &str,
        new_type: &ColumnType,
    ) -> Option<String> {
        let kind = |sql_type: &str| Kind::of(&self.canonical_type(sql_type), USUAL_FRACTION);
        let new_type = self.column_type(new_type);
        let narrowing = kind(old_type).narrowed_to(&kind(&new_type));
        let (table, column) = (self.table(table), self.quote(column));
        let narrowed = narrowing.and_then(|narrowing| condition(&column, narrowing));
        let conditions: Vec<String> = narrowed.into_iter().chain(self.stripped(&column, old_type, &new_type)).collect();
        let condition = conditions.join(" OR ");
        (!conditions.is_empty())
            .then(|| format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND ({condition})"))
    }

    /// A column of fixed width gives no spaces back that a value ends with.
    fn stripped(&self, column: &str, old_type: &str, new_type: &str) -> Option<String> {
        let canonical = [old_type, new_type].map(|sql_type| self.canonical_type(sql_type));
        let is_fixed = |sql_type: &str| sql_type == "char" || sql_type.starts_with("char(");
        let holds_letters = ["varchar", "tinytext", "text", "mediumtext", "longtext"]
            .iter()
            .any(|word| canonical[0].split('(').next() == Some(word));
        (holds_letters && is_fixed(&canonical[1])).then(|| format!("{column} LIKE '% '"))
    }
}

/// None where a strict server refuses what it cannot convert.
fn condition(column: &str, narrowing: Narrowing) -> Option<String> {
    Some(match narrowing {
        Narrowing::Range(bounds) => outside(column, bounds),
        Narrowing::Whole(bounds) => format!("{column} <> TRUNCATE({column}, 0) OR {}", outside(column, bounds)),
        Narrowing::Digits(digits) => beyond(&decimal(column), digits),
        Narrowing::Floating(width) => rounded(column, width),
        Narrowing::Letters(length) => format!("CHAR_LENGTH(CAST({column} AS CHAR)) > {length}"),
        Narrowing::Truth => format!("{column} NOT IN (0, 1)"),
        Narrowing::Fraction(digits) => {
            format!("MICROSECOND({column}) % {} <> 0", 10_u32.pow(6_u32.saturating_sub(digits)))
        }
        Narrowing::TimeOfDay => format!("{column} <> DATE({column})"),
        Narrowing::Spelling(spelling) => spelled(column, spelling),
        Narrowing::Print => return None,
        Narrowing::All => "TRUE".to_owned(),
    })
}

fn outside(column: &str, (least, greatest): Bounds) -> String {
    format!("{column} NOT BETWEEN {least} AND {greatest}")
}

/// As it is printed: 0.1 of 32 bits is 0.1 then, and not 0.10000000149.
fn decimal(column: &str) -> String {
    format!("CAST(CAST({column} AS CHAR) AS DECIMAL(65,30))")
}

fn beyond(number: &str, Digits { whole, scale }: Digits) -> String {
    let kept = format!("ROUND({number}, {scale})");
    format!("{number} <> {kept} OR ABS({kept}) >= 1{}", "0".repeat(whole as usize))
}

fn rounded(column: &str, width: Width) -> String {
    let sql_type = match width {
        Width::Single => "FLOAT",
        Width::Double => "DOUBLE",
    };
    format!("{} <> {}", decimal(&format!("CAST({column} AS {sql_type})")), decimal(column))
}

fn spelled(column: &str, spelling: Spelling) -> String {
    let matches = format!("{column} REGEXP '{}'", spelling.pattern());
    let beyond = match spelling {
        Spelling::Whole(bounds) => outside(&format!("CAST({column} AS DECIMAL(65,0))"), bounds),
        Spelling::Number(Some(digits)) => beyond(&format!("CAST({column} AS DECIMAL(65,30))"), digits),
        _ => return format!("NOT ({matches})"),
    };
    format!("CASE WHEN {matches} THEN {beyond} ELSE TRUE END")
}
