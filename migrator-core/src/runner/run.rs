//! A run: from what the database has to where it was told to go, one migration at a time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::body::ask_repair;
use super::guarding::Guarded;
use super::options::{Options, Policy};
use super::rehearsing::Rehearsed;
use super::single::Single;
use super::step::{Ended, Stepper};
use crate::connection::{Database, SchemaConnection, Settings, ended_by_ddl, patiently};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::graph;
use crate::history::{Applied, Book, HistoryEntry, Look, Row, State, now};
use crate::migration::Migration;
use crate::name::RevisionId;
use crate::operations::Mentions;
use crate::registry::Registry;
use crate::report::{Direction, RunReport, list};

/// Where a run goes.
pub(super) enum Route<'a> {
    Up(&'a str),
    Down(&'a str),
    Stamp(&'a str),
    /// One applied migration that nothing applied follows.
    #[cfg(feature = "testing")]
    Undo(&'a str),
}

impl Route<'_> {
    fn target(&self) -> &str {
        match self {
            Self::Up(target) | Self::Down(target) | Self::Stamp(target) => target,
            #[cfg(feature = "testing")]
            Self::Undo(revision) => revision,
        }
    }
}

/// How a migration of a run is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Run,
    Record,
}

/// One migration of a run, before it ran.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) revision: RevisionId,
    pub(super) direction: Direction,
    pub(super) how: How,
    /// Whether a later one of its line stands already.
    pub(super) late: bool,
}

impl Planned {
    /// Whether it is what an attempt before was about.
    pub(super) fn goes_on_with(&self, begun: &HistoryEntry) -> bool {
        self.revision == begun.revision && self.direction == begun.direction
    }
}

/// Whether a migration says that it runs with foreign keys switched off.
pub(super) fn foreign_keys_off(migration: &dyn Migration) -> bool {
    !migration.metadata().keeps_foreign_keys()
}

/// The error of what was begun and neither ended nor failed.
pub(super) fn interrupted(begun: &HistoryEntry) -> Error {
    let who = begun.who.as_deref().unwrap_or("somebody");
    let message = format!("it was begun at {} by {who} and did not end", begun.started_at);
    Error::new(ErrorKind::Interrupted, message)
        .in_revision(&begun.revision)
        .state("what it did until then stands; nothing was written since")
        .remedy_told(ask_repair)
}

/// The error of what broke off outside a transaction and is to run in one, which knows nothing of its steps.
pub(super) fn half_done(revision: &RevisionId) -> Error {
    Error::new(ErrorKind::Interrupted, "it broke off outside a transaction, and would begin anew inside of one")
        .in_revision(revision)
        .state("the statements that its journal tells of stand; nothing was written since")
        .remedy_told(|reader| format!("say `transaction = false` again, and it goes on; {}", ask_repair(reader)))
}

fn moved(route: &Route<'_>) -> Error {
    let message = format!("while this run waited, somebody else changed what {} means", route.target());
    Error::new(ErrorKind::InvalidTarget, message)
        .state("nothing was written by this run since")
        .remedy("look at `current`, and say the target again")
}

/// The history as it was read, what stands if that is not just what the program has, and how many transactions are open.
fn look(registry: &Registry, database: &mut dyn Database) -> Result<(Book, Option<Applied>, u32)> {
    let depth = database.transaction_depth()?;
    let mut book = Book::open(database);
    let found = match book.look(database, registry.complete_digest(), registry)? {
        Look::AsExpected => None,
        Look::Found(applied) => Some(applied),
    };
    Ok((book, found, depth))
}

