//! A table put back: what differs from what it was is taken away, the rows are exchanged, what is missing is made.
//!
//! A table whose columns are what they were stays where it is, so that views on it stand. Else it is dropped and made again.

use std::collections::BTreeMap;
use std::error::Error as _;

use diesel::result::{DatabaseErrorKind, Error as Refused};

use super::super::privileges;
use super::super::renderer::Renderer;
use super::parts::{COUNTER, FOREIGN_KEY, PARTITION, REFERENCING, ROW_SECURITY, RULE, SEQUENCE, TABLE, TRIGGER};
use super::{anatomy, pinned};
use crate::backend::postgres::session::Session;
use crate::connection::Database;
use crate::connection::copies::{Anatomy, KeptColumn, Part};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// What rows stand in.
const FRAME: [&str; 3] = [SEQUENCE, TABLE, PARTITION];
/// What would act on rows that come and go, or keep them from going.
const WATCHING: [&str; 5] = [FOREIGN_KEY, TRIGGER, RULE, ROW_SECURITY, REFERENCING];

pub(super) fn put_back(conn: &mut impl Session, then: &Anatomy, copy: &TableName) -> Result<()> {
    let now = match conn.has_table(&then.table)? {
        true => Some(anatomy::dissect(conn, &then.table)?),
        false => None,
    };
    let standing = match &now {
        Some(now) if frame(now).eq(frame(then)) => empty(conn, now, then)?,
        Some(now) => drop_table(conn, now, then)?,
        None => Vec::new(),
    };
    if !standing.iter().any(|part| part.kind == TABLE) {
        frame(then).try_for_each(|part| conn.batch(&part.text))?;
        privileges::revoke_all(conn, &then.table)?;
    }
    pinned::pinned(conn, |conn| conn.batch(&fill(then, copy)))?;
    complete(conn, then, now.as_ref(), &standing)?;
    count_on(conn, then, now.as_ref())
}

fn frame(anatomy: &Anatomy) -> impl Iterator<Item = &Part> {
    anatomy.parts.iter().filter(|part| FRAME.contains(&part.kind.as_str()))
}

/// Takes away what was not there, what watches rows, and the rows; what is left standing.
fn empty(conn: &mut impl Session, now: &Anatomy, then: &Anatomy) -> Result<Vec<Part>> {
    let goes = |part: &&Part| {
        let watches = WATCHING.contains(&part.kind.as_str());
        !part.undo.is_empty() && (watches || !then.parts.contains(part))
    };
    now.parts.iter().rev().filter(goes).try_for_each(|part| conn.batch(&part.undo))?;
    conn.batch(&format!("TRUNCATE {}", Renderer.table(&now.table)))?;
    Ok(now.parts.iter().filter(|part| !goes(part)).cloned().collect())
}

/// Drops the table, and first what references it.
fn drop_table(conn: &mut impl Session, now: &Anatomy, then: &Anatomy) -> Result<Vec<Part>> {
    now.parts_of(REFERENCING).try_for_each(|part| conn.batch(&part.undo))?;
    let sql = Renderer.drop_table(&now.table);
    conn.batch(&sql).map_err(|error| {
        let message =
            format!("its columns are not what they were, and {} cannot be dropped: {}", then.table, error.what());
        Error::new(error.kind(), message)
            .remedy("drop the views that stand on the table, restore, and create them again")
            .with_source(error)
    })?;
    Ok(Vec::new())
}

fn fill(then: &Anatomy, copy: &TableName) -> String {
    let names: Vec<String> = then.columns.iter().map(|column| Renderer.quote(&column.name)).collect();
    let values: Vec<String> = then.columns.iter().map(original).collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}",
        Renderer.table(&then.table),
        names.join(", "),
        values.join(", "),
        Renderer.table(copy)
    )
}

/// The value of the copy as the original's column takes it.
fn original(column: &KeptColumn) -> String {
    let name = Renderer.quote(&column.name);
    if column.kept_type == "text" && column.sql_type != "text" {
        return format!("CAST({name} AS {})", column.sql_type);
    }
    name
}

/// Makes what is missing: of what was there then, and what since then references the table from elsewhere.
fn complete(conn: &mut impl Session, then: &Anatomy, now: Option<&Anatomy>, standing: &[Part]) -> Result<()> {
    let made_since =
        now.into_iter().flat_map(|now| now.parts_of(REFERENCING)).filter(|part| !then.parts.contains(part));
    for part in then.parts.iter().chain(made_since) {
        let is_done = FRAME.contains(&part.kind.as_str()) || part.kind == COUNTER || standing.contains(part);
        if !is_done && (part.kind != REFERENCING || can_reference(conn, part)?) {
            conn.batch(&part.text).map_err(orphaned)?;
        }
    }
    Ok(())
}

/// What the database says of rows whose foreign key would name nothing.
fn orphaned(error: Error) -> Error {
    let Some(Refused::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, told)) =
        error.source().and_then(|source| source.downcast_ref::<Refused>())
    else {
        return error;
    };
    let row = told.details().unwrap_or_default();
    let message = format!("rows would be left whose foreign key names nothing: {}: {row}", told.message());
    Error::new(ErrorKind::IntegrityFailed, message)
        .remedy("restore the tables that they name first, or mend the rows")
        .with_source(error)
}

/// Whether the other table is there and does not reference this one already.
fn can_reference(conn: &mut impl Session, part: &Part) -> Result<bool> {
    let sql = "SELECT c.oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid \
               AND $2 = format('ALTER TABLE %s DROP CONSTRAINT %I', $1, k.conname)) \
               FROM (SELECT to_regclass($1) AS oid) c";
    let rows = conn.query(sql, &[part.name.as_str().into(), part.undo.as_str().into()])?;
    Ok(rows.first().is_some_and(|row| row.flag(0)))
}

/// Sequences go on behind every number that was given, then and since.
fn count_on(conn: &mut impl Session, then: &Anatomy, now: Option<&Anatomy>) -> Result<()> {
    let since: BTreeMap<&str, &str> =
        now.into_iter().flat_map(|now| now.parts_of(COUNTER)).map(|part| (&*part.name, &*part.text)).collect();
    for counter in then.parts_of(COUNTER) {
        let since = since.get(&*counter.name).copied().unwrap_or_default();
        let given: Vec<&str> = [counter.text.as_str(), since].into_iter().filter(|text| !text.is_empty()).collect();
        if given.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT setval($1::regclass, CASE WHEN q.seqincrement > 0 THEN greatest({given}) ELSE least({given}) END) \
             FROM pg_catalog.pg_sequence q WHERE q.seqrelid = $1::regclass",
            given = given.join(", ")
        );
        conn.query(&sql, &[counter.name.as_str().into()])?;
    }
    Ok(())
}
