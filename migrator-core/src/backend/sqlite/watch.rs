//! How much stands, and what a change of rows reaches.

use diesel::sqlite::SqliteConnection;

use super::catalog;
use super::ddl::{CreateTable, same_name};
use super::renderer::Renderer;
use super::sentinels;
use crate::connection::{
    ColumnTally, Columns, Database, Known, Manner, Mark, Moved, Reach, Record, Sight, Tally, Wanted, Watch,
};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

const IS_USERS: &str = "m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' \
    AND m.name NOT LIKE '~_~_migrator~_%' ESCAPE '~' AND m.name <> '__diesel_schema_migrations'";

impl Watch for SqliteConnection {
    fn has_user_tables(&mut self) -> Result<bool> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM main.sqlite_schema m WHERE {IS_USERS} LIMIT 1)");
        Ok((self as &mut dyn Database).count(&sql, &[])? > 0)
    }

    fn tally(&mut self, wanted: &Wanted) -> Result<Option<Tally>> {
        let Some(shape) = Shape::of(self, &wanted.table)? else { return Ok(None) };
        counted(self, &shape, wanted, wanted.since.is_none()).map(Some)
    }

    fn tally_again(&mut self, before: &Tally) -> Result<Option<Tally>> {
        let renamed = TableName::from(before.identity.as_str());
        let names = if renamed == before.table { vec![&renamed] } else { vec![&renamed, &before.table] };
        for name in names {
            if let Some(shape) = Shape::of(self, name)? {
                let now = counted(self, &shape, &Wanted { table: name.clone(), ..Wanted::of(before) }, false)?;
                return Ok(Some(Tally { identity: before.identity.clone(), ..now }));
            }
        }
        Ok(None)
    }

    /// What is not there, or is no table, is found out by whatever counts it.
    fn is_vacant(&mut self, table: &TableName) -> Result<bool> {
        let question = format!("SELECT 1 FROM {} LIMIT 1", place(table));
        Ok(table.schema().is_none() && self.query(&question, &[]).is_ok_and(|rows| rows.is_empty()))
    }

    fn newest_row(&mut self, table: &TableName) -> Result<Option<i64>> {
        if Shape::of(self, table)?.is_none_or(|shape| !shape.has_row_numbers) {
            return Ok(None);
        }
        let newest = self.query(&format!("SELECT max(rowid) FROM {}", place(table)), &[])?;
        Ok(Some(newest.first().filter(|row| row.optional_text(0).is_some()).map_or(i64::MIN, |row| row.integer(0))))
    }

    fn reach(&mut self, table: &TableName, only_brings: bool) -> Result<Reach> {
        let sql = "SELECT type, sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE \
                   AND type IN ('trigger', 'table', 'view') UNION ALL \
                   SELECT type, sql FROM temp.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type = 'trigger' \
                   AND name NOT LIKE '~_~_migrator~_%' ESCAPE '~'";
        let rows = self.query(sql, &[table.name().into()])?;
        let of = |kind: &'static str| rows.iter().filter(move |row| row.text(0) == kind).map(|row| row.text(1));
        let bodies: Vec<String> = of("trigger").collect();
        let evicts = of("table").any(|sql| sql.to_ascii_uppercase().contains("REPLACE"));
        let children = if !only_brings && enforces_keys(self)? { children(self, table)? } else { Vec::new() };
        Ok(Reach { children, bodies, evicts, ..Reach::default() })
    }

    fn tables_in(&mut self, _schema: &str) -> Result<Vec<TableName>> {
        Ok(Vec::new())
    }

    fn mark(&mut self, manner: &Manner<'_>) -> Result<Mark> {
        sentinels::mark(self, manner)
    }

    fn moved(&mut self, mark: &Mark, _sight: Option<Sight>) -> Result<Moved> {
        sentinels::moved(self, mark)
    }

    /// Each change of the schema would read all of them.
    fn step_aside(&mut self, known: Known) -> Result<Option<Known>> {
        sentinels::take_away(self, &known).map(|()| None)
    }

    /// There is no ALTER TYPE.
    fn narrowed(&mut self, _table: &TableName, _column: &str, _to: &str, _using: Option<&str>) -> Result<i64> {
        Ok(0)
    }
}

pub(super) fn place(table: &TableName) -> String {
    format!("main.{}", Renderer.quote(table.name()))
}

/// A table that is there.
pub(super) struct Shape {
    /// Number, name and type of each column that is stored.
    pub(super) columns: Vec<Record>,
    /// Whether its rows have numbers of their own, and no column has taken the name.
    pub(super) has_row_numbers: bool,
}