pub(super) struct Run<'a> {
    pub(super) registry: &'a Registry,
    pub(super) options: &'a Options,
    pub(super) conn: &'a mut dyn SchemaConnection,
    pub(super) book: Book,
    pub(super) applied: Applied,
    pub(super) report: RunReport,
    /// The session's settings as the caller has them, read once: every migration ends with them.
    pub(super) settings: Settings,
    /// The same before the run gave the session what it needs.
    pub(super) caller: Arc<Settings>,
    /// How many transactions the caller has open.
    pub(super) depth: u32,
    /// Whether a lock of the session is held, from one migration outside a transaction to the next.
    pub(super) locked: bool,
    /// Whether the session's statements are limited for such a migration.
    pub(super) limited: bool,
    /// What the guard knows of the run.
    pub(super) guarded: Guarded,
    /// What the statements of the run name.
    pub(super) mentions: Mentions,
    /// How it is in one transaction, where it is.
    pub(super) single: Single,
    /// What was seen, where it is a rehearsal.
    pub(super) rehearsed: Option<Rehearsed>,
}

impl<'a> Run<'a> {
    /// Reads what the database has, and goes nowhere.
    pub(super) fn looking(
        registry: &'a Registry,
        options: &'a Options,
        conn: &'a mut dyn SchemaConnection,
    ) -> Result<Self> {
        let (book, found, depth) = look(registry, conn.database())?;
        let applied = found.unwrap_or_else(|| registry.complete());
        Ok(Self::from(registry, options, conn, (book, applied), depth))
    }

    /// Reads what the database has, one SELECT, and takes it where the route goes.
    pub(super) fn along(
        route: &Route<'_>,
        registry: &'a Registry,
        options: &'a Options,
        conn: &'a mut dyn SchemaConnection,
    ) -> Result<RunReport> {
        let (book, found, depth) = look(registry, conn.database())?;
        if found.is_none() && matches!(route, Route::Up("heads")) {
            return Ok(RunReport { upward: true, ..RunReport::default() });
        }
        let applied = found.unwrap_or_else(|| registry.complete());
        let mut run = Self::from(registry, options, conn, (book, applied), depth);
        run.report.upward = matches!(route, Route::Up(_));
        run.go(route)
    }

    /// A run that has read what the database has, and done nothing yet.
    pub(super) fn from(
        registry: &'a Registry,
        options: &'a Options,
        conn: &'a mut dyn SchemaConnection,
        (book, applied): (Book, Applied),
        depth: u32,
    ) -> Self {
        let (unknown, edited) = (registry.unknown(&applied), applied.edited(registry));
        let report = RunReport { unknown, edited, ..RunReport::default() };
        let (settings, caller) = Default::default();
        let (guarded, mentions, single) = Default::default();
        Self {
            registry,
            options,
            conn,
            book,
            applied,
            report,
            settings,
            caller,
            depth,
            locked: false,
            limited: false,
            guarded,
            mentions,
            single,
            rehearsed: None,
        }
    }

    fn go(mut self, route: &Route<'_>) -> Result<RunReport> {
        self.travel(route)?;
        Ok(self.report)
    }

    /// Takes the database where the route goes.
    pub(super) fn travel(&mut self, route: &Route<'_>) -> Result<()> {
        let planned = self.planned(route)?;
        self.tell_unknown();
        self.refuse_early(route, &planned)?;
        if planned.is_empty() && !matches!(route, Route::Stamp(_)) {
            return self.refuse_interrupted();
        }
        let patience = self.conn.database().grow_patient()?;
        let outcome = self.begin(route, planned);
        let restored = self.conn.database().be_patient_as(patience);
        outcome.and(restored).map_err(|error| error.with_report(self.report.clone()))
    }

    /// What is refused before anything is written.
    pub(super) fn refuse_early(&self, route: &Route<'_>, planned: &[Planned]) -> Result<()> {
        if matches!(route, Route::Up(_)) {
            self.refuse_edited()?;
        }
        if planned.is_empty() { Ok(()) } else { self.refuse_what_does_not_fit(route, planned) }
    }

    /// What was begun and has not ended: somebody is at it, or it broke off.
    pub(super) fn told_under_way(&mut self) -> Result<Option<String>> {
        let begun = self.book.under_way(self.conn.database())?;
        Ok(begun
            .map(|begun| format!("{} and has not ended: a run waits for it, or goes on with it", begun.told_begun())))
    }

