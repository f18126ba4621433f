//! What has moved, and how much stands.
//!
//! `total_changes()` and `schema_version` say at once whether anything was done. Where, is told by temporary triggers and
//! by the texts of the schema: they are there for the migration that runs again because something was done.

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::catalog;
use super::ddl::{CreateTable, same_name};
use super::renderer::Renderer;
use crate::connection::{ColumnTally, Columns, Database, Mark, Moved, Reach, Record, Suspect, Tally, Wanted, Watch};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

const IS_USERS: &str = "m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' \
    AND m.name NOT LIKE '~_~_migrator~_%' ESCAPE '~' AND m.name <> '__diesel_schema_migrations'";

/// With no more tables than these, a close look costs less than running a migration again.
const FEW: i64 = 40;

/// Where the triggers write down what they see.
const SEEN: &str = "__migrator_seen";

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
                   SELECT type, sql FROM temp.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type = 'trigger'";
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

    fn mark(&mut self, closely: bool) -> Result<Mark> {
        let pulse = pulse(self)?;
        let closely = closely || pulse.integer(2) <= FEW;
        let mut lines = vec![(0..4).map(|at| pulse.text(at)).collect::<Vec<_>>()];
        if closely {
            let tables = tables(self)?;
            set_triggers(self, &tables)?;
            lines.extend(tables.into_iter().map(|(name, sql)| vec![name, sql]));
        }
        Ok(Mark { closely, lines, ..Mark::default() })
    }

    fn moved(&mut self, mark: &Mark) -> Result<Moved> {
        let (now, before) = (pulse(self)?, mark.lines.first().cloned().unwrap_or_default());
        let same = |at: usize| before.get(at) == Some(&now.text(at));
        if !mark.closely {
            return Ok(Moved { look_closer: !same(0) || !same(1), ..Moved::default() });
        }
        let known: Vec<(&str, &str)> =
            mark.lines[1..].iter().map(|line| (line[0].as_str(), line[1].as_str())).collect();
        let mut moved = Moved::default();
        // Whoever writes to the schema's own table moves no version.
        if !same(1) || !same(2) {
            altered(self, &known, &mut moved)?;
        }
        if !same(0) {
            let rows = self.query(
                &format!(
                    "SELECT id, inserted, updated, deleted, old, counted FROM temp.{SEEN} WHERE inserted + updated + deleted > 0"
                ),
                &[],
            )?;
            for row in rows {
                touched(&mut moved, known[usize::try_from(row.integer(0)).unwrap_or(0)].0, &row);
            }
            // With recursive triggers, users' triggers run that else would not.
            moved.disturbed = now.flag(3) && before.get(4).is_none_or(|on| on != "1");
        }
        moved.suspects.retain(Suspect::is_one);
        take_triggers_away(self, known.len(), before.get(4).is_some_and(|on| on == "1"))?;
        Ok(moved)
    }

    /// There is no ALTER TYPE.
    fn narrowed(&mut self, _table: &TableName, _column: &str, _to: &str, _using: Option<&str>) -> Result<i64> {
        Ok(0)
    }
}

fn place(table: &TableName) -> String {
    format!("main.{}", Renderer.quote(table.name()))
}

/// How many changes, which schema, how many tables, whether triggers of users are there, whether they recurse.
fn pulse(conn: &mut SqliteConnection) -> Result<Record> {
    let sql = "SELECT total_changes(), (SELECT schema_version FROM pragma_schema_version), \
               (SELECT count(*) FROM main.sqlite_schema WHERE type = 'table'), \
               (SELECT count(*) > 0 FROM main.sqlite_schema WHERE type = 'trigger'), \
               (SELECT recursive_triggers FROM pragma_recursive_triggers)";
    Ok(conn.query(sql, &[])?.into_iter().next().unwrap_or(Record(Vec::new())))
}

/// Names and texts of users' tables that a trigger can stand on.
fn tables(conn: &mut SqliteConnection) -> Result<Vec<(String, String)>> {
    let sql = format!(
        "SELECT m.name, m.sql FROM main.sqlite_schema m WHERE {IS_USERS} AND m.sql LIKE 'CREATE TABLE%' ORDER BY m.name"
    );
    Ok(conn.query(&sql, &[])?.iter().map(|row| (row.text(0), row.text(1))).collect())
}

