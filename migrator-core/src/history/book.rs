//! Reading and writing the history of one database.

use std::collections::BTreeSet;

use super::applied::Applied;
use super::entry::{HistoryEntry, Row, State};
use super::journal::{Journal, JournalRow};
use super::known::Known;
use super::owed::Owed;
use super::statements::{COLUMNS, Statements, create_diesel_table, history_table};
use super::told::{told, unpacked};
use crate::connection::{Database, Lease, Record, patiently, who};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::name::{RevisionId, TableName};
use crate::report::Direction;

const DIESEL_TABLE: &str = "__diesel_schema_migrations";
const HISTORY_TABLE: &str = "__migrator_history";
const SNAPSHOT_TABLE: &str = "__migrator_schema";

/// What a row's note begins with while the migrations of an empty database have not all been applied.
pub(crate) const INSTALLING: &str = "installing";

/// The history of one database: where its two tables stand.
#[derive(Clone)]
pub(crate) struct Book {
    renderer: &'static dyn SqlRenderer,
    schema: Option<String>,
    /// Whether both tables are known to be there.
    there: bool,
    /// Whether ours is known to take every text.
    fit: bool,
    /// Whether the last look found something begun that neither ended nor failed.
    under_way: bool,
    /// The migrations of which the last look found single steps.
    half_done: BTreeSet<RevisionId>,
    /// What others had committed when all was seen to be as this run knows it.
    commits: Option<i64>,
    /// A row that everything comes after that is written of a migration that begins now, where one is known.
    newest: Option<i64>,
    /// The migrations that were begun and did not come to an end, as long as the lock is held and nobody else can begin one.
    pub(super) left_over: Option<BTreeSet<RevisionId>>,
    /// What every write is sent behind, on a cluster.
    pub(super) lease: Option<Lease>,
    /// What a run in one transaction has not written yet.
    pub(crate) owed: Owed,
}

/// What a look at the history found.
#[derive(Debug)]
pub(crate) enum Look {
    /// Just what was expected.
    AsExpected,
    /// Something else; this stands.
    Found(Applied),
}

impl Book {
    /// The history as unqualified names find it.
    pub(crate) fn open(database: &dyn Database) -> Self {
        Self {
            renderer: database.shared_renderer(),
            schema: None,
            there: false,
            fit: false,
            under_way: false,
            half_done: BTreeSet::new(),
            commits: None,
            newest: None,
            left_over: None,
            lease: None,
            owed: Owed::default(),
        }
    }

    /// The same tables by their full names, whatever a migration does to the session's search path.
    pub(crate) fn pin(&mut self, database: &mut dyn Database) -> Result<()> {
        self.renderer = database.renderer()?;
        let there = database.locate(&TableName::from(DIESEL_TABLE))?;
        self.schema = match there.and_then(|table| table.schema().map(str::to_owned)) {
            Some(schema) => Some(schema),
            None => database.current_schema()?,
        };
        Ok(())
    }

    fn table(&self, name: &str) -> TableName {
        match &self.schema {
            Some(schema) => TableName::from((schema.as_str(), name)),
            None => TableName::from(name),
        }
    }

    pub(super) fn snapshot_table(&self) -> TableName {
        self.table(SNAPSHOT_TABLE)
    }

    pub(crate) fn diesel_table(&self) -> TableName {
        self.table(DIESEL_TABLE)
    }

    pub(crate) fn quoted(&self, table: &TableName) -> String {
        self.renderer.table(table)
    }

    pub(super) fn literal(&self, text: &str) -> String {
        self.renderer.text_literal(text)
    }

