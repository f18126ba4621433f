//! All that is pending in one transaction: it stands as a whole, or not at all.

use std::sync::Arc;

use super::Migrator;
use super::options::Backups;
use super::run::{How, Planned, Route, Run};
use super::step::Stepper;
use super::wait;
use crate::connection::Violations;
use crate::error::{Error, ErrorKind, Result};
use crate::migration::Migration;
use crate::operations::{Context, Patience};

/// What a run in one transaction has learnt from an attempt that was rolled back.
#[derive(Default)]
pub(super) struct Single {
    /// Whether the transaction of the run is open.
    pub(super) open: bool,
    /// Whether a rebuild was met that must not run with foreign keys enforced.
    pub(super) wants_foreign_keys_off: bool,
    /// Whether somebody else held a lock.
    pub(super) refused_a_lock: bool,
    foreign_keys_off: bool,
    attempts: u32,
}

impl Migrator {
    /// Applies all that is pending in one transaction, their history rows included: after an error at any of them the
    /// database is as it was before the first. Where the guard may have to run one again, that one has a savepoint inside it.
    /// The rows of the history are written together, before anything that may ask for them and at the end.
    ///
    /// The migration lock, and every lock on a table that a migration took, are held until the end. Observers are told of
    /// each migration when it is done, before the whole is committed. SQLite and PostgreSQL can do this. PostgreSQL holds
    /// the locks of a transaction in a table of limited size: when the migrations that are pending may be too many for
    /// `max_locks_per_transaction`, that is said before the first.
    ///
    /// ```
    /// use migrator_core::prelude::*;
    ///
    /// #[migration(revision = "1", irreversible)]
    /// mod create_users {
    ///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
    ///         op.create_table("users", |t| t.id())?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// #[migration(revision = "2", irreversible)]
    /// mod fails {
    ///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
    ///         op.execute("nonsense")?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// fn main() -> MigrationResult {
    ///     let mut conn = SqliteConnection::establish(":memory:")?;
    ///     let migrator = Migrator::new().with(&create_users::MIGRATION).with(&fails::MIGRATION).single_transaction();
    ///     assert!(migrator.run_pending(&mut conn).is_err());
    ///     assert!(!migrator_core::has_table(&mut conn, "users")?);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// The run is `Unsupported`, before anything is written, on MySQL and MariaDB, and when a migration on the way says
    /// `transaction = false`.
    pub fn single_transaction(self) -> Self {
        self.set(|options| options.single_transaction = true)
    }
}

/// A table, its key, a sequence and an index: as many locks a migration as small ones take.
const LOCKS_A_MIGRATION: usize = 4;

