//! What follows the new name of a column; the name of a primary key, which stands in the table's own text alone.

use diesel::sqlite::SqliteConnection;

use super::ddl::{CreateTable, Rule};
use super::rebuild;
use crate::connection::{Database, Dependents};
use crate::error::Result;
use crate::name::TableName;

impl Dependents for SqliteConnection {
    fn check_rename(&mut self, table: &TableName, old: &str, new: &str) -> Result<()> {
        rebuild::check_rename(self, table, old, new)
    }

    fn primary_key_name(&mut self, table: &TableName) -> Result<Option<String>> {
        let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE";
        let text = self.query(sql, &[table.name().into()])?.first().map(|row| row.text(0)).unwrap_or_default();
        let Ok(table) = CreateTable::parse(&text) else { return Ok(None) };
        let key = table.all_constraints().find(|constraint| matches!(constraint.rule, Rule::PrimaryKey { .. }));
        Ok(key.and_then(|key| key.name.clone()))
    }
}