    pub(super) fn statements(&self, database: &dyn Database) -> Statements<'_> {
        let diesel = self.renderer.table(&self.table(DIESEL_TABLE));
        let history = self.renderer.table(&self.table(HISTORY_TABLE));
        Statements { renderer: self.renderer, witness: database.history_witness(&diesel), diesel, history }
    }

    /// One SELECT where both tables are there and may be read.
    ///
    /// What is `expected` is the digest that the newest row should carry.
    pub(crate) fn look(&mut self, database: &mut dyn Database, expected: &str, known: &dyn Known) -> Result<Look> {
        let (short, both) = {
            let statements = self.statements(database);
            (statements.changes_in_short(expected), statements.changes_since(expected))
        };
        // A refused statement would spoil a transaction that the caller has open: ask the catalogue instead of trying.
        let inside = database.transaction_depth()? > 0;
        if !self.there && inside && !database.can_read(&self.table(HISTORY_TABLE))? {
            return self.look_at_diesel_table(database, known).map(Look::Found);
        }
        let short = short.filter(|_| !inside);
        match self.rows_of_both(database, short.as_deref(), &both) {
            Ok(rows) => self.told(rows, known),
            Err(error) if error.failure() != Failure::Final || error.kind() == ErrorKind::Connection => Err(error),
            Err(error) => {
                let otherwise = self.look_otherwise(database, short.is_some(), &both, known);
                otherwise.map_err(|_| self.unreadable(database, error))
            }
        }
    }

    fn told(&mut self, rows: Option<Vec<Record>>, known: &dyn Known) -> Result<Look> {
        self.there = true;
        let Some(rows) = rows else {
            self.under_way = false;
            return Ok(Look::AsExpected);
        };
        let told = told(&rows)?;
        self.under_way = told.under_way;
        self.half_done = told.half_done;
        Ok(Look::Found(Applied::new(told.applied, |revision| known.checksum(revision).map(str::to_owned))))
    }

    /// What is to be had where the first statement was refused: all of it, if only the short one was, or Diesel's table.
    fn look_otherwise(
        &mut self,
        database: &mut dyn Database,
        was_short: bool,
        both: &str,
        known: &dyn Known,
    ) -> Result<Look> {
        if was_short && patiently(database, |database| database.can_read(&self.table(HISTORY_TABLE)))? {
            let rows = self.rows_of_both(database, None, both)?;
            return self.told(rows, known);
        }
        patiently(database, |database| self.look_at_diesel_table(database, known)).map(Look::Found)
    }

    /// The rows of both tables; `None` where all is as expected.
    fn rows_of_both(
        &self,
        database: &mut dyn Database,
        short: Option<&str>,
        both: &str,
    ) -> Result<Option<Vec<Record>>> {
        if let Some(short) = short {
            let packed = patiently(database, |database| database.query(short, &[]))?;
            if let Some(row) = packed.first() {
                let text = |position| row.optional_text(position).map(|text| self.renderer.unwrapped(text));
                return Ok(text(0).map(|versions| unpacked(&versions, &text(1).unwrap_or_default())));
            }
        }
        let rows = patiently(database, |database| database.query(both, &[]))?;
        Ok((!rows.is_empty()).then_some(rows))
    }

    /// A second look by whoever holds the lock: none where nobody else has committed since the last, a short one where the
    /// tables are known to be there.
    pub(crate) fn look_again(
        &mut self,
        database: &mut dyn Database,
        answer: Option<Vec<Record>>,
        expected: &str,
        known: &dyn Known,
    ) -> Result<Look> {
        let commits = database.commits_of_others()?;
        if commits.is_some() && std::mem::replace(&mut self.commits, commits) == commits {
            self.newest = None;
            return Ok(Look::AsExpected);
        }
        let answer = match self.question(database) {
            Some(question) if answer.is_none() => Some(patiently(database, |database| database.query(&question, &[]))?),
            _ => answer,
        };
        let answer = answer.as_ref().and_then(|rows| rows.first());
        self.newest = answer.map(|row| row.integer(2));
        if answer.is_some_and(|row| row.flag(1) && row.text(0) == expected) {
            self.under_way = false;
            return Ok(Look::AsExpected);
        }
        self.look(database, expected, known)
    }

    /// Whether nothing can have changed since the last look: this transaction has written since, and others wait for its
    /// end; or it owes rows, which nothing has asked for.
    pub(crate) fn is_certain(&self, database: &dyn Database) -> bool {
        !self.owed.is_empty() || (self.commits.is_some() && database.writes_alone())
    }

    /// What the second look asks, where the tables are known to be there.
    pub(crate) fn question(&self, database: &dyn Database) -> Option<String> {
        self.there.then(|| self.statements(database).newest_digest())
    }

    /// What was done may not be what this run knows: the next look is a look.
    pub(crate) fn distrust(&mut self) {
        self.commits = None;
    }

    /// Whether nothing is left over of a migration that was begun, as far as is known under the lock.
    pub(crate) fn is_clear(&self) -> bool {
        self.left_over.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// How the product writes SQL.
    pub(crate) fn renderer(&self) -> &'static dyn SqlRenderer {
        self.renderer
    }

    /// Whether the database had no tables when its first migration started, and no run has reached the heads since.
    pub(crate) fn is_installing(&self, database: &mut dyn Database) -> Result<bool> {
        if self.there || self.has_history(database)? {
            let newest = database.query(&self.statements(database).newest_note(), &[])?;
            if let Some(row) = newest.first() {
                return Ok(row.text(0).starts_with(INSTALLING));
            }
        }
        Ok(!database.has_user_tables()?)
    }

    /// Whether ours is there; one of that name that is not ours is an error.
    fn has_history(&self, database: &mut dyn Database) -> Result<bool> {
        let history = self.table(HISTORY_TABLE);
        let there = database.has_table(&history)?;
        if there && !self.there { refuse_strange(database, &history).map(|()| true) } else { Ok(there) }
    }

    fn look_at_diesel_table(&self, database: &mut dyn Database, known: &dyn Known) -> Result<Applied> {
        if !database.has_table(&self.table(DIESEL_TABLE))? {
            return Ok(Applied::default());
        }
        let rows = database.query(&self.statements(database).versions(), &[])?;
        let versions = rows.iter().map(|row| (RevisionId::new(&row.text(0)), None));
        Ok(Applied::new(versions, |revision| known.checksum(revision).map(str::to_owned)))
    }

    /// Both tables stand, committed.
    pub(crate) fn created(&mut self) {
        self.there = true;
    }

    pub(super) fn knows_under_way(&self) -> bool {
        self.under_way
    }

    /// Whether steps of it stand that were done outside a transaction.
    pub(crate) fn is_half_done(&self, revision: &RevisionId) -> bool {
        self.half_done.contains(revision)
    }

    /// What the last look found to be begun and neither ended nor failed.
    pub(crate) fn under_way(&self, database: &mut dyn Database) -> Result<Option<HistoryEntry>> {
        if self.under_way { self.unfinished(database) } else { Ok(None) }
    }

    /// Makes the tables that are missing.
    pub(crate) fn create(&mut self, database: &mut dyn Database) -> Result<()> {
        if !self.fit {
            database.mend_books(&[self.table(HISTORY_TABLE)])?;
            self.fit = true;
        }
        if self.there {
            return Ok(());
        }
        let missing = self.missing(database)?;
        missing.iter().try_for_each(|sql| self.write(database, sql).map_err(cannot_create))
    }

    /// What makes the tables that are missing.
    pub(crate) fn missing(&self, database: &mut dyn Database) -> Result<Vec<String>> {
        let mut missing = Vec::new();
        let diesel = self.table(DIESEL_TABLE);
        if !database.has_table(&diesel)? {
            missing.push(create_diesel_table(&self.renderer.table(&diesel)));
        }
        if !self.has_history(database)? {
            let history = self.table(HISTORY_TABLE);
            missing.extend(self.renderer.create_book(&history_table(history, self.renderer)));
        }
        Ok(missing)
    }

    /// Why the history could not be read.
    fn unreadable(&self, database: &mut dyn Database, error: Error) -> Error {
        let strange = if error.kind() == ErrorKind::Privilege { None } else { self.has_history(database).err() };
        let strange = strange.filter(|strange| strange.kind() == ErrorKind::HistoryFormat);
        strange.unwrap_or_else(|| cannot_read(error))
    }

    /// Writes down that a migration stands, or no longer does: in Diesel's table and in ours, in one round trip.
    ///
    /// `restoring` puts the session's settings back first, `versions` are the rows of Diesel's table that come or go, and
    /// `after` is the set then.
    pub(crate) fn record(
        &mut self,
        database: &mut dyn Database,
        restoring: Option<String>,
        row: &Row,
        versions: &[RevisionId],
        after: &Applied,
    ) -> Result<()> {
        self.owed.pay(database)?;
        let told = self.telling(database, row, versions, after, who());
        let act = act(restoring.as_deref());
        let script: Vec<String> = restoring.into_iter().chain(told).collect();
        self.write(database, &script.join(";\n")).map_err(|error| error.of_books(act))
    }

    /// The same where no transaction is round the migration: in one of its own, with the end of its journal.
    pub(crate) fn record_and_forget(
        &self,
        database: &mut dyn Database,
        restoring: Option<String>,
        row: &Row,
        versions: &[RevisionId],
        after: &Applied,
    ) -> Result<()> {
        let forget = self.statements(database).forget_journal(row.revision.as_str(), self.since(&row.revision));
        let told = self.telling(database, row, versions, after, who());
        let renewal = self.lease.as_ref().map(|lease| lease.renewal.clone());
        let act = act(restoring.as_deref());
        let script: Vec<String> = renewal.into_iter().chain(restoring).chain([forget]).chain(told).collect();
        let guarded = while_locked(database, self.renderer.at_once(&script));
        database.batch(&guarded).map_err(|error| lost_or(database, error).of_books(act))
    }

    /// What tells both tables that a migration stands, or no longer does.
    pub(crate) fn telling(
        &self,
        database: &dyn Database,
        row: &Row,
        versions: &[RevisionId],
        after: &Applied,
        who: &str,
    ) -> Vec<String> {
        let statements = self.statements(database);
        let change = |version: &RevisionId| match row.direction {
            Direction::Up => statements.insert_version(version.as_str()),
            Direction::Down => statements.delete_version(version.as_str()),
        };
        let digest = statements.digest_of(&after.digest(), after.len());
        let history = statements.insert_history(row, Some(&digest), who);
        versions.iter().map(change).chain([history]).collect()
    }

    /// Writes down something that does not change which migrations stand.
    pub(crate) fn note(&self, database: &mut dyn Database, row: &Row) -> Result<()> {
        let sql = self.noting(database, row);
        self.tell(database, &[sql], false)
    }

    /// What writes it down.
    pub(super) fn noting(&self, database: &dyn Database, row: &Row) -> String {
        // A digest that no set has: what is under way, or failed where it stands, keeps the next start from its short look.
        let under_way = matches!(row.state, State::Started | State::Failed).then_some("'-'");
        self.statements(database).insert_history(row, under_way, who())
    }

    /// Everything that was done, oldest first; what Diesel's own tool did comes from its table.
    pub(crate) fn entries(&self, database: &mut dyn Database) -> Result<Vec<HistoryEntry>> {
        let mut entries = Vec::new();
        if self.has_history(database)? {
            let rows = database.query(&self.statements(database).entries(), &[])?;
            entries.extend(rows.iter().map(entry));
        }
        if database.has_table(&self.table(DIESEL_TABLE))? {
            let text = self.renderer.text_cast("run_on");
            let sql = format!("SELECT version, {text} FROM {} ORDER BY version", self.statements(database).diesel);
            let rows = database.query(&sql, &[])?;
            let told = |row: &Record| entries.iter().any(|entry| entry.revision == row.text(0).as_str());
            let untold: Vec<_> = rows.iter().filter(|row| !told(row)).map(diesel_entry).collect();
            entries.extend(untold);
        }
        entries.sort_by_cached_key(second);
        Ok(entries)
    }

    /// What was done of a migration in attempts that did not come to an end.
    pub(crate) fn journal(
        &mut self,
        database: &mut dyn Database,
        revision: &RevisionId,
        direction: Direction,
    ) -> Result<Journal> {
        let rows = match self.may_be_left(revision) && (self.there || self.has_history(database)?) {
            true => database.query(&self.statements(database).since_its_end(revision.as_str()), &[])?,
            false => Vec::new(),
        };
        let rows: Vec<_> = rows.iter().map(JournalRow::read).collect();
        if self.newest.is_none() && self.there {
            self.newest = Some(database.count(&self.statements(database).newest(), &[])?);
        }
        Ok(Journal::new(self.clone(), self.renderer, revision, direction, &rows, self.since(revision)))
    }

    /// Asks once, under the lock, which migrations were begun and did not come to an end.
    pub(crate) fn learn_what_is_left(&mut self, database: &mut dyn Database) -> Result<()> {
        if self.left_over.is_some() {
            return Ok(());
        }
        let rows = match self.there || self.has_history(database)? {
            true => database.query(&self.statements(database).left_over(), &[])?,
            false => Vec::new(),
        };
        self.left_over = Some(rows.iter().map(|row| RevisionId::new(&row.text(0))).collect());
        Ok(())
    }

    fn may_be_left(&self, revision: &RevisionId) -> bool {
        self.left_over.as_ref().is_none_or(|left| left.contains(revision))
    }

    /// The row that every row of this migration's journal is newer than, if that is known.
    fn since(&self, revision: &RevisionId) -> i64 {
        self.newest.filter(|_| !self.may_be_left(revision)).unwrap_or(0)
    }

    /// What writes down a step of a migration, with what is to be known of it besides.
    pub(super) fn step(&self, database: &dyn Database, row: &Row, witness: Option<&str>) -> String {
        self.statements(database).insert_step(row, witness, who())
    }

    /// What writes down how far the batches of a call are, whose row is there.
    pub(super) fn going_on(&self, database: &dyn Database, row: &Row) -> String {
        self.statements(database).go_on(row)
    }

    /// What ends a step that was begun, whose row is newer than the one named.
    pub(super) fn ending(&self, database: &dyn Database, revision: &RevisionId, since: i64, done: bool) -> String {
        self.statements(database).end_running(revision.as_str(), since, done)
    }

    /// Writes rows of the journal, all or none of them, if the lock is still this session's.
    pub(super) fn tell(&self, database: &mut dyn Database, script: &[String], inside: bool) -> Result<()> {
        self.tell_with(database, script, inside).map_err(|error| error.of_books("written"))
    }

    /// The same with a statement of the migration's own among them.
    pub(super) fn tell_with(&self, database: &mut dyn Database, script: &[String], inside: bool) -> Result<()> {
        let together = if inside { script.join(";\n") } else { self.renderer.at_once(script) };
        let guarded = while_locked(database, together);
        self.write(database, &self.renderer.keeping_last_number(guarded)).map_err(|error| {
            if !inside && script.len() > 1 && error.failure() != Failure::ConnectionLost {
                database.end_what_is_open().ok();
            }
            lost_or(database, error)
        })
    }

    pub(super) fn forget_opaque(&self, database: &mut dyn Database, revision: &RevisionId) -> Result<()> {
        let sql = self.statements(database).forget_opaque(revision.as_str());
        self.write(database, &sql)
    }

    /// What was begun and has not come to an end, in whatever way; each migration once, as it was first begun.
    pub(crate) fn all_unsettled(&self, database: &mut dyn Database) -> Result<Vec<HistoryEntry>> {
        if !self.there && !self.has_history(database)? {
            return Ok(Vec::new());
        }
        let rows = database.query(&self.statements(database).unsettled(), &[])?;
        let mut seen = BTreeSet::new();
        let mut entries: Vec<_> = rows.iter().map(entry).collect();
        entries.retain(|entry| seen.insert((entry.revision.clone(), entry.direction == Direction::Up)));
        Ok(entries)
    }

    /// Writes down that a person has said where the database stands.
    pub(crate) fn settle(&self, database: &mut dyn Database, row: &Row) -> Result<()> {
        let statements = self.statements(database);
        let forget = statements.forget_journal(row.revision.as_str(), 0);
        let note = statements.insert_history(row, None, who());
        self.write(database, &format!("{forget};\n{note}"))
    }

    /// What was begun and neither ended nor failed: somebody was interrupted.
    pub(crate) fn unfinished(&self, database: &mut dyn Database) -> Result<Option<HistoryEntry>> {
        patiently(database, |database| {
            if !self.there && !self.has_history(database)? {
                return Ok(None);
            }
            let rows = database.query(&self.statements(database).unfinished(), &[])?;
            Ok(rows.first().map(entry))
        })
    }
}

