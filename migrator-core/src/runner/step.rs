//! One migration of a run: the lock, a second look, the body, the history row, the commit.

mod ending;
mod explaining;
mod foreign_keys;
mod opening;

use std::sync::Arc;
use std::time::Instant;

use super::body;
use super::guarding::Guarding;
use super::options::Backups;
use super::run::{How, Planned, Run, foreign_keys_off, half_done, interrupted};
use crate::connection::{Database, Record, Violations};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::history::{INSTALLING, Journal, Look, Row, State, now};
use crate::migration::Migration;
use crate::name::TableName;
use crate::operations::Context;
use crate::operations::watch::counting;
use crate::report::{Direction, Outcome, StepReport};

/// How an attempt at a migration ended.
pub(super) enum Ended {
    /// It stands.
    Stood,
    /// Somebody else has changed the history since it was read; nothing was done.
    Moved,
}

/// One migration of a run.
pub(super) struct Stepper<'r, 'a> {
    pub(super) run: &'r mut Run<'a>,
    pub(super) migration: Option<Arc<dyn Migration>>,
    pub(super) planned: Planned,
    /// Whether the migration and its history row commit together.
    pub(super) transactional: bool,
    /// Whether foreign keys are switched off while it runs, and what broke them before.
    foreign_keys_off: bool,
    violations: Violations,
    /// What the second look asks, where the answer came with the lock.
    answer: Option<Vec<Record>>,
    /// Whether it is to be run again from its first line, with foreign keys switched off or with what the guard learned.
    pub(super) again: bool,
    pub(super) guarding: Guarding,
    /// Whether a row says that it was begun, because nothing could be undone.
    begun: bool,
    /// What was done of it in attempts that broke off, where nothing can be rolled back.
    journal: Option<Journal>,
    /// What puts the settings back, to be sent with the history row.
    pub(super) restoring: Option<String>,
    /// When its last statement was sent.
    pub(super) sent_at: Option<Instant>,
    /// Whether the last attempt ended because somebody else held a lock, and nothing of it stands.
    refused_a_lock: bool,
    /// Whether nothing but the transaction of the whole run is round it: when it fails, all of that is undone.
    pub(super) bare: bool,
    /// Whether observers know that it has begun: another attempt is no other beginning.
    told: bool,
}

impl<'r, 'a> Stepper<'r, 'a> {
    pub(super) fn new(run: &'r mut Run<'a>, planned: Planned) -> Result<Self> {
        let migration = run.registry.get(planned.revision.as_str()).cloned();
        let facts = run.book.renderer().capabilities();
        let wanted = migration.as_ref().is_none_or(|migration| migration.metadata().is_transactional());
        let transactional = facts.transactional_ddl && (wanted || planned.how == How::Record);
        let foreign_keys_off = migration.as_ref().is_some_and(|migration| foreign_keys_off(&**migration));
        let foreign_keys_off = foreign_keys_off && run.depth == 0 && planned.how == How::Run;
        Ok(Self {
            run,
            migration,
            planned,
            transactional,
            foreign_keys_off,
            violations: Violations::default(),
            answer: None,
            again: false,
            guarding: Guarding::default(),
            begun: false,
            journal: None,
            restoring: None,
            sent_at: None,
            refused_a_lock: false,
            bare: false,
            told: false,
        })
    }

    /// Runs it; again where it met a rebuild that foreign keys stand in the way of, where the guard has to count first, and
    /// as often as somebody else held a lock and it is to be tried again.
    pub(super) fn step(mut self) -> Result<Ended> {
        let mut attempts = 1;
        loop {
            match self.attempt() {
                Err(_) if std::mem::take(&mut self.again) => {}
                Err(error) if self.refused_a_lock && self.run.single.open => {
                    self.run.single.refused_a_lock = true;
                    return Err(error);
                }
                Err(error) if std::mem::take(&mut self.refused_a_lock) => {
                    let patience = self.patience();
                    let (database, observers) = (self.run.conn.database(), &self.run.options.observers);
                    patience.wait(error, attempts, database, observers, &self.planned.revision)?;
                    attempts += 1;
                }
                ended => return ended,
            }
        }
    }

    fn attempt(&mut self) -> Result<Ended> {
        let revision = self.planned.revision.clone();
        self.switch_foreign_keys()?;
        let ended = self.open().and_then(|()| self.inside());
        let restored = self.leave(ended.is_err());
        match (ended, restored) {
            (Ok(ended), Ok(())) => Ok(ended),
            (Ok(_), Err(restored)) => {
                Err(restored.outcome("the migration stands; drop this connection").in_revision(&revision))
            }
            (Err(error), Ok(())) => {
                self.refused_a_lock = self.is_refused_a_lock(&error);
                Err(self.explained(error).in_revision(&revision))
            }
            (Err(error), Err(restored)) => {
                let left = format!("cleaning up failed too ({}): drop this connection", restored.what());
                Err(error.outcome(left).in_revision(&revision))
            }
        }
    }

