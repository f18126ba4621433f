//! Rows of the history that are written before something may ask for them.

use super::Context;
use crate::connection::Database;
use crate::error::Result;

impl Context {
    /// Before something is sent that may ask for the history, whatever its words are.
    pub(super) fn pay(&mut self, database: &mut dyn Database) -> Result<()> {
        self.asked_for_history = true;
        self.owed.pay(database)
    }

    /// Before a statement: one that defines runs nothing of the user's that could ask, if it does not say so itself.
    pub(super) fn pay_before(&mut self, database: &mut dyn Database, sql: &str) -> Result<()> {
        if defines(sql) { Ok(()) } else { self.pay(database) }
    }
}

const DEFINES: [&str; 3] = ["CREATE", "DROP", "ALTER"];
/// What a statement that defines may be put together with, or name.
const ASKS: [&str; 4] = ["select", "execute", "__diesel_schema_migrations", "__migrator_"];

fn defines(sql: &str) -> bool {
    let first = sql.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    DEFINES.iter().any(|word| word.eq_ignore_ascii_case(first)) && {
        let low = sql.to_ascii_lowercase();
        !ASKS.iter().any(|word| low.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_defines_a_table_asks_for_nothing() {
        for sql in
            ["CREATE TABLE t (id INTEGER)", "create index i on t (a)", "DROP TABLE t", "ALTER TABLE t ADD a TEXT"]
        {
            assert!(defines(sql), "{sql}");
        }
    }

    #[test]
    fn what_changes_rows_calls_or_names_the_history_may_ask() {
        let asks = [
            "INSERT INTO t VALUES (1)",
            "CREATE TABLE t AS SELECT * FROM v",
            "create table t as execute p",
            "ALTER TABLE __Diesel_schema_migrations ADD note TEXT",
            "DROP TABLE \"__migrator_history\"",
            "-- why\nCREATE TABLE t (a)",
            "",
        ];
        for sql in asks {
            assert!(!defines(sql), "{sql}");
        }
    }
}