/// What is done with the row of a migration's end: where it is refused, nobody knows which of the two was.
fn act(restoring: Option<&str>) -> &'static str {
    if restoring.is_some() { "written, or the session's settings before it not put back" } else { "written" }
}

fn while_locked(database: &dyn Database, script: String) -> String {
    match database.refusing_without_lock() {
        Some(guard) => format!("{guard};\n{script}"),
        None => script,
    }
}

/// That the lock is lost, where that is why the script was refused.
fn lost_or(database: &mut dyn Database, error: Error) -> Error {
    if database.has_lost_lock(&error).unwrap_or(false) { lock_lost() } else { error }
}

fn lock_lost() -> Error {
    Error::new(ErrorKind::LockLost, "the migration lock is not this session's any more").remedy(
        "look for a connection pooler that hands statements to other sessions, and for a migration that gives every lock \
         back; run it again: what is done is passed over",
    )
}

/// A table of that name that could not be read as ours may be somebody else's.
fn refuse_strange(database: &mut dyn Database, history: &TableName) -> Result<()> {
    for column in COLUMNS.split(", ") {
        if !database.has_column(history, column)? {
            let message = format!("{history} is not a history of this library's: it has no column {column}");
            return Err(Error::new(ErrorKind::HistoryFormat, message).state("nothing was written").remedy(
                "give that table another name, or the column back: docs/guide/history-tables.md has them all",
            ));
        }
    }
    Ok(())
}

