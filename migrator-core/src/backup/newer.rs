//! Rows that a restore would take away: those whose key, or whose values where there is no key, the backup does not have.

use std::collections::BTreeMap;
use std::fmt;

use crate::connection::copies::{Anatomy, KeptColumn};
use crate::connection::{Database, Record};
use crate::error::Result;
use crate::name::TableName;

/// How many are told one by one.
const TOLD: usize = 5;

/// A row by the columns that tell rows apart, and how many like it there are.
pub(super) type Row = (Vec<Option<String>>, u64);

/// Rows of a table that its backup does not have.
#[derive(Debug, Default)]
pub(super) struct Newer {
    pub(super) rows: u64,
    pub(super) columns: Vec<String>,
    /// The first of them.
    pub(super) listed: Vec<Row>,
}

impl Newer {
    /// Whether none is left out of the list.
    pub(super) fn is_listed_whole(&self) -> bool {
        self.listed.iter().map(|(_, count)| count).sum::<u64>() == self.rows
    }

    /// These are not counted.
    pub(super) fn take_away(&mut self, known: &[Row]) {
        let known: BTreeMap<_, _> = known.iter().map(|(values, count)| (values, *count)).collect();
        for (values, count) in &mut self.listed {
            *count = count.saturating_sub(known.get(values).copied().unwrap_or(0));
        }
        self.listed.retain(|(_, count)| *count > 0);
        self.rows = self.listed.iter().map(|(_, count)| count).sum();
    }
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.columns.is_empty() {
            return f.write_str("the table has none of the columns that it had");
        }
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
        let one = |(values, _): &Row| format!("({})", values.iter().map(text).collect::<Vec<_>>().join(", "));
        let told: Vec<String> = self.listed.iter().take(TOLD).map(one).collect();
        write!(f, "({}) = {}", self.columns.join(", "), told.join(", "))?;
        if self.rows > told.len() as u64 { f.write_str(" and more") } else { Ok(()) }
    }
}

/// Compares what stands now with the copy. Every row of the table counts one, every row of the copy takes one away from
/// those like it: a shape of query that every database does in one pass and a sort.
///
/// As many are listed as `list` says, and never fewer than are told.
pub(super) fn newer(database: &mut dyn Database, then: &Anatomy, copy: &TableName, list: usize) -> Result<Newer> {
    let now = database.dissect(&then.table)?;
    let pairs = compared(&now, then);
    if pairs.is_empty() {
        let rows = database.contents(&then.table, &now.columns)?.rows;
        return Ok(Newer { rows, ..Newer::default() });
    }
    let (names, surplus) = surplus(database, &pairs, &then.table, copy)?;
    let renderer = database.renderer()?;
    let rows = count(database, &surplus)?;
    let each = format!("SELECT {names}, {} FROM ({surplus}) newer", renderer.text_cast("surplus"));
    let listed = match rows {
        0 => Vec::new(),
        _ => database.query(&format!("{each} ORDER BY {names} LIMIT {}", list.max(TOLD)), &[])?,
    };
    let row = |row: &Record| {
        let values = (0..pairs.len()).map(|at| row.optional_text(at)).collect();
        (values, u64::try_from(row.integer(pairs.len())).unwrap_or(1))
    };
    Ok(Newer {
        rows,
        columns: pairs.iter().map(|(column, _)| column.name.clone()).collect(),
        listed: listed.iter().map(row).collect(),
    })
}

/// How many rows stand that the copy does not have just so: with values that a restore overwrites, or takes away.
pub(super) fn differing(database: &mut dyn Database, then: &Anatomy, copy: &TableName) -> Result<u64> {
    let now = database.dissect(&then.table)?;
    if beyond(&now, then).next().is_some() {
        let sql = format!("SELECT count(*) FROM {}", database.renderer()?.table(&then.table));
        return Ok(u64::try_from(database.count_all(&sql)?).unwrap_or(0));
    }
    let pairs: Vec<_> = then.columns.iter().filter_map(|column| pair(&now, then, &column.name)).collect();
    let (_, surplus) = surplus(database, &pairs, &then.table, copy)?;
    count(database, &surplus)
}

/// The columns of the table that its copy does not have, where values stand in them, and how many.
pub(super) fn newer_columns(database: &mut dyn Database, then: &Anatomy) -> Result<BTreeMap<String, u64>> {
    let now = database.dissect(&then.table)?;
    let newer: Vec<_> = beyond(&now, then).collect();
    if newer.is_empty() {
        return Ok(BTreeMap::new());
    }
    let renderer = database.renderer()?;
    let counts: Vec<String> = newer.iter().map(|column| format!("count({})", renderer.quote(&column.name))).collect();
    let sql = format!("SELECT {} FROM {}", counts.join(", "), renderer.table(&then.table));
    let rows = database.query(&sql, &[])?;
    let values = |at| rows.first().map_or(0, |row| u64::try_from(row.integer(at)).unwrap_or(0));
    let counted = newer.iter().enumerate().map(|(at, column)| (column.name.clone(), values(at)));
    Ok(counted.filter(|(_, values)| *values > 0).collect())
}

/// Whether every row of one copy stands in another with these values, so often.
pub(super) fn has_all_of(
    database: &mut dyn Database,
    one: (&Anatomy, &TableName),
    of: (&Anatomy, &TableName),
) -> Result<bool> {
    let pairs: Vec<_> = of.0.columns.iter().filter_map(|column| pair(of.0, one.0, &column.name)).collect();
    if pairs.is_empty() || pairs.len() < of.0.columns.len() {
        return Ok(false);
    }
    let (_, surplus) = surplus(database, &pairs, of.1, one.1)?;
    Ok(count(database, &surplus)? == 0)
}

fn count(database: &mut dyn Database, surplus: &str) -> Result<u64> {
    let sum = database.renderer()?.text_cast("coalesce(sum(surplus), 0)");
    let rows = database.count(&format!("SELECT {sum} FROM ({surplus}) newer"), &[])?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// The names of what is compared, and the query of what the table has beyond the copy.
fn surplus(
    database: &mut dyn Database,
    pairs: &[(&KeptColumn, &KeptColumn)],
    table: &TableName,
    copy: &TableName,
) -> Result<(String, String)> {
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
        select(table, 1, ours),
        select(copy, -1, theirs)
    );
    Ok((names, surplus))
}

/// The columns that tell rows apart, as they are now and as they were.
fn compared<'a>(now: &'a Anatomy, then: &'a Anatomy) -> Vec<(&'a KeptColumn, &'a KeptColumn)> {
    let key: Option<Vec<_>> = then.key.iter().map(|name| pair(now, then, name)).collect();
    match key {
        Some(key) if !key.is_empty() && now.key == then.key => key,
        _ => then.columns.iter().filter_map(|column| pair(now, then, &column.name)).collect(),
    }
}

/// The columns that it has now and had not then.
fn beyond<'a>(now: &'a Anatomy, then: &'a Anatomy) -> impl Iterator<Item = &'a KeptColumn> {
    now.columns.iter().filter(|column| then.columns.iter().all(|other| other.name != column.name))
}

/// The column of that name, as it is now and as it was.
fn pair<'a>(now: &'a Anatomy, then: &'a Anatomy, name: &str) -> Option<(&'a KeptColumn, &'a KeptColumn)> {
    let of = |anatomy: &'a Anatomy| anatomy.columns.iter().find(|column| column.name == *name);
    Some((of(now)?, of(then)?))
}
