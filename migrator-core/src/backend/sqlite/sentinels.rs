//! What has moved, told by temporary triggers.
//!
//! `total_changes()` and `schema_version` say at once whether anything was done. Where, is told by two triggers on each
//! table, which note once that rows went and which rows changed, and by the texts of the schema. They are posted for the
//! migration that runs again because something was done, and stay for the next ones until something is sent that
//! changes the schema, or the run ends. A third trigger, on the tables of which rows went, tells how many of these were
//! old.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::sqlite::SqliteConnection;

use super::ddl::{CreateTable, same_name};
use super::renderer::Renderer;
use super::watch::{Shape, place};
use crate::connection::{Database, Known, Manner, Mark, Moved, Record, Suspect, Watch};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

/// With no more entries in the schema than these, posting them costs less than running a migration again.
const FEW: i64 = 80;

/// A user's table that a trigger can stand on.
const IS_GUARDED: &str = "m.type = 'table' AND m.sql LIKE 'CREATE TABLE%' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' \
    AND m.name NOT LIKE '~_~_migrator~_%' ESCAPE '~' AND m.name <> '__diesel_schema_migrations'";

/// The tables that are guarded: a number, the name and the text that each had at the mark.
const GUARDED: &str = "__migrator_guarded";

/// What was noted: of which table, that rows went (0) or changed (1), and which thousand of rows it was.
const SEEN: &str = "__migrator_seen";

/// How many rows went from the tables that are looked at nearly, and how many of them were old.
const NEAR: &str = "__migrator_near";

/// The keys of rows that stood there, of each table that is looked at nearly and whose rows have no numbers.
const KEPT: &str = "__migrator_kept";

/// Under which name a mark knows that they are posted, for which schema.
const POSTED: &str = "sentinels";

/// What a pulse tells, by its place.
const CHANGES: usize = 0;
const SCHEMA: usize = 1;
const ENTRIES: usize = 2;
const RECURSIVE: usize = 3;
const IS_POSTED: usize = 4;
const NOTED: usize = 5;

/// What was noted is for one migration.
const FORGET: &str = "DELETE FROM temp.__migrator_seen";

pub(super) fn mark(conn: &mut SqliteConnection, manner: &Manner<'_>) -> Result<Mark> {
    let posted = manner.known.and_then(|known| posted(&known.standing));
    let pulse = pulse(conn, posted.is_some()).or_else(|_| pulse(conn, false))?;
    let posted = posted.filter(|_| pulse.flag(IS_POSTED));
    let mut mark = Mark { lines: vec![texts(&pulse)], ..Mark::default() };
    mark.closely = posted.is_some() || manner.closely || pulse.integer(ENTRIES) <= FEW;
    if !mark.closely {
        return Ok(mark);
    }
    let stand = posted.filter(|(version, _)| *version == pulse.text(SCHEMA));
    if stand.is_none() {
        post(conn)?;
    }
    let recursive = if manner.settled || pulse.flag(RECURSIVE) { "" } else { "PRAGMA recursive_triggers = 1; " };
    let forgotten = if stand.is_some() && pulse.flag(NOTED) { FORGET } else { "" };
    if !recursive.is_empty() || !forgotten.is_empty() {
        conn.batch(&format!("{recursive}{forgotten}"))?;
    }
    look_nearly(conn, manner)?;
    let fires =
        stand.map_or_else(|| has_triggers(conn).map(|fires| fires.to_string()), |(_, fires)| Ok(fires.to_owned()))?;
    mark.standing = Arc::new([(POSTED.to_owned(), vec![pulse.text(SCHEMA), fires])].into());
    // What was changed for the mark itself is none of the migration's.
    if stand.is_none() || !forgotten.is_empty() || !manner.near.is_empty() {
        let changes = conn.query("SELECT total_changes()", &[])?;
        mark.lines[0][CHANGES] = changes.first().map(|row| row.text(0)).unwrap_or_default();
    }
    mark.lines.push(vec![(!recursive.is_empty()).to_string(), (!manner.near.is_empty()).to_string()]);
    Ok(mark)
}