fn cannot_read(error: Error) -> Error {
    let remedy = match error.kind() {
        ErrorKind::Privilege => format!(
            "let the role read the history: GRANT SELECT on {DIESEL_TABLE} and {HISTORY_TABLE}; to apply migrations it must \
             write to both"
        ),
        ErrorKind::Database => "look whether this is the database that is meant, and whether it is whole".to_owned(),
        _ => return error,
    };
    error.of_books("read").state("nothing was written").remedy(remedy)
}

fn cannot_create(error: Error) -> Error {
    error.remedy("the history tables are created with the first change: the role needs the right to create tables")
}

fn entry(row: &Record) -> HistoryEntry {
    HistoryEntry {
        revision: RevisionId::new(&row.text(0)),
        direction: if row.text(1) == "down" { Direction::Down } else { Direction::Up },
        state: row.text(2),
        statements: row.optional_text(3).and_then(|number| number.parse().ok()),
        checksum: row.optional_text(4),
        started_at: row.text(5),
        ended_at: row.optional_text(6),
        who: row.optional_text(7),
        note: row.optional_text(8),
    }
}

fn diesel_entry(row: &Record) -> HistoryEntry {
    HistoryEntry {
        revision: RevisionId::new(&row.text(0)),
        direction: Direction::Up,
        state: "diesel".to_owned(),
        statements: None,
        checksum: None,
        started_at: row.text(1),
        ended_at: None,
        who: None,
        note: None,
    }
}

/// When it began, to the second, which is all that Diesel's own rows tell on every database.
fn second(entry: &HistoryEntry) -> String {
    entry
        .started_at
        .chars()
        .take("2026-11-23T03:16:00".len())
        .map(|letter| if letter == ' ' { 'T' } else { letter })
        .collect()
}
