//! A look at what a transaction did that is cheap enough for every migration.
//!
//! Its locks and the counters of what they are on tell that nothing went: as a rule rows came or changed in tables that
//! are known, and nothing was defined. The query joins nothing, so that the server plans next to nothing; where it leaves
//! something open, the look in detail tells.

use std::collections::BTreeMap;

use super::settings;
use super::watch::written_since;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Mark, Moved, Record, Sight};
use crate::error::Result;

/// Under which name a mark knows that what was counted can be settled with the transaction.
const SETTLES: &str = "settles";

/// As an expression: whether the server has a function for that (from version 15 on).
pub(super) const CAN_SETTLE: &str = "current_setting('server_version_num')::integer >= 150000";

/// What is known of a server that can.
pub(super) fn able_to_settle(standing: &mut BTreeMap<String, Vec<String>>) {
    standing.insert(SETTLES.to_owned(), Vec::new());
}

/// Counters are handed over where the transaction is the migration's own. Otherwise they go on.
pub(super) fn sight(conn: &mut impl Session, mark: &Mark) -> Result<Sight> {
    let settles = mark.standing.contains_key(SETTLES) && conn.transaction_depth()? == 1;
    let rows = conn.query(&question(settles), &[])?;
    let first = rows.first();
    Ok(Sight {
        transaction: first.map(|row| row.integer(11).to_string()),
        settings: first.map(|row| settings::looked_by(row.as_text(0))),
        temporary: first.is_none_or(|row| row.flag(1)),
        settled: settles && first.is_some(),
        rows,
    })
}

/// The number of `pg_namespace`, which stays locked after a schema was given another name.
const SCHEMAS: u32 = 2615;

pub(super) fn has_renamed_schemas(sight: &Sight) -> bool {
    sight.rows.iter().any(|row| row.text(2) == SCHEMAS.to_string())
}

/// Whether something is locked as it is when a column or a part of a type is dropped.
pub(super) fn may_have_dropped(sight: &Sight) -> bool {
    sight.rows.iter().any(|row| row.as_text(3) == "AccessExclusiveLock")
}

/// Whether the server counts what is done to rows, or something says that it does not.
pub(super) fn is_counted(sight: &Sight) -> bool {
    sight.rows.first().is_none_or(|row| row.flag(12))
}

/// What has moved, where it is certain that nothing old went and no value was made NULL.
pub(super) fn glance(conn: &mut impl Session, mark: &Mark, sight: &Sight) -> Result<Option<Moved>> {
    let mut certain = Moved { settled: sight.settled, ..Moved::default() };
    if !is_counted(sight) {
        return Ok(None);
    }
    for row in &sight.rows {
        let seen = Seen::of(row);
        match seen.verdict(conn, mark)? {
            Verdict::NotWritten => {}
            Verdict::Kept(line) => drop(certain.touched.insert(seen.oid, line)),
            Verdict::Open => return Ok(None),
        }
    }
    Ok(Some(certain))
}

/// What a relation that was locked says.
enum Verdict {
    /// It is none that rows were written to.
    NotWritten,
    /// All that stood there stands, as this line tells.
    Kept(Vec<String>),
    /// That has to be looked at.
    Open,
}

/// A relation that the transaction has locked.
struct Seen {
    oid: String,
    /// Whether the lock is one under which rows are written or something is defined.
    written: bool,
    /// Whether something may be defined under it.
    defined: bool,
    /// Whether it is something that rows are kept in.
    holds_rows: bool,
    file: String,
    updated: i64,
    deleted: i64,
    /// As SQL of this session names it.
    name: String,
    hides_rows: bool,
    /// Whether a trigger of it may wait for the commit.
    waits: bool,
    transaction: i64,
}

impl Seen {
    fn of(row: &Record) -> Self {
        let mode = row.as_text(3);
        let reads = ["RowShareLock", "ShareUpdateExclusiveLock", "ShareLock"].contains(&mode);
        Self {
            oid: row.text(2),
            written: !reads,
            defined: !reads && mode != "RowExclusiveLock",
            holds_rows: row.flag(4),
            file: row.integer(5).to_string(),
            updated: row.integer(6),
            deleted: row.integer(7),
            name: row.text(8),
            hides_rows: row.flag(9),
            waits: row.flag(10),
            transaction: row.integer(11) & 0xffff_ffff,
        }
    }

    fn verdict(&self, conn: &mut impl Session, mark: &Mark) -> Result<Verdict> {
        if !self.written {
            return Ok(Verdict::NotWritten);
        }
        let Some(line) = mark.standing.get(&self.oid) else {
            return Ok(if self.defined || self.holds_rows { Verdict::Open } else { Verdict::NotWritten });
        };
        let before = mark.counters.get(&self.oid).map_or(&[0; 3][..], Vec::as_slice);
        let file_stays = line.first().is_some_and(|file| *file == self.file);
        if self.defined || self.waits || !file_stays || self.deleted != before[2] {
            return Ok(Verdict::Open);
        }
        let in_doubt = self.updated != before[1] && (self.hides_rows || self.has_nulls_of_ours(conn)?);
        Ok(if in_doubt { Verdict::Open } else { Verdict::Kept(line.clone()) })
    }

    /// Whether a row that this transaction wrote has a NULL in it.
    fn has_nulls_of_ours(&self, conn: &mut impl Session) -> Result<bool> {
        let ours = written_since("t", &format!("'{}'", self.transaction));
        let sql = format!("SELECT 1 FROM {} AS t WHERE {ours} AND NOT (t.* IS NOT NULL) LIMIT 1", self.name);
        Ok(!conn.query(&sql, &[])?.is_empty())
    }
}

/// By which settings is looked, and whether there may be temporary tables; and of each relation that it has locked what
/// [`Seen`] reads.
fn question(settles: bool) -> String {
    let settling = if settles { ", pg_catalog.pg_stat_force_next_flush()" } else { "" };
    format!(
        "SELECT {}, pg_my_temp_schema() <> 0, \
         l.relation, l.mode, pg_relation_is_updatable(l.relation, false), pg_relation_filenode(l.relation), \
         pg_stat_get_xact_tuples_updated(l.relation), pg_stat_get_xact_tuples_deleted(l.relation), \
         l.relation::regclass::text, row_security_active(l.relation), \
         EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = l.relation AND t.tgdeferrable AND NOT t.tgisinternal), \
         txid_current(), current_setting('track_counts') = 'on'{settling} \
         FROM pg_catalog.pg_lock_status() l WHERE l.pid = pg_backend_pid() AND (l.relation >= 16384 OR l.relation = {SCHEMAS}) AND l.granted \
         AND l.mode <> 'AccessShareLock'",
        settings::looks_by()
    )
}
