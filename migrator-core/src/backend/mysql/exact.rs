//! Defaults as they are kept, where the catalogue cannot print them: it has no letters beyond U+FFFF and no bytes that are
//! no text, and prints `?` for them.

use diesel::mysql::MysqlConnection;

use super::renderer::{MARIADB, of_digits, printed_text};
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::schema::{Column, Table};

/// Where the role may not read the table, what the catalogue prints stays.
pub(super) fn read_defaults(conn: &mut MysqlConnection, table: &mut Table) {
    let doubtful: Vec<usize> = (0..table.columns.len()).filter(|at| is_doubtful(&table.columns[*at])).collect();
    if doubtful.is_empty() {
        return;
    }
    let values: Vec<String> = doubtful.iter().map(|at| kept(&table.columns[*at])).collect();
    let name = MARIADB.table(&table.name);
    let sql = format!("SELECT {} FROM (SELECT 1 AS one) AS one LEFT JOIN {name} ON FALSE", values.join(", "));
    let rows = conn.query(&sql, &[]).unwrap_or_default();
    let Some(row) = rows.first() else { return };
    for (position, at) in doubtful.into_iter().enumerate() {
        table.columns[at].default = row.optional_text(position).map(|digits| literal(&digits));
    }
}

fn is_doubtful(column: &Column) -> bool {
    let default = column.default.as_deref().filter(|default| default.contains('?'));
    default.and_then(printed_text).is_some()
}

/// Its bytes as digits, those of a text in the character set that has every letter.
fn kept(column: &Column) -> String {
    let name = MARIADB.quote(&column.name);
    let lower = column.sql_type.to_ascii_lowercase();
    match lower.contains("binary") || lower.contains("blob") {
        true => format!("HEX(DEFAULT({name}))"),
        false => format!("HEX(CONVERT(DEFAULT({name}) USING utf8mb4))"),
    }
}

/// As the catalogue would print it.
fn literal(digits: &str) -> String {
    match of_digits(digits) {
        Some(text) => {
            let escaped = text.replace('\\', "\\\\").replace('\0', "\\0").replace('\'', "''");
            format!("'{escaped}'")
        }
        None => format!("X'{}'", digits.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_written_as_text_where_it_is_one() {
        assert_eq!(literal("F09F8E89"), "'🎉'");
        assert_eq!(literal("5C270061"), "'\\\\\'\'\\0a'");
        assert_eq!(printed_text(&literal("5C270061")).as_deref(), Some("\\'\0a"));
        assert_eq!(literal("00FF27"), "X'00ff27'");
    }

    #[test]
    fn only_a_text_with_a_question_mark_is_asked_for() {
        let column = |default: &str| Column { default: Some(default.to_owned()), ..Column::new("a", "text", true) };
        assert!(is_doubtful(&column("'wh?t'")));
        assert!(!is_doubtful(&column("'what'")) && !is_doubtful(&column("concat('?','a')")));
    }
}