impl Run<'_> {
    /// The steps of a run, in a transaction each, or in one.
    pub(super) fn all_steps(&mut self, route: &Route<'_>, planned: Vec<Planned>) -> Result<()> {
        if !self.options.single_transaction {
            return self.steps(route, planned);
        }
        self.refuse_single(&planned)?;
        self.single.foreign_keys_off = self.depth == 0 && planned.iter().any(|step| self.wants_keys_off(step));
        loop {
            match self.try_all(route, planned.clone()) {
                Err(_) if std::mem::take(&mut self.single.wants_foreign_keys_off) => {
                    self.single.foreign_keys_off = true;
                }
                Err(error) if std::mem::take(&mut self.single.refused_a_lock) => self.wait_for_all(error)?,
                ended => return ended,
            }
        }
    }

    fn refuse_single(&mut self, planned: &[Planned]) -> Result<()> {
        let database = self.conn.database();
        if !database.renderer()?.capabilities().transactional_ddl {
            let message = format!("{} commits at each DDL: there is no transaction round several", database.dialect()?);
            return Err(Error::unsupported(
                message,
                "leave single_transaction() out: what is done is passed over when it runs again",
            )
            .state("nothing was written"));
        }
        for step in planned {
            let outside =
                self.registry.get(step.revision.as_str()).is_some_and(|one| !one.metadata().is_transactional());
            if outside {
                let message = "it says `transaction = false`, and all migrations are to be in one";
                let way =
                    "leave single_transaction() out, or upgrade up to it, over it and beyond it in runs of their own";
                return Err(Error::unsupported(message, way).in_revision(&step.revision).state("nothing was written"));
            }
        }
        self.refuse_too_many(planned.len())
    }

    /// The table of locks is full long after the first migration, and everything would be rolled back then.
    fn refuse_too_many(&mut self, migrations: usize) -> Result<()> {
        let Some((room, setting)) = self.conn.database().room_for_locks()? else { return Ok(()) };
        let wanted = (migrations * LOCKS_A_MIGRATION) as u64;
        if wanted <= room.locks - room.locks / 10 {
            return Ok(());
        }
        let enough = (wanted * 10).div_ceil(9 * room.per_unit.max(1)).next_multiple_of(64);
        let message = format!(
            "{migrations} migrations in one transaction may take {wanted} locks, and the server has room for {} of all sessions",
            room.locks
        );
        Err(Error::new(ErrorKind::Unsupported, message).state("nothing was written").remedy_told(|reader| {
            let part = reader.upgrade("+1000");
            format!("set {setting} = {enough} or more and restart the server, or upgrade in parts: {part}")
        }))
    }

    fn wants_keys_off(&self, step: &Planned) -> bool {
        self.registry.get(step.revision.as_str()).is_some_and(|migration| !migration.metadata().keeps_foreign_keys())
    }

    /// One attempt; when it fails, nothing of it is left, here neither.
    fn try_all(&mut self, route: &Route<'_>, planned: Vec<Planned>) -> Result<()> {
        let before = (self.book.clone(), self.applied.clone(), self.guarded.clone(), self.report.steps.len());
        let violations = self.switch_keys(false)?;
        let outcome = self.open_one().and_then(|()| self.fill_one(route, planned, &violations));
        let closed = if outcome.is_err() { self.close_one() } else { Ok(()) };
        self.single.open = false;
        let restored = self.switch_keys(true);
        if outcome.is_err() {
            (self.book, self.applied, self.guarded) = (before.0, before.1, before.2);
            self.report.steps.truncate(before.3);
        }
        outcome.and(closed).and(restored.map(drop))
    }

    fn open_one(&mut self) -> Result<()> {
        if self.depth > 0 {
            self.conn.database().begin()?;
        } else {
            wait::for_lock(self.conn.database(), self.options, |database, limits| {
                database.try_begin_migration(limits)
            })?;
        }
        self.depth += 1;
        self.single.open = true;
        Ok(())
    }

    fn fill_one(&mut self, route: &Route<'_>, planned: Vec<Planned>, violations: &Violations) -> Result<()> {
        self.steps(route, planned)?;
        if self.single.foreign_keys_off {
            violations.refuse_more(self.conn.database()).map_err(|error| {
                error
                    .state("rolled back, the database is as it was before this run")
                    .remedy("mend the rows in the migrations")
            })?;
        }
        self.conn.database().commit()?;
        self.depth -= 1;
        Ok(())
    }

    fn close_one(&mut self) -> Result<()> {
        if !self.single.open {
            return Ok(());
        }
        let undone = self.undo_one();
        self.depth -= 1;
        undone
    }

    /// Undoes what the transaction of the run did, and has the session as it was in it.
    pub(super) fn undo_one(&mut self) -> Result<()> {
        let (base, database) = (self.depth - 1, self.conn.database());
        while database.transaction_depth()? > base {
            database.rollback()?;
        }
        if base == 0 {
            database.end_what_is_open()?;
        }
        database.restore_settings(&self.settings)
    }

    /// Foreign keys are switched outside of the transaction; what breaks them before.
    fn switch_keys(&mut self, back: bool) -> Result<Violations> {
        let database = self.conn.database();
        if !self.single.foreign_keys_off {
            return Ok(Violations::default());
        }
        if back {
            return database.restore_settings(&self.settings).map(|()| Violations::default());
        }
        let violations = Violations::standing(database)?;
        database.enforce_foreign_keys(false)?;
        Ok(violations)
    }

    fn wait_for_all(&mut self, error: Error) -> Result<()> {
        self.single.attempts += 1;
        let retries = if self.depth > 0 { 0 } else { self.options.lock_retries };
        let patience = Patience { limits: self.options.limits, retries, caller: self.caller.clone() };
        let Some(revision) = error.revision().cloned() else { return Err(error) };
        patience.wait(error, self.single.attempts, self.conn.database(), &self.options.observers, &revision)
    }
}

impl Stepper<'_, '_> {
    /// Whether nothing of it alone would ever be undone: only the guard runs a migration of such a run again, and a failure
    /// undoes all of them.
    pub(super) fn is_bare(&self) -> bool {
        self.run.single.open && self.planned.how == How::Run && self.is_unguarded()
    }

    /// Conditions, checks and copies may ask for anything.
    pub(super) fn pay_before_questions(&mut self) -> Result<()> {
        let asks = |migration: &Arc<dyn Migration>| {
            let metadata = migration.metadata();
            let asked = [metadata.required(), metadata.ensured(), metadata.skipped_if()];
            migration.has_verify() || asked.iter().any(|asked| !asked.is_empty()) || !metadata.backups().is_empty()
        };
        if self.run.options.backups == Backups::AllTables || self.migration.as_ref().is_some_and(asks) {
            return self.run.book.owed.pay(self.run.conn.database());
        }
        Ok(())
    }

    /// Whether its row may be written with those of others: nothing in it has asked for the history, or written to it.
    pub(super) fn may_owe(&self, context: &Context) -> bool {
        self.bare && !context.asked_for_history && self.restoring.is_none() && self.run.book.may_owe()
    }
}
