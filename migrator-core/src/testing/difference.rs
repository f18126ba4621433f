//! What is different between two looks at a database, in lines that a person can read.

use std::collections::{BTreeMap, BTreeSet};

use super::snapshot::{Row, Snapshot};
use crate::metadata::Loss;
use crate::schema::Schema;

/// What of a schema is not as it was.
pub(super) fn of_schemas(was: &Schema, is: &Schema) -> Vec<String> {
    was.difference(is).to_string().lines().map(str::to_owned).collect()
}

/// What became of the rows that stood in a database, but for what is named as lost.
pub(super) fn of_rows(was: &Snapshot, is: &Snapshot, named: &[Loss]) -> Vec<String> {
    let mut lines = Vec::new();
    for (table, rows) in &was.contents {
        let columns = rows.columns_to_keep(table, named);
        if columns.is_empty() || named.iter().any(|named| named.covers(&Loss::rows(table.clone()))) {
            continue;
        }
        let before = rows.of_columns(&columns);
        let after = is.contents.get(table).map(|rows| rows.of_columns(&columns)).unwrap_or_default();
        lines.extend(of_lines(&before, &after).into_iter().map(|line| format!("table {table}: {line}")));
    }
    lines
}

/// As many are shown as one can take in.
const SHOWN: usize = 3;

fn of_lines(was: &[Row], is: &[Row]) -> Vec<String> {
    let gone = without(was, is);
    let new = without(is, was);
    let told = |rows: &[&Row], what: &str| -> Vec<String> {
        let shown = rows.iter().take(SHOWN).map(|row| format!("row {} {what}", printed(row)));
        let beyond = rows.len().saturating_sub(SHOWN);
        shown.chain((beyond > 0).then(|| format!("and {beyond} more"))).collect()
    };
    let mut lines = told(&gone, "is not there any more");
    lines.extend(told(&new, "is there instead"));
    lines
}

/// Of sorted rows, those that the other lacks; as often as it lacks them.
fn without<'a>(rows: &'a [Row], other: &[Row]) -> Vec<&'a Row> {
    let mut left = other.iter().peekable();
    let mut missing = Vec::new();
    for row in rows {
        while left.next_if(|next| *next < row).is_some() {}
        if left.next_if(|next| *next == row).is_none() {
            missing.push(row);
        }
    }
    missing
}

fn printed(row: &Row) -> String {
    let values: Vec<&str> = row.iter().map(|value| value.as_deref().unwrap_or("NULL")).collect();
    format!("({})", values.join(", "))
}

/// Counts that are others.
pub(super) fn of_counts(was: &Snapshot, is: &Snapshot) -> Vec<String> {
    let (was, is) = (was.counts(), is.counts());
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let count = |counts: &BTreeMap<String, usize>, name: &String| counts.get(name).copied().unwrap_or(0);
    let differs = |name: &&String| count(&was, name) != count(&is, name);
    let line = |name: &String| format!("{name}: {}, should be {}", count(&is, name), count(&was, name));
    names.into_iter().filter(differs).map(line).collect()
}

/// Lines under a heading.
pub(super) fn listed(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        vec![Some(text.to_owned())]
    }

    #[test]
    fn rows_are_missed_as_often_as_they_are_missing() {
        let (was, is) = ([row("a"), row("a"), row("b")], [row("a"), row("c")]);
        assert_eq!(without(&was, &is), [&row("a"), &row("b")]);
        assert_eq!(without(&is, &was), [&row("c")]);
    }

    #[test]
    fn only_a_few_rows_are_shown() {
        let was: Vec<Row> = ["a", "b", "c", "d", "e"].map(row).into();
        assert_eq!(of_lines(&was, &[]).last().unwrap(), "and 2 more");
    }
}
