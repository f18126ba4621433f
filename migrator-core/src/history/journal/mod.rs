//! What of a migration was done before it broke off, where nothing can be rolled back.
//!
//! A migration that is begun again runs from its first line. Steps that are done are passed over: each call of an operation,
//! and each statement of the migration's own SQL, known by its place and by what it says. A row stands in the history
//! before what cannot commit together with its row; when it still stands there in the next run, the database is asked
//! whether that was done.

mod batches;
mod doubt;
mod halfway;
mod kind;
mod open;
mod row;
mod sending;
mod telling;
mod whereabouts;

use std::collections::BTreeMap;

use super::book::Book;
use super::entry::{Row, State, now};
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{RevisionId, TableName};
use crate::report::Direction;
use crate::sql::{self, temporary_table};
use batches::Batches;
pub(crate) use batches::Reached;
pub(crate) use doubt::{Doubt, Verdict};
use halfway::Dropped;
use kind::{Kind, calls, kind_of, shows};
use open::Open;
pub(super) use row::JournalRow;
use sending::Plain;
pub(crate) use sending::Sending;
use whereabouts::Whereabouts;

/// One thing that a migration does: a call of an operation, or a statement of its own SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// For people: the statement, or the operation and what it is about.
    pub(crate) words: String,
    /// Of everything that was said.
    pub(crate) hash: String,
}

impl Step {
    pub(crate) fn statement(sql: &str) -> Self {
        Self { words: sql.to_owned(), hash: digest::of_text(sql) }
    }
}

/// When a statement that changes rows is looked at, inside the transaction that it is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It is about to be sent.
    Before,
    /// It was sent, and has changed so many rows.
    After(usize),
}

/// A step that is done, with what it answered.
struct Done {
    step: Step,
    answer: String,
    /// The migration has come by it in this run.
    met: bool,
}

/// In which call, and the how manieth of it.
type Place = (usize, usize);

/// What broke off, before anything is done about it.
const STANDS: &str = "what it did until it broke off stands; nothing was written since";

/// The call that stands for the copies made before the first.
const BACKUPS: usize = 0;

/// Sends a statement with what belongs to it; may be called again when somebody else held a lock.
pub(crate) type Sender<'a> = dyn FnMut(&mut dyn Database) -> Result<()> + 'a;

/// What of a migration was done, and where it stands now.
pub(crate) struct Journal {
    pub(super) book: Book,
    revision: RevisionId,
    direction: Direction,
    renderer: &'static dyn SqlRenderer,
    done: BTreeMap<Place, Done>,
    batches: Vec<Batches>,
    doubt: Option<Doubt>,
    /// Behind which call its own connection was handed out.
    had_connection: Option<usize>,
    begun_before: bool,
    /// Its rows are newer than this one.
    since: i64,
    /// What is done, and told with what comes next.
    owed: Vec<String>,
    /// Whether it has made a temporary table, which is gone with the session.
    made_temporary: bool,
    whereabouts: Whereabouts,
    open: Open,
    place: Place,
    /// A row tells of the step that is under way.
    is_told: bool,
}

impl Journal {
    /// What the history tells of attempts that did not come to an end.
    pub(super) fn new(
        book: Book,
        renderer: &'static dyn SqlRenderer,
        revision: &RevisionId,
        direction: Direction,
        rows: &[JournalRow],
        since: i64,
    ) -> Self {
        let has = |state: State| rows.iter().any(|row| row.state == state.as_str());
        let done = done(rows);
        let running = rows.iter().rfind(|row| row.state == State::Running.as_str());
        Self {
            book,
            revision: revision.clone(),
            direction,
            renderer,
            batches: rows.iter().filter(|row| row.state == State::Batch.as_str()).map(Batches::of).collect(),
            doubt: running.map(|row| Doubt::of(row, row.part_behind(&done))),
            done,
            had_connection: rows.iter().find(|row| row.state == State::Opaque.as_str()).map(|row| row.call),
            begun_before: has(State::Started),
            since: if rows.is_empty() { since } else { 0 },
            owed: Vec::new(),
            made_temporary: false,
            whereabouts: Whereabouts::Home,
            open: Open::default(),
            place: (0, 0),
            is_told: false,
        }
    }

    /// Whether an attempt was begun before: its conditions held then.
    pub(crate) fn was_begun(&self) -> bool {
        self.begun_before
    }

