//! How the rows of a table are walked by its primary key.

/// How a database writes keys: values of any type as literals, and one key compared with another.
#[doc(hidden)]
pub trait KeyRanges {
    /// An expression that gives the value of a quoted column as a literal, exactly, in a text; or as a number that has
    /// all its digits.
    fn literal_of(&self, column: &str, _sql_type: &str) -> String {
        format!("quote_literal(CAST({column} AS text))")
    }

    /// Whether a column of a primary key may be NULL. Elsewhere `IS NULL` is not asked: it may find the day 0000-00-00.
    fn takes_null_keys(&self) -> bool {
        false
    }

    /// What a quoted column is ordered and compared by.
    fn ordered_by(&self, column: &str, _sql_type: &str) -> String {
        column.to_owned()
    }

    /// Whether a key lies beyond another one.
    fn beyond(&self, columns: &[String], key: &[String]) -> String {
        row_comparison(columns, ">", key)
    }

    /// Whether a key is another one or lies before it.
    fn up_to(&self, columns: &[String], key: &[String]) -> String {
        row_comparison(columns, "<=", key)
    }
}

fn row_comparison(columns: &[String], operator: &str, key: &[String]) -> String {
    match (columns, key) {
        ([column], [value]) => format!("{column} {operator} {value}"),
        _ => format!("({}) {operator} ({})", columns.join(", "), key.join(", ")),
    }
}
