//! Rows.

use std::collections::BTreeSet;

use super::column_types::no_column;
use super::tables::{first_repeated, malformed};
use super::{Done, Operations};
use crate::connection::{Asked, Value};
use crate::digest;
use crate::error::Result;
use crate::name::TableName;
use crate::operation::{Change, Datum, Row};

/// Old builds of SQLite take 999 binds in a statement, and 500 SELECTs in a compound one.
const BINDS_A_STATEMENT: usize = 900;
const ROWS_A_STATEMENT: usize = 200;
/// Servers have a limit for a statement's size, of 16 MB and more.
const BYTES_A_STATEMENT: usize = 1 << 20;

/// Where rows go: a table, and its columns with their types.
struct Place {
    table: TableName,
    columns: Vec<(String, String)>,
}

/// Which rows of a call are in the table already.
enum Seen {
    /// Those that this call brought: the table was empty before it. Digests of the rows.
    Here(BTreeSet<String>),
    /// The database is asked.
    Asked,
}

impl Operations<'_> {
    /// Inserts rows, their values bound, many to a statement.
    ///
    /// A row that is there with the same values in these columns is left as it is, and one that is given twice is inserted
    /// once: so the call may run again. Columns that are not named get their defaults. A value may be of any type that the
    /// column's type reads: dates, times and UUIDs as text, numbers of many digits too.
    ///
    /// ```sql
    /// -- op.insert_rows("orgs", ["id", "name"], [row![1, "Ada"], row![2, "Grace"]])
    /// -- SQLite
    /// INSERT INTO "orgs" ("id", "name") VALUES (?, ?), (?, ?);
    /// -- PostgreSQL
    /// INSERT INTO "orgs" ("id", "name") VALUES (CAST($1 AS bigint), CAST($2 AS text)), (CAST($3 AS bigint), CAST($4 AS text));
    /// -- MySQL, MariaDB
    /// INSERT INTO `orgs` (`id`, `name`) VALUES (?, ?), (?, ?);
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table or a column is not there; `Database` when a row breaks a key or a check.
    pub fn insert_rows<C: Into<String>, R: Into<Row>>(
        &mut self,
        table: impl Into<TableName>,
        columns: impl IntoIterator<Item = C>,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Done> {
        let table = self.named(table);
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        let rows = rows.into_iter().map(Into::into);
        if !self.is_journalled() {
            return self.kept(|op| op.insert_described(&table, &columns, rows));
        }
        let rows: Vec<Row> = rows.collect();
        let call = self.call_of_rows("insert_rows", &table, &(&columns, &rows));
        self.guarded(call, |op| op.insert_described(&table, &columns, rows.into_iter()))
    }

    fn insert_described(
        &mut self,
        table: &TableName,
        columns: &[String],
        rows: impl Iterator<Item = Row>,
    ) -> Result<Done> {
        if columns.is_empty() {
            return Err(malformed(format!("rows for {table} are given without a column"), "name the columns"));
        }
        if let Some(column) = first_repeated(columns.iter()) {
            return Err(malformed(format!("rows for {table} are given with {column} twice"), "name each column once"));
        }
        let place = self.place_of_rows(table, columns)?;
        let mut seen = if self.has_rows(table)? { Seen::Asked } else { Seen::Here(BTreeSet::new()) };
        let (mut batch, mut size, mut done) = (Vec::new(), 0, Done::Already);
        let most = (BINDS_A_STATEMENT / (2 * columns.len())).clamp(1, ROWS_A_STATEMENT);
        for Row(row) in rows {
            if row.len() != columns.len() {
                let message =
                    format!("a row for {table} has {} values, and {} columns are named", row.len(), columns.len());
                return Err(malformed(message, "give each row one value for each column"));
            }
            size += row.iter().map(Datum::size).sum::<usize>();
            batch.push(row);
            if batch.len() >= most || size >= BYTES_A_STATEMENT {
                done = done.and(self.insert_batch(&place, &mut seen, &mut batch)?);
                size = 0;
            }
        }
        done = done.and(self.insert_batch(&place, &mut seen, &mut batch)?);
        if done == Done::Done {
            self.count_on(&place)?;
        }
        Ok(done)
    }

    /// The columns in the order that they were named in.
    fn place_of_rows(&mut self, table: &TableName, columns: &[String]) -> Result<Place> {
        let there = self.columns_of(table)?;
        let typed = |name: &String| {
            let found = there.iter().find(|(column, _)| self.renderer.same_name(column, name));
            found.cloned().ok_or_else(|| no_column(table, name))
        };
        Ok(Place { table: table.clone(), columns: columns.iter().map(typed).collect::<Result<_>>()? })
    }

    pub(super) fn has_rows(&mut self, table: &TableName) -> Result<bool> {
        let name = self.renderer.table(table);
        let sql = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {name} LIMIT 1) t");
        Ok(self.ask(&[Asked::rows(table)], &sql)? > 0)
    }

    fn insert_batch(&mut self, place: &Place, seen: &mut Seen, batch: &mut Vec<Vec<Datum>>) -> Result<Done> {
        let mut rows = std::mem::take(batch);
        match seen {
            Seen::Here(digests) => rows.retain(|row| digests.insert(digest::of_text(&format!("{row:?}")))),
            Seen::Asked => self.leave_out_those_there(place, &mut rows)?,
        }
        if rows.is_empty() {
            return Ok(Done::Already);
        }
        let mut binds = Vec::new();
        let mut line = |row: &Vec<Datum>| {
            let values = place.columns.iter().zip(row);
            let values = values.map(|((_, sql_type), datum)| self.renderer.bound(datum, sql_type, &mut binds));
            format!("({})", values.collect::<Vec<_>>().join(", "))
        };
        let lines = rows.iter().map(&mut line).collect::<Vec<_>>().join(", ");
        let names: Vec<String> = place.columns.iter().map(|(name, _)| name.clone()).collect();
        let (table, names) = (self.renderer.table(&place.table), self.renderer.columns(&names));
        let binds: Vec<Value> = binds.iter().map(Value::from).collect();
        self.note_newest(&place.table)?;
        let brought = self.send_bound(&format!("INSERT INTO {table} ({names}) VALUES {lines}"), &binds)?;
        self.note_brought(&place.table, brought);
        self.database().told(&Change::InsertRows(place.table.clone()))?;
        Ok(Done::Done)
    }

    fn leave_out_those_there(&mut self, place: &Place, rows: &mut Vec<Vec<Datum>>) -> Result<()> {
        let mut given = BTreeSet::new();
        rows.retain(|row| given.insert(digest::of_text(&format!("{row:?}"))));
        if rows.is_empty() {
            return Ok(());
        }
        let (table, mut binds) = (self.renderer.table(&place.table), Vec::new());
        let mut question = |(number, row): (usize, &Vec<Datum>)| {
            let values = place.columns.iter().zip(row);
            let conditions =
                values.map(|((name, sql_type), datum)| self.renderer.holds(name, datum, sql_type, &mut binds));
            let conditions = conditions.collect::<Vec<_>>().join(" AND ");
            format!("SELECT {number} AS place WHERE EXISTS (SELECT 1 FROM {table} WHERE {conditions})")
        };
        let questions = rows.iter().enumerate().map(&mut question).collect::<Vec<_>>().join(" UNION ALL ");
        let binds: Vec<Value> = binds.iter().map(Value::from).collect();
        let columns = place.columns.iter().map(|(name, _)| name);
        let there = self.database().ask(&[Asked::columns(&place.table, columns).deciding()], &questions, &binds)?;
        let there: BTreeSet<i64> = there.iter().map(|row| row.integer(0)).collect();
        let mut number = -1;
        rows.retain(|_| {
            number += 1;
            !there.contains(&number)
        });
        Ok(())
    }

    /// What counts a column up goes on behind the values that were given.
    fn count_on(&mut self, place: &Place) -> Result<()> {
        for sql in self.renderer.after_insert(&place.table, &place.columns) {
            self.database().follow_up(&sql)?;
        }
        Ok(())
    }
}