pub(super) fn moved(conn: &mut SqliteConnection, mark: &Mark) -> Result<Moved> {
    let (now, before) = (pulse(conn, mark.closely)?, &mark.lines[0]);
    let same = |at: usize| before.get(at) == Some(&now.text(at));
    let mut moved = Moved::default();
    if !mark.closely {
        return Ok(Moved { look_closer: !same(CHANGES) || !same(SCHEMA), ..moved });
    }
    let (recurses, is_near) = (mark.lines[1][0] == "true", mark.lines[1][1] == "true");
    // Whoever writes to the schema's own table moves no version.
    if !same(SCHEMA) || !same(ENTRIES) {
        altered(conn, &mut moved)?;
    }
    if !same(CHANGES) {
        if now.flag(NOTED) {
            seen(conn, &mut moved, same(SCHEMA))?;
        }
        let fires = posted(&mark.standing).is_none_or(|(_, fires)| fires == "true");
        if (recurses || before.get(RECURSIVE).is_some_and(|set| set == "1")) && !now.flag(RECURSIVE) {
            unseen(conn, &mut moved)?;
        }
        moved.disturbed = recurses && (fires || (!same(SCHEMA) && has_triggers(conn)?));
    }
    if is_near {
        near(conn, &mut moved)?;
    }
    let recursive = if recurses { "PRAGMA recursive_triggers = 0; " } else { "" };
    let forgotten = if now.flag(NOTED) { FORGET } else { "" };
    if recurses || !forgotten.is_empty() {
        conn.batch(&format!("{recursive}{forgotten}"))?;
    }
    moved.suspects.retain(Suspect::is_one);
    Ok(moved)
}

/// Takes all of them away.
pub(super) fn take_away(conn: &mut SqliteConnection, known: &Known) -> Result<()> {
    if posted(&known.standing).is_none() {
        return Ok(());
    }
    let names =
        conn.query("SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND name GLOB '__migrator_*'", &[])?;
    let mut script: String =
        names.iter().map(|row| format!("DROP TRIGGER temp.{}; ", Renderer.quote(&row.text(0)))).collect();
    for table in [NEAR, SEEN, GUARDED] {
        script += &format!("DROP TABLE IF EXISTS temp.{table}; ");
    }
    conn.batch(&script)
}

/// For which schema they are posted, and whether it has triggers of users.
fn posted(standing: &BTreeMap<String, Vec<String>>) -> Option<(&str, &str)> {
    standing.get(POSTED).and_then(|line| Some((line.first()?.as_str(), line.get(1)?.as_str())))
}

/// How many changes, which schema, how many entries in it, whether triggers recurse, whether any is posted, whether
/// something is noted. Where they are not posted as they should be, the table of what is noted is not there either.
fn pulse(conn: &mut SqliteConnection, posted: bool) -> Result<Record> {
    let posting = if posted { format!("1, EXISTS (SELECT 1 FROM temp.{SEEN})") } else { "0, 0".to_owned() };
    let sql = format!(
        "SELECT total_changes(), (SELECT schema_version FROM pragma_schema_version), \
         (SELECT count(*) FROM main.sqlite_schema), (SELECT recursive_triggers FROM pragma_recursive_triggers), {posting}"
    );
    Ok(conn.query(&sql, &[])?.into_iter().next().unwrap_or(Record(Vec::new())))
}

fn texts(row: &Record) -> Vec<String> {
    (0..row.0.len()).map(|at| row.text(at)).collect()
}

fn has_triggers(conn: &mut SqliteConnection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger')";
    Ok(conn.query(sql, &[])?.first().is_some_and(|row| row.flag(0)))
}

