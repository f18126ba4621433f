//! What stands in an SQLite database.

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use crate::connection::{Database, Record, Scope, Value};
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Column, ForeignKey, Index, Schema, Unique};

/// SQLite compares names without regard to the case of ASCII letters, and so does the catalogue here.
const NAMED: &str = "name = ? COLLATE NOCASE";

pub(super) fn has_table(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    let sql = format!("SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND {NAMED}");
    Ok(table.schema().is_none() && count(conn, &sql, &[table.name().into()])?)
}

pub(super) fn column_names(conn: &mut SqliteConnection, table: &TableName) -> Result<Vec<String>> {
    if !has_table(conn, table)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT name FROM pragma_table_xinfo(?) ORDER BY cid";
    Ok(conn.query(sql, &[table.name().into()])?.iter().map(|row| row.text(0)).collect())
}

pub(super) fn has_index(conn: &mut SqliteConnection, table: &TableName, index: &str) -> Result<bool> {
    let sql = format!(
        "SELECT count(*) FROM main.sqlite_schema WHERE type = 'index' AND {NAMED} AND tbl_name = ? COLLATE NOCASE"
    );
    count(conn, &sql, &[index.into(), table.name().into()])
}

pub(super) fn referencing(conn: &mut SqliteConnection, table: &TableName) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT m.name, f.\"from\" FROM main.sqlite_schema m, pragma_foreign_key_list(m.name) f \
               WHERE m.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE AND m.name <> ?1 COLLATE NOCASE ORDER BY 1, 2";
    let rows = conn.query(sql, &[table.name().into()])?;
    Ok(rows.iter().map(|row| format!("{} ({})", row.text(0), row.text(1))).collect())
}

fn count(conn: &mut SqliteConnection, sql: &str, binds: &[Value]) -> Result<bool> {
    Ok(conn.query(sql, binds)?.first().is_some_and(|row| row.flag(0)))
}

