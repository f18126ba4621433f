//! What stands in an SQLite database.

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::ddl::{CreateIndex, CreateTable, Rule, same_name};
use super::renderer::is_of_file;
use crate::connection::{Database, Record, Scope, Value};
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Check, Column, ForeignKey, Index, Schema, Table, Unique};

/// SQLite compares names without regard to the case of ASCII letters, and so does the catalogue here.
const NAMED: &str = "name = ? COLLATE NOCASE";

pub(super) fn has_table(conn: &mut SqliteConnection, table: &TableName) -> Result<bool> {
    if table.schema().is_some_and(|schema| !is_of_file(schema)) {
        return Ok(false);
    }
    // SQLite finds the columns of a name by its hash, and reads every row of the schema to find the name.
    let sql = "SELECT CASE WHEN EXISTS (SELECT 1 FROM pragma_table_xinfo(?1, 'main')) \
               THEN EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE) END";
    count(conn, sql, &[table.name().into()])
}

/// In the letters that it was made with.
pub(super) fn locate(conn: &mut SqliteConnection, table: &TableName) -> Result<Option<TableName>> {
    if !has_table(conn, table)? {
        return Ok(None);
    }
    let sql = format!("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND {NAMED}");
    Ok(conn.query(&sql, &[table.name().into()])?.first().map(|row| row.text(0).into()))
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

/// A table with a foreign key says so, and the pragma, which takes longer, is not asked of the others; LIKE may have been
/// told to mind the case.
pub(super) const MAY_REFERENCE: &str = "(m.sql LIKE '%references%' OR 'a' NOT LIKE 'A')";

pub(super) fn referencing(conn: &mut SqliteConnection, table: &TableName) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT DISTINCT m.name, f.\"from\" FROM main.sqlite_schema m CROSS JOIN pragma_foreign_key_list(m.name) f \
         WHERE m.type = 'table' AND {MAY_REFERENCE} AND f.\"table\" = ?1 COLLATE NOCASE \
         AND m.name <> ?1 COLLATE NOCASE ORDER BY 1, 2"
    );
    let rows = conn.query(&sql, &[table.name().into()])?;
    Ok(rows.iter().map(|row| format!("{} ({})", row.text(0), row.text(1))).collect())
}

fn count(conn: &mut SqliteConnection, sql: &str, binds: &[Value]) -> Result<bool> {
    Ok(conn.query(sql, binds)?.first().is_some_and(|row| row.flag(0)))
}

/// Four queries, however many tables: columns, indexes, foreign keys, and the texts that hold what the pragmas do not tell.
pub(super) fn inspect(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Schema> {
    let mut schema = Schema::default();
    let stored = stored(conn, scope)?;
    let texts = Texts::read(&stored);
    for (name, text) in &texts.tables {
        described(schema.entry((*name).into()), text.as_ref());
    }
    for rows in by_table(&mut conn.query(&scoped(COLUMNS, scope), &[])?) {
        let name = rows[0].as_text(0);
        let text = texts.tables.get(name).and_then(Option::as_ref);
        add_columns(schema.entry(name.into()), text, rows);
    }
    for rows in by_table(&mut conn.query(&scoped(INDEXES, scope), &[])?) {
        let table = schema.entry(rows[0].as_text(0).into());
        rows.iter_mut().for_each(|row| add_index_column(table, &texts, row));
    }
    for rows in by_table(&mut conn.query(&scoped(FOREIGN_KEYS, scope), &[])?) {
        rows.iter_mut().for_each(|row| add_foreign_key_column(&mut schema, row));
    }
    for (name, table) in &mut schema.tables {
        name_constraints(table, texts.tables.get(name.name()).and_then(Option::as_ref));
        table.sort();
    }
    Ok(schema)
}

const OURS: &str = "m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' \
    AND m.name NOT LIKE '~_~_migrator~_%' ESCAPE '~' AND m.name <> '__diesel_schema_migrations'";

// Nothing is sorted: a pragma tells its rows in order, all of one table before those of the next.

const COLUMNS: &str = "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden \
    FROM main.sqlite_schema m, pragma_table_xinfo(m.name) c WHERE {scope}";

const INDEXES: &str = "SELECT m.name, i.name, i.\"unique\", i.origin, c.name, i.partial \
    FROM main.sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) c WHERE {scope}";

const FOREIGN_KEYS: &str = "SELECT m.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
    FROM main.sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE {scope}";

/// The rows of each table, by their first column.
fn by_table(rows: &mut [Record]) -> impl Iterator<Item = &mut [Record]> {
    rows.chunk_by_mut(|one, other| one.as_text(0) == other.as_text(0))
}

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

/// Kind, name and text of the CREATE statements.
fn stored(conn: &mut SqliteConnection, scope: Scope<'_>) -> Result<Vec<[String; 3]>> {
    let sql = "SELECT t.type, t.name, t.sql FROM main.sqlite_schema t JOIN main.sqlite_schema m ON m.name = t.tbl_name \
               WHERE t.type IN ('table', 'index') AND t.sql IS NOT NULL AND {scope}";
    let mut rows = conn.query(&scoped(sql, scope), &[])?;
    Ok(rows.iter_mut().map(|row| [0, 1, 2].map(|at| row.take_text(at).unwrap_or_default())).collect())
}

/// CREATE statements by name, in pieces; of a virtual table there are none.
struct Texts<'a> {
    tables: BTreeMap<&'a str, Option<CreateTable<'a>>>,
    indexes: BTreeMap<&'a str, CreateIndex<'a>>,
}

