//! Tables as they stand, in seven queries, however many tables.
//!
//! A unique constraint is a unique index here, and nothing tells the two apart: it is listed among the indexes. So is the
//! index that a foreign key is given when it finds none.

use std::collections::BTreeMap;

use diesel::mysql::MysqlConnection;

use super::catalog::{folds, is_table, same_table};
use super::product::is_mariadb;
use super::renderer::MARIADB;
use crate::connection::{Database, Record, Scope, Value};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;
use crate::schema::{Check, Column, ForeignKey, Index, Schema, Table};

pub(super) fn inspect(conn: &mut MysqlConnection, scope: Scope<'_>) -> Result<Schema> {
    let mut schema = Schema::default();
    if matches!(scope, Scope::Tables([])) {
        return Ok(schema);
    }
    let place = Place::of(conn, scope)?;
    let mut rows = |query: &str, schema_column: &str| place.rows(conn, query, schema_column);
    for (name, row) in rows(TABLES, "table_schema")? {
        if is_table(&row.text(2)) {
            schema.entry(name).options = options(&row);
        }
    }
    for (name, row) in rows(COLUMNS, "table_schema")? {
        fill(&mut schema, &name, |table| add_column(table, &row));
    }
    for (name, row) in rows(INDEXES, "table_schema")? {
        fill(&mut schema, &name, |table| add_index_column(table, &row));
    }
    let rules = rules(rows(RULES, "constraint_schema")?);
    for (name, row) in rows(FOREIGN_KEYS, "table_schema")? {
        fill(&mut schema, &name, |table| add_foreign_key_column(table, &row, &rules, &place));
    }
    for (name, row) in rows(if place.mariadb { CHECKS_OF_MARIADB } else { CHECKS_OF_MYSQL }, "constraint_schema")? {
        fill(&mut schema, &name, |table| add_check(table, &row));
    }
    for table in schema.tables.values_mut() {
        super::exact::read_defaults(conn, table);
        fold_json(table);
        table.sort();
    }
    Ok(schema)
}

/// Views are in the catalogue too; they have no entry.
fn fill(schema: &mut Schema, name: &TableName, change: impl FnOnce(&mut Table)) {
    schema.tables.get_mut(name).map(change);
}

/// MariaDB prints names in expressions as the session's settings would have them; MySQL as it once kept them. Each reads
/// what the other takes for a comment; see the settings.
const QUOTED: &str = "/*M!100000 SET STATEMENT sql_mode = '', sql_quote_show_create = 1 FOR */";

const TABLES: &str = "SELECT table_schema, table_name, table_type, engine, table_collation, create_options \
    FROM information_schema.tables WHERE {scope}";

const COLUMNS: &str = "SELECT table_schema, table_name, column_name, column_type, is_nullable, column_default, extra, \
    generation_expression, collation_name, column_comment FROM information_schema.columns WHERE {scope} \
    ORDER BY table_schema, table_name, ordinal_position";

/// MySQL alone has functional key parts, in a column that MariaDB does not have.
const INDEXES: &str = "SELECT table_schema, table_name, index_name, non_unique, column_name, sub_part, collation, \
    index_type, /*!80013 expression */ /*M!100000 NULL */ FROM information_schema.statistics WHERE {scope} \
    ORDER BY table_schema, table_name, index_name, seq_in_index";

const FOREIGN_KEYS: &str = "SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema, \
    referenced_table_name, referenced_column_name FROM information_schema.key_column_usage \
    WHERE referenced_table_name IS NOT NULL AND {scope} \
    ORDER BY table_schema, table_name, constraint_name, ordinal_position";

const RULES: &str = "SELECT constraint_schema, table_name, constraint_name, delete_rule, update_rule \
    FROM information_schema.referential_constraints WHERE {scope}";

/// A check of a column bears the column's name here, so that several tables may have one of that name.
const CHECKS_OF_MARIADB: &str = "SELECT constraint_schema, table_name, constraint_name, check_clause, \
    coalesce(/*M!100510 level, */ 'Column') \
    FROM information_schema.check_constraints WHERE {scope}";

const CHECKS_OF_MYSQL: &str = "SELECT constraint_schema, table_name, constraint_name, check_clause, 'Column' \
    FROM information_schema.table_constraints JOIN information_schema.check_constraints \
    USING (constraint_schema, constraint_name) WHERE constraint_type = 'CHECK' AND {scope}";

/// Where unqualified names are looked up, how names are compared, and which of them are asked for.
struct Place<'a> {
    current: String,
    folds: bool,
    mariadb: bool,
    scope: Scope<'a>,
}

impl<'a> Place<'a> {
    fn of(conn: &mut MysqlConnection, scope: Scope<'a>) -> Result<Self> {
        let rows = conn.query("SELECT DATABASE(), @@lower_case_table_names, VERSION()", &[])?;
        let row = rows.into_iter().next().unwrap_or(Record(Vec::new()));
        let (current, folds, mariadb) = (row.text(0), folds(row.integer(1)), is_mariadb(&row.text(2)));
        Ok(Self { current, folds, mariadb, scope })
    }

