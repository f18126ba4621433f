//! What a rebuild must leave as it is, taken down before and compared after.

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::BY_HAND;
use super::shape::in_main;
use super::standing::Standing;
use crate::backend::sqlite::ddl::same_name;
use crate::connection::{Database, Record};
use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};

/// A statement that SQLite keeps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stored {
    pub(super) schema: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) table: String,
    pub(super) sql: String,
}

impl Stored {
    pub(super) fn is_the_one(&self, other: &Self) -> bool {
        (&self.schema, &self.kind, &self.name) == (&other.schema, &other.kind, &other.name)
    }

    /// How people speak of it, where another table's column is the matter.
    pub(super) fn told(&self, table: &str) -> String {
        let temporary = if self.schema == "temp" { "temporary " } else { "" };
        match self.kind.as_str() {
            "table" => format!("a foreign key of table {} ({})", self.name, self.sql),
            kind if same_name(&self.table, table) || kind == "view" => format!("{temporary}{kind} {}", self.name),
            kind => format!("{temporary}{kind} {} of {}", self.name, self.table),
        }
    }
}

/// Every statement that is kept, temporary ones too.
pub(super) fn stored(conn: &mut SqliteConnection) -> Result<Vec<Stored>> {
    let sql = "SELECT 'main', type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL \
               UNION ALL SELECT 'temp', type, name, tbl_name, sql FROM temp.sqlite_schema WHERE sql IS NOT NULL";
    let read = |row: &Record| Stored {
        schema: row.text(0),
        kind: row.text(1),
        name: row.text(2),
        table: row.text(3),
        sql: row.text(4),
    };
    Ok(conn.query(sql, &[])?.iter().map(read).collect())
}

/// The rest of the database before a rebuild.
pub(super) struct Witness {
    stored: Vec<Stored>,
    /// Tables that a change of the rebuilt one could reach through foreign keys, with their rows.
    rows: BTreeMap<String, i64>,
    violations: BTreeMap<String, usize>,
}

impl Witness {
    pub(super) fn take(conn: &mut SqliteConnection, standing: &Standing) -> Result<Self> {
        let reached = reached(conn, &standing.name)?;
        let checked: Vec<_> = reached.iter().cloned().chain([standing.name.clone()]).collect();
        Ok(Self {
            stored: others(conn, standing)?,
            violations: violations(conn, &checked)?,
            rows: reached.into_iter().map(|table| Ok((table.clone(), rows(conn, &table)?))).collect::<Result<_>>()?,
        })
    }

    pub(super) fn compare(&self, conn: &mut SqliteConnection, standing: &Standing) -> Result<()> {
        self.same_texts(&others(conn, standing)?)?;
        self.same_rows(conn)?;
        let checked: Vec<_> = self.rows.keys().cloned().chain([standing.name.clone()]).collect();
        let now = violations(conn, &checked)?;
        let known = |violation: &String| self.violations.get(violation).copied().unwrap_or(0);
        let new: Vec<_> =
            now.iter().filter(|(violation, count)| **count > known(violation)).map(|(told, _)| told).collect();
        let Some(first) = new.first() else { return Ok(()) };
        let message = format!("the change of {} would break {} foreign keys: {first}", standing.name, new.len());
        Err(Error::new(ErrorKind::IntegrityFailed, message).remedy("mend the rows or the keys first"))
    }

    fn same_texts(&self, now: &[Stored]) -> Result<()> {
        let lost = self.stored.iter().find(|one| !now.contains(one));
        let Some(different) = lost.or_else(|| now.iter().find(|one| !self.stored.contains(one))) else { return Ok(()) };
        let message = format!("{} {} would not be what it was after the rebuild", different.kind, different.name);
        Err(Error::new(ErrorKind::IntegrityFailed, message).at_statement(&different.sql).remedy(BY_HAND))
    }

