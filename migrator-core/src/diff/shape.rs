//! Comparing by shape: names, types, nullability, keys, defaults; spellings do not matter.

use super::constraints;
use crate::dialect::SqlRenderer;
use crate::operation::{ColumnDef, Default, TableDef};
use crate::schema::{Column, Table};

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) subject: String,
    pub(crate) wanted: String,
    pub(crate) found: String,
}

impl Difference {
    pub(super) fn new(subject: impl Into<String>, wanted: impl Into<String>, found: impl Into<String>) -> Self {
        Self { subject: subject.into(), wanted: wanted.into(), found: found.into() }
    }
}

/// Differences as lines that a person can read.
pub(crate) fn told(differences: &[Difference]) -> String {
    let line = |one: &Difference| format!("\n  {}\n    wanted: {}\n    found:  {}", one.subject, one.wanted, one.found);
    differences.iter().map(line).collect()
}

pub(super) const ABSENT: &str = "not there";

/// What is different about a table. Indexes are not looked at: they are operations of their own. What is `told` is how
/// the database spells columns that are wanted.
pub(crate) fn table_differences(
    wanted: &TableDef,
    found: &Table,
    told: &[Column],
    renderer: &dyn SqlRenderer,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let key = wanted.key_columns();
    for column in &wanted.columns {
        let in_key = key.contains(&column.name.as_str());
        match found.columns.iter().find(|other| renderer.same_name(&other.name, &column.name)) {
            Some(other) => {
                let told = told_of(column, told, renderer);
                differences.extend(differences_of(column, in_key, found, other, told, renderer));
            }
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
    differences.extend(constraints::differences(wanted, found, renderer));
    differences
}

/// What is different about a column that is there.
pub(crate) fn column_differences(
    wanted: &ColumnDef,
    table: &Table,
    found: &Column,
    told: &[Column],
    renderer: &dyn SqlRenderer,
) -> Vec<Difference> {
    let told = told_of(wanted, told, renderer);
    let mut differences = differences_of(wanted, wanted.primary_key, table, found, told, renderer);
    differences.extend(constraints::missing_of_column(wanted, table, renderer));
    differences
}

fn told_of<'t>(wanted: &ColumnDef, told: &'t [Column], renderer: &dyn SqlRenderer) -> Option<&'t Column> {
    told.iter().find(|column| renderer.same_name(&column.name, &wanted.name))
}

/// Whether a column as the database would tell of it is of the type of one that is there.
pub(crate) fn is_told_type(told: &Column, found: &Column, renderer: &dyn SqlRenderer) -> bool {
    renderer.canonical_type(&told.sql_type) == renderer.canonical_type(&found.sql_type)
        && (told.collation.is_none() || told.collation == found.collation)
}

/// Whether its default is that of one that is there. Each sequence is one of its own.
pub(crate) fn is_told_default(told: &Column, found: &Column, renderer: &dyn SqlRenderer) -> bool {
    let (Some(one), Some(other)) = (&told.default, &found.default) else { return told.default == found.default };
    let sql_type = renderer.canonical_type(&found.sql_type);
    let counts = |default: &str| default.starts_with("nextval(");
    let canonical = |default: &str| renderer.canonical_default(default, &sql_type);
    one == other || canonical(one) == canonical(other) || counts(one) && counts(other)
}

fn subject(column: &ColumnDef) -> String {
    format!("column {}", column.name)
}

fn differences_of(
    wanted: &ColumnDef,
    in_key: bool,
    table: &Table,
    found: &Column,
    told: Option<&Column>,
    renderer: &dyn SqlRenderer,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |what: &str, wanted_text: String, found_text: String| {
        differences.push(Difference::new(format!("{}, {what}", subject(wanted)), wanted_text, found_text));
    };
    let wanted_type = match wanted.auto_increment {
        true => renderer.shape_type(wanted),
        false => renderer.type_kept(table, &found.name, &wanted.column_type),
    };
    let found_type = renderer.canonical_type(&found.sql_type);
    let is_type_told = told.is_some_and(|told| is_told_type(told, found, renderer));
    if renderer.canonical_type(&wanted_type) != found_type && !is_type_told {
        differs("type", wanted_type, found.sql_type.clone());
    }
    let generated = told.and_then(|told| told.generated.as_ref());
    if let Some(expression) = found.generated.as_ref().filter(|found| generated != Some(*found)) {
        differs("values", "given".to_owned(), format!("generated as {expression}"));
    }
    let nullable = !(wanted.not_null || in_key);
    if nullable != found.nullable && told.is_none_or(|told| told.nullable != found.nullable) {
        differs("null", nullability(nullable), nullability(found.nullable));
    }
    if wanted.auto_increment != found.auto_increment {
        differs("counted up", wanted.auto_increment.to_string(), found.auto_increment.to_string());
    }
    let wanted_default = wanted.default.as_ref().map(|default| renderer.default(wanted, default));
    let is_default_told = told.is_some_and(|told| is_told_default(told, found, renderer));
    if !wanted.auto_increment && !is_default_told && !same_default(wanted, wanted_default.as_deref(), found, renderer) {
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
    let text = text.filter(|default| !default.trim_matches(['(', ')']).eq_ignore_ascii_case("null"));
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

pub(super) fn same_names<A: AsRef<str>, B: AsRef<str>>(one: &[A], other: &[B], renderer: &dyn SqlRenderer) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| renderer.same_name(a.as_ref(), b.as_ref()))
}

pub(super) fn listed<S: AsRef<str>>(columns: &[S]) -> String {
    if columns.is_empty() {
        return "none".to_owned();
    }
    columns.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