    /// What was under way when it broke off.
    pub(crate) fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    /// Asks the database what became of the statement that was under way, and writes the answer down; what no replay could
    /// decide is an error, before anything is written.
    pub(crate) fn settle_doubt(&mut self, database: &mut dyn Database) -> Result<()> {
        if let Some(doubt) = &self.doubt {
            let verdict = doubt.decide(database)?;
            if let Verdict::Unknown(why) = &verdict {
                let message = format!("it broke off while this was under way, done or not: {}", doubt.step.words);
                return Err(interrupted(&format!("{message}\n  {why}")).state(STANDS));
            }
            self.decide(database, verdict == Verdict::Done)?;
        }
        if let Some(what) = self.connection_in_doubt().filter(|_| self.begun_before) {
            let message =
                format!("it broke off with its own connection in hand: {what} is not known{}", self.told_last());
            return Err(interrupted(&message).state(STANDS));
        }
        Ok(())
    }

    /// Writes down whether what was under way was done.
    pub(crate) fn decide(&mut self, database: &mut dyn Database, done: bool) -> Result<()> {
        let Some(doubt) = self.doubt.take() else { return Ok(()) };
        let end = self.end(database, done);
        self.tell(database, vec![end])?;
        if done {
            let done = Done { step: doubt.step, answer: String::new(), met: doubt.place.0 == BACKUPS };
            self.done.insert(doubt.place, done);
        }
        Ok(())
    }

