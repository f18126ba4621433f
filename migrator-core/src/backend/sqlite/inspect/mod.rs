//! The tables that stand in an SQLite database, as values.

mod asked;
mod told;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::ddl::{CreateIndex, CreateTable, same_name};
use crate::connection::{Database, Record, Scope};
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Schema, Table};

pub(super) fn inspect(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Schema> {
    let mut schema = read(conn, scope)?;
    let parents = parents_outside(&schema, scope);
    let outside = if parents.is_empty() { Schema::default() } else { read(conn, Scope::Tables(&parents))? };
    imply_referenced_columns(&mut schema, &outside);
    schema.tables.values_mut().for_each(Table::sort);
    Ok(schema)
}

/// One query, however many tables, for the texts that SQLite keeps; three more for those that do not say everything.
fn read(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Schema> {
    let stored = stored(conn, scope)?;
    let mut schema = Schema::default();
    let mut unsaid = BTreeMap::new();
    for (name, rows) in by_table(&stored) {
        let text = Text::parse(&rows);
        match told::table(name, &text) {
            Some(table) => drop(schema.tables.insert(table.name.clone(), table)),
            None => drop(unsaid.insert(name, text)),
        }
    }
    if !unsaid.is_empty() {
        asked::add(conn, &mut schema, &unsaid)?;
    }
    Ok(schema)
}

/// What is kept of one table: its CREATE statement in pieces, of a virtual table none, and those of its indexes.
#[derive(Default)]
struct Text<'a> {
    create: Option<CreateTable<'a>>,
    indexes: Vec<(&'a str, Option<CreateIndex<'a>>)>,
    capitals: bool,
}

impl<'a> Text<'a> {
    fn parse(rows: &[&'a Record]) -> Self {
        let mut text = Self::default();
        for row in rows {
            match row.as_text(2) {
                "" => (text.create, text.capitals) = (CreateTable::parse(row.as_text(1)).ok(), row.flag(3)),
                index => text.indexes.push((index, CreateIndex::parse(row.as_text(1)).ok())),
            }
        }
        text
    }

    fn index(&self, name: &str) -> Option<&CreateIndex<'a>> {
        self.indexes.iter().find(|(other, _)| *other == name)?.1.as_ref()
    }
}

/// Tables that are nobody's books.
const OURS: &str = "tbl_name NOT LIKE 'sqlite~_%' ESCAPE '~' AND tbl_name NOT LIKE '~_~_migrator~_%' ESCAPE '~' \
    AND tbl_name <> '__diesel_schema_migrations'";

/// The table's name, the text, an index's name, and whether SQLite writes its own types in capitals, as it does from 3.37 on.
fn stored(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Vec<Record>> {
    let condition = match scope {
        Scope::All => OURS.to_owned(),
        Scope::Tables(tables) => {
            format!("tbl_name COLLATE NOCASE IN ({})", literals(tables.iter().map(TableName::name)))
        }
    };
    let sql = format!(
        "SELECT tbl_name, sql, CASE type WHEN 'index' THEN name END, CAST(substr(sqlite_version(), 3) AS REAL) >= 37 \
         FROM main.sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL AND {condition}"
    );
    conn.query(&sql, &[])
}

fn literals<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    names.join(", ")
}

fn by_table(stored: &[Record]) -> BTreeMap<&str, Vec<&Record>> {
    let mut tables = BTreeMap::<&str, Vec<&Record>>::new();
    for row in stored {
        tables.entry(row.as_text(0)).or_default().push(row);
    }
    tables
}

/// Tables whose primary key is meant by a foreign key, and which were not read.
fn parents_outside(schema: &Schema, scope: Scope<'_>) -> Vec<TableName> {
    let Scope::Tables(_) = scope else { return Vec::new() };
    let keys = schema.tables.values().flat_map(|table| &table.foreign_keys);
    let parents = keys.filter(|key| key.referenced_columns.is_empty()).map(|key| &key.references);
    parents.filter(|parent| parent_in(schema, parent).is_none()).cloned().collect()
}

/// The table as SQLite finds it, whose foreign keys need not spell it as it is spelled.
fn parent_in<'s>(schema: &'s Schema, name: &TableName) -> Option<&'s Table> {
    let same = |table: &&Table| same_name(table.name.name(), name.name());
    schema.tables.get(name).or_else(|| schema.tables.values().find(same))
}

/// A foreign key that names no columns means the primary key of the other table.
fn imply_referenced_columns(schema: &mut Schema, outside: &Schema) {
    let mut implied = Vec::new();
    for (name, table) in &schema.tables {
        for (at, key) in table.foreign_keys.iter().enumerate().filter(|(_, key)| key.referenced_columns.is_empty()) {
            let parent = parent_in(schema, &key.references).or_else(|| parent_in(outside, &key.references));
            let primary_key = parent.map_or(&[][..], |parent| &parent.primary_key);
            implied.push((name.clone(), at, primary_key.iter().take(key.columns.len()).cloned().collect()));
        }
    }
    for (name, at, columns) in implied {
        schema.entry(name).foreign_keys[at].referenced_columns = columns;
    }
}
