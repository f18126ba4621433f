//! What most products say, statement by statement: the words of the standard.

use super::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{Action, ColumnDef, ForeignKey, Index, Literal, TableDef, TableEdit};
use crate::schema::{Column, Table};

pub(super) fn alter_table(
    renderer: &(impl SqlRenderer + ?Sized),
    found: &Table,
    edit: &TableEdit,
) -> Result<Vec<String>> {
    let table = renderer.table(&found.name);
    Ok(match edit {
        TableEdit::AddColumn(column) => renderer.add_column(&found.name, column),
        TableEdit::DropColumn(column) => renderer.drop_column(found, column),
        TableEdit::AlterColumn(column, change) => return renderer.alter_column(found, column, change),
        TableEdit::AddForeignKey(key) => renderer.add_foreign_key(&found.name, key),
        TableEdit::AddUnique(name, columns) => {
            let (name, columns) = (renderer.quote(name), renderer.columns(columns));
            vec![format!("ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({columns})")]
        }
        TableEdit::AddCheck(check) => vec![format!("ALTER TABLE {table} ADD {}", renderer.check(check))],
        TableEdit::DropConstraint(name) => return renderer.drop_constraint(found, name),
    })
}

pub(super) fn literal(renderer: &(impl SqlRenderer + ?Sized), literal: &Literal) -> String {
    match literal {
        Literal::Null => "NULL".to_owned(),
        Literal::Boolean(value) => renderer.boolean_literal(*value).to_owned(),
        Literal::Integer(value) => value.to_string(),
        Literal::Double(value) => format!("{value:?}"),
        Literal::Text(text) => renderer.text_literal(text),
    }
}

pub(super) fn column(renderer: &(impl SqlRenderer + ?Sized), column: &ColumnDef) -> String {
    let mut parts = vec![renderer.quote(&column.name)];
    if column.auto_increment {
        parts.push(renderer.counted_column().to_owned());
    } else {
        parts.push(renderer.column_type(&column.column_type));
        parts.extend(column.not_null.then(|| "NOT NULL".to_owned()));
        parts.extend(column.default.as_ref().map(|default| format!("DEFAULT {}", renderer.default(column, default))));
        parts.extend(column.primary_key.then(|| "PRIMARY KEY".to_owned()));
    }
    parts.extend(column.unique.then(|| "UNIQUE".to_owned()));
    parts.extend(column.check.as_ref().map(|check| format!("CHECK ({check})")));
    parts.extend(column.comment.as_deref().and_then(|text| renderer.comment_clause(text)));
    parts.join(" ")
}

pub(super) fn references(
    renderer: &(impl SqlRenderer + ?Sized),
    table: &TableName,
    columns: &[String],
    key: &ForeignKey,
) -> String {
    let mut clause = format!("REFERENCES {} ({})", renderer.table(table), renderer.columns(columns));
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != Action::NoAction {
            clause += &format!(" ON {event} {action}");
        }
    }
    clause
}

pub(super) fn create_table(renderer: &(impl SqlRenderer + ?Sized), table: &TableDef) -> Vec<String> {
    let mut lines: Vec<String> = table.columns.iter().map(|column| renderer.column(column)).collect();
    if !table.primary_key.is_empty() {
        lines.push(format!("PRIMARY KEY ({})", renderer.columns(&table.primary_key)));
    }
    lines.extend(table.uniques.iter().map(|columns| format!("UNIQUE ({})", renderer.columns(columns))));
    lines.extend(
        table.columns.iter().filter_map(ForeignKey::of_column).map(|key| renderer.foreign_key(&table.name, &key)),
    );
    lines.extend(table.foreign_keys.iter().map(|key| renderer.foreign_key(&table.name, key)));
    lines.extend(table.checks.iter().map(|check| renderer.check(check)));
    let create = format!("CREATE TABLE {} (\n  {}\n)", renderer.table(&table.name), lines.join(",\n  "));
    let indexes = table.indexes.iter().map(|index| renderer.create_index(&table.name, index));
    let comments = table.columns.iter().filter_map(|column| renderer.comment_of(&table.name, column));
    [create].into_iter().chain(indexes).chain(comments).collect()
}

pub(super) fn create_index(renderer: &(impl SqlRenderer + ?Sized), table: &TableName, index: &Index) -> String {
    let name = index.name_on(table, renderer.capabilities().name_limit.safe_bytes());
    let (name, target) = (renderer.quote(&name), renderer.table(table));
    let unique = if index.unique { "UNIQUE " } else { "" };
    let concurrently = if index.concurrently { "CONCURRENTLY " } else { "" };
    let method = index.method.as_deref().map(|method| format!(" USING {method}")).unwrap_or_default();
    let filter = index.filter.as_deref().map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
    let columns = renderer.index_columns(index);
    format!("CREATE {unique}INDEX {concurrently}{name} ON {target}{method} ({columns}){filter}")
}

pub(super) fn check_name(renderer: &(impl SqlRenderer + ?Sized), what: &str, name: &str) -> Result<()> {
    let facts = renderer.capabilities();
    let fault = if name.is_empty() {
        Some("it is empty".to_owned())
    } else if name.contains('\0') {
        Some("it contains a NUL".to_owned())
    } else if name.ends_with(' ') && !facts.trailing_space_in_names {
        Some("it ends in a space".to_owned())
    } else if what != "column" && facts.reserved_prefix.is_some_and(|prefix| has_prefix(name, prefix)) {
        Some(format!("names that begin with {} are the database's own", facts.reserved_prefix.unwrap_or_default()))
    } else {
        facts.name_limit.excess(name)
    };
    let Some(fault) = fault else { return Ok(()) };
    let message = format!("{} does not allow the {what} name {name:?}: {fault}", renderer.dialect());
    Err(Error::new(ErrorKind::InvalidName, message).state("nothing was sent").remedy("choose another name"))
}

pub(super) fn found_column(renderer: &(impl SqlRenderer + ?Sized), column: &ColumnDef, in_key: bool) -> Column {
    let mut found = Column::new(&column.name, renderer.shape_type(column), !(column.not_null || in_key));
    found.default = column.default.as_ref().map(|default| renderer.default(column, default));
    found.auto_increment = column.auto_increment;
    found.comment = column.comment.clone().filter(|_| renderer.capabilities().column_comments);
    found
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