    fn database(&mut self) -> &mut dyn Database {
        self.run.conn.database()
    }

    pub(super) fn nested(&self) -> bool {
        self.run.depth > 0
    }

    /// A second look, the migration, the history row, the commit.
    fn inside(&mut self) -> Result<Ended> {
        if let Look::Found(found) = self.look_again()?
            && found != self.run.applied
        {
            self.close_unchanged()?;
            self.run.applied = found;
            return Ok(Ended::Moved);
        }
        self.refuse_interrupted()?;
        let mut context = self.context();
        context.journal = self.read_journal()?;
        self.pay_before_questions()?;
        let skipped = self.is_to_be_skipped(&mut context)?;
        self.run.book.create(self.run.conn.database())?;
        let report = self.run_body(context, skipped)?;
        self.run.book.created();
        self.run.report.steps.push(report);
        Ok(Ended::Stood)
    }

    fn look_again(&mut self) -> Result<Look> {
        let answer = self.answer.take();
        if self.nested() && self.run.book.is_certain(self.run.conn.database()) {
            return Ok(Look::AsExpected);
        }
        let expected = self.run.applied.digest();
        self.run.book.look_again(self.run.conn.database(), answer, &expected, self.run.registry)
    }

    fn refuse_interrupted(&mut self) -> Result<()> {
        if self.planned.how == How::Record {
            return Ok(());
        }
        if self.transactional && self.run.book.is_half_done(&self.planned.revision) {
            return Err(half_done(&self.planned.revision));
        }
        let (book, database) = (&mut self.run.book, self.run.conn.database());
        let begun = match self.transactional {
            true => book.under_way(database)?,
            false => {
                book.learn_what_is_left(database)?;
                if book.is_clear() { None } else { book.unfinished(database)? }
            }
        };
        match begun {
            Some(begun) if !self.planned.goes_on_with(&begun) => Err(interrupted(&begun)),
            _ => Ok(()),
        }
    }

    fn read_journal(&mut self) -> Result<Option<Journal>> {
        if self.transactional || self.planned.how == How::Record {
            return Ok(None);
        }
        let Planned { revision, direction, .. } = self.planned.clone();
        let mut journal = self.run.book.journal(self.run.conn.database(), &revision, direction)?;
        match journal.settle_doubt(self.run.conn.database()) {
            Ok(()) => Ok(Some(journal)),
            Err(error) => {
                self.journal = Some(journal);
                Err(error)
            }
        }
    }

    /// The conditions, asked before anything is written.
    fn is_to_be_skipped(&mut self, context: &mut Context) -> Result<bool> {
        match self.migration.clone() {
            _ if context.journal.as_ref().is_some_and(Journal::was_begun) => Ok(false),
            Some(migration) if self.planned.how == How::Run && self.planned.direction == Direction::Up => {
                body::is_to_be_skipped(migration.metadata(), self.run.conn.database(), context)
            }
            _ => Ok(false),
        }
    }

    fn run_body(&mut self, mut context: Context, skipped: bool) -> Result<StepReport> {
        let started = (Instant::now(), now());
        let Planned { revision, direction, how, .. } = self.planned.clone();
        let observers = self.run.options.observers.clone();
        let is_told = std::mem::replace(&mut self.told, true);
        if !is_told {
            observers.tell(&Event::MigrationStarted { revision: revision.clone(), direction });
        }
        if how == How::Run && !is_told && !context.allowed.is_empty() {
            observers.tell(&Event::LossesNamed { revision: revision.clone(), losses: context.allowed.clone() });
        }
        let mut row = Row {
            revision: revision.clone(),
            direction,
            state: State::Stamped,
            statements: 0,
            checksum: self.migration.as_ref().and_then(|migration| migration.checksum()).map(str::to_owned),
            started: started.1,
            note: None,
        };
        if skipped {
            row.state = State::Skipped;
        } else if how == How::Run {
            row.state = self.run_migration(&mut context, &row)?;
        }
        self.run.mentions.absorb(context.take_mentions());
        if self.run.mentions.opaque || self.run.mentions.names(&self.run.book.diesel_table()) {
            self.run.book.distrust();
        }
        row.statements = context.statements;
        row.note = self.note_of(&context);
        self.record(&row, &context).inspect_err(|error| self.note_unrecorded(&row, error))?;
        let outcome = outcome(row.state, direction);
        let duration = started.0.elapsed();
        observers.tell(&Event::MigrationEnded { revision: revision.clone(), outcome, duration });
        let description = self.migration.as_ref().map(|migration| migration.metadata().description_text().to_owned());
        Ok(StepReport {
            revision,
            description: description.unwrap_or_default(),
            direction,
            outcome,
            duration,
            statements: context.statements,
            out_of_order: self.planned.late,
            notes: context.notes,
        })
    }