    /// The rows of the tables asked for, each with the name it was asked for by.
    fn rows(&self, conn: &mut MysqlConnection, query: &str, schema_column: &str) -> Result<Vec<(TableName, Record)>> {
        let (condition, binds) = self.condition(schema_column);
        let rows = conn.query(&format!("{QUOTED} {}", query.replace("{scope}", &condition)), &binds)?;
        Ok(rows.into_iter().filter_map(|row| Some((self.asked(&row.text(0), &row.text(1))?, row))).collect())
    }

    /// Wider than what is asked for where the catalogue compares names loosely.
    fn condition(&self, schema_column: &str) -> (String, Vec<Value>) {
        let Scope::Tables(tables) = self.scope else {
            return (format!("{schema_column} = ?"), vec![self.current.as_str().into()]);
        };
        let mut schemas = BTreeMap::<&str, Vec<&str>>::new();
        for table in tables {
            schemas.entry(table.schema().unwrap_or(&self.current)).or_default().push(table.name());
        }
        let places = |names: &[&str]| vec!["?"; names.len()].join(", ");
        let conditions =
            schemas.values().map(|names| format!("{schema_column} = ? AND table_name IN ({})", places(names)));
        let condition = conditions.collect::<Vec<_>>().join(" OR ");
        let binds = schemas.iter().flat_map(|(schema, names)| [schema].into_iter().chain(names));
        (format!("({condition})"), binds.map(|name| Value::from(*name)).collect())
    }

    /// The name under which a table goes into the schema.
    fn asked(&self, schema: &str, name: &str) -> Option<TableName> {
        match self.scope {
            Scope::All => Some(TableName::from(name)).filter(|table| schema == self.current && !table.is_bookkeeping()),
            Scope::Tables(tables) => tables.iter().find(|table| self.is_same(table, schema, name)).cloned(),
        }
    }

    fn is_same(&self, table: &TableName, schema: &str, name: &str) -> bool {
        let asked = table.schema().unwrap_or(&self.current);
        same_table(asked, schema, self.folds) && same_table(table.name(), name, self.folds)
    }

    /// A table by its short name where it stands in the current database.
    fn short(&self, schema: &str, name: &str) -> TableName {
        if schema == self.current { name.into() } else { (schema, name).into() }
    }
}