    fn begin(&mut self, route: &Route<'_>, planned: Vec<Planned>) -> Result<()> {
        self.prepare(route)?;
        let revisions = planned.iter().map(|step| step.revision.clone()).collect();
        self.options.observers.tell(&Event::RunStarted { revisions });
        let before = Arc::new(self.settings.clone());
        self.caller = before.clone();
        let outcome = self.prepare_session().and_then(|()| self.all_steps(route, planned));
        if outcome.is_ok() && (!self.report.is_empty() || matches!(route, Route::Stamp(_))) {
            self.conclude();
        }
        let watched = self.end_watch();
        let restored = watched.and(self.conn.database().restore_settings(&before));
        let outcome = match (outcome, restored) {
            (Ok(()), Err(restored)) => Err(restored.outcome("the migrations of this run stand; drop this connection")),
            (outcome, _) => outcome,
        };
        if let Err(error) = &outcome {
            let (revision, what) = (error.revision().cloned(), error.what().to_owned());
            self.options.observers.tell(&Event::RunFailed { revision, kind: error.kind(), what });
        }
        self.options.observers.tell(&Event::RunEnded { steps: self.report.steps.len() });
        outcome
    }

    /// What takes the database from what it has to where the route goes.
    pub(super) fn planned(&self, route: &Route<'_>) -> Result<Vec<Planned>> {
        let graph = &self.registry.graph;
        let applied = self.applied.revisions();
        let step = |direction, how| move |revision| Planned { revision, direction, how, late: false };
        Ok(match route {
            Route::Up(target) => {
                let late: BTreeSet<RevisionId> = graph.late_arrivals(&applied).into_iter().collect();
                graph.upgrade(&applied, target)?.iter().map(|step| upward(step, &late)).collect()
            }
            Route::Down(target) => {
                graph.downgrade(&applied, target)?.into_iter().map(step(Direction::Down, How::Run)).collect()
            }
            #[cfg(feature = "testing")]
            Route::Undo(revision) => vec![step(Direction::Down, How::Run)(RevisionId::new(revision))],
            Route::Stamp(target) => {
                let stamp = graph.stamp(&applied, target)?;
                let removed = stamp.remove.iter().cloned().map(step(Direction::Down, How::Record));
                let added = stamp.add.into_iter().chain(self.report.edited.clone());
                let stays = |revision: &RevisionId| !stamp.remove.contains(revision);
                let added = added.filter(stays).map(step(Direction::Up, How::Record));
                removed.chain(added).collect()
            }
        })
    }

    fn tell_unknown(&self) {
        if !self.report.unknown.is_empty() {
            self.options.observers.tell(&Event::DatabaseAhead { revisions: self.report.unknown.clone() });
        }
    }

    /// History that does not match the program, and migrations that cannot be undone, before anything is written.
    pub(super) fn refuse_what_does_not_fit(&self, route: &Route<'_>, planned: &[Planned]) -> Result<()> {
        if matches!(route, Route::Stamp(_)) {
            return Ok(());
        }
        self.refuse_unknown()?;
        self.refuse_edited()?;
        self.refuse_gaps()?;
        for step in planned {
            let migration = self.registry.migration(&step.revision)?;
            if step.direction == Direction::Down && migration.metadata().is_irreversible() {
                return Err(crate::migration::irreversible(migration.metadata()));
            }
            self.refuse_out_of_order(step)?;
        }
        Ok(())
    }

    /// Nothing is to be done, and something was begun that neither ended nor failed: who got the lock meanwhile is alive
    /// and at it; with the lock free, nobody is.
    pub(super) fn refuse_interrupted(&mut self) -> Result<()> {
        let database = self.conn.database();
        if self.depth > 0 || self.book.under_way(database)?.is_none() {
            return Ok(());
        }
        if !self.book.try_lock(database)? {
            return Ok(());
        }
        let begun = self.book.under_way(database);
        self.book.unlock(database)?;
        begun?.map_or(Ok(()), |begun| Err(interrupted(&begun)))
    }