    fn context(&mut self) -> Context {
        let (planned, migration) = (&self.planned, self.migration.as_deref());
        let renderer = self.run.conn.database().shared_renderer();
        let mut context = self.run.options.context_of(planned, migration, self.transactional, renderer);
        context.patience = self.patience();
        context.renderer = Some(self.run.book.renderer());
        context.rehearsing = self.run.rehearsed.is_some();
        self.arm(&mut context);
        context
    }

    /// The migration's functions, with a row before them where nothing could be undone.
    fn run_migration(&mut self, context: &mut Context, row: &Row) -> Result<State> {
        let Some(migration) = self.migration.clone() else {
            return Err(Error::new(ErrorKind::UnknownRevision, "the program has no such migration"));
        };
        if self.transactional {
            return self.call_migration(&*migration, context, row);
        }
        let note = self.run.guarded.installing.then(|| INSTALLING.to_owned());
        if let Some(journal) = &mut context.journal {
            journal.owe_begin(self.run.conn.database(), &Row { state: State::Started, note, ..row.clone() });
        }
        self.begun = true;
        self.call_migration(&*migration, context, row).inspect_err(|error| {
            self.journal = self.journal.take().or_else(|| context.journal.take());
            self.note_failure(row, error);
        })
    }

    fn call_migration(&mut self, migration: &dyn Migration, context: &mut Context, row: &Row) -> Result<State> {
        let tables = self.tables_to_back_up(migration)?;
        counting::count_suspects(self.run.conn.database(), context)?;
        context.owed = std::mem::take(&mut self.run.book.owed);
        let outcome = body::run(migration, row.direction, &tables, self.run.conn, context);
        self.run.book.owed = std::mem::take(&mut context.owed);
        self.note_rehearsed(context);
        let dropped = self.drop_temporary_tables(context, outcome.is_ok());
        if context.wants_foreign_keys_off && !self.foreign_keys_off && !self.nested() {
            (self.again, self.foreign_keys_off) = (true, true);
        }
        // The run's own transaction, and none of the caller's round it.
        self.run.single.wants_foreign_keys_off |=
            context.wants_foreign_keys_off && self.run.single.open && self.run.depth == 1;
        self.journal = context.journal.take();
        self.sent_at = context.sent_at;
        let state = outcome.and_then(|state| dropped.map(|()| state))?;
        self.look_after(context)?;
        if let Some(rehearsed) = &mut self.run.rehearsed {
            rehearsed.losses.append(&mut context.planned.losses);
        }
        if context.opaque || context.settings_touched {
            self.restoring = self.run.conn.database().restoring(&self.run.settings);
            if self.restoring.is_none() {
                self.restore_settings()?;
            }
        }
        self.refuse_broken_foreign_keys()?;
        Ok(state)
    }

    /// Those that it made; what a transaction of its own holds that did not come to its end is rolled back first.
    fn drop_temporary_tables(&mut self, context: &mut Context, ended: bool) -> Result<()> {
        match (ended, self.transactional) {
            (true, _) => {}
            (false, true) => return Ok(()),
            (false, false) => self.close_transactions()?,
        }
        context.drop_temporary_tables(self.run.conn.database())
    }

    fn note_rehearsed(&mut self, context: &Context) {
        if let Some(rehearsed) = &mut self.run.rehearsed {
            rehearsed.met_foreign_keys |= context.wants_foreign_keys_off;
        }
    }

    /// The tables that are copied before its function runs.
    fn tables_to_back_up(&mut self, migration: &dyn Migration) -> Result<Vec<TableName>> {
        if self.run.options.backups == Backups::AllTables {
            return self.database().copied_tables();
        }
        Ok(migration.metadata().backups().to_vec())
    }

    fn note(&mut self, row: &Row, state: State, note: Option<String>) -> Result<()> {
        self.run.book.note(self.run.conn.database(), &Row { state, note, ..row.clone() })
    }

    /// That one failed whose functions have ended, and whose end could not be written.
    fn note_unrecorded(&mut self, row: &Row, error: &Error) {
        if self.begun {
            self.note_failure(row, error);
        }
    }

    /// That it failed, where what it did stands; if even that cannot be written, the row that says it was begun stays.
    fn note_failure(&mut self, row: &Row, error: &Error) {
        if self.close_transactions().is_err() {
            return;
        }
        if let Some(journal) = &mut self.journal {
            journal.end_with_error(self.run.conn.database());
        }
        if error.kind() != ErrorKind::Interrupted {
            self.note(row, State::Failed, Some(error.what().to_owned())).ok();
        }
    }
}

fn outcome(state: State, direction: Direction) -> Outcome {
    match (state, direction) {
        (State::Stamped, _) => Outcome::Stamped,
        (State::Skipped, _) => Outcome::Skipped,
        (_, Direction::Up) => Outcome::Applied,
        (_, Direction::Down) => Outcome::Reverted,
    }
}
