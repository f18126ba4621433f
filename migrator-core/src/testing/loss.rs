//! What a migration takes from the rows that stood there.

use std::collections::BTreeSet;

use super::checks::Checks;
use super::difference::listed;
use super::failed::Failed;
use super::snapshot::{Contents, Snapshot};
use super::walk::{Stage, Walk, stages};
use crate::count::counted;
use crate::metadata::Loss;
use crate::name::TableName;
use crate::runner::Policy;

pub(super) fn check(checks: &Checks) -> Result<(), Failed> {
    let mut walk = Walk::begin(checks, Policy::Refuse)?;
    for stage in stages(checks)? {
        let before = walk.look_before(&stage)?;
        walk.up(&stage)?;
        let after = walk.look()?;
        let lost = losses(&before, &after, &stage);
        walk.last = Some(after);
        if !lost.is_empty() {
            let told: Vec<String> = lost.iter().map(|(what, loss)| format!("{what}: allow_loss({loss})")).collect();
            let heading = "it loses what it does not name";
            return Err(Failed::new(format!("{heading}{}", listed(&told))).in_revision(stage.revision()));
        }
    }
    Ok(())
}

fn losses(before: &Snapshot, after: &Snapshot, stage: &Stage) -> Vec<(String, Loss)> {
    let all = before.contents.iter().flat_map(|(table, rows)| of_table(table, rows, before, after));
    all.filter(|(_, loss)| !stage.named.iter().any(|named| named.covers(loss))).collect()
}

fn of_table(table: &TableName, rows: &Contents, before: &Snapshot, after: &Snapshot) -> Vec<(String, Loss)> {
    let count = rows.rows.len();
    if count == 0 {
        return Vec::new();
    }
    let Some(left) = after.contents.get(table) else {
        let moved = new_tables(before, after).any(|other| is_all_in(rows, other));
        let lost = (format!("table {table} with {}", counted(count, "row")), Loss::table(table.clone()));
        return if moved { Vec::new() } else { vec![lost] };
    };
    let mut lost = Vec::new();
    let missing = count.saturating_sub(left.rows.len());
    if missing > 0 {
        lost.push((format!("{missing} of {} of {table}", counted(count, "row")), Loss::rows(table.clone())));
    }
    for column in &rows.columns {
        let had = rows.values(column).count();
        // What went with its row is lost with the row.
        let missing = had.saturating_sub(left.values(column).count() + missing);
        if missing > 0 && !is_moved(rows, column, left) {
            lost.push((
                format!("{missing} of {had} values of {table}.{column}"),
                Loss::column(table.clone(), column.as_str()),
            ));
        }
    }
    lost
}

fn new_tables<'a>(before: &'a Snapshot, after: &'a Snapshot) -> impl Iterator<Item = &'a Contents> {
    after.contents.iter().filter(|(table, _)| !before.contents.contains_key(*table)).map(|(_, rows)| rows)
}

/// A renamed table has the columns and the rows of the old one.
fn is_all_in(rows: &Contents, other: &Contents) -> bool {
    let columns: BTreeSet<&String> = other.columns.iter().collect();
    rows.columns.iter().all(|column| columns.contains(column))
        && rows.of_columns(&rows.columns) == other.of_columns(&rows.columns)
}

/// A renamed column has the values of the old one.
fn is_moved(rows: &Contents, column: &str, left: &Contents) -> bool {
    let sorted = |contents: &Contents, column: &str| {
        let mut values: Vec<String> = contents.values(column).map(str::to_owned).collect();
        values.sort();
        values
    };
    let values = sorted(rows, column);
    left.columns.iter().filter(|other| !rows.columns.contains(other)).any(|other| sorted(left, other) == values)
}