/// Four queries, however many tables: columns, indexes, foreign keys, and the texts that hold what the pragmas do not tell.
pub(super) fn inspect(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Schema> {
    let mut schema = Schema::default();
    let texts = texts(conn, scope)?;
    for (name, sql) in &texts.tables {
        let table = schema.entry(name.as_str().into());
        table.options = table_options(sql);
    }
    for row in conn.query(&scoped(COLUMNS, scope), &[])? {
        add_column(&mut schema, &texts, &row);
    }
    for row in conn.query(&scoped(INDEXES, scope), &[])? {
        add_index_column(&mut schema, &texts, &row);
    }
    for row in conn.query(&scoped(FOREIGN_KEYS, scope), &[])? {
        add_foreign_key_column(&mut schema, &row);
    }
    schema.tables.values_mut().for_each(crate::schema::Table::sort);
    Ok(schema)
}

const OURS: &str = "m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' \
    AND m.name NOT LIKE '~_~_migrator~_%' ESCAPE '~' AND m.name <> '__diesel_schema_migrations'";

const COLUMNS: &str = "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden \
    FROM main.sqlite_schema m, pragma_table_xinfo(m.name) c WHERE {scope} ORDER BY m.name, c.cid";

const INDEXES: &str = "SELECT m.name, i.name, i.\"unique\", i.origin, c.name, c.\"desc\", c.coll, i.partial \
    FROM main.sqlite_schema m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) c \
    WHERE {scope} AND c.key = 1 ORDER BY m.name, i.name, c.seqno";

const FOREIGN_KEYS: &str = "SELECT m.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
    FROM main.sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE {scope} ORDER BY m.name, f.id, f.seq";

/// The query with its place for the scope filled in.
fn scoped(query: &str, scope: Scope<'_>) -> String {
    let condition = match scope {
        Scope::All => OURS.to_owned(),
        Scope::Tables(tables) => {
            let names: Vec<_> = tables.iter().map(|table| literal(table.name())).collect();
            format!("m.type = 'table' AND m.name COLLATE NOCASE IN ({})", names.join(", "))
        }
    };
    query.replace("{scope}", &condition)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// CREATE statements by name.
#[derive(Default)]
struct Texts {
    tables: BTreeMap<String, String>,
    indexes: BTreeMap<String, String>,
}

fn texts(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Texts> {
    let sql = "SELECT t.type, t.name, t.sql FROM main.sqlite_schema t JOIN main.sqlite_schema m ON m.name = t.tbl_name \
               WHERE t.type IN ('table', 'index') AND t.sql IS NOT NULL AND {scope}";
    let mut texts = Texts::default();
    for row in conn.query(&scoped(sql, scope), &[])? {
        let kind = if row.text(0) == "table" { &mut texts.tables } else { &mut texts.indexes };
        kind.insert(row.text(1), row.text(2));
    }
    Ok(texts)
}

fn table_options(sql: &str) -> BTreeMap<String, String> {
    let tail = sql.rfind(')').map_or("", |at| &sql[at + 1..]).to_ascii_uppercase();
    let words: Vec<_> = tail.split([' ', ',', '\n', '\t']).filter(|word| !word.is_empty()).collect();
    let strict = words.contains(&"STRICT").then(|| ("strict".to_owned(), "true".to_owned()));
    let rowid = words.contains(&"ROWID").then(|| ("without rowid".to_owned(), "true".to_owned()));
    strict.into_iter().chain(rowid).collect()
}

fn add_column(schema: &mut Schema, texts: &Texts, row: &Record) {
    let sql = texts.tables.get(&row.text(0));
    let table = schema.entry(row.text(0).into());
    let key_position = row.integer(5);
    let mut column = Column::new(row.text(1), row.text(2), !row.flag(3) && key_position == 0);
    column.default = row.optional_text(4);
    column.generated = matches!(row.integer(6), 2 | 3).then(String::new);
    column.auto_increment = key_position == 1
        && column.sql_type.eq_ignore_ascii_case("INTEGER")
        && sql.is_some_and(|sql| sql.to_ascii_uppercase().contains("AUTOINCREMENT"));
    if key_position > 0 {
        let at = usize::try_from(key_position - 1).unwrap_or(0).min(table.primary_key.len());
        table.primary_key.insert(at, column.name.clone());
    }
    table.columns.push(column);
}

fn add_index_column(schema: &mut Schema, texts: &Texts, row: &Record) {
    let table = schema.entry(row.text(0).into());
    let (name, column) = (row.text(1), row.optional_text(4));
    match row.text(3).as_str() {
        "pk" => {}
        "u" => add_unique_column(&mut table.uniques, &name, column.unwrap_or_default()),
        _ => {
            let sql = texts.indexes.get(&name).map_or("", String::as_str);
            let index = table.indexes.entry(name.clone()).or_insert_with(|| Index {
                name,
                columns: Vec::new(),
                unique: row.flag(2),
                filter: row.flag(7).then(|| predicate(sql)),
                method: None,
                valid: true,
            });
            index.columns.push(column.unwrap_or_else(|| expression(sql)));
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

fn predicate(sql: &str) -> String {
    let upper = sql.to_ascii_uppercase();
    upper.rfind("WHERE").map_or(String::new(), |at| sql[at + "WHERE".len()..].trim().to_owned())
}

/// The whole list of an index with expressions, as it was written.
fn expression(sql: &str) -> String {
    sql.find('(').map_or(String::new(), |at| sql[at..].trim().to_owned())
}

fn add_foreign_key_column(schema: &mut Schema, row: &Record) {
    let parent = TableName::from(row.text(2));
    let implied = schema.table(&parent).map(|table| table.primary_key.clone()).unwrap_or_default();
    let table = schema.entry(row.text(0).into());
    let number = row.text(1);
    let position = table.foreign_keys.iter().position(|key| key.name.as_deref() == Some(&number));
    let position = position.unwrap_or_else(|| {
        table.foreign_keys.push(ForeignKey {
            columns: Vec::new(),
            references: parent,
            referenced_columns: Vec::new(),
            on_delete: row.text(6),
            on_update: row.text(5),
            name: Some(number),
        });
        table.foreign_keys.len() - 1
    });
    let key = &mut table.foreign_keys[position];
    let referenced = row.optional_text(4).or_else(|| implied.get(key.columns.len()).cloned());
    key.columns.push(row.text(3));
    key.referenced_columns.extend(referenced);
}
