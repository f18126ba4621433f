//! The tables of a database as a [`Schema`], in four catalog queries however many they are.
//!
//! Rows carry their table's oid, not its name. Columns come in the order of the index that the catalog keeps on them: in
//! any other, a hundred thousand of them jump from table to table in memory and take twice as long here.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use crate::backend::postgres::session::Session;
use crate::connection::Scope;
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Check, Column, ForeignKey, Index, Schema, Table, Unique};
use rows::{ColumnRow, ConstraintRow, KeyRow, TableRow};

pub(super) fn inspect(conn: &mut impl Session, scope: Scope<'_>) -> Result<Schema> {
    let mut found = Found::default();
    rows::tables(conn, scope)?.into_iter().for_each(|row| found.add_table(row));
    let tables: Vec<u32> = found.tables.keys().copied().collect();
    let constraints = rows::constraints(conn, &tables)?;
    rows::columns(conn, &with_referenced(&tables, &constraints), |row| found.add_column(row))?;
    constraints.into_iter().for_each(|row| found.add_constraint(row));
    rows::keys(conn, &tables)?.into_iter().for_each(|row| found.add_key(row));
    Ok(found.into_schema())
}

/// The columns of one table, whichever it is.
pub(super) fn columns_of(conn: &mut impl Session, table: u32) -> Result<Vec<Column>> {
    let mut found = Found::default();
    found.tables.insert(table, Numbered { table: Table::named("".into()), numbers: Vec::new() });
    rows::columns(conn, &[table], |row| found.add_column(row))?;
    Ok(found.tables.into_values().flat_map(|numbered| numbered.table.columns).collect())
}

/// Columns are known by their numbers; those of a table that is only referenced are needed for their names.
fn with_referenced(tables: &[u32], constraints: &[ConstraintRow]) -> Vec<u32> {
    let referenced = constraints.iter().map(|row| row.referenced).filter(|oid| *oid != 0);
    let all: BTreeSet<u32> = tables.iter().copied().chain(referenced).collect();
    all.into_iter().collect()
}

/// Tables while they are put together, by oid.
#[derive(Default)]
struct Found {
    tables: BTreeMap<u32, Numbered>,
    /// Columns of tables that are referenced and were not asked for.
    referenced: BTreeMap<(u32, i16), String>,
    /// Names under which a table was asked for beside its first.
    others: Vec<(TableName, u32)>,
}

/// A table and the numbers of its columns, which rise.
struct Numbered {
    table: Table,
    numbers: Vec<i16>,
}

impl Numbered {
    /// None for a column dropped between two queries.
    fn column(&self, number: i16) -> Option<&Column> {
        let position = self.numbers.binary_search(&number).ok()?;
        self.table.columns.get(position)
    }

    fn names(&self, numbers: &[i16]) -> Vec<String> {
        numbers.iter().filter_map(|number| Some(self.column(*number)?.name.clone())).collect()
    }

    /// A column's name, or the expression, with what is not as usual.
    fn key(&self, row: &KeyRow) -> String {
        let column = self.column(row.column);
        let name = column.map(|column| column.name.as_str()).or(row.expression.as_deref()).unwrap_or_default();
        let usual = column.and_then(|column| column.collation.as_deref()).unwrap_or("default");
        let mut key = if row.included { format!("INCLUDE {name}") } else { name.to_owned() };
        if let Some(collation) = row.collation.as_deref().filter(|collation| *collation != usual) {
            key = format!("{key} COLLATE {collation}");
        }
        if let Some(class) = &row.operator_class {
            key = format!("{key} {class}");
        }
        key + match row.order {
            Some(1) => " DESC NULLS LAST",
            Some(2) => " NULLS FIRST",
            Some(3) => " DESC",
            _ => "",
        }
    }
}

fn table_name(schema: Option<&str>, name: &str) -> TableName {
    match schema {
        Some(schema) => (schema, name).into(),
        None => name.into(),
    }
}

impl Found {
    fn add_table(&mut self, row: TableRow) {
        let (oid, name) = (row.oid, table_name(row.schema.as_deref(), &row.name));
        if self.tables.contains_key(&oid) {
            self.others.push((name, oid));
            return;
        }
        let mut table = Table::named(name);
        table.options = options(row);
        self.tables.insert(oid, Numbered { table, numbers: Vec::new() });
    }

    fn add_column(&mut self, row: ColumnRow) {
        let Some(Numbered { table, numbers }) = self.tables.get_mut(&row.table) else {
            self.referenced.insert((row.table, row.number), row.name);
            return;
        };
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
            extra: None,
        };
        numbers.push(row.number);
        table.columns.push(column);
    }

    fn names(&self, table: u32, numbers: &[i16]) -> Vec<String> {
        match self.tables.get(&table) {
            Some(found) => found.names(numbers),
            None => numbers.iter().filter_map(|number| self.referenced.get(&(table, *number)).cloned()).collect(),
        }
    }

    fn add_constraint(&mut self, row: ConstraintRow) {
        let columns = self.names(row.table, &row.columns.unwrap_or_default());
        let referenced_columns = self.names(row.referenced, &row.referenced_columns.unwrap_or_default());
        let Some(Numbered { table, .. }) = self.tables.get_mut(&row.table) else { return };
        let name = Some(row.name);
        match row.kind {
            b'p' => table.primary_key = columns,
            b'u' => table.uniques.push(Unique { columns, name }),
            b'f' => table.foreign_keys.push(ForeignKey {
                columns,
                references: table_name(row.referenced_schema.as_deref(), &row.referenced_name.unwrap_or_default()),
                referenced_columns,
                on_delete: action(row.on_delete).to_owned(),
                on_update: action(row.on_update).to_owned(),
                name,
            }),
            _ => table.checks.push(Check { expression: row.expression.unwrap_or_default(), name }),
        }
    }

    fn add_key(&mut self, row: KeyRow) {
        let Some(found) = self.tables.get_mut(&row.table) else { return };
        let key = found.key(&row);
        let KeyRow { index: name, unique, valid, method, filter, .. } = row;
        let new = || Index { name: name.clone(), columns: Vec::new(), unique, filter, method, valid };
        found.table.indexes.entry(name.clone()).or_insert_with(new).columns.push(key);
    }

    fn into_schema(self) -> Schema {
        let others = self.others.into_iter().filter_map(|(name, oid)| {
            let table = self.tables.get(&oid)?.table.clone();
            Some((name.clone(), Table { name, ..table }))
        });
        let mut schema = Schema { tables: others.collect() };
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
