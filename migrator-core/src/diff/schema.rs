//! What is different between two schemas, as a value and as lines that a person can read.

use std::fmt;

use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::schema::{Column, Schema, Table};

/// What is different between a schema and a later one.
///
/// Printed, it is a line for each table that came (`+`) or went (`-`) with a line for each of its indexes and constraints,
/// and below the name of each other one a line for each column, key, index or constraint that came, went or changed (`~`). Equal schemas give nothing. The order of
/// columns is no difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SchemaDifference {
    /// By table, and within one in the order of [`SchemaPart`].
    pub changes: Vec<SchemaChange>,
}

/// One thing that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SchemaChange {
    /// The table, or the one that it is part of.
    pub table: TableName,
    /// What it is.
    pub part: SchemaPart,
    /// Its name; of a constraint without one its columns or its expression.
    pub name: String,
    /// What it was; none when it came.
    pub before: Option<String>,
    /// What it is now; none when it went.
    pub after: Option<String>,
}

/// What a table is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SchemaPart {
    /// The table as a whole.
    Table,
    /// A column.
    Column,
    /// The primary key.
    PrimaryKey,
    /// An index that backs no constraint.
    Index,
    /// A unique constraint.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check constraint.
    Check,
    /// What the database keeps with the table: engine, collation, `STRICT`.
    Option,
}

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is only in the later schema.
    Added,
    /// It is only in the earlier schema.
    Missing,
    /// It is in both, and not the same.
    Changed,
}

impl SchemaDifference {
    /// Whether the two are the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl SchemaChange {
    /// How it differs.
    pub fn kind(&self) -> ChangeKind {
        match (&self.before, &self.after) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Missing,
            _ => ChangeKind::Changed,
        }
    }
}

impl Schema {
    /// What is different in a later schema.
    pub fn difference(&self, later: &Self) -> SchemaDifference {
        let mut changes = Vec::new();
        let names = self.tables.keys().chain(later.tables.keys().filter(|name| !self.tables.contains_key(*name)));
        let mut names: Vec<&TableName> = names.collect();
        names.sort();
        for name in names {
            match (self.tables.get(name), later.tables.get(name)) {
                (Some(before), Some(after)) if before != after => changes.extend(table_changes(before, after)),
                (Some(_), Some(_)) => {}
                (before, after) => {
                    changes.push(whole(name, before, after));
                    changes.extend(parts(name, before, after));
                }
            }
        }
        SchemaDifference { changes }
    }
}

/// The table of that name, as the database compares names.
pub(crate) fn table_named<'s>(schema: &'s Schema, name: &TableName, renderer: &dyn SqlRenderer) -> Option<&'s Table> {
    let same =
        |table: &&Table| table.name.schema() == name.schema() && renderer.same_name(table.name.name(), name.name());
    schema.table(name).or_else(|| schema.tables.values().find(same))
}

fn whole(name: &TableName, before: Option<&Table>, after: Option<&Table>) -> SchemaChange {
    let told = |table: Option<&Table>| table.map(ToString::to_string);
    let (before, after) = (told(before), told(after));
    SchemaChange { table: name.clone(), part: SchemaPart::Table, name: name.to_string(), before, after }
}

/// What stands beside the columns of a table that came or went.
fn parts(name: &TableName, before: Option<&Table>, after: Option<&Table>) -> Vec<SchemaChange> {
    let none = Table::named(name.clone());
    let mut parts = table_changes(before.unwrap_or(&none), after.unwrap_or(&none));
    parts.retain(|change| !matches!(change.part, SchemaPart::Column | SchemaPart::PrimaryKey | SchemaPart::Option));
    parts
}

fn table_changes(before: &Table, after: &Table) -> Vec<SchemaChange> {
    let mut changes = Changes { table: &before.name, found: Vec::new() };
    changes.columns(&before.columns, &after.columns);
    changes.value(SchemaPart::PrimaryKey, "", key(before), key(after));
    changes.list(
        SchemaPart::Index,
        &before.indexes.values().collect::<Vec<_>>(),
        &after.indexes.values().collect::<Vec<_>>(),
        |index| index.name.clone(),
    );
    changes.list(SchemaPart::Unique, &before.uniques, &after.uniques, |unique| {
        unique.name.clone().unwrap_or_else(|| unique.columns.join(", "))
    });
    changes.list(SchemaPart::ForeignKey, &before.foreign_keys, &after.foreign_keys, |key| {
        key.name.clone().unwrap_or_else(|| key.columns.join(", "))
    });
    changes.list(SchemaPart::Check, &before.checks, &after.checks, |check| {
        check.name.clone().unwrap_or_else(|| check.expression.clone())
    });
    let names = before.options.keys().chain(after.options.keys().filter(|name| !before.options.contains_key(*name)));
    for name in names {
        changes.value(SchemaPart::Option, name, before.options.get(name).cloned(), after.options.get(name).cloned());
    }
    changes.found
}

fn key(table: &Table) -> Option<String> {
    (!table.primary_key.is_empty()).then(|| format!("({})", table.primary_key.join(", ")))
}

/// The differences of one table while they are found.
struct Changes<'t> {
    table: &'t TableName,
    found: Vec<SchemaChange>,
}

