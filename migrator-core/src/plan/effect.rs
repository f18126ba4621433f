//! What a change makes of a table, as the catalogue would tell of it. Pure.

use crate::dialect::SqlRenderer;
use crate::operation::{CheckDef, ColumnChange, ColumnDef, ForeignKey, Index, TableDef, TableEdit, derived_name};
use crate::schema::{self, Check, Column, Table, Unique};

/// A table that was created so.
pub(super) fn created(definition: &TableDef, renderer: &dyn SqlRenderer) -> Table {
    let mut table = Table::named(definition.name.clone());
    let key = definition.key_columns();
    table.primary_key = key.iter().map(|name| (*name).to_owned()).collect();
    for column in &definition.columns {
        let in_key = key.contains(&column.name.as_str());
        add_bare_column(&mut table, column, in_key, renderer);
    }
    for columns in &definition.uniques {
        add_unique(&mut table, None, columns, renderer);
    }
    definition.checks.iter().for_each(|check| add_check(&mut table, check));
    definition.indexes.iter().for_each(|index| add_index(&mut table, index, renderer));
    // A key takes the index that it finds.
    let of_columns = definition.columns.iter().filter_map(ForeignKey::of_column);
    of_columns.chain(definition.foreign_keys.clone()).for_each(|key| add_foreign_key(&mut table, &key, renderer));
    table.sort();
    table
}

/// The table after a change to it.
pub(super) fn edit(table: &mut Table, edit: &TableEdit, renderer: &dyn SqlRenderer) {
    match edit {
        TableEdit::AddColumn(column) => add_column(table, column, column.primary_key, renderer),
        TableEdit::DropColumn(column) => drop_column(table, column, renderer),
        TableEdit::AlterColumn(column, change) => alter_column(table, column, change, renderer),
        TableEdit::AddForeignKey(key) => add_foreign_key(table, key, renderer),
        TableEdit::AddUnique(name, columns) => add_unique(table, Some(name), columns, renderer),
        TableEdit::AddCheck(check) => add_check(table, check),
        TableEdit::DropConstraint(name) => drop_constraint(table, name, renderer),
    }
    table.sort();
}

pub(super) fn add_index(table: &mut Table, index: &Index, renderer: &dyn SqlRenderer) {
    let name = index.name_on(&table.name, renderer.capabilities().name_limit.safe_bytes());
    let part = |column: &String| match index.prefixes.get(column) {
        Some(length) => format!("{column}({length})"),
        None => column.clone(),
    };
    let found = schema::Index {
        name: name.clone(),
        columns: index.columns.iter().map(part).collect(),
        unique: index.unique,
        filter: index.filter.clone(),
        method: index.method.clone(),
        valid: true,
    };
    // The index that came with a foreign key goes when another one does its work.
    let of_keys = table.foreign_keys.iter().filter(|key| index.columns.starts_with(&key.columns));
    let of_keys: Vec<&String> = of_keys.filter_map(|key| key.name.as_ref()).collect();
    if renderer.capabilities().foreign_keys_have_indexes {
        table.indexes.retain(|other, found| found.unique || !of_keys.contains(&other));
    }
    table.indexes.insert(name, found);
}

/// Everything that says the column's name says the new one.
pub(super) fn rename_column(table: &mut Table, old: &str, new: &str, renderer: &dyn SqlRenderer) {
    let is_it = |name: &str| renderer.same_name(name, old);
    let lists = table.indexes.values_mut().map(|index| &mut index.columns);
    let lists = lists.chain(table.uniques.iter_mut().map(|unique| &mut unique.columns));
    let lists = lists.chain(table.foreign_keys.iter_mut().map(|key| &mut key.columns));
    let names = lists.chain([&mut table.primary_key]).flatten();
    let columns = table.columns.iter_mut().map(|column| &mut column.name);
    names.chain(columns).filter(|name| is_it(name)).for_each(|name| new.clone_into(name));
}

fn add_column(table: &mut Table, column: &ColumnDef, in_key: bool, renderer: &dyn SqlRenderer) {
    add_bare_column(table, column, in_key, renderer);
    if let Some(key) = ForeignKey::of_column(column) {
        add_foreign_key(table, &key, renderer);
    }
}

