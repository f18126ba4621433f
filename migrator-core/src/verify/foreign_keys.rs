//! Rows that reference what is not there.

use crate::connection::Database;
use crate::count::counted;
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;
use crate::report::{Finding, FindingKind, Remedy};
use crate::schema::{ForeignKey, Schema, Table};

/// Counts them for the foreign keys that are meant: of this table, to that one.
pub(crate) fn broken_foreign_keys(
    database: &mut dyn Database,
    schema: &Schema,
    is_meant: impl Fn(&TableName, &TableName) -> bool,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for table in schema.tables.values() {
        for key in table.foreign_keys.iter().filter(|key| is_meant(&table.name, &key.references)) {
            findings.extend(broken(database, table, key)?);
        }
    }
    Ok(findings)
}

fn broken(database: &mut dyn Database, table: &Table, key: &ForeignKey) -> Result<Option<Finding>> {
    let renderer = database.renderer()?;
    let there = database.has_table(&key.references)?;
    // SQLite keeps a foreign key to the primary key of a table that has none: nothing says what a row would have to equal.
    if there && key.referenced_columns.is_empty() {
        return Ok(None);
    }
    let orphans = Orphans { table, key, renderer, parent_is_there: there };
    let count = database.count_all(&format!("SELECT count(*) FROM {}", orphans.rows()))?;
    Ok((count > 0).then(|| orphans.finding(count)))
}

/// The rows of one table that break one of its foreign keys.
struct Orphans<'a> {
    table: &'a Table,
    key: &'a ForeignKey,
    renderer: &'a dyn SqlRenderer,
    parent_is_there: bool,
}

impl Orphans<'_> {
    /// What stands after FROM.
    fn rows(&self) -> String {
        let name = self.renderer.table(&self.table.name);
        format!("{name} WHERE {}", self.condition())
    }

    /// A key that is NULL in part references nothing, and breaks nothing.
    fn condition(&self) -> String {
        let child = self.renderer.table(&self.table.name);
        let quoted = |column: &String| self.renderer.quote(column);
        let set = self.key.columns.iter().map(|column| format!("{child}.{} IS NOT NULL", quoted(column)));
        let mut parts: Vec<String> = set.collect();
        if self.parent_is_there {
            let parent = self.renderer.table(&self.key.references);
            let columns = self.key.referenced_columns.iter().map(quoted).collect::<Vec<_>>().join(", ");
            let pairs = self.key.columns.iter().zip(&self.key.referenced_columns);
            let same = pairs.map(|(own, other)| format!("referenced.{} = {child}.{}", quoted(other), quoted(own)));
            let same = same.collect::<Vec<_>>().join(" AND ");
            parts.push(format!("NOT EXISTS (SELECT 1 FROM (SELECT {columns} FROM {parent}) referenced WHERE {same})"));
        }
        parts.join(" AND ")
    }

    fn finding(&self, count: i64) -> Finding {
        let Self { table, key, .. } = self;
        let what = format!("{} of {} without what the foreign key {key} references", counted(count, "row"), table.name);
        let aside = self.set_aside();
        let what_it_does = if self.may_be_null() { "the reference is emptied" } else { "the rows are taken out" };
        let advice = format!("the rows are kept in {aside}; then {what_it_does}");
        Finding::new(FindingKind::BrokenForeignKey, what, Remedy::Sql(self.remedy(&aside))).advice(advice)
    }

    fn may_be_null(&self) -> bool {
        self.key.columns.iter().all(|name| self.table.column(name).is_some_and(|column| column.nullable))
    }

    /// A table of ours, which is no part of the schema.
    fn set_aside(&self) -> TableName {
        let own = self.table.name.name();
        let name: String = format!("__migrator_orphans_{own}").chars().take(40).collect();
        match self.table.name.schema() {
            Some(schema) => TableName::from((schema, name.as_str())),
            None => TableName::from(name.as_str()),
        }
    }

    fn remedy(&self, aside: &TableName) -> String {
        let child = self.renderer.table(&self.table.name);
        let (rows, condition) = (self.rows(), self.condition());
        let keep = format!("CREATE TABLE {} AS SELECT * FROM {rows}", self.renderer.table(aside));
        if !self.may_be_null() {
            return format!("{keep};\nDELETE FROM {rows}");
        }
        let emptied = self.key.columns.iter().map(|column| format!("{} = NULL", self.renderer.quote(column)));
        format!("{keep};\nUPDATE {child} SET {} WHERE {condition}", emptied.collect::<Vec<_>>().join(", "))
    }
}
