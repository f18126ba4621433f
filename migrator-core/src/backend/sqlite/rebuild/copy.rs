//! The rows: copied, counted, and compared value by value.

use diesel::sqlite::SqliteConnection;

use super::BY_HAND;
use super::shape::{Shape, in_main};
use crate::backend::sqlite::ddl::{cast, differs_cast_back, same_name};
use crate::backend::sqlite::renderer::Renderer;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::operation::{ColumnChange, TableEdit};

/// How the rows of one table become those of another.
pub(super) struct Copy {
    table: String,
    aside: String,
    /// Columns of the new table, each with an expression over the old one.
    pairs: Vec<Pair>,
    /// What tells rows apart, likewise.
    key: Vec<(String, String)>,
}

struct Pair {
    column: String,
    expression: String,
    /// Whether the edit may change its values.
    altered: bool,
    /// Whether there is an old value to compare with.
    old: bool,
}

/// Whether the edit makes new values even where it changes no text.
pub(super) fn has_new_values(edit: &TableEdit) -> bool {
    matches!(edit, TableEdit::AlterColumn(_, ColumnChange { using: Some(_), .. }))
}

impl Copy {
    pub(super) fn plan(table: &str, aside: &str, old: &Shape, new: &Shape, edit: &TableEdit) -> Result<Self> {
        let mut pairs: Vec<Pair> =
            new.columns.iter().filter_map(|(name, declared)| pair(name, declared, old, edit)).collect();
        let key = match new.without_rowid {
            true => new.key.clone(),
            false => vec![row_number(&mut pairs, table, old, new)?],
        };
        let key = key.into_iter().filter_map(|name| {
            let pair = pairs.iter().find(|pair| same_name(&pair.column, &name))?;
            Some((name, pair.expression.clone()))
        });
        Ok(Self { table: table.to_owned(), aside: aside.to_owned(), key: key.collect(), pairs })
    }

    /// Copies; how many rows.
    pub(super) fn run(&self, conn: &mut SqliteConnection) -> Result<u64> {
        let columns: Vec<_> = self.pairs.iter().map(|pair| Renderer.quote(&pair.column)).collect();
        let expressions: Vec<_> = self.pairs.iter().map(|pair| pair.expression.as_str()).collect();
        // OR ABORT: a column's own ON CONFLICT IGNORE or REPLACE would leave rows out without a word.
        let sql = format!(
            "INSERT OR ABORT INTO {} ({}) SELECT {} FROM {}",
            in_main(&self.table),
            columns.join(", "),
            expressions.join(", "),
            self.source()
        );
        conn.batch(&sql).map_err(|error| self.refused(error))?;
        let rows = count(conn, &in_main(&self.table))?;
        let before = count(conn, &in_main(&self.aside))?;
        if rows == before {
            return Ok(rows);
        }
        let message = format!("{} had {before} rows, and {rows} arrived in the rebuilt table", self.table);
        Err(Error::new(ErrorKind::IntegrityFailed, message).remedy(BY_HAND))
    }

    /// The old rows under the table's own name, for expressions that say it.
    fn source(&self) -> String {
        format!("{} AS {}", in_main(&self.aside), Renderer.quote(&self.table))
    }

    fn refused(&self, error: Error) -> Error {
        let told = error.what().to_owned();
        if !["constraint failed", "cannot store", "datatype mismatch"].iter().any(|word| told.contains(word)) {
            return error;
        }
        let told = told.rsplit_once("statement: ").map_or(told.as_str(), |(_, told)| told).to_owned();
        let message = format!("rows of {} do not fit the table that was asked for: {told}", self.table);
        let fitting = "bring the rows to what is asked for first, in the same migration or an earlier one";
        Error::new(ErrorKind::PreconditionFailed, message).remedy(fitting).with_source(error)
    }

    /// Compares every value with what it was; how many the new type could not hold as they were.
    pub(super) fn compare(&self, conn: &mut SqliteConnection, rows: u64) -> Result<u64> {
        let compared: Vec<_> = self.pairs.iter().enumerate().filter(|(_, pair)| pair.old).collect();
        let differences: Vec<_> = compared.iter().map(|(at, pair)| format!("total({})", pair.differs(*at))).collect();
        let sql =
            format!("SELECT {} FROM {}", [vec!["count(*)".to_owned()], differences].concat().join(", "), self.joined());
        let answer = conn.query(&sql, &[])?;
        let counted = |at: usize| answer.first().map_or(0, |row| row.integer(at).unsigned_abs());
        if counted(0) != rows {
            let message = format!("of {rows} rows of {}, {} were found again after the copy", self.table, counted(0));
            return Err(Error::new(ErrorKind::IntegrityFailed, message).remedy(BY_HAND));
        }
        let counts = compared.iter().enumerate().map(|(at, (_, pair))| (*pair, counted(at + 1)));
        let (altered, others): (Vec<_>, Vec<_>) = counts.partition(|(pair, _)| pair.altered);
        self.refuse_changed(&others)?;
        Ok(altered.iter().map(|(_, count)| count).sum())
    }

