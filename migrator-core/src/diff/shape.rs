//! Comparing by shape: names, types, nullability, keys, defaults; spellings do not matter.

use crate::dialect::SqlRenderer;
use crate::operation::{ColumnDef, Default, ForeignKey, TableDef};
use crate::schema::{self, Column, Table};

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) subject: String,
    pub(crate) wanted: String,
    pub(crate) found: String,
}

impl Difference {
    fn new(subject: impl Into<String>, wanted: impl Into<String>, found: impl Into<String>) -> Self {
        Self { subject: subject.into(), wanted: wanted.into(), found: found.into() }
    }
}

/// Differences as lines that a person can read.
pub(crate) fn told(differences: &[Difference]) -> String {
    let line = |one: &Difference| format!("\n  {}\n    wanted: {}\n    found:  {}", one.subject, one.wanted, one.found);
    differences.iter().map(line).collect()
}

const ABSENT: &str = "not there";

/// What is different about a table. Indexes are not looked at: they are operations of their own.
pub(crate) fn table_differences(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let mut differences = Vec::new();
    let key = wanted.key_columns();
    for column in &wanted.columns {
        let in_key = key.contains(&column.name.as_str());
        match found.columns.iter().find(|other| renderer.same_name(&other.name, &column.name)) {
            Some(other) => differences.extend(differences_of(column, in_key, other, renderer)),
            None => differences.push(Difference::new(subject(column), renderer.column(column), ABSENT)),
        }
    }
    let known = |other: &&Column| !wanted.columns.iter().any(|column| renderer.same_name(&column.name, &other.name));
    let beyond = found.columns.iter().filter(known);
    differences
        .extend(beyond.map(|other| Difference::new(format!("column {}", other.name), ABSENT, other.to_string())));
    if !same_names(&key, &found.primary_key, renderer) {
        differences.push(Difference::new("primary key", listed(&key), listed(&found.primary_key)));
    }
    differences.extend(missing_uniques(wanted, found, renderer));
    differences.extend(missing_foreign_keys(wanted, found, renderer));
    differences
}

/// What is different about a column that is there.
pub(crate) fn column_differences(wanted: &ColumnDef, found: &Column, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    differences_of(wanted, wanted.primary_key, found, renderer)
}

fn subject(column: &ColumnDef) -> String {
    format!("column {}", column.name)
}

fn differences_of(wanted: &ColumnDef, in_key: bool, found: &Column, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |what: &str, wanted_text: String, found_text: String| {
        differences.push(Difference::new(format!("{}, {what}", subject(wanted)), wanted_text, found_text));
    };
    let wanted_type = renderer.shape_type(wanted);
    let found_type = renderer.canonical_type(&found.sql_type);
    if renderer.canonical_type(&wanted_type) != found_type {
        differs("type", wanted_type, found.sql_type.clone());
    }
    let nullable = !(wanted.not_null || in_key);
    if nullable != found.nullable {
        differs("null", nullability(nullable), nullability(found.nullable));
    }
    if wanted.auto_increment != found.auto_increment {
        differs("counted up", wanted.auto_increment.to_string(), found.auto_increment.to_string());
    }
    let wanted_default = wanted.default.as_ref().map(|default| renderer.default(wanted, default));
    if !wanted.auto_increment && !same_default(wanted, wanted_default.as_deref(), found, renderer) {
        let text = |default: Option<String>| default.unwrap_or_else(|| "none".to_owned());
        differs("default", text(wanted_default), text(found.default.clone()));
    }
    differences
}

fn nullability(nullable: bool) -> String {
    if nullable { "allowed" } else { "not null" }.to_owned()
}

/// What an SQL expression becomes in a database's own print is not known: it counts that there is a default.
pub(crate) fn same_default(wanted: &ColumnDef, text: Option<&str>, found: &Column, renderer: &dyn SqlRenderer) -> bool {
    let found_default = found.default.as_deref().filter(|default| !default.eq_ignore_ascii_case("null"));
    let text = text.filter(|default| !default.eq_ignore_ascii_case("null"));
    match (text, found_default) {
        (None, None) => true,
        (Some(_), Some(_)) if matches!(wanted.default, Some(Default::Sql(_))) => true,
        (Some(text), Some(default)) => {
            let sql_type = renderer.canonical_type(&found.sql_type);
            renderer.canonical_default(text, &sql_type) == renderer.canonical_default(default, &sql_type)
        }
        _ => false,
    }
}

fn same_names<A: AsRef<str>, B: AsRef<str>>(one: &[A], other: &[B], renderer: &dyn SqlRenderer) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| renderer.same_name(a.as_ref(), b.as_ref()))
}

fn listed<S: AsRef<str>>(columns: &[S]) -> String {
    if columns.is_empty() {
        return "none".to_owned();
    }
    columns.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

fn missing_uniques(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let single = wanted.columns.iter().filter(|column| column.unique).map(|column| vec![column.name.clone()]);
    let all = single.chain(wanted.uniques.iter().cloned());
    let missing = all.filter(|columns| !is_unique(columns, found, renderer));
    missing.map(|columns| Difference::new("unique", listed(&columns), ABSENT)).collect()
}

/// Whether these columns are unique in the table: by a constraint, the primary key, or a unique index.
pub(crate) fn is_unique(columns: &[String], found: &Table, renderer: &dyn SqlRenderer) -> bool {
    let constraints = found.uniques.iter().map(|unique| &unique.columns);
    let indexes = found.indexes.values().filter(|index| index.unique && index.filter.is_none());
    let mut all = constraints.chain(indexes.map(|index| &index.columns)).chain([&found.primary_key]);
    all.any(|other| same_names(columns, other, renderer))
}

fn missing_foreign_keys(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let single = wanted.columns.iter().filter_map(ForeignKey::of_column);
    let all = single.chain(wanted.foreign_keys.iter().cloned());
    let missing = all.filter(|key| find_foreign_key(key, found, renderer).is_none());
    missing.map(|key| Difference::new("foreign key", renderer.foreign_key(&wanted.name, &key), ABSENT)).collect()
}

/// This foreign key of the table, whatever its name.
pub(crate) fn find_foreign_key<'t>(
    wanted: &ForeignKey,
    found: &'t Table,
    renderer: &dyn SqlRenderer,
) -> Option<&'t schema::ForeignKey> {
    found.foreign_keys.iter().find(|key| {
        same_names(&wanted.columns, &key.columns, renderer)
            && same_names(&wanted.referenced, &key.referenced_columns, renderer)
            && renderer.same_name(wanted.table.name(), key.references.name())
            && same_action(wanted.on_delete.as_sql(), &key.on_delete)
            && same_action(wanted.on_update.as_sql(), &key.on_update)
    })
}

/// NO ACTION and RESTRICT are told apart by few: MySQL prints either for both.
fn same_action(wanted: &str, found: &str) -> bool {
    let plain = |action: &str| {
        if action.eq_ignore_ascii_case("RESTRICT") { "NO ACTION".to_owned() } else { action.to_ascii_uppercase() }
    };
    plain(wanted) == plain(found)
}