/// Names and texts of users' tables that a trigger can stand on.
fn tables(conn: &mut SqliteConnection) -> Result<Vec<(String, String)>> {
    let sql = format!("SELECT m.name, m.sql FROM main.sqlite_schema m WHERE {IS_GUARDED} ORDER BY m.name");
    Ok(conn.query(&sql, &[])?.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// Where none are, or the schema has changed since: what stands now is what stood, and tables without one get theirs.
fn post(conn: &mut SqliteConnection) -> Result<()> {
    conn.batch(&format!(
        "CREATE TEMP TABLE IF NOT EXISTS {GUARDED} (id INTEGER PRIMARY KEY, name TEXT, sql TEXT); \
         CREATE TEMP TABLE IF NOT EXISTS {SEEN} (id INTEGER, kind INTEGER, part INTEGER, PRIMARY KEY (id, kind, part)) \
         WITHOUT ROWID; DELETE FROM temp.{SEEN}; DELETE FROM temp.{GUARDED}; \
         INSERT INTO temp.{GUARDED} SELECT t.id, m.name, m.sql FROM ({STANDING}) t \
         JOIN main.sqlite_schema m ON m.name = t.name COLLATE NOCASE AND {IS_GUARDED}"
    ))?;
    let last = conn.query(&format!("SELECT coalesce(max(id), 0) FROM temp.{GUARDED}"), &[])?;
    let last = last.first().map_or(0, |row| row.integer(0));
    conn.batch(&format!(
        "INSERT INTO temp.{GUARDED} (name, sql) SELECT m.name, m.sql FROM main.sqlite_schema m \
         WHERE {IS_GUARDED} AND m.name NOT IN (SELECT name FROM temp.{GUARDED}) ORDER BY m.name"
    ))?;
    let new = conn.query(&format!("SELECT id, name, sql FROM temp.{GUARDED} WHERE id > {last}"), &[])?;
    conn.batch(&new.iter().map(|row| sentinel(row.integer(0), row.as_text(1), row.as_text(2))).collect::<String>())
}

/// The two triggers of a table. What was noted once is not noted again.
fn sentinel(id: i64, name: &str, sql: &str) -> String {
    let table = place(&name.into());
    let part = if has_row_numbers(sql) { "NEW.rowid >> 10" } else { "'all'" };
    let noted = |kind: i64, part: &str| {
        format!(
            "WHEN NOT EXISTS (SELECT 1 FROM {SEEN} WHERE id = {id} AND kind = {kind} AND part = {part}) \
             BEGIN INSERT INTO {SEEN} VALUES ({id}, {kind}, {part}); END; "
        )
    };
    format!(
        "CREATE TEMP TRIGGER __migrator_went_{id} AFTER DELETE ON {table} {} \
         CREATE TEMP TRIGGER __migrator_changed_{id} AFTER UPDATE ON {table} {}",
        noted(0, "0"),
        noted(1, part)
    )
}

/// Whether rows are known by their numbers: neither is it said that they have none, nor is a column named so.
fn has_row_numbers(sql: &str) -> bool {
    !sql.to_ascii_uppercase().contains("ROWID")
}

/// Which table each stands on: a trigger goes with its table and follows its name.
const STANDING: &str = "SELECT CAST(substr(name, 17) AS INTEGER) AS id, tbl_name AS name FROM temp.sqlite_schema \
    WHERE type = 'trigger' AND name GLOB '__migrator_went_*'";

fn standing(conn: &mut SqliteConnection) -> Result<BTreeMap<i64, String>> {
    Ok(conn.query(STANDING, &[])?.iter().map(|row| (row.integer(0), row.text(1))).collect())
}

/// Tables that are gone, or whose columns are, and tables that are new.
fn altered(conn: &mut SqliteConnection, moved: &mut Moved) -> Result<()> {
    let (now, standing) = (tables(conn)?, standing(conn)?);
    let guarded = conn.query(&format!("SELECT id, name, sql FROM temp.{GUARDED} ORDER BY id"), &[])?;
    for row in &guarded {
        let (name, sql) = (row.text(1), row.text(2));
        let name_now = standing.get(&row.integer(0));
        let text = name_now.and_then(|name| now.iter().find(|(other, _)| same_name(other, name)));
        let altered = text.is_none_or(|(_, text)| *text != sql && !keeps_columns(&sql, text));
        let renamed: Option<TableName> = name_now.filter(|now| !same_name(now, &name)).map(|now| now.as_str().into());
        if name_now.is_none() || renamed.is_some() {
            moved.renamed.push((name.as_str().into(), renamed.clone()));
        }
        if altered || renamed.is_some() {
            let table = Some(name.as_str().into());
            moved.suspects.push(Suspect { identity: name, table, altered, renamed, ..Suspect::default() });
        }
    }
    let is_new = |(name, _): &&(String, String)| {
        !guarded.iter().any(|row| same_name(row.as_text(1), name))
            && !standing.values().any(|other| same_name(other, name))
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

/// Where REPLACE told no trigger what it took, only counting tells.
fn unseen(conn: &mut SqliteConnection, moved: &mut Moved) -> Result<()> {
    for row in conn.query(&format!("SELECT name FROM temp.{GUARDED} ORDER BY id"), &[])? {
        suspect(moved, &row.text(0)).uncounted = true;
    }
    Ok(())
}

/// Of which tables rows went, and which have changed so that a value may have become NULL.
fn seen(conn: &mut SqliteConnection, moved: &mut Moved, same_schema: bool) -> Result<()> {
    let sql = format!(
        "SELECT g.id, g.name, g.sql, min(s.kind) = 0, max(s.kind) = 1, max(s.part = 'all') FROM temp.{SEEN} s JOIN temp.{GUARDED} g \
         ON g.id = s.id GROUP BY g.id"
    );
    for row in conn.query(&sql, &[])? {
        let name = row.text(1);
        if row.flag(3) {
            moved.near.push(name.as_str().into());
        }
        let suspect = suspect(moved, &name);
        let known = suspect.altered;
        let now = suspect.renamed.clone().unwrap_or_else(|| name.as_str().into());
        let changed = Changed { id: row.integer(0), table: &now, before: row.as_text(2), all: row.flag(5) };
        if row.flag(4) && (known || changed.has_nulls(conn, same_schema)?) {
            self::suspect(moved, &name).updated = 1;
        }
    }
    Ok(())
}

fn suspect<'m>(moved: &'m mut Moved, name: &str) -> &'m mut Suspect {
    let known = moved.suspects.iter().position(|suspect| suspect.identity == name);
    let at = known.unwrap_or_else(|| {
        moved.suspects.push(Suspect { identity: name.to_owned(), table: Some(name.into()), ..Suspect::default() });
        moved.suspects.len() - 1
    });
    &mut moved.suspects[at]
}

/// A table with rows that changed.
struct Changed<'t> {
    id: i64,
    table: &'t TableName,
    /// Its text before.
    before: &'t str,
    /// Whether it is not known which rows.
    all: bool,
}

impl Changed<'_> {
    /// Whether a row that changed, or one beside it, has a NULL where the table had a column before: where none has, no
    /// value was made NULL.
    fn has_nulls(&self, conn: &mut SqliteConnection, same_schema: bool) -> Result<bool> {
        let Ok(before) = CreateTable::parse(self.before) else { return Ok(true) };
        let kept = before.columns.iter().filter(|column| column.generated().is_none());
        let kept: Vec<&str> = kept.map(|column| column.name.as_str()).collect();
        let (columns, numbered) = if same_schema {
            (kept.into_iter().map(str::to_owned).collect(), has_row_numbers(self.before))
        } else {
            let Some(shape) = Shape::of(conn, self.table)? else { return Ok(true) };
            (still_there(&shape, &kept), shape.has_row_numbers)
        };
        let nulls: Vec<String> =
            columns.iter().map(|name: &String| format!("t.{} IS NULL", Renderer.quote(name))).collect();
        if nulls.is_empty() {
            return Ok(false);
        }
        let parts = "t.rowid BETWEEN s.part * 1024 AND s.part * 1024 + 1023";
        let within = if numbered && !self.all { parts } else { "1" };
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM temp.{SEEN} s CROSS JOIN {} t ON {within} WHERE s.id = {} AND s.kind = 1 AND ({}))",
            place(self.table),
            self.id,
            nulls.join(" OR ")
        );
        Ok(conn.query(&sql, &[])?.first().is_none_or(|row| row.flag(0)))
    }
}

