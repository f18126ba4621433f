//! Rows that a restore would take away: those whose key, or whose values where there is no key, the backup does not have.

use std::fmt;

use crate::connection::Database;
use crate::connection::copies::{Anatomy, KeptColumn};
use crate::error::Result;
use crate::name::TableName;

/// How many are told one by one.
const LISTED: usize = 5;

/// Rows of a table that its backup does not have.
pub(super) struct Newer {
    pub(super) rows: u64,
    columns: Vec<String>,
    /// The first few.
    listed: Vec<Vec<String>>,
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |values: &Vec<String>| format!("({})", values.join(", "));
        let listed: Vec<String> = self.listed.iter().map(one).collect();
        write!(f, "({}) = {}", self.columns.join(", "), listed.join(", "))?;
        if self.rows > listed.len() as u64 { f.write_str(" and more") } else { Ok(()) }
    }
}

/// Compares what stands now with the copy. Every row of the table counts one, every row of the copy takes one away from
/// those like it: a shape of query that every database does in one pass and a sort.
pub(super) fn newer(database: &mut dyn Database, then: &Anatomy, copy: &TableName) -> Result<Newer> {
    let now = database.dissect(&then.table)?;
    let pairs = compared(&now, then);
    let renderer = database.renderer()?;
    let select = |table: &TableName, side: i32, columns: Vec<&KeptColumn>| {
        let place = |(at, column): (usize, &KeptColumn)| format!("{} AS k{at}", database.as_compared(column));
        let columns: Vec<String> = columns.into_iter().enumerate().map(place).collect();
        format!("SELECT {}, {side} AS side FROM {}", columns.join(", "), renderer.table(table))
    };
    let (ours, theirs): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let names: Vec<String> = (0..pairs.len()).map(|at| format!("k{at}")).collect();
    let names = names.join(", ");
    let surplus = format!(
        "SELECT {names}, sum(side) AS surplus FROM ({} UNION ALL {}) both_sides GROUP BY {names} HAVING sum(side) > 0",
        select(&then.table, 1, ours),
        select(copy, -1, theirs)
    );
    let rows = database
        .count(&format!("SELECT {} FROM ({surplus}) newer", renderer.text_cast("coalesce(sum(surplus), 0)")), &[])?;
    let listed = match rows {
        0 => Vec::new(),
        _ => database.query(&format!("SELECT {names} FROM ({surplus}) newer ORDER BY {names} LIMIT {LISTED}"), &[])?,
    };
    let texts = |at: usize, row: &crate::connection::Record| row.optional_text(at).unwrap_or_else(|| "NULL".to_owned());
    Ok(Newer {
        rows: u64::try_from(rows).unwrap_or(0),
        columns: pairs.iter().map(|(column, _)| column.name.clone()).collect(),
        listed: listed.iter().map(|row| (0..pairs.len()).map(|at| texts(at, row)).collect()).collect(),
    })
}

/// The columns that tell rows apart, as they are now and as they were.
fn compared<'a>(now: &'a Anatomy, then: &'a Anatomy) -> Vec<(&'a KeptColumn, &'a KeptColumn)> {
    let pair = |name: &String| {
        let of = |anatomy: &'a Anatomy| anatomy.columns.iter().find(|column| column.name == *name);
        Some((of(now)?, of(then)?))
    };
    let key: Option<Vec<_>> = then.key.iter().map(pair).collect();
    match key {
        Some(key) if !key.is_empty() && now.key == then.key => key,
        _ => then.columns.iter().filter_map(|column| pair(&column.name)).collect(),
    }
}