    /// The steps that stand, in words.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &str> {
        let done = self.done.values().filter(|done| done.answer.is_empty()).map(|done| done.step.words.as_str());
        done.chain(self.batches.iter().map(|batches| batches.reached.as_str()))
    }

    /// Whether nothing was ever done.
    pub(crate) fn is_untouched(&self) -> bool {
        self.done.is_empty() && self.batches.is_empty() && self.doubt.is_none() && !self.is_opaque()
    }

    /// Whether only the user's own connection knows what stands.
    pub(crate) fn is_opaque(&self) -> bool {
        self.had_connection.is_some()
    }

    /// What went through the user's own connection, which nobody sees, as far as it can be told.
    pub(crate) fn connection_in_doubt(&self) -> Option<String> {
        let place = match self.had_connection? {
            0 => "before its first step".to_owned(),
            call => format!("behind step {call}"),
        };
        Some(format!("what it did through its own connection, which it took {place},"))
    }

    /// The last step that is known to be done.
    fn told_last(&self) -> String {
        match self.done.iter().next_back().filter(|((call, _), _)| *call != BACKUPS) {
            None => "; no step of it is known to be done".to_owned(),
            Some(((call, _), done)) => {
                format!("; the last step known to be done is step {call}: {}", sql::beginning(&done.step.words))
            }
        }
    }

    /// Takes back that its own connection was in hand: somebody has said that nothing came of it.
    pub(crate) fn forget_connection(&mut self, database: &mut dyn Database) -> Result<()> {
        self.had_connection = None;
        self.book.forget_opaque(database, &self.revision)
    }

    /// A call of an operation begins: what it answered when it was done before.
    pub(crate) fn begin_call(&mut self, step: &Step) -> Result<Option<String>> {
        self.next_call();
        self.pass_over(step)
    }

    /// A call begins whose parts are steps.
    pub(crate) fn next_call(&mut self) {
        self.place = (self.place.0 + 1, 0);
        self.is_told = false;
    }

    /// Something is about to be sent for the call.
    pub(crate) fn intend(&mut self, database: &mut dyn Database, step: &Step) -> Result<()> {
        if std::mem::replace(&mut self.is_told, true) {
            return Ok(());
        }
        let row = self.intent(database, step);
        self.tell(database, vec![row])
    }

    fn intent(&self, database: &dyn Database, step: &Step) -> String {
        self.row(database, State::Running, step, Some(self.looks_for_itself()))
    }

    fn witness(&mut self, database: &mut dyn Database, sql: &str) -> Result<String> {
        let place = self.whereabouts.told(database)?;
        doubt::witness(database, self.renderer.dialect(), sql, place.as_deref())
    }

    /// What was put into a temporary table before it is not there to be put there again.
    fn looks_for_itself(&self) -> &'static str {
        if self.made_temporary { doubt::BEHIND_TEMPORARY } else { doubt::LOOKS_FOR_ITSELF }
    }

    /// Whether a statement of an operation can be sent in one transaction with what tells of the call.
    pub(crate) fn takes_intent_along(&self, database: &mut dyn Database, sql: &str) -> Result<bool> {
        let alone = !self.is_in_transaction() && database.transaction_depth()? == 0;
        Ok(alone && self.renderer.capabilities().transactional_ddl && kind_of(sql, self.renderer) == Kind::WithRow)
    }

    /// Sends it so.
    pub(crate) fn send_with_intent(&mut self, database: &mut dyn Database, step: &Step, sql: &str) -> Result<()> {
        if self.is_told {
            return database.batch(sql);
        }
        let row = self.intent(database, step);
        self.send_with(database, sql, row, &mut Plain)?;
        self.is_told = true;
        Ok(())
    }

    /// The call is done, and answers so.
    pub(crate) fn end_call(&mut self, database: &mut dyn Database, step: Step, answer: &str) -> Result<()> {
        let end = match std::mem::take(&mut self.is_told) {
            true => self.end(database, true),
            false => self.row(database, State::Ran, &step, Some(answer)),
        };
        self.owe(database, end)?;
        self.note_done(database, Done { step, answer: answer.to_owned(), met: true })
    }

    /// The call was refused: what of it was done, it finds for itself when it runs again.
    pub(crate) fn fail_call(&mut self, database: &mut dyn Database) {
        if std::mem::take(&mut self.is_told) {
            let end = self.end(database, false);
            self.tell(database, vec![end]).ok();
        }
    }

    /// The user's connection is about to be handed out: what it does cannot be passed over later.
    pub(crate) fn hand_out_connection(&mut self, database: &mut dyn Database) -> Result<()> {
        if self.had_connection.is_none() {
            self.had_connection = Some(self.place.0);
            let taken = Step { words: String::new(), hash: String::new() };
            let row = self.row(database, State::Opaque, &taken, None);
            self.tell(database, vec![row])?;
        }
        self.whereabouts = Whereabouts::Unknown;
        self.pay(database)?;
        self.renew_for_long(database)
    }

    /// Whether the next statement was done before, so that it will be passed over.
    pub(crate) fn has_done_next(&self) -> bool {
        self.done.contains_key(&self.place)
    }

    /// Sends a statement, unless it is done, with its rows in the journal; `patiently` calls what it is given, more than
    /// once if need be. What changes rows is kept only where the check agrees, before and after it.
    pub(crate) fn send(
        &mut self,
        database: &mut dyn Database,
        sql: &str,
        sending: &mut dyn Sending,
        patiently: impl FnOnce(&mut dyn Database, &mut Sender<'_>) -> Result<()>,
    ) -> Result<()> {
        let kind = kind_of(sql, self.renderer);
        if database.may_change_settings(sql) {
            self.whereabouts = Whereabouts::Unknown;
        }
        if let Kind::Session { opens } = kind {
            self.refuse_lost_table(sql)?;
            self.made_temporary |= temporary_table(sql, self.renderer.dialect()).is_some();
            // Under LOCK TABLES no other table may be written to.
            if opens == Some(true) || sql::begins_with(sql, &["LOCK"]) {
                self.pay(database)?;
            }
            return self.send_of_session(database, sql, opens, patiently);
        }
        let step = Step::statement(sql);
        if self.pass_over(&step)?.is_none() {
            self.refuse_lost_number(sql)?;
            match kind {
                Kind::WithRow => patiently(database, &mut |database| self.send_with_row(database, &step, sending))?,
                _ => patiently(database, &mut |database| self.send_between_rows(database, &step, &kind, sending))?,
            }
            self.note_done(database, Done { step, answer: String::new(), met: true })?;
        }
        self.place.1 += 1;
        Ok(())
    }

    /// A temporary table ends with its session; what was put into it is gone, and would be passed over.
    fn refuse_lost_table(&self, sql: &str) -> Result<()> {
        let goes_on = self.done.keys().any(|place| *place >= self.place);
        if !goes_on || temporary_table(sql, self.renderer.dialect()).is_none() {
            return Ok(());
        }
        Err(interrupted(&format!("it broke off after it had made a temporary table, which is gone: {sql}")))
    }

    /// The number of the last row would be that of the journal's own.
    fn refuse_lost_number(&self, sql: &str) -> Result<()> {
        let Some((function, instead)) = self.renderer.last_number_lost() else { return Ok(()) };
        if !calls(sql, function, self.renderer) {
            return Ok(());
        }
        let what = format!("outside a transaction {function}() would tell the number of a row of the journal");
        Err(Error::unsupported(what, instead).at_statement(sql))
    }

    /// What was done here before, if it was this.
    fn pass_over(&mut self, step: &Step) -> Result<Option<String>> {
        let Some(done) = self.done.get_mut(&self.place) else { return Ok(None) };
        if done.step.hash != step.hash {
            return Err(changed(&done.step, Some(step)));
        }
        done.met = true;
        Ok(Some(done.answer.clone()))
    }

    /// The migration is at its end: what is done and was not met again is no part of it any more.
    pub(crate) fn refuse_left_over(&self) -> Result<()> {
        self.done.values().find(|done| !done.met).map_or(Ok(()), |left| Err(changed(&left.step, None)))
    }

    /// Whether the table was copied in an attempt before.
    pub(crate) fn has_backup(&self, table: &TableName) -> bool {
        let step = backup_of(table);
        self.done.iter().any(|((call, _), done)| *call == BACKUPS && done.step == step)
    }

    /// The table is copied as it stood before the migration.
    pub(crate) fn backed_up(&mut self, database: &mut dyn Database, table: &TableName) -> Result<()> {
        let row = self.row(database, State::Ran, &backup_of(table), None);
        self.tell(database, vec![row])
    }

    fn send_with_row(&mut self, database: &mut dyn Database, step: &Step, sending: &mut dyn Sending) -> Result<()> {
        let row = self.row(database, State::Ran, step, None);
        if self.is_in_transaction() {
            return self.send_and_tell(database, &step.words, &[row], sending);
        }
        self.send_with(database, &step.words, row, sending)
    }

    fn send_between_rows(
        &mut self,
        database: &mut dyn Database,
        step: &Step,
        kind: &Kind,
        sending: &mut dyn Sending,
    ) -> Result<()> {
        if let Some((_, drop)) = database.broken_build(&step.words)? {
            database.batch(&drop)?;
        }
        let before = match kind {
            Kind::Seen => Some(self.witness(database, &step.words)?),
            Kind::Repeatable => Some(self.looks_for_itself().to_owned()),
            _ => None,
        };
        let dropped = Dropped::before(database, self.renderer.dialect(), &step.words)?;
        let row = self.row(database, State::Running, step, before.as_deref());
        self.tell(database, vec![row])?;
        match self.define(database, step, kind, sending) {
            Ok(()) => {
                let end = self.end(database, true);
                // What nobody can look for, and what must not be done twice, is told at once.
                let may_wait = *kind == Kind::Seen && !self.made_temporary && shows(&step.words, self.renderer);
                if may_wait { self.owe(database, end) } else { self.tell(database, vec![end]) }
            }
            Err(error) => {
                // What the database refused was not done; where it cannot be asked, the statement stays in doubt.
                let end = self.end(database, false);
                self.tell(database, vec![end]).ok();
                Err(dropped.told_in(error, database))
            }
        }
    }
}