fn options(row: &Record) -> BTreeMap<String, String> {
    let options = [("engine", row.text(3)), ("collation", row.text(4)), ("create options", row.text(5))];
    options.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn add_column(table: &mut Table, row: &Record) {
    let mut column = Column::new(row.text(2), row.text(3), row.text(4) == "YES");
    let extra = row.text(6);
    column.default = default(row.optional_text(5), &extra, row.optional_text(8).is_some());
    column.generated = row.optional_text(7).filter(|expression| !expression.is_empty());
    column.auto_increment = extra.contains("auto_increment");
    column.collation = row.optional_text(8).filter(|collation| table.options.get("collation") != Some(collation));
    column.comment = Some(row.text(9)).filter(|comment| !comment.is_empty());
    column.extra = other_words(&extra);
    table.columns.push(column);
}

/// What `extra` says beside what has a place of its own in [`Column`].
fn other_words(extra: &str) -> Option<String> {
    let lower = extra.to_ascii_lowercase();
    let before = lower.find("on update").map_or(extra, |at| &extra[..at]);
    let known = |word: &&str| !["auto_increment", "default_generated"].contains(&word.to_ascii_lowercase().as_str());
    let words = before.split([' ', ',']).filter(|word| !word.is_empty()).filter(known).collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// MariaDB prints a default as it is written and `NULL` for none. MySQL prints a text bare, and says in `extra` when it
/// is no text but an expression. What ON UPDATE sets is part of it.
fn default(printed: Option<String>, extra: &str, is_text: bool) -> Option<String> {
    let bare = is_text && !extra.contains("DEFAULT_GENERATED");
    let written = |text: String| {
        let is_written = !bare || text.starts_with('\'') || text.ends_with(')');
        if is_written { text } else { format!("'{}'", text.replace('\'', "''")) }
    };
    let value = printed.filter(|text| text != "NULL").map(written);
    let lower = extra.to_ascii_lowercase();
    match lower.find("on update").map(|at| &extra[at..]) {
        Some(update) => Some(format!("{} {update}", value.as_deref().unwrap_or("NULL"))),
        None => value,
    }
}

fn add_index_column(table: &mut Table, row: &Record) {
    let (name, column) = (row.text(2), row.optional_text(4));
    let (Some(column), "PRIMARY") = (&column, name.as_str()) else {
        let method = row.text(7).to_ascii_lowercase();
        let index = table.indexes.entry(name.clone()).or_insert_with(|| Index {
            name,
            columns: Vec::new(),
            unique: !row.flag(3),
            filter: None,
            method: (method != "btree").then_some(method),
            valid: true,
        });
        index.columns.push(key_part(column.unwrap_or_else(|| format!("({})", row.text(8))), row));
        return;
    };
    table.primary_key.push(column.clone());
}

/// With the length of a prefix and the direction, where they are not the usual ones.
fn key_part(column: String, row: &Record) -> String {
    let length = row.optional_text(5).map(|length| format!("({length})")).unwrap_or_default();
    let direction = if row.text(6) == "D" { " DESC" } else { "" };
    column + &length + direction
}

/// Actions on delete and update, by table and constraint.
type Rules = BTreeMap<(TableName, String), (String, String)>;

fn rules(rows: Vec<(TableName, Record)>) -> Rules {
    let rule = |(name, row): (TableName, Record)| ((name, row.text(2)), (action(row.text(3)), action(row.text(4))));
    rows.into_iter().map(rule).collect()
}

/// InnoDB does the same for both, and MariaDB prints RESTRICT where nothing was said.
fn action(rule: String) -> String {
    if rule == "RESTRICT" { "NO ACTION".to_owned() } else { rule }
}

fn add_foreign_key_column(table: &mut Table, row: &Record, rules: &Rules, place: &Place<'_>) {
    let name = row.text(2);
    let position = table.foreign_keys.iter().position(|key| key.name.as_ref() == Some(&name));
    let position = position.unwrap_or_else(|| {
        let (on_delete, on_update) = rules.get(&(table.name.clone(), name.clone())).cloned().unwrap_or_default();
        table.foreign_keys.push(ForeignKey {
            columns: Vec::new(),
            references: place.short(&row.text(4), &row.text(5)),
            referenced_columns: Vec::new(),
            on_delete,
            on_update,
            name: Some(name),
        });
        table.foreign_keys.len() - 1
    });
    let key = &mut table.foreign_keys[position];
    key.columns.push(row.text(3));
    key.referenced_columns.push(row.text(6));
}

/// The table's option that names its checks that are called like columns and are not those of the columns.
pub(super) const CHECKS_NAMED_AS_COLUMNS: &str = "checks named as columns";

fn add_check(table: &mut Table, row: &Record) {
    let name = row.text(2);
    if row.text(4) == "Table" && table.column(&name).is_some() {
        let names = table.options.entry(CHECKS_NAMED_AS_COLUMNS.to_owned()).or_default();
        let between = if names.is_empty() { "" } else { "\n" };
        *names += &format!("{between}{name}");
    }
    table.checks.push(Check { expression: row.text(3), name: Some(name) });
}

/// MariaDB keeps JSON as a long text with a check on it.
fn fold_json(table: &mut Table) {
    let Table { columns, checks, .. } = table;
    checks.retain(|check| {
        let is_its_check = |column: &&mut Column| {
            let is_long = column.sql_type.eq_ignore_ascii_case("longtext");
            is_long && check.expression == format!("json_valid({})", MARIADB.quote(&column.name))
        };
        let Some(column) = columns.iter_mut().find(is_its_check) else {
            return true;
        };
        "json".clone_into(&mut column.sql_type);
        column.collation = None;
        false
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_reads_as_it_is_written() {
        let text = |printed: &str, extra, is_text| default(Some(printed.to_owned()), extra, is_text);
        assert_eq!(text("NULL", "", true), None);
        assert_eq!(text("'it''s'", "", true).as_deref(), Some("'it''s'"));
        assert_eq!(text("it's", "", true).as_deref(), Some("'it''s'"));
        assert_eq!(text("7", "", false).as_deref(), Some("7"));
        assert_eq!(text("uuid()", "DEFAULT_GENERATED", true).as_deref(), Some("uuid()"));
        let updated = text("CURRENT_TIMESTAMP", "DEFAULT_GENERATED on update CURRENT_TIMESTAMP", false);
        assert_eq!(updated.as_deref(), Some("CURRENT_TIMESTAMP on update CURRENT_TIMESTAMP"));
        assert_eq!(
            default(None, "on update current_timestamp(6)", false).as_deref(),
            Some("NULL on update current_timestamp(6)")
        );
    }

    #[test]
    fn tables_are_asked_for_database_by_database() {
        let tables = [TableName::from("a"), ("other", "b").into(), "c".into()];
        let place = Place { current: "app".to_owned(), folds: false, mariadb: true, scope: Scope::Tables(&tables) };
        let (condition, binds) = place.condition("table_schema");
        assert_eq!(condition, "(table_schema = ? AND table_name IN (?, ?) OR table_schema = ? AND table_name IN (?))");
        assert_eq!(binds, ["app", "a", "c", "other", "b"].map(Value::from));
        assert_eq!(place.asked("other", "b"), Some(("other", "b").into()));
        assert_eq!(place.asked("app", "A"), None);
    }

    #[test]
    fn a_long_text_that_must_be_json_is_json() {
        let mut table = Table::named("t".into());
        table.columns.push(Column::new("a`b", "longtext", true));
        for expression in ["json_valid(`a``b`)", "`n` > 0"] {
            table.checks.push(Check { expression: expression.to_owned(), name: None });
        }
        fold_json(&mut table);
        assert_eq!(table.columns[0].sql_type, "json");
        assert_eq!(table.checks.len(), 1);
    }
}
