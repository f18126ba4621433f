//! What a migration may have changed in its session, and how it is put back.

use diesel::mysql::MysqlConnection;

use super::renderer::MYSQL;
use crate::connection::{Database, Settings};
use crate::dialect::SqlRenderer;
use crate::error::Result;

/// Name and expression. MySQL reads what stands in `/*!80000`, MariaDB what stands in `/*M!100000`, neither the other's
/// (<https://mariadb.com/kb/en/comment-syntax/>).
const SETTINGS: [(&str, &str); 15] = [
    ("autocommit", "@@autocommit"),
    ("character_set_client", "@@character_set_client"),
    ("character_set_connection", "@@character_set_connection"),
    ("character_set_results", "@@character_set_results"),
    ("collation_connection", "@@collation_connection"),
    (DATABASE, "DATABASE()"),
    ("foreign_key_checks", "@@foreign_key_checks"),
    ("innodb_lock_wait_timeout", "@@innodb_lock_wait_timeout"),
    ("lc_messages", "@@lc_messages"),
    ("lock_wait_timeout", "@@lock_wait_timeout"),
    ("sql_mode", "@@sql_mode"),
    (STATEMENT_TIMEOUT, "/*!80000 @@max_execution_time */ /*M!100000 @@max_statement_time */"),
    ("time_zone", "@@time_zone"),
    (ISOLATION, "/*!80000 @@transaction_isolation */ /*M!100000 @@tx_isolation */"),
    ("unique_checks", "@@unique_checks"),
];

const DATABASE: &str = "database";
const ISOLATION: &str = "transaction_isolation";
const STATEMENT_TIMEOUT: &str = "statement_timeout";

pub(super) fn read(conn: &mut MysqlConnection) -> Result<Settings> {
    let expressions: Vec<_> = SETTINGS.iter().map(|(_, expression)| *expression).collect();
    let rows = conn.query(&format!("SELECT {}", expressions.join(", ")), &[])?;
    let value = |position| rows.first().map(|row| row.text(position)).unwrap_or_default();
    Ok(Settings(SETTINGS.iter().enumerate().map(|(at, (name, _))| (*name, value(at))).collect()))
}

/// In the order of the names, so that a collation follows the character set that would have changed it.
pub(super) fn restore(conn: &mut MysqlConnection, settings: &Settings) -> Result<()> {
    let now = read(conn)?;
    let statements = settings.changed_in(&now).filter_map(|(name, value)| restoring(name, value));
    statements.collect::<Vec<_>>().iter().try_for_each(|sql| conn.batch(sql))
}

/// The statement that goes back to a value; none where there is no way back, to no database at all.
fn restoring(name: &str, value: &str) -> Option<String> {
    match name {
        DATABASE => (!value.is_empty()).then(|| format!("USE {}", MYSQL.quote(value))),
        ISOLATION => Some(format!("SET SESSION TRANSACTION ISOLATION LEVEL {}", value.replace('-', " "))),
        STATEMENT_TIMEOUT => {
            Some(format!("SET SESSION /*!80000 max_execution_time */ /*M!100000 max_statement_time */ = {value}"))
        }
        "character_set_results" if value.is_empty() => Some("SET SESSION character_set_results = NULL".to_owned()),
        _ => Some(format!("SET SESSION {name} = {}", literal(value))),
    }
}

/// Numbers are refused when they come as texts.
fn literal(value: &str) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { value.to_owned() } else { MYSQL.text_literal(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_goes_back_in_its_own_way() {
        for (name, value, sql) in [
            ("sql_mode", "", "SET SESSION sql_mode = ''"),
            ("time_zone", "+00:00", "SET SESSION time_zone = '+00:00'"),
            ("unique_checks", "1", "SET SESSION unique_checks = 1"),
            (DATABASE, "a`b", "USE `a``b`"),
            (ISOLATION, "READ-COMMITTED", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"),
        ] {
            assert_eq!(restoring(name, value).as_deref(), Some(sql));
        }
        assert_eq!(restoring(DATABASE, ""), None);
    }

    #[test]
    fn names_are_in_the_order_they_are_put_back() {
        assert!(SETTINGS.is_sorted_by_key(|(name, _)| *name));
    }
}
