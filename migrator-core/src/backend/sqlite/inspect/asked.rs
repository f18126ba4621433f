//! Tables as SQLite's pragmas tell them, for what their text leaves open.

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::{Text, literals, told};
use crate::backend::sqlite::ddl::{CreateIndex, CreateTable, Rule, same_name};
use crate::connection::{Database, Record};
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Column, ForeignKey, Index, Schema, Table, Unique};

/// Adds the tables that have these texts.
pub(super) fn add(conn: &mut SqliteConnection, schema: &mut Schema, texts: &BTreeMap<&str, Text<'_>>) -> Result<()> {
    let create_of = |name: &str| texts.get(name).and_then(|text| text.create.as_ref());
    let asking = |query: &str| query.replace("{names}", &literals(texts.keys().copied()));
    for name in texts.keys() {
        let table = schema.entry((*name).into());
        if let Some(text) = create_of(name) {
            told::describe(table, text);
        }
    }
    for rows in by_table(&mut conn.query(&asking(COLUMNS), &[])?) {
        let name = rows[0].as_text(0);
        add_columns(schema.entry(name.into()), create_of(name), rows);
    }
    for rows in by_table(&mut conn.query(&asking(INDEXES), &[])?) {
        let name = rows[0].as_text(0);
        let (table, text) = (schema.entry(name.into()), texts.get(name));
        rows.iter_mut().for_each(|row| add_index_column(table, text, row));
    }
    for rows in by_table(&mut conn.query(&asking(FOREIGN_KEYS), &[])?) {
        let table = schema.entry(rows[0].as_text(0).into());
        rows.iter_mut().for_each(|row| add_foreign_key_column(table, row));
    }
    for name in texts.keys() {
        name_constraints(schema.entry((*name).into()), create_of(name));
    }
    Ok(())
}

// Nothing is sorted: a pragma tells its rows in order, all of one table before those of the next.

// Hidden by 1 are those that a virtual table's module keeps for itself; by more, generated ones.
const COLUMNS: &str = "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden \
    FROM main.sqlite_schema m, pragma_table_xinfo(m.name, 'main') c \
    WHERE m.type = 'table' AND m.name IN ({names}) AND c.hidden <> 1";

const INDEXES: &str = "SELECT m.name, i.name, i.\"unique\", i.origin, c.name, i.partial \
    FROM main.sqlite_schema m, pragma_index_list(m.name, 'main') i, pragma_index_info(i.name, 'main') c \
    WHERE m.type = 'table' AND m.name IN ({names})";

const FOREIGN_KEYS: &str = "SELECT m.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
    FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f WHERE m.type = 'table' AND m.name IN ({names})";

/// The rows of each table, by their first column.
fn by_table(rows: &mut [Record]) -> impl Iterator<Item = &mut [Record]> {
    rows.chunk_by_mut(|one, other| one.as_text(0) == other.as_text(0))
}

/// While rows came in, a number or an automatic index's name stood for the constraint; now its own name does, if it has one.
fn name_constraints(table: &mut Table, text: Option<&CreateTable<'_>>) {
    let said: Vec<_> = text.map(|text| text.all_constraints().collect()).unwrap_or_default();
    let keys: Vec<_> = said.iter().filter(|one| matches!(one.rule, Rule::ForeignKey { .. })).collect();
    for key in &mut table.foreign_keys {
        // SQLite numbers foreign keys from the last one on.
        let number = key.name.take().and_then(|number| number.parse::<usize>().ok());
        let position = number.and_then(|number| keys.len().checked_sub(number + 1));
        key.name = position.and_then(|position| keys[position].name.clone());
    }
    let mut uniques: Vec<_> = said.iter().filter(|one| matches!(one.rule, Rule::Unique(_))).collect();
    for unique in &mut table.uniques {
        let same = |columns: &[String]| {
            columns.len() == unique.columns.len() && columns.iter().zip(&unique.columns).all(|(a, b)| same_name(a, b))
        };
        let position = uniques.iter().position(|one| same(one.rule.columns()));
        unique.name = position.and_then(|position| uniques.swap_remove(position).name.clone());
    }
}

fn add_columns(table: &mut Table, text: Option<&CreateTable<'_>>, rows: &mut [Record]) {
    let counted = text.and_then(counted_column);
    table.columns.reserve(rows.len());
    for row in rows {
        let name = row.take_text(1).unwrap_or_default();
        let key_position = row.integer(5);
        let mut column = Column::new(name, row.take_text(2).unwrap_or_default(), !row.flag(3) && key_position == 0);
        column.default = row.take_text(4);
        column.generated = matches!(row.integer(6), 2 | 3).then(String::new);
        column.auto_increment = counted.is_some_and(|counted| same_name(counted, &column.name));
        if let Some((text, said)) = text.and_then(|text| Some((text, text.column(&column.name)?))) {
            told::describe_column(&mut column, said, text);
        }
        if key_position > 0 {
            let at = usize::try_from(key_position - 1).unwrap_or(0).min(table.primary_key.len());
            table.primary_key.insert(at, column.name.clone());
        }
        table.columns.push(column);
    }
}

fn counted_column<'t>(text: &'t CreateTable<'_>) -> Option<&'t str> {
    text.all_constraints().find_map(|constraint| match &constraint.rule {
        Rule::PrimaryKey { columns, autoincrement: true } => columns.first().map(String::as_str),
        _ => None,
    })
}

fn add_index_column(table: &mut Table, text: Option<&Text<'_>>, row: &mut Record) {
    let (name, column) = (row.take_text(1).unwrap_or_default(), row.take_text(4));
    match row.as_text(3) {
        "pk" => {}
        "u" => add_unique_column(&mut table.uniques, &name, column.unwrap_or_default()),
        _ => {
            let text = text.and_then(|text| text.index(&name));
            let index = table.indexes.entry(name.clone()).or_insert_with(|| Index {
                name,
                columns: Vec::new(),
                unique: row.flag(2),
                filter: row.flag(5).then(|| text.and_then(CreateIndex::filter).unwrap_or_default().to_owned()),
                method: None,
                valid: true,
            });
            let key = || text.and_then(|text| text.key(index.columns.len())).unwrap_or_default().to_owned();
            let key = column.unwrap_or_else(key);
            let descends = text.is_some_and(|text| text.descends(index.columns.len()));
            index.columns.push(if descends { format!("{key} DESC") } else { key });
        }
    }
}

/// While columns come in, the constraint's automatic index name keeps them together; SQLite keeps no other name.
fn add_unique_column(uniques: &mut Vec<Unique>, index: &str, column: String) {
    match uniques.iter_mut().find(|unique| unique.name.as_deref() == Some(index)) {
        Some(unique) => unique.columns.push(column),
        None => uniques.push(Unique { name: Some(index.to_owned()), columns: vec![column] }),
    }
}

fn add_foreign_key_column(table: &mut Table, row: &mut Record) {
    let number = row.text(1);
    let position = table.foreign_keys.iter().position(|key| key.name.as_deref() == Some(&number));
    let position = position.unwrap_or_else(|| {
        table.foreign_keys.push(ForeignKey {
            columns: Vec::new(),
            references: TableName::from(row.text(2)),
            referenced_columns: Vec::new(),
            on_delete: row.text(6),
            on_update: row.text(5),
            name: Some(number),
        });
        table.foreign_keys.len() - 1
    });
    let key = &mut table.foreign_keys[position];
    key.columns.push(row.take_text(3).unwrap_or_default());
    key.referenced_columns.extend(row.take_text(4));
}