    /// Old and new rows side by side; the old values as `o.c0`, `o.c1`, the new ones under their names.
    fn joined(&self) -> String {
        let mut selected: Vec<_> =
            self.key.iter().enumerate().map(|(at, (_, old))| format!("{old} AS k{at}")).collect();
        let old = self.pairs.iter().enumerate().filter(|(_, pair)| pair.old);
        selected.extend(old.map(|(at, pair)| format!("{} AS c{at}", Renderer.quote(&pair.column))));
        let on: Vec<_> =
            self.key.iter().enumerate().map(|(at, (new, _))| format!("n.{} = o.k{at}", Renderer.quote(new))).collect();
        let (selected, on) = (selected.join(", "), on.join(" AND "));
        format!("(SELECT {selected} FROM {}) o CROSS JOIN {} n ON {on}", self.source(), in_main(&self.table))
    }

    fn refuse_changed(&self, counts: &[(&Pair, u64)]) -> Result<()> {
        let changed = counts.iter().filter(|(_, count)| *count > 0);
        let told: Vec<_> = changed.map(|(pair, count)| format!("{count} of {}", pair.column)).collect();
        if told.is_empty() {
            return Ok(());
        }
        let message = format!("the copy of {} would change values that nobody named: {}", self.table, told.join(", "));
        Err(Error::new(ErrorKind::IntegrityFailed, message)
            .remedy("these values do not have the type that their column converts to: store them again first"))
    }
}

impl Pair {
    fn differs(&self, at: usize) -> String {
        let (old, new) = (format!("o.c{at}"), format!("n.{}", Renderer.quote(&self.column)));
        match self.altered {
            // The type may change the value's class; what counts is whether the value can be had back.
            true => differs_cast_back(&old, &new),
            // Unary plus, and BINARY, so that neither affinity nor collation makes two values one.
            false => format!("(typeof({old}) <> typeof({new}) OR (+{old}) IS NOT ((+{new}) COLLATE BINARY))"),
        }
    }
}

fn pair(name: &str, declared: &str, old: &Shape, edit: &TableEdit) -> Option<Pair> {
    let quoted = Renderer.quote(name);
    let there = old.declared_type(name);
    if let TableEdit::AlterColumn(column, change) = edit
        && same_name(column, name)
    {
        let expression = new_value(&quoted, there.unwrap_or_default(), declared, change);
        let altered = change.column_type.is_some() || change.using.is_some();
        return Some(Pair { column: name.to_owned(), expression, altered, old: true });
    }
    there.map(|_| Pair { column: name.to_owned(), expression: quoted, altered: false, old: true })
}

/// How an old value becomes a new one: as the author says, by a cast where the type converts otherwise than before, else
/// as it is.
fn new_value(column: &str, old_type: &str, new_type: &str, change: &ColumnChange) -> String {
    match &change.using {
        Some(using) => format!("({using})"),
        None => cast(column, old_type, new_type).unwrap_or_else(|| column.to_owned()),
    }
}

/// Keeps the number of each row, which others may have written down; its name in the new table.
fn row_number(pairs: &mut Vec<Pair>, table: &str, old: &Shape, new: &Shape) -> Result<String> {
    let name = new.alias.clone().or_else(|| new.rowid.map(str::to_owned));
    let (Some(name), Some(expression)) = (name, old.row_number()) else {
        let message = format!("{table} has columns named rowid, oid and _rowid_, and none of them is the row's number");
        return Err(Error::unsupported(message, "rename one of these columns first"));
    };
    if !pairs.iter().any(|pair| same_name(&pair.column, &name)) {
        pairs.push(Pair { column: name.clone(), expression, altered: false, old: false });
    }
    Ok(name)
}

fn count(conn: &mut SqliteConnection, table: &str) -> Result<u64> {
    let rows = conn.query(&format!("SELECT count(*) FROM {table}"), &[])?;
    Ok(rows.first().map_or(0, |row| row.integer(0).unsigned_abs()))
}