/// The columns of a table as it stands now that it had before; all where one of those is not known by its name: it may have
/// another one now.
fn still_there(shape: &Shape, before: &[&str]) -> Vec<String> {
    let is_there = |name: &&str| shape.columns.iter().any(|row| same_name(row.as_text(1), name));
    let all = !before.iter().all(is_there);
    let names = shape.columns.iter().map(|row| row.text(1));
    names.filter(|name| all || before.iter().any(|one| same_name(one, name))).collect()
}

fn look_nearly(conn: &mut SqliteConnection, manner: &Manner<'_>) -> Result<()> {
    if manner.near.is_empty() {
        return Ok(());
    }
    conn.batch(&format!(
        "CREATE TEMP TABLE {NEAR} (id INTEGER PRIMARY KEY, name TEXT, counted INTEGER, went INTEGER, old INTEGER)"
    ))?;
    let mut script = String::new();
    for (id, table) in manner.near.iter().enumerate() {
        let newest = conn.newest_row(table)?;
        let keys = if newest.is_none() { keep_keys(conn, id, table)? } else { None };
        let (old, forgotten) = match (newest, &keys) {
            (Some(newest), _) => (format!("(OLD.rowid <= {newest})"), String::new()),
            (None, Some(key)) => {
                let kept = format!("{KEPT}_{id} WHERE {key}");
                (format!("EXISTS (SELECT 1 FROM {kept})"), format!("DELETE FROM {kept}; "))
            }
            (None, None) => ("0".to_owned(), String::new()),
        };
        let row = [table.name().into(), i64::from(newest.is_some() || keys.is_some()).into()];
        conn.execute(&format!("INSERT INTO temp.{NEAR} VALUES ({id}, ?, ?, 0, 0)"), &row)?;
        script += &format!(
            "CREATE TEMP TRIGGER __migrator_near_{id} AFTER DELETE ON {} \
             BEGIN UPDATE {NEAR} SET went = went + 1, old = old + {old} WHERE id = {id}; {forgotten}END; ",
            place(table)
        );
    }
    conn.batch(&script)
}