impl<'a> Texts<'a> {
    fn read(stored: &'a [[String; 3]]) -> Self {
        let of = |wanted: &'static str| stored.iter().filter(move |[kind, ..]| kind == wanted);
        Self {
            tables: of("table").map(|[_, name, sql]| (name.as_str(), CreateTable::parse(sql).ok())).collect(),
            indexes: of("index")
                .filter_map(|[_, name, sql]| Some((name.as_str(), CreateIndex::parse(sql).ok()?)))
                .collect(),
        }
    }
}

/// What only the text says of the table as a whole.
fn described(table: &mut Table, text: Option<&CreateTable<'_>>) {
    let Some(text) = text else { return };
    let flags = [("strict", text.strict), ("without rowid", text.without_rowid)];
    let options = flags.into_iter().filter(|(_, said)| *said);
    table.options = options.map(|(name, _)| (name.to_owned(), "true".to_owned())).collect();
    table.checks = text
        .all_constraints()
        .filter_map(|constraint| match &constraint.rule {
            Rule::Check(expression) => Some((constraint.name.clone(), expression.clone())),
            _ => None,
        })
        .map(|(name, expression)| Check { expression: text.text[expression].trim().to_owned(), name })
        .collect();
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
        if let Some(text) = text {
            say_more(&mut column, text);
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

/// What only the text says of a column.
fn say_more(column: &mut Column, text: &CreateTable<'_>) {
    let Some(said) = text.column(&column.name) else { return };
    column.generated = said.generated().map(|expression| text.text[expression].trim().to_owned());
    column.collation = said.constraints.iter().find_map(|constraint| match &constraint.rule {
        Rule::Collate(name) if !same_name(name, "BINARY") => Some(name.clone()),
        _ => None,
    });
}

fn add_index_column(table: &mut Table, texts: &Texts<'_>, row: &mut Record) {
    let (name, column) = (row.take_text(1).unwrap_or_default(), row.take_text(4));
    match row.as_text(3) {
        "pk" => {}
        "u" => add_unique_column(&mut table.uniques, &name, column.unwrap_or_default()),
        _ => {
            let text = texts.indexes.get(name.as_str());
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

fn add_foreign_key_column(schema: &mut Schema, row: &mut Record) {
    let parent = TableName::from(row.text(2));
    let named = row.take_text(4);
    let implied = match named {
        Some(_) => Vec::new(),
        None => schema.table(&parent).map(|table| table.primary_key.clone()).unwrap_or_default(),
    };
    let table = schema.entry(row.as_text(0).into());
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
    let referenced = named.or_else(|| implied.get(key.columns.len()).cloned());
    key.columns.push(row.take_text(3).unwrap_or_default());
    key.referenced_columns.extend(referenced);
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::Connection;

    fn inspected(sql: &str) -> Table {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch(sql).unwrap();
        inspect(&mut conn, Scope::All).unwrap().table("t").unwrap().clone()
    }

    #[test]
    fn what_only_the_text_says_is_read_from_the_text() {
        let table = inspected(
            "CREATE TABLE o (x PRIMARY KEY);
             CREATE TABLE t (id INTEGER PRIMARY KEY /* AUTOINCREMENT */, a TEXT COLLATE nocase CONSTRAINT c1 CHECK (a <> ')'),
               b UNIQUE REFERENCES o, c AS (upper( a )) STORED, d CONSTRAINT u1 UNIQUE,
               CONSTRAINT f1 FOREIGN KEY (d) REFERENCES o (x) ON DELETE CASCADE, CHECK (b > 0), CONSTRAINT u2 UNIQUE (a, b))",
        );
        let checks: Vec<_> = table.checks.iter().map(|check| (&*check.expression, check.name.as_deref())).collect();
        assert_eq!(checks, [("a <> ')'", Some("c1")), ("b > 0", None)]);
        let keys: Vec<_> = table.foreign_keys.iter().map(|key| (&*key.columns[0], key.name.as_deref())).collect();
        assert_eq!(keys, [("b", None), ("d", Some("f1"))]);
        let uniques: Vec<_> =
            table.uniques.iter().map(|unique| (unique.columns.join(","), unique.name.as_deref())).collect();
        assert_eq!(uniques, [("a,b".to_owned(), Some("u2")), ("b".to_owned(), None), ("d".to_owned(), Some("u1"))]);
        let column = |name: &str| table.column(name).unwrap();
        assert!(!column("id").auto_increment);
        assert_eq!(column("a").collation.as_deref(), Some("nocase"));
        assert_eq!(column("c").generated.as_deref(), Some("upper( a )"));
    }

    #[test]
    fn keys_and_predicates_of_indexes_are_read_from_the_text() {
        let table = inspected(
            "CREATE TABLE t (a TEXT, \"where\" ANY) STRICT;
             CREATE INDEX i ON t (lower(a || ', where ') DESC, \"where\", a + 1) WHERE \"where\" > 'x where y'",
        );
        let index = &table.indexes["i"];
        assert_eq!(index.columns, ["lower(a || ', where ') DESC", "where", "a + 1"]);
        assert_eq!(index.filter.as_deref(), Some("\"where\" > 'x where y'"));
        assert_eq!(table.options.keys().collect::<Vec<_>>(), ["strict"]);
    }
}