    fn same_rows(&self, conn: &mut SqliteConnection) -> Result<()> {
        for (table, before) in &self.rows {
            let now = rows(conn, table)?;
            if now != *before {
                let message = format!(
                    "{table} had {}, and {now} after the rebuild of a table it references",
                    counted(before, "row")
                );
                return Err(Error::new(ErrorKind::IntegrityFailed, message).remedy(BY_HAND));
            }
        }
        Ok(())
    }
}

/// Everything but the table itself and what is meant to go with a column, in an order.
fn others(conn: &mut SqliteConnection, standing: &Standing) -> Result<Vec<Stored>> {
    let itself = |one: &Stored| one.schema == "main" && one.kind == "table" && one.name == standing.name;
    let of_sqlite = |one: &Stored| one.name.starts_with("sqlite_");
    let gone = |one: &Stored| one.schema == "main" && one.kind == "index" && standing.let_go.contains(&one.name);
    let mut others: Vec<_> =
        stored(conn)?.into_iter().filter(|one| !itself(one) && !of_sqlite(one) && !gone(one)).collect();
    others.sort();
    Ok(others)
}

fn rows(conn: &mut SqliteConnection, table: &str) -> Result<i64> {
    let answer = conn.query(&format!("SELECT count(*) FROM {}", in_main(table)), &[])?;
    Ok(answer.first().map_or(0, |row| row.integer(0)))
}

/// Child and parent of every foreign key.
fn references(conn: &mut SqliteConnection) -> Result<Vec<(String, String)>> {
    let sql = "SELECT DISTINCT m.name, f.\"table\" FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f \
               WHERE m.type = 'table' ORDER BY m.name";
    Ok(conn.query(sql, &[])?.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// Whether any table's foreign key, its own included, references the table.
pub(super) fn is_referenced(conn: &mut SqliteConnection, table: &str) -> Result<bool> {
    Ok(references(conn)?.iter().any(|(_, parent)| same_name(parent, table)))
}

/// The other tables whose rows reference the table's, or rows that do.
fn reached(conn: &mut SqliteConnection, table: &str) -> Result<Vec<String>> {
    let references = references(conn)?;
    let mut reached = vec![table.to_owned()];
    let mut at = 0;
    while let Some(parent) = reached.get(at).cloned() {
        let children = references.iter().filter(|(_, of)| same_name(of, &parent)).map(|(child, _)| child);
        let new: Vec<_> =
            children.filter(|child| !reached.iter().any(|known| same_name(known, child))).cloned().collect();
        reached.extend(new);
        at += 1;
    }
    reached.remove(0);
    Ok(reached)
}

/// Broken foreign keys of every table, one line each. Asked table by table: a key that cannot be checked, for its parent
/// has no such key, would end the whole answer.
pub(in crate::backend::sqlite) fn all_violations(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    let mut children: Vec<_> = references(conn)?.into_iter().map(|(child, _)| child).collect();
    children.dedup();
    let counts = violations(conn, &children)?;
    Ok(counts.into_iter().flat_map(|(told, count)| std::iter::repeat_n(told, count)).collect())
}

/// Broken foreign keys of these tables, counted; also those that cannot be checked, with the reason.
pub(super) fn violations(conn: &mut SqliteConnection, tables: &[String]) -> Result<BTreeMap<String, usize>> {
    let sql = "SELECT rowid, parent FROM pragma_foreign_key_check(?, 'main')";
    let mut counts = BTreeMap::new();
    for table in tables {
        let told: Vec<String> = match conn.query(sql, &[table.as_str().into()]) {
            Ok(rows) => rows.iter().map(|row| violation(table, row)).collect(),
            Err(error) => vec![error.what().to_owned()],
        };
        for violation in told {
            *counts.entry(violation).or_default() += 1;
        }
    }
    Ok(counts)
}

fn violation(table: &str, row: &Record) -> String {
    let number = row.optional_text(0).map(|number| format!(" {number}")).unwrap_or_default();
    format!("{table} row{number} names a row of {} that is not there", row.text(1))
}