impl Shape {
    /// The schema in memory is asked first, which reads no page; SQLite before 3.37 has the table's text only.
    pub(super) fn of(conn: &mut SqliteConnection, table: &TableName) -> Result<Option<Self>> {
        if table.schema().is_some() {
            return Ok(None);
        }
        let sql = "SELECT c.cid, c.name, c.type, c.hidden, l.type = 'table' AND NOT l.wr FROM pragma_table_list(?1) l \
                   CROSS JOIN pragma_table_xinfo(?1, 'main') c WHERE l.schema = 'main' AND l.type <> 'view' ORDER BY c.cid";
        let (mut columns, numbered) = match conn.query(sql, &[table.name().into()]) {
            Ok(rows) => {
                let numbered = rows.first().is_some_and(|row| row.flag(4));
                (rows, numbered)
            }
            Err(_) => Self::by_text(conn, table)?,
        };
        let has_row_numbers = numbered && !columns.iter().any(|row| same_name(row.as_text(1), "rowid"));
        columns.retain(|row| !matches!(row.integer(3), 2 | 3));
        Ok((!columns.is_empty()).then_some(Self { columns, has_row_numbers }))
    }

    fn by_text(conn: &mut SqliteConnection, table: &TableName) -> Result<(Vec<Record>, bool)> {
        let sql = "SELECT c.cid, c.name, c.type, c.hidden, m.sql \
                   FROM main.sqlite_schema m CROSS JOIN pragma_table_xinfo(m.name, 'main') c \
                   WHERE m.type = 'table' AND m.name = ? COLLATE NOCASE ORDER BY c.cid";
        let columns = conn.query(sql, &[table.name().into()])?;
        let text = columns.first().map(|row| row.text(4)).unwrap_or_default();
        Ok((columns, CreateTable::parse(&text).is_ok_and(|table| !table.without_rowid)))
    }
}

pub(super) fn enforces_keys(conn: &mut SqliteConnection) -> Result<bool> {
    Ok(conn.query("PRAGMA foreign_keys", &[])?.first().is_some_and(|row| row.flag(0)))
}

/// Tables whose rows follow when rows of this one go, with the columns that follow.
fn children(conn: &mut SqliteConnection, table: &TableName) -> Result<Vec<(TableName, Vec<String>)>> {
    let sql = format!(
        "SELECT m.name, f.\"from\" FROM main.sqlite_schema m CROSS JOIN pragma_foreign_key_list(m.name) f \
         WHERE {IS_USERS} AND {} AND f.\"table\" = ?1 COLLATE NOCASE AND m.name <> ?1 COLLATE NOCASE \
         AND (f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR f.on_update IN ('SET NULL', 'SET DEFAULT')) \
         ORDER BY 1, 2",
        catalog::MAY_REFERENCE
    );
    let mut children: Vec<(TableName, Vec<String>)> = Vec::new();
    for row in conn.query(&sql, &[table.name().into()])? {
        let name = TableName::from(row.text(0));
        match children.last_mut().filter(|(last, _)| *last == name) {
            Some((_, columns)) => columns.push(row.text(1)),
            None => children.push((name, vec![row.text(1)])),
        }
    }
    Ok(children)
}

/// With `first`, the rows that stand there are the old ones, and where they end is told.
fn counted(conn: &mut SqliteConnection, shape: &Shape, wanted: &Wanted, first: bool) -> Result<Tally> {
    let (place, filter) = (place(&wanted.table), Wanted::filter(wanted.within.as_deref()));
    let is_wanted = |name: &str| match &wanted.columns {
        Columns::All => true,
        Columns::Named(names) => names.iter().any(|wanted| same_name(wanted, name)),
    };
    let known = shape.columns.iter().map(|row| row.text(1)).collect();
    let columns: Vec<&Record> = shape.columns.iter().filter(|row| is_wanted(&row.text(1))).collect();
    let values: String = columns.iter().map(|row| format!(", count({})", Renderer.quote(&row.text(1)))).collect();
    let since = wanted.since.filter(|_| shape.has_row_numbers);
    let newest = match first && shape.has_row_numbers {
        true => format!("coalesce((SELECT max(rowid) FROM {place}), {})", i64::MIN),
        false => "NULL".to_owned(),
    };
    let old = since.map_or("count(*)".to_owned(), |since| format!("count(CASE WHEN rowid <= {since} THEN 1 END)"));
    let counts = conn.query(&format!("SELECT count(*), {old}, {newest}{values} FROM {place}{filter}"), &[])?;
    let count = |position: usize| counts.first().map_or(0, |row| row.integer(position));
    let columns = columns.iter().enumerate().map(|(at, row)| ColumnTally {
        number: row.integer(0),
        name: row.text(1),
        sql_type: row.text(2),
        values: count(3 + at),
        digest: None,
    });
    Ok(Tally {
        table: wanted.table.clone(),
        identity: wanted.table.name().to_owned(),
        rows: count(0),
        old_rows: count(1),
        since: if newest == "NULL" { since } else { Some(count(2)) },
        columns: columns.collect(),
        known,
        within: wanted.within.clone(),
        exact: false,
    })
}