/// A column with all but its foreign key.
fn add_bare_column(table: &mut Table, column: &ColumnDef, in_key: bool, renderer: &dyn SqlRenderer) {
    table.columns.push(renderer.found_column(column, in_key));
    if column.unique {
        add_unique(table, None, std::slice::from_ref(&column.name), renderer);
    }
    if let Some(expression) = &column.check {
        add_check(table, &CheckDef { name: None, expression: expression.clone() });
    }
}

fn add_unique(table: &mut Table, name: Option<&str>, columns: &[String], renderer: &dyn SqlRenderer) {
    let facts = renderer.capabilities();
    if facts.unique_is_index {
        let name = name.map_or_else(|| free_name(table, &columns[0]), str::to_owned);
        let index = Index::on(columns.iter().cloned()).unique().named(name);
        return add_index(table, &index, renderer);
    }
    let limit = facts.name_limit.safe_bytes();
    let name = name.map_or_else(|| derived_name(&table.name, columns, "key", limit), str::to_owned);
    table.uniques.push(Unique { columns: columns.to_vec(), name: Some(name) });
}

/// A key without a name is called after its first column, then `_2`, `_3`.
fn free_name(table: &Table, column: &str) -> String {
    let numbered = (2..).map(|number| format!("{column}_{number}"));
    let mut names = std::iter::once(column.to_owned()).chain(numbered);
    names.find(|name| !table.indexes.contains_key(name)).unwrap_or_default()
}

fn add_foreign_key(table: &mut Table, key: &ForeignKey, renderer: &dyn SqlRenderer) {
    let name = key.name_on(&table.name, renderer.capabilities().name_limit.safe_bytes());
    let begins_with = |columns: &[String]| columns.starts_with(&key.columns);
    let has_index = begins_with(&table.primary_key) || table.indexes.values().any(|index| begins_with(&index.columns));
    if renderer.capabilities().foreign_keys_have_indexes && !has_index {
        add_index(table, &Index::on(key.columns.iter().cloned()).named(name.as_str()), renderer);
    }
    table.foreign_keys.push(schema::ForeignKey {
        columns: key.columns.clone(),
        references: key.table.clone(),
        referenced_columns: key.referenced.clone(),
        on_delete: key.on_delete.as_sql().to_owned(),
        on_update: key.on_update.as_sql().to_owned(),
        name: Some(name),
    });
}

fn add_check(table: &mut Table, check: &CheckDef) {
    table.checks.push(Check { expression: check.expression.clone(), name: check.name.clone() });
}

fn drop_column(table: &mut Table, column: &str, renderer: &dyn SqlRenderer) {
    let holds = |columns: &[String]| columns.iter().any(|name| renderer.same_name(name, column));
    table.columns.retain(|found| !renderer.same_name(&found.name, column));
    table.indexes.retain(|_, index| !holds(&index.columns));
    table.uniques.retain(|unique| !holds(&unique.columns));
    table.foreign_keys.retain(|key| !holds(&key.columns));
    if holds(&table.primary_key) {
        table.primary_key.clear();
    }
}

fn alter_column(table: &mut Table, column: &str, change: &ColumnChange, renderer: &dyn SqlRenderer) {
    let Some(found) = table.columns.iter_mut().find(|found| renderer.same_name(&found.name, column)) else { return };
    let column_type = change.column_type.clone();
    let mut definition = ColumnDef::new(
        found.name.clone(),
        column_type.unwrap_or_else(|| crate::operation::ColumnType::Custom(found.sql_type.clone())),
    );
    definition.not_null = change.not_null.unwrap_or(!found.nullable);
    definition.default = change.default.clone().flatten();
    definition.comment.clone_from(&change.comment);
    take_over(found, renderer.found_column(&definition, false), change);
}

fn take_over(found: &mut Column, new: Column, change: &ColumnChange) {
    if change.column_type.is_some() {
        found.sql_type = new.sql_type;
    }
    if change.not_null.is_some() {
        found.nullable = new.nullable;
    }
    if change.default.is_some() {
        found.default = new.default;
    }
    if change.comment.is_some() {
        found.comment = new.comment;
    }
}

fn drop_constraint(table: &mut Table, name: &str, renderer: &dyn SqlRenderer) {
    let is_it = |other: &Option<String>| other.as_deref() == Some(name);
    table.uniques.retain(|unique| !is_it(&unique.name));
    table.foreign_keys.retain(|key| !is_it(&key.name));
    table.checks.retain(|check| !is_it(&check.name));
    if renderer.capabilities().unique_is_index {
        table.indexes.remove(name);
    }
}
