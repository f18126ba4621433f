//! What is lost between two looks, as arithmetic.

use crate::connection::{ColumnTally, Tally};
use crate::metadata::Loss;

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
    by_name.or_else(|| {
        let is_new = |now: &ColumnTally| !before.columns.iter().any(|old| old.name == now.name);
        let same = before.identity == after.identity;
        after.columns.iter().find(|now| same && now.number == column.number && is_new(now))
    })
}
