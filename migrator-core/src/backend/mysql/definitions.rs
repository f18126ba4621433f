//! Views, triggers, routines and events, by name.

use diesel::mysql::MysqlConnection;

use crate::connection::{Database, Definitions, Value};
use crate::error::Result;
use crate::name::TableName;

/// Another schema's are not looked up: the catalogue would open every table of every schema for that.
///
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
        let places = vec!["?"; names.len()].join(", ");
        let part = |(kind, table, schema, name, text): &(&str, &str, &str, &str, &str)| {
            format!(
                "SELECT CONCAT_WS(' ', '{kind}', {schema}, {name}, {text}) AS told FROM information_schema.{table} \
                 WHERE {schema} = DATABASE() AND {name} IN ({places})"
            )
        };
        let sql = KINDS.iter().map(part).collect::<Vec<_>>().join(" UNION ALL ");
        let one = || names.iter().map(|name| Value::from(name.name()));
        let binds: Vec<Value> = KINDS.iter().flat_map(|_| one()).collect();
        let mut told: Vec<String> = self.query(&sql, &binds)?.iter().map(|row| row.text(0)).collect();
        told.sort();
        Ok(told)
    }
}
