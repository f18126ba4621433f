//! Views, triggers, routines and events, by name, and tables as the server prints them.

use std::collections::BTreeSet;

use diesel::mysql::MysqlConnection;

use super::catalog::is_table;
use super::renderer::MYSQL;
use crate::connection::{Database, Definitions, Value};
use crate::dialect::SqlRenderer;
use crate::error::{ErrorKind, Result};
use crate::name::TableName;

/// Kind, where its schema and name stand, and its text.
const KINDS: [(&str, &str, &str, &str, &str); 4] = [
    ("view", "views", "table_schema", "table_name", "view_definition"),
    ("trigger", "triggers", "trigger_schema", "trigger_name", "CONCAT(event_object_table, ' ', action_statement)"),
    ("routine", "routines", "routine_schema", "routine_name", "CONCAT_WS(' ', routine_type, routine_definition)"),
    ("event", "events", "event_schema", "event_name", "event_definition"),
];

impl Definitions for MysqlConnection {
    fn definitions(&mut self, names: &[TableName]) -> Result<Vec<String>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let schemas: BTreeSet<Option<&str>> = names.iter().map(TableName::schema).collect();
        let (mut parts, mut binds) = (Vec::new(), Vec::new());
        for schema in schemas {
            let names: Vec<&TableName> = names.iter().filter(|name| name.schema() == schema).collect();
            for kind in &KINDS {
                parts.push(part(kind, schema, names.len()));
                binds.extend(schema.map(Value::from));
                binds.extend(names.iter().map(|name| Value::from(name.name())));
            }
        }
        let mut told: Vec<String> =
            self.query(&parts.join(" UNION ALL "), &binds)?.iter().map(|row| row.text(0)).collect();
        told.sort();
        Ok(told)
    }

    fn printed(&mut self, names: &[TableName]) -> Result<Option<Vec<String>>> {
        let mut printed = Vec::new();
        for table in there(self, names)? {
            let sql = format!("{AS_EVER} SHOW CREATE TABLE {}", MYSQL.table(&table));
            match self.query(&sql, &[]) {
                Ok(rows) => printed.extend(rows.first().map(|row| without_counter(&row.text(1)))),
                Err(error) if error.kind() == ErrorKind::Connection => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(printed))
    }
}

/// The definitions of a kind that have one of so many names in a schema. That is compared with a constant: else the
/// catalogue would open every table of every schema.
fn part(
    (kind, table, in_schema, name, text): &(&str, &str, &str, &str, &str),
    schema: Option<&str>,
    names: usize,
) -> String {
    let (schema, places) = (if schema.is_some() { "?" } else { "DATABASE()" }, vec!["?"; names].join(", "));
    format!(
        "SELECT CONCAT_WS(' ', '{kind}', {in_schema}, {name}, {text}) AS told FROM information_schema.{table} \
         WHERE {in_schema} = {schema} AND {name} IN ({places})"
    )
}

/// However the session has names quoted.
const AS_EVER: &str = "/*M!100000 SET STATEMENT sql_mode = '', sql_quote_show_create = 1 FOR */";

/// Those of the names that tables have. Each is compared with a constant: only then does MariaDB not open every table.
fn there(conn: &mut MysqlConnection, names: &[TableName]) -> Result<Vec<TableName>> {
    let part = |name: &TableName| {
        let schema = if name.schema().is_some() { "?" } else { "DATABASE()" };
        format!(
            "SELECT table_schema, table_name, table_type FROM information_schema.tables \
             WHERE table_schema = {schema} AND table_name = ?"
        )
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = names.iter().map(part).collect::<Vec<_>>().join(" UNION ");
    let binds: Vec<Value> = names.iter().flat_map(TableName::parts).map(Value::from).collect();
    let rows = conn.query(&sql, &binds)?;
    let tables = rows.iter().filter(|row| is_table(&row.text(2)));
    let mut tables: Vec<TableName> =
        tables.map(|row| TableName::from((row.text(0).as_str(), row.text(1).as_str()))).collect();
    tables.sort();
    Ok(tables)
}

/// How far it has counted moves with its rows.
fn without_counter(printed: &str) -> String {
    const COUNTER: &str = " AUTO_INCREMENT=";
    let mut parts = printed.split(COUNTER);
    let first = parts.next().unwrap_or_default().to_owned();
    let is_digit = |letter: char| letter.is_ascii_digit();
    parts.fold(first, |text, part| text + part.trim_start_matches(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_table_has_counted_is_left_out() {
        let printed = |counter: &str| format!("CREATE TABLE `t` (\n) ENGINE=InnoDB{counter} DEFAULT CHARSET=utf8mb4");
        assert_eq!(without_counter(&printed(" AUTO_INCREMENT=17")), printed(""));
        assert_eq!(without_counter(&printed("")), printed(""));
    }
}