/// IGNORE makes warnings of what would be refused.
fn refuse_changed_values(database: &mut dyn Database, sql: &str) -> Result<()> {
    if !sql.to_ascii_uppercase().contains("IGNORE") {
        return Ok(());
    }
    let warnings = database.changed_values()?;
    if warnings.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::DataLoss, format!("values would be changed to fit: {}", warnings.join("; ")))
        .at_statement(sql)
        .remedy("give values that fit, or change them in the statement itself"))
}

/// Whether the database tells how many rows a statement changed, and sends none back.
fn counts_rows(sql: &str) -> bool {
    sql::begins_with(sql, &["INSERT", "UPDATE", "DELETE", "REPLACE"])
}

fn backup_of(table: &TableName) -> Step {
    Step::statement(&format!("backup of {table}"))
}

/// What is done, each at its place.
fn done(rows: &[JournalRow]) -> BTreeMap<Place, Done> {
    let mut done = BTreeMap::<Place, Done>::new();
    for row in rows.iter().filter(|row| row.state == State::Ran.as_str()) {
        let part = row.part_behind(&done);
        let answer = row.witness.clone().filter(|answer| !doubt::is_witness(answer)).unwrap_or_default();
        done.insert((row.call, part), Done { step: row.step.clone(), answer, met: row.call == BACKUPS });
    }
    done
}

fn changed(then: &Step, now: Option<&Step>) -> Error {
    let now = now.map_or_else(|| "is not there any more".to_owned(), |now| format!("is now: {}", now.words));
    interrupted(&format!("it has changed since it broke off: what was done as\n  {}\n  {now}", then.words))
}

fn interrupted(what: &str) -> Error {
    Error::new(ErrorKind::Interrupted, what)
}
