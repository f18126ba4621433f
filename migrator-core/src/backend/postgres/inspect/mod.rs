//! The tables of a database as a [`Schema`], in four catalog queries however many they are.
//!
//! The rows of [`rows`] come as Diesel tuples of the columns' own types and in no order: sorting a hundred thousand rows,
//! and sending a table's name with each, would cost more than finding their table by its oid here.

mod rows;

use std::collections::BTreeMap;

use diesel::PgConnection;

use crate::connection::Scope;
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Check, Column, ForeignKey, Index, Schema, Table, Unique};
use rows::{ColumnRow, ConstraintRow, IndexRow, TableRow};

pub(super) fn inspect(conn: &mut PgConnection, scope: Scope<'_>) -> Result<Schema> {
    let mut found = Found::default();
    rows::tables(conn, scope)?.into_iter().for_each(|row| found.add_table(row));
    let oids: Vec<u32> = found.tables.keys().copied().collect();
    rows::columns(conn, &oids, |row| found.add_column(row))?;
    rows::constraints(conn, &oids)?.into_iter().for_each(|row| found.add_constraint(row));
    rows::indexes(conn, &oids)?.into_iter().for_each(|row| found.add_index(row));
    Ok(found.into_schema())
}

/// Tables while they are put together, by oid.
#[derive(Default)]
struct Found {
    tables: BTreeMap<u32, Numbered>,
    /// Names under which a table was asked for beside its first.
    others: Vec<(TableName, u32)>,
}

/// A table and the numbers of its columns, in the same order.
struct Numbered {
    table: Table,
    numbers: Vec<i16>,
}

impl Numbered {
    /// A number that is not there belongs to a column dropped between two queries.
    fn name(&self, number: i16) -> String {
        let position = self.numbers.binary_search(&number).ok();
        position.map(|position| self.table.columns[position].name.clone()).unwrap_or_default()
    }

    fn names(&self, numbers: &[i16]) -> Vec<String> {
        numbers.iter().map(|number| self.name(*number)).collect()
    }
}

fn table_name(schema: Option<String>, name: String) -> TableName {
    match schema {
        Some(schema) => (schema.as_str(), name.as_str()).into(),
        None => name.into(),
    }
}

impl Found {
    fn add_table(&mut self, row: TableRow) {
        let (oid, name) = (row.oid, table_name(row.schema.clone(), row.name.clone()));
        if self.tables.contains_key(&oid) {
            self.others.push((name, oid));
            return;
        }
        let mut table = Table::named(name);
        table.options = options(row);
        self.tables.insert(oid, Numbered { table, numbers: Vec::new() });
    }

    fn add_column(&mut self, row: ColumnRow) {
        let Some(Numbered { table, numbers }) = self.tables.get_mut(&row.table) else { return };
        let (default, generated) = if row.generated { (None, row.expression) } else { (row.expression, None) };
        let column = Column {
            name: row.name,
            sql_type: row.sql_type,
            nullable: !row.not_null,
            default,
            generated,
            auto_increment: row.identity,
            collation: row.collation,
            comment: row.comment,
        };
        let position = numbers.partition_point(|number| *number < row.number);
        numbers.insert(position, row.number);
        table.columns.insert(position, column);
    }

    fn add_constraint(&mut self, row: ConstraintRow) {
        let Some(found) = self.tables.get_mut(&row.table) else { return };
        let columns = found.names(row.columns.as_deref().unwrap_or_default());
        let (table, name) = (&mut found.table, Some(row.name));
        match row.kind {
            b'p' => table.primary_key = columns,
            b'u' => table.uniques.push(Unique { columns, name }),
            b'f' => table.foreign_keys.push(ForeignKey {
                columns,
                references: table_name(row.referenced_schema, row.referenced.unwrap_or_default()),
                referenced_columns: row.referenced_columns.unwrap_or_default(),
                on_delete: action(row.on_delete).to_owned(),
                on_update: action(row.on_update).to_owned(),
                name,
            }),
            _ => table.checks.push(Check { expression: row.expression.unwrap_or_default(), name }),
        }
    }

    fn add_index(&mut self, row: IndexRow) {
        let Some(found) = self.tables.get_mut(&row.table) else { return };
        let columns = row.keys.unwrap_or_else(|| found.names(&row.columns));
        let IndexRow { name, unique, filter, method, valid, .. } = row;
        found.table.indexes.insert(name.clone(), Index { name, columns, unique, filter, method, valid });
    }

    fn into_schema(self) -> Schema {
        let mut schema = Schema::default();
        for (name, oid) in self.others {
            if let Some(found) = self.tables.get(&oid) {
                schema.tables.insert(name.clone(), Table { name, ..found.table.clone() });
            }
        }
        let tables = self.tables.into_values().map(|found| (found.table.name.clone(), found.table));
        schema.tables.extend(tables);
        schema.tables.values_mut().for_each(Table::sort);
        schema
    }
}

fn options(row: TableRow) -> BTreeMap<String, String> {
    let truth = |is_so: bool| is_so.then(|| "true".to_owned());
    let options = [
        ("comment", row.comment),
        ("inherits", row.parents),
        ("partition", row.bound),
        ("partition by", row.partition_key),
        ("row level security", truth(row.row_security)),
        ("unlogged", truth(row.unlogged)),
        ("with", row.parameters),
    ];
    options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The letters of `pg_constraint.confdeltype`.
fn action(letter: u8) -> &'static str {
    match letter {
        b'r' => "RESTRICT",
        b'c' => "CASCADE",
        b'n' => "SET NULL",
        b'd' => "SET DEFAULT",
        _ => "NO ACTION",
    }
}