impl Changes<'_> {
    fn push(&mut self, part: SchemaPart, name: String, before: Option<String>, after: Option<String>) {
        self.found.push(SchemaChange { table: self.table.clone(), part, name, before, after });
    }

    fn value(&mut self, part: SchemaPart, name: &str, before: Option<String>, after: Option<String>) {
        if before != after {
            self.push(part, name.to_owned(), before, after);
        }
    }

    fn columns(&mut self, before: &[Column], after: &[Column]) {
        self.list(SchemaPart::Column, before, after, |column| column.name.clone());
    }

    /// What is equal cancels out, one for one; of what is left, two of the same key are one that changed.
    fn list<T: PartialEq + fmt::Display>(
        &mut self,
        part: SchemaPart,
        before: &[T],
        after: &[T],
        key: impl Fn(&T) -> String,
    ) {
        let mut new: Vec<&T> = after.iter().collect();
        let mut old: Vec<&T> = before.iter().collect();
        old.retain(|one| match new.iter().position(|other| other == one) {
            Some(same) => {
                new.remove(same);
                false
            }
            None => true,
        });
        for one in old {
            let name = key(one);
            let now = new.iter().position(|other| key(other) == name).map(|at| new.remove(at).to_string());
            self.push(part, name, Some(one.to_string()), now);
        }
        for other in new {
            self.push(part, key(other), None, Some(other.to_string()));
        }
    }
}

impl fmt::Display for SchemaPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::PrimaryKey => "primary key",
            Self::Index => "index",
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Option => "option",
        })
    }
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, name, .. } = self;
        // What a thing is begins with its name, but for the values of keys and options.
        let named = match part {
            SchemaPart::Option => format!("{part} {name}: "),
            _ => format!("{part} "),
        };
        match (&self.before, &self.after) {
            (None, after) => write!(f, "+ {named}{}", after.as_deref().unwrap_or_default()),
            (Some(before), None) => write!(f, "- {named}{before}"),
            (Some(before), Some(after)) if let Some(new) = new_name(name, before, after) => {
                write!(f, "~ {named}{name} is renamed to {new}")
            }
            (Some(before), Some(after)) => {
                let after = after.strip_prefix(&format!("{name} ")).unwrap_or(after);
                write!(f, "~ {named}{before} -> {after}")
            }
        }
    }
}

/// The name that the thing bears now, where nothing else about it is another.
fn new_name<'t>(name: &str, before: &str, after: &'t str) -> Option<&'t str> {
    let rest = before.strip_prefix(name).filter(|_| !name.is_empty())?;
    after.strip_suffix(rest).filter(|new| *new != name && !rest.is_empty() && !new.is_empty())
}

impl fmt::Display for SchemaDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        let mut heading = None;
        for change in &self.changes {
            if change.part == SchemaPart::Table {
                lines.push(change.to_string());
                heading = Some(&change.table);
                continue;
            }
            if heading != Some(&change.table) {
                lines.push(format!("table {}", change.table));
                heading = Some(&change.table);
            }
            lines.push(format!("  {change}"));
        }
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::Index;
    use crate::schema::snapshot::tests::schema;

    fn users() -> Schema {
        let mut schema = Schema::default();
        let table = schema.entry("users".into());
        table.columns = vec![Column::new("id", "bigint", false), Column::new("age", "integer", true)];
        table.primary_key = vec!["id".to_owned()];
        schema
    }

    #[test]
    fn a_difference_reads_as_a_person_would_tell_it() {
        let before = users();
        let mut after = users();
        let table = after.entry("users".into());
        table.columns[1].sql_type = "bigint".to_owned();
        table.columns.push(Column::new("email", "varchar(255)", false));
        table.primary_key = Vec::new();
        table.options.insert("engine".to_owned(), "InnoDB".to_owned());
        let index = Index {
            name: "by_age".to_owned(),
            columns: vec!["age".to_owned()],
            unique: true,
            filter: None,
            method: None,
            valid: true,
        };
        table.indexes.insert(index.name.clone(), index);
        let index = table.indexes["by_age"].clone();
        let orgs = after.entry("orgs".into());
        orgs.columns.push(Column::new("id", "bigint", false));
        orgs.indexes.insert(index.name.clone(), index);
        let told = "+ table orgs (id bigint not null)\n  + index by_age (age) unique\n\
                    table users\n  ~ column age integer -> bigint\n  + column email varchar(255) not null\n  \
                    - primary key (id)\n  + index by_age (age) unique\n  + option engine: InnoDB";
        assert_eq!(before.difference(&after).to_string(), told);
        let back = after.difference(&before);
        assert_eq!(back.changes[0].kind(), ChangeKind::Missing);
        assert_eq!(back.changes.len(), before.difference(&after).changes.len());
    }

    #[test]
    fn the_order_of_columns_is_no_difference() {
        let mut turned = users();
        turned.entry("users".into()).columns.reverse();
        assert!(users().difference(&turned).is_empty());
    }

    proptest! {
        #[test]
        fn a_difference_is_empty_just_where_fingerprints_are_equal(one in schema(), other in schema()) {
            prop_assert!(one.difference(&one).is_empty());
            prop_assert_eq!(one.difference(&other).is_empty(), one.fingerprint() == other.fingerprint());
        }
    }
}
