//! Keys of any type. A comparison of rows would not use the index, so it is written out.

use super::renderer::Renderer;
use crate::dialect::KeyRanges;

impl KeyRanges for Renderer {
    fn literal_of(&self, column: &str, sql_type: &str) -> String {
        match Kept::of(sql_type) {
            Kept::Number => format!("CAST({column} AS CHAR)"),
            // As a number with all its digits; a text for an ENUM would be compared as one, which is not how it is ordered.
            Kept::Float | Kept::Position => format!("CAST({column} + 0e0 AS CHAR)"),
            Kept::Bytes => format!("CONCAT('x''', HEX({column}), '''')"),
            Kept::Text => format!(
                "IF({column} REGEXP '^[-0-9A-Za-z_]+$', CONCAT('''', {column}, ''''), \
                 CONCAT('_utf8mb4 x''', HEX(CONVERT({column} USING utf8mb4)), ''''))"
            ),
            Kept::Other => format!("QUOTE(CAST({column} AS CHAR))"),
        }
    }

    fn ordered_by(&self, column: &str, sql_type: &str) -> String {
        if Kept::of(sql_type) == Kept::Position { format!("({column} + 0)") } else { column.to_owned() }
    }

    fn beyond(&self, columns: &[String], key: &[String]) -> String {
        written_out(columns, key, '>', ">")
    }

    fn up_to(&self, columns: &[String], key: &[String]) -> String {
        written_out(columns, key, '<', "<=")
    }
}

/// How a type keeps its values.
#[derive(PartialEq, Eq)]
enum Kept {
    Number,
    Float,
    /// In the order of a list, or as bits.
    Position,
    Bytes,
    Text,
    Other,
}

impl Kept {
    fn of(sql_type: &str) -> Self {
        let word = sql_type.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        match word.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "decimal" | "numeric" => Self::Number,
            "float" | "double" | "real" => Self::Float,
            "enum" | "set" | "bit" => Self::Position,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Self::Bytes,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Self::Text,
            _ => Self::Other,
        }
    }
}

/// `a > 1 OR (a = 1 AND (b > 2 OR ..))`, with the last column as `last` says.
fn written_out(columns: &[String], key: &[String], before_last: char, last: &str) -> String {
    match (columns, key) {
        ([column, rest @ ..], [value, values @ ..]) if !rest.is_empty() => {
            let rest = written_out(rest, values, before_last, last);
            format!("({column} {before_last} {value} OR ({column} = {value} AND {rest}))")
        }
        ([column, ..], [value, ..]) => format!("{column} {last} {value}"),
        _ => "TRUE".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_several_columns_are_compared_one_after_the_other() {
        let columns = ["a", "b", "c"].map(str::to_owned);
        let key = ["1", "2", "3"].map(str::to_owned);
        assert_eq!(written_out(&columns, &key, '>', ">"), "(a > 1 OR (a = 1 AND (b > 2 OR (b = 2 AND c > 3))))");
        assert_eq!(written_out(&columns[..2], &key[..2], '<', "<="), "(a < 1 OR (a = 1 AND b <= 2))");
        assert_eq!(written_out(&columns[..1], &key[..1], '<', "<="), "a <= 1");
    }
}
