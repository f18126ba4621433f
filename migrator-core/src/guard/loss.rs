//! What is lost between two looks, as arithmetic.

use std::collections::BTreeMap;

use crate::connection::{ColumnTally, Tally};
use crate::metadata::Loss;
use crate::name::TableName;
use crate::schema::{Column, Schema, Table};

/// A loss, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) loss: Loss,
    pub(crate) count: i64,
}

impl Found {
    fn some(loss: Loss, count: i64) -> Option<Self> {
        (count > 0).then_some(Self { loss, count })
    }

    /// Takes off the rows that earlier statements of the migration brought, from what they `brought` too; whether anything is left.
    pub(crate) fn is_old(&mut self, brought: &mut BTreeMap<TableName, i64>) -> bool {
        if let (Loss::Rows(table) | Loss::Table(table), count) = (&self.loss, &mut self.count)
            && let Some(brought) = brought.get_mut(table)
        {
            let own = (*brought).min(*count);
            *brought -= own;
            *count -= own;
        }
        self.count > 0
    }
}

/// What of a table is gone that stood there at the first look. `deleted` are rows that are known to have gone.
///
/// A table survives under its identity or its name, a column under its number or its name. Where rows are gone, the values
/// in them are not counted again as values of the columns.
pub(crate) fn losses(before: &Tally, after: Option<&Tally>, deleted: i64) -> Vec<Found> {
    let table = &before.table;
    let Some(after) = after else {
        return Found::some(Loss::Table(table.clone()), before.old_rows).into_iter().collect();
    };
    let gone = (before.old_rows - after.old_rows).max(deleted).max(0);
    let rows = if before.identity == after.identity { Loss::Rows(table.clone()) } else { Loss::Table(table.clone()) };
    let with_rows = (before.rows - after.rows).max(0);
    let columns = before.columns.iter().filter_map(|column| {
        let count = match survivor(column, before, after) {
            None => column.values - with_rows,
            Some(now) if now.digest != column.digest => column.values,
            Some(now) => column.values - now.values - with_rows,
        };
        Found::some(Loss::Column(table.clone(), column.name.clone()), count)
    });
    Found::some(rows, gone).into_iter().chain(columns).collect()
}

fn survivor<'a>(column: &ColumnTally, before: &Tally, after: &'a Tally) -> Option<&'a ColumnTally> {
    let by_name = after.columns.iter().find(|now| now.name == column.name);
    let by_number = || {
        let is_new = |now: &ColumnTally| !before.known.contains(&now.name);
        let same = before.identity == after.identity;
        after.columns.iter().find(|now| same && now.number == column.number && is_new(now))
    };
    // Its name may be a new one's, which has fewer values.
    match by_name.filter(|now| now.values < column.values) {
        Some(now) => by_number().filter(|other| other.values > now.values).or(by_name),
        None => by_name.or_else(by_number),
    }
}

/// Tables and columns of one schema that another lacks under any name, or has with a type that does not keep every value.
pub(crate) fn gone(before: &Schema, after: &Schema, keeps: impl Fn(&Table, &Column, &str) -> bool) -> Vec<Loss> {
    let lost = |table: &Table| match after.table(&table.name).or_else(|| renamed(table, before, after)) {
        None => vec![Loss::Table(table.name.clone())],
        Some(now) => {
            let kept = |(position, column): (usize, &Column)| {
                let heir = now.column(&column.name).or_else(|| heir(position, table, now));
                heir.is_some_and(|heir| heir.sql_type == column.sql_type || keeps(table, column, &heir.sql_type))
            };
            let columns = table.columns.iter().enumerate().filter(|one| !kept(*one));
            columns.map(|(_, column)| Loss::Column(table.name.clone(), column.name.clone())).collect()
        }
    };
    before.tables.values().flat_map(lost).collect()
}

/// A table of the same columns under a name that was not there.
fn renamed<'a>(table: &Table, before: &Schema, after: &'a Schema) -> Option<&'a Table> {
    let shape = |table: &Table| -> Vec<_> {
        table.columns.iter().map(|column| (column.name.clone(), column.sql_type.clone())).collect()
    };
    after.tables.values().find(|now| before.table(&now.name).is_none() && shape(now) == shape(table))
}

/// The column in that place, under a name that was not there.
fn heir<'a>(position: usize, before: &Table, now: &'a Table) -> Option<&'a Column> {
    let same_number = before.columns.len() == now.columns.len();
    now.columns.get(position).filter(|column| same_number && before.column(&column.name).is_none())
}