    fn refuse_unknown(&self) -> Result<()> {
        if self.report.unknown.is_empty() || self.options.unknown_revisions == Policy::Allow {
            return Ok(());
        }
        let unknown = list(&self.report.unknown);
        let message = format!("the database has {unknown}, which this program does not know");
        Err(Error::new(ErrorKind::UnknownRevision, message).state("nothing was written").remedy_told(|reader| {
            format!(
                "a newer program has migrated this database: deploy that one, or one with its migrations; to change the \
                 database all the same: {}",
                reader.setting(".unknown_revisions(Policy::Allow)")
            )
        }))
    }

    pub(super) fn refuse_edited(&self) -> Result<()> {
        if self.report.edited.is_empty() || self.options.edited == Policy::Allow {
            return Ok(());
        }
        let message = format!("changed since they were applied: {}", list(&self.report.edited));
        Err(Error::new(ErrorKind::Edited, message).state("nothing was written").remedy_told(|reader| {
            let allow = reader.setting(".edited(Policy::Allow)");
            format!("take the change back and write a new migration for it; or {allow}")
        }))
    }

    /// A child that is applied while a parent that it names is not.
    fn refuse_gaps(&self) -> Result<()> {
        let applied = self.applied.revisions();
        let Some(anomaly) = self.registry.graph.anomalies(&applied).into_iter().next() else { return Ok(()) };
        let tips = self.known_tips(&applied);
        let what = anomaly.to_string();
        Err(Error::new(ErrorKind::MissingRevision, what).state("nothing was written").remedy_told(move |reader| {
            let tips: Vec<&str> = tips.iter().map(RevisionId::as_str).collect();
            let record = reader.stamp(&tips.join(","));
            format!("find out whether the parent's changes are there; if they are, record it: {record}")
        }))
    }

    /// The applied revisions of the program that no applied one follows.
    pub(super) fn known_tips(&self, applied: &graph::Applied) -> Vec<RevisionId> {
        let known = |revision: &RevisionId| !self.report.unknown.contains(revision);
        self.registry.graph.tips(applied).into_iter().filter(known).collect()
    }

    fn refuse_out_of_order(&self, step: &Planned) -> Result<()> {
        if self.options.out_of_order == Policy::Allow || !step.late {
            return Ok(());
        }
        Err(Error::new(ErrorKind::OutOfOrder, "it is older than a migration that is applied")
            .in_revision(&step.revision)
            .state("nothing was written")
            .remedy_told(|reader| {
                let allow = reader.setting(".out_of_order(Policy::Allow)");
                format!("give it a revision after the last applied one, or {allow}")
            }))
    }

    /// What must be so before the first write.
    pub(super) fn prepare(&mut self, route: &Route<'_>) -> Result<()> {
        let database = self.conn.database();
        let facts = database.renderer()?.capabilities();
        if self.depth > 0 && !facts.transactional_ddl {
            return Err(ended_by_ddl(database.dialect()?));
        }
        if self.depth > 0 {
            self.report.notes.push(IN_TRANSACTION.to_owned());
        }
        let upward = matches!(route, Route::Up(_));
        patiently(database, |database| {
            database.server()?.refuse_read_only()?;
            self.settings = database.settings()?;
            self.book.pin(database)?;
            self.guarded.installing = upward && self.book.is_installing(database)?;
            Ok(())
        })
    }

    /// What the product needs of a session for the run, and what migrations are to end with.
    fn prepare_session(&mut self) -> Result<()> {
        let database = self.conn.database();
        let prepared = database.prepare_session()?;
        let by_session = self.depth > 0 || !database.limits_transactions();
        if (by_session && database.limit_statements(&self.options.limits)?) || prepared {
            self.settings = database.settings()?;
        }
        Ok(())
    }