/// Rows without numbers are known by the keys that they have now; how one of them is found when it goes.
fn keep_keys(conn: &mut SqliteConnection, id: usize, table: &TableName) -> Result<Option<String>> {
    let sql = "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 ORDER BY pk";
    let keys: Vec<String> = conn.query(sql, &[table.name().into()])?.iter().map(|row| row.text(0)).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let quoted: Vec<String> = keys.iter().map(|key| Renderer.quote(key)).collect();
    let own: Vec<String> = (0..keys.len()).map(|at| format!("k{at}")).collect();
    let found: Vec<String> = own.iter().zip(&quoted).map(|(own, key)| format!("{own} IS OLD.{key}")).collect();
    let (own, quoted) = (own.join(", "), quoted.join(", "));
    conn.batch(&format!(
        "CREATE TEMP TABLE {KEPT}_{id} ({own}); CREATE INDEX temp.{KEPT}_at_{id} ON {KEPT}_{id} ({own}); \
         INSERT INTO temp.{KEPT}_{id} SELECT {quoted} FROM {}",
        place(table)
    ))?;
    Ok(Some(found.join(" AND ")))
}

/// What the tables that were looked at nearly have lost.
fn near(conn: &mut SqliteConnection, moved: &mut Moved) -> Result<()> {
    for row in conn.query(&format!("SELECT name, counted, went, old FROM temp.{NEAR}"), &[])? {
        let (name, went, old) = (row.text(0), row.integer(2), row.integer(3));
        let suspect = suspect(moved, &name);
        (suspect.deleted, suspect.certain) = (went, old);
        suspect.lost = if row.flag(1) { old } else { went };
        moved.near.retain(|table| table.name() != name);
    }
    let names = conn
        .query("SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND name GLOB '__migrator_near_*'", &[])?;
    let triggers: String = names.iter().map(|row| format!("DROP TRIGGER temp.{}; ", row.text(0))).collect();
    let kept =
        conn.query("SELECT name FROM temp.sqlite_schema WHERE type = 'table' AND name GLOB '__migrator_kept_*'", &[])?;
    let kept: String = kept.iter().map(|row| format!("DROP TABLE temp.{}; ", row.text(0))).collect();
    conn.batch(&format!("{triggers}{kept}DROP TABLE temp.{NEAR}"))
}