fn set_triggers(conn: &mut SqliteConnection, tables: &[(String, String)]) -> Result<()> {
    let mut script = format!(
        "PRAGMA recursive_triggers = 1; CREATE TEMP TABLE {SEEN} (id INTEGER PRIMARY KEY, inserted INTEGER DEFAULT 0, \
         updated INTEGER DEFAULT 0, deleted INTEGER DEFAULT 0, old INTEGER DEFAULT 0, counted INTEGER)"
    );
    for (id, (name, _)) in tables.iter().enumerate() {
        let name = TableName::from(name.as_str());
        let (table, newest) = (place(&name), conn.newest_row(&name)?);
        let old = newest.map_or("0".to_owned(), |newest| format!("(OLD.rowid <= {newest})"));
        script += &format!("; INSERT INTO {SEEN} (id, counted) VALUES ({id}, {})", i32::from(newest.is_some()));
        for (event, column) in EVENTS {
            let more = if event == "DELETE" { format!(", old = old + {old}") } else { String::new() };
            script += &format!(
                "; CREATE TEMP TRIGGER __migrator_{column}_{id} AFTER {event} ON {table} \
                 BEGIN UPDATE {SEEN} SET {column} = {column} + 1{more} WHERE id = {id}; END"
            );
        }
    }
    conn.batch(&script)
}

const EVENTS: [(&str, &str); 3] = [("INSERT", "inserted"), ("UPDATE", "updated"), ("DELETE", "deleted")];

fn take_triggers_away(conn: &mut SqliteConnection, tables: usize, recursive: bool) -> Result<()> {
    let mut script = format!("PRAGMA recursive_triggers = {}", i32::from(recursive));
    for id in 0..tables {
        for (_, column) in EVENTS {
            script += &format!("; DROP TRIGGER IF EXISTS temp.__migrator_{column}_{id}");
        }
    }
    conn.batch(&format!("{script}; DROP TABLE IF EXISTS temp.{SEEN}"))
}

/// Tables that are gone, or whose columns are, and tables that are new. A trigger goes with its table and follows its name.
fn altered(conn: &mut SqliteConnection, known: &[(&str, &str)], moved: &mut Moved) -> Result<()> {
    let now = tables(conn)?;
    let sql = "SELECT name, tbl_name FROM temp.sqlite_schema WHERE type = 'trigger' AND name LIKE '~_~_migrator~_deleted~_%' ESCAPE '~'";
    let triggers: BTreeMap<String, String> =
        conn.query(sql, &[])?.iter().map(|row| (row.text(0), row.text(1))).collect();
    for (id, (name, sql)) in known.iter().enumerate() {
        let name_now = triggers.get(&format!("__migrator_deleted_{id}"));
        let text = name_now.and_then(|name| now.iter().find(|(other, _)| same_name(other, name)));
        let altered = text.is_none_or(|(_, text)| text != sql && !keeps_columns(sql, text));
        let renamed = name_now.filter(|now| !same_name(now, name)).map(|now| now.as_str().into());
        if altered || renamed.is_some() {
            moved.suspects.push(Suspect {
                identity: (*name).to_owned(),
                table: Some((*name).into()),
                altered,
                renamed,
                ..Suspect::default()
            });
        }
    }
    let is_new = |(name, _): &&(String, String)| {
        !known.iter().any(|(other, _)| same_name(other, name)) && !triggers.values().any(|other| same_name(other, name))
    };
    moved.made = now.iter().filter(is_new).map(|(name, _)| name.as_str().into()).collect();
    Ok(())
}

fn keeps_columns(before: &str, after: &str) -> bool {
    match (CreateTable::parse(before), CreateTable::parse(after)) {
        (Ok(before), Ok(after)) => before.columns.iter().all(|column| after.column(&column.name).is_some()),
        _ => false,
    }
}

fn touched(moved: &mut Moved, name: &str, row: &Record) {
    let known = moved.suspects.iter().position(|suspect| suspect.identity == name);
    let at = known.unwrap_or_else(|| {
        moved.suspects.push(Suspect { identity: name.to_owned(), table: Some(name.into()), ..Suspect::default() });
        moved.suspects.len() - 1
    });
    let suspect = &mut moved.suspects[at];
    (suspect.inserted, suspect.updated) = (row.integer(1), row.integer(2));
    (suspect.deleted, suspect.certain) = (row.integer(3), row.integer(4));
    suspect.lost = if row.flag(5) { suspect.certain } else { suspect.deleted };
}

/// A table that is there.
struct Shape {
    /// Number, name and type of each column that is stored.
    columns: Vec<Record>,
    /// Whether its rows have numbers of their own, and no column has taken the name.
    has_row_numbers: bool,
}

impl Shape {
    /// The schema in memory is asked first, which reads no page; SQLite before 3.37 has the table's text only.
    fn of(conn: &mut SqliteConnection, table: &TableName) -> Result<Option<Self>> {
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

fn enforces_keys(conn: &mut SqliteConnection) -> Result<bool> {
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
    })
}