    pub(super) fn steps(&mut self, route: &Route<'_>, planned: Vec<Planned>) -> Result<()> {
        let outcome = self.each_step(route, planned);
        let released = self.release();
        outcome.and(released)
    }

    fn each_step(&mut self, route: &Route<'_>, planned: Vec<Planned>) -> Result<()> {
        let mut waiting = VecDeque::from(planned);
        while let Some(next) = waiting.pop_front() {
            self.options.stop.refuse().map_err(|error| error.in_revision(&next.revision))?;
            self.guarded.left = waiting.len();
            match Stepper::new(self, next.clone())?.step()? {
                Ended::Stood => {}
                Ended::Moved => waiting = self.planned_again(route, next, waiting)?.into(),
            }
        }
        self.book.owed.pay(self.conn.database())?;
        if matches!(route, Route::Stamp(_)) { self.settle() } else { Ok(()) }
    }

    /// What was begun and did not end is over once somebody has said where the database stands: nobody is at it who holds
    /// the lock. What breaks off while this waits for the lock is not what was spoken of.
    fn settle(&mut self) -> Result<()> {
        if self.book.all_unsettled(self.conn.database())?.is_empty() {
            return Ok(());
        }
        if self.depth > 0 || self.locked || self.book.try_lock(self.conn.database())? {
            self.locked = self.depth == 0;
            let begun = self.book.all_unsettled(self.conn.database())?;
            return begun.iter().try_for_each(|begun| self.settle_one(&begun.revision, begun.direction));
        }
        self.under_lock(|run| {
            let begun = run.book.all_unsettled(run.conn.database())?;
            begun.first().map_or(Ok(()), |begun| Err(interrupted(begun)))
        })
    }

    pub(super) fn settle_one(&mut self, revision: &RevisionId, direction: Direction) -> Result<()> {
        let row = Row {
            revision: revision.clone(),
            direction,
            state: State::Settled,
            statements: 0,
            checksum: None,
            started: now(),
            note: None,
        };
        self.book.settle(self.conn.database(), &row)
    }

    /// Somebody else was faster: what is left of the way from where the database is now.
    fn planned_again(&mut self, route: &Route<'_>, next: Planned, waiting: VecDeque<Planned>) -> Result<Vec<Planned>> {
        self.report.unknown = self.registry.unknown(&self.applied);
        let left = if self.registry.graph.is_relative(route.target()) {
            self.left_of_meant(route, [next].into_iter().chain(waiting))?
        } else {
            self.planned(route)?
        };
        if !left.is_empty() {
            self.refuse_what_does_not_fit(route, &left)?;
        }
        Ok(left)
    }

    /// Of the steps that a relative target meant, those that are still to be taken; it must mean just these now.
    fn left_of_meant(&self, route: &Route<'_>, meant: impl Iterator<Item = Planned>) -> Result<Vec<Planned>> {
        let open = |step: &Planned| self.applied.contains(&step.revision) == (step.direction == Direction::Down);
        let left: Vec<Planned> = meant.filter(open).collect();
        let revisions = |steps: &[Planned]| steps.iter().map(|step| step.revision.clone()).collect::<Vec<_>>();
        if left.is_empty() || revisions(&self.planned(route)?) == revisions(&left) {
            return Ok(left);
        }
        Err(moved(route))
    }
}

fn upward(step: &graph::Step, late: &BTreeSet<RevisionId>) -> Planned {
    let how = match step {
        graph::Step::Run(_) => How::Run,
        graph::Step::Adopt(_) => How::Record,
    };
    let revision = step.revision().clone();
    Planned { direction: Direction::Up, how, late: late.contains(&revision), revision }
}

pub(super) const IN_TRANSACTION: &str = "ran inside a transaction of the caller's: that each migration runs once, and stands or \
     falls with its history row, is now up to that transaction";
