//! A database as it stands: its schema and all of its rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::connection::{SchemaConnection, Scope};
use crate::error::Result;
use crate::metadata::Loss;
use crate::name::TableName;
use crate::schema::{Schema, Table};

/// A row, each value as the database prints it; none for NULL.
pub(super) type Row = Vec<Option<String>>;

/// A database as it stands.
pub(super) struct Snapshot {
    pub(super) schema: Schema,
    pub(super) contents: BTreeMap<TableName, Contents>,
}

/// The rows of a table, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

impl Snapshot {
    pub(super) fn take(conn: &mut dyn SchemaConnection) -> Result<Self> {
        let schema = conn.database().inspect(Scope::All)?;
        let mut contents = BTreeMap::new();
        for table in schema.tables.values() {
            contents.insert(table.name.clone(), Contents::read(conn, table)?);
        }
        Ok(Self { schema, contents })
    }

    /// How many rows each table has, and how many values each of its columns.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let of = |(table, contents): (&TableName, &Contents)| {
            let values = contents
                .columns
                .iter()
                .map(|column| (format!("{table}.{column} has so many values"), contents.values(column).count()));
            let mut counts: Vec<_> = values.collect();
            counts.push((format!("{table} has so many rows"), contents.rows.len()));
            counts
        };
        self.contents.iter().flat_map(of).collect()
    }
}

impl Contents {
    fn read(conn: &mut dyn SchemaConnection, table: &Table) -> Result<Self> {
        let database = conn.database();
        let renderer = database.renderer()?;
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        if columns.is_empty() {
            return Ok(Self { columns, rows: Vec::new() });
        }
        let legible: Vec<String> = columns.iter().map(|column| renderer.legible(&renderer.quote(column))).collect();
        let sql = format!("SELECT {} FROM {}", legible.join(", "), renderer.table(&table.name));
        let row = |record: &crate::connection::Record| (0..columns.len()).map(|at| record.optional_text(at)).collect();
        let mut rows: Vec<Row> = database.query(&sql, &[])?.iter().map(row).collect();
        rows.sort();
        Ok(Self { columns, rows })
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| other == column)
    }

    /// The values of a column that are not NULL.
    pub(super) fn values<'a>(&'a self, column: &str) -> impl Iterator<Item = &'a str> {
        let at = self.position(column);
        self.rows.iter().filter_map(move |row| row[at?].as_deref())
    }

    /// The rows with only these columns, sorted; a column that is not there is as good as NULL.
    pub(super) fn of_columns(&self, columns: &[String]) -> Vec<Row> {
        let positions: Vec<_> = columns.iter().map(|column| self.position(column)).collect();
        let project = |row: &Row| positions.iter().map(|at| at.and_then(|at| row[at].clone())).collect();
        let mut rows: Vec<Row> = self.rows.iter().map(project).collect();
        rows.sort();
        rows
    }

    /// Of those, the rows whose key is one of these.
    pub(super) fn with_keys(&self, key: &[String], keys: &BTreeSet<Row>) -> Self {
        let positions: Vec<_> = key.iter().map(|column| self.position(column)).collect();
        let key_of = |row: &Row| positions.iter().map(|at| at.and_then(|at| row[at].clone())).collect::<Row>();
        let rows = self.rows.iter().filter(|row| keys.contains(&key_of(row))).cloned().collect();
        Self { columns: self.columns.clone(), rows }
    }

    /// The columns of the table that nobody says are lost.
    pub(super) fn columns_to_keep(&self, table: &TableName, named: &[Loss]) -> Vec<String> {
        let named = |column: &&String| {
            let loss = Loss::column(table.clone(), column.as_str());
            named.iter().any(|named| named.covers(&loss))
        };
        self.columns.iter().filter(|column| !named(column)).cloned().collect()
    }
}
