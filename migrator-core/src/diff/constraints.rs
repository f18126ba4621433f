//! The constraints of a table next to those that were described: by what they hold, whatever their names.

use super::shape::{ABSENT, Difference, listed, same_names};
use crate::dialect::SqlRenderer;
use crate::operation::{ColumnDef, ForeignKey, TableDef};
use crate::schema::{self, Table};

/// Constraints that are missing, and those that nobody described.
pub(super) fn differences(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let mut differences = missing_uniques(wanted, found, renderer);
    differences.extend(missing_foreign_keys(wanted, found, renderer));
    differences.extend(wanted.columns.iter().filter_map(|column| missing_check(column, found)));
    differences.extend(missing_named_checks(wanted, found));
    differences.extend(other_uniques(wanted, found, renderer));
    differences.extend(other_foreign_keys(wanted, found, renderer));
    differences
}

/// What was said of a column that is there, and that the table does not hold it to.
pub(super) fn missing_of_column(wanted: &ColumnDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let columns = vec![wanted.name.clone()];
    let unique = (wanted.unique && !is_unique(&columns, found, renderer))
        .then(|| Difference::new("unique", listed(&columns), ABSENT));
    let key = ForeignKey::of_column(wanted)
        .filter(|key| find_foreign_key(key, found, renderer).is_none())
        .map(|key| Difference::new("foreign key", renderer.foreign_key(&found.name, &key), ABSENT));
    unique.into_iter().chain(key).chain(missing_check(wanted, found)).collect()
}

/// A database prints a check in words of its own: that one names the same columns is what can be told.
fn missing_check(wanted: &ColumnDef, found: &Table) -> Option<Difference> {
    let expression = wanted.check.as_ref()?;
    let names = |text: &str, column: &str| text.to_lowercase().contains(&column.to_lowercase());
    let named: Vec<&str> = match names(expression, &wanted.name) {
        true => vec![&wanted.name],
        false => {
            found.columns.iter().map(|column| column.name.as_str()).filter(|name| names(expression, name)).collect()
        }
    };
    let is_it = |check: &schema::Check| named.iter().all(|column| names(&check.expression, column));
    let is_there = found.checks.iter().any(is_it);
    (!is_there).then(|| Difference::new(format!("check of {}", wanted.name), expression.clone(), ABSENT))
}

fn missing_named_checks(wanted: &TableDef, found: &Table) -> Vec<Difference> {
    let has = |name: &str| found.checks.iter().any(|check| check.name.as_deref() == Some(name));
    let missing = wanted.checks.iter().filter(|check| check.name.as_deref().is_some_and(|name| !has(name)));
    let told = |name: &Option<String>| format!("check {}", name.as_deref().unwrap_or_default());
    missing.map(|check| Difference::new(told(&check.name), check.expression.clone(), ABSENT)).collect()
}

fn all_uniques(wanted: &TableDef) -> Vec<Vec<String>> {
    let single = wanted.columns.iter().filter(|column| column.unique).map(|column| vec![column.name.clone()]);
    single.chain(wanted.uniques.iter().cloned()).collect()
}

fn missing_uniques(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let missing = all_uniques(wanted).into_iter().filter(|columns| !is_unique(columns, found, renderer));
    missing.map(|columns| Difference::new("unique", listed(&columns), ABSENT)).collect()
}

/// Where a unique index and a constraint are one, what was described as an index is meant too; one that was created by
/// itself cannot be told from a constraint, and is let be.
fn other_uniques(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    if renderer.capabilities().unique_is_index {
        return Vec::new();
    }
    let known = all_uniques(wanted);
    let is_known = |unique: &&schema::Unique| {
        !known.iter().any(|columns| same_names(columns, &unique.columns, renderer))
            && !same_names(&wanted.key_columns(), &unique.columns, renderer)
    };
    let others = found.uniques.iter().filter(is_known);
    others.map(|unique| Difference::new("unique", ABSENT, listed(&unique.columns))).collect()
}

fn all_foreign_keys(wanted: &TableDef) -> impl Iterator<Item = ForeignKey> {
    wanted.columns.iter().filter_map(ForeignKey::of_column).chain(wanted.foreign_keys.iter().cloned())
}

fn missing_foreign_keys(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let missing = all_foreign_keys(wanted).filter(|key| find_foreign_key(key, found, renderer).is_none());
    missing.map(|key| Difference::new("foreign key", renderer.foreign_key(&wanted.name, &key), ABSENT)).collect()
}

fn other_foreign_keys(wanted: &TableDef, found: &Table, renderer: &dyn SqlRenderer) -> Vec<Difference> {
    let known: Vec<_> = all_foreign_keys(wanted).filter_map(|key| find_foreign_key(&key, found, renderer)).collect();
    let others = found.foreign_keys.iter().filter(|key| !known.contains(key));
    others
        .map(|key| {
            let told =
                format!("({}) to {} ({})", listed(&key.columns), key.references, listed(&key.referenced_columns));
            Difference::new("foreign key", ABSENT, told)
        })
        .collect()
}

/// Whether rows can be told apart by these columns, in whatever order.
pub(crate) fn is_key(columns: &[String], found: &Table, renderer: &dyn SqlRenderer) -> bool {
    let same = |other: &[String]| {
        let holds = |name: &String| other.iter().any(|one| renderer.same_name(one, name));
        other.len() == columns.len() && columns.iter().all(holds)
    };
    let mut constraints = found.uniques.iter().map(|unique| unique.columns.as_slice());
    same(&found.primary_key) || constraints.any(same) || unique_indexes(found).any(|columns| same(&columns))
}

/// The columns of those that hold for every row, whichever way they go.
fn unique_indexes(found: &Table) -> impl Iterator<Item = Vec<String>> {
    let indexes = found.indexes.values().filter(|index| index.unique && index.filter.is_none());
    let plain = |column: &String| column.strip_suffix(" DESC").unwrap_or(column).to_owned();
    indexes.map(move |index| index.columns.iter().map(plain).collect())
}

/// Whether these columns are unique in the table: by a constraint, the primary key, or a unique index.
pub(crate) fn is_unique(columns: &[String], found: &Table, renderer: &dyn SqlRenderer) -> bool {
    let constraints = found.uniques.iter().map(|unique| &unique.columns);
    let mut all = constraints.chain([&found.primary_key]);
    all.any(|other| same_names(columns, other, renderer))
        || unique_indexes(found).any(|other| same_names(columns, &other, renderer))
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
