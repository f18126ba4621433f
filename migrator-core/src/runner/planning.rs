//! Planning a run: the same migrations in the same order, on a connection that records.

use std::sync::Arc;

use super::Migrator;
use super::body;
use super::options::{Backups, Options};
use super::run::{How, Planned, Route, Run, foreign_keys_off};
use crate::backup::{Order, planned_backup};
use crate::conditions::first_false;
use crate::connection::copies::Copies;
use crate::connection::{Database, Planning, SchemaConnection, Scope, ServerInfo, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Observers;
use crate::history::{Applied, Book, Row, State, now};
use crate::migration::Migration;
use crate::name::TableName;
use crate::operations::{Context, Permission};
use crate::plan::{
    Assumption, Plan, PlannedBackup, PlannedLoss, PlannedStatement, PlannedStep, Prospect, Recorded, Shadow, Warning,
    renamed, warnings,
};
use crate::registry::Registry;
use crate::report::{Direction, Outcome};

impl Migrator {
    /// What a run to the target would do: the steps, their SQL, what they lose and lock. Nothing is changed for it, not
    /// even the history tables are made, and nothing is locked; a role that may only read can ask.
    ///
    /// Targets are those of [`upgrade`](Migrator::upgrade) and of [`downgrade`](Migrator::downgrade): `-1`, `base` and a
    /// revision that the database is beyond mean the way down, everything else the way up.
    ///
    /// Rust migrations run against a copy of the schema in memory. At a step that needs the user's own connection the plan
    /// of that migration ends as opaque, with its source line, and what follows is called unknown.
    ///
    /// # Errors
    /// Those that the run would end with before it writes anything: a target that means nothing, history that does not fit
    /// the program. What would stop it later is no error here: the plan says it.
    pub fn plan(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<Plan> {
        let run = self.looking(conn)?;
        let (route, planned) = chosen(&run, target)?;
        planned_run(run, &route, &planned)
    }

    /// The same for the way down, whatever the target means.
    ///
    /// # Errors
    /// As [`plan`](Migrator::plan), and as [`downgrade`](Migrator::downgrade) before it writes anything.
    pub fn plan_downgrade(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<Plan> {
        let run = self.looking(conn)?;
        let route = Route::Down(target);
        let planned = run.planned(&route)?;
        planned_run(run, &route, &planned)
    }
}

#[cfg(feature = "cli")]
impl Migrator {
    /// The last migration undone and applied again.
    pub(crate) fn plan_redo(&self, conn: &mut dyn SchemaConnection) -> Result<Plan> {
        let run = self.looking(conn)?;
        let route = Route::Down("-1");
        let mut planned = run.planned(&route)?;
        let again = |step: &Planned| Planned { direction: Direction::Up, ..step.clone() };
        let up: Vec<Planned> = planned.iter().rev().map(again).collect();
        planned.extend(up);
        planned_run(run, &route, &planned)
    }
}

/// Which way a target means, and the steps there.
pub(super) fn chosen<'t>(run: &Run<'_>, target: &'t str) -> Result<(Route<'t>, Vec<Planned>)> {
    let (up, down) = (Route::Up(target), Route::Down(target));
    let way = run.registry.graph.way(target);
    if way == Some(Direction::Down) {
        let planned = run.planned(&down)?;
        return Ok((down, planned));
    }
    let upward = run.planned(&up);
    if way == Some(Direction::Up) || upward.as_ref().is_ok_and(|planned| !planned.is_empty()) {
        return upward.map(|planned| (up, planned));
    }
    match run.planned(&down) {
        Ok(planned) if !planned.is_empty() || upward.is_err() => Ok((down, planned)),
        _ => upward.map(|planned| (up, planned)),
    }
}

fn planned_run(mut run: Run<'_>, route: &Route<'_>, planned: &[Planned]) -> Result<Plan> {
    run.refuse_early(route, planned)?;
    let mut notes: Vec<String> = run.told_under_way()?.into_iter().collect();
    let Run { registry, options, conn, report, depth, mut book, applied, .. } = run;
    let database = conn.database();
    book.pin(database)?;
    let books = book.missing(database)?;
    let (server, before) = (database.server()?, database.inspect(Scope::All)?);
    let mut planner =
        Planner { registry, options, nested: depth > 0, shadow: Shadow::of(database)?, book, applied, ends: None };
    let steps = planned.iter().map(|step| planner.step(step)).collect::<Result<Vec<_>>>()?;
    let after = planner.shadow.whole()?;
    notes.extend(not_writable(&server).filter(|_| !steps.is_empty()));
    let renamed = renamed(&before, planner.shadow.renames(), planner.shadow.shared_renderer());
    let (unknown, edited) = (report.unknown, report.edited);
    Ok(Plan { server, host: None, steps, unknown, edited, notes, books, before, after, renamed })
}

/// A plan can be made of what cannot be run.
fn not_writable(server: &ServerInfo) -> Option<String> {
    let why = server.read_only_reason.as_deref().unwrap_or("nobody says why");
    (!server.writable).then(|| format!("the database takes no writes now ({why}): a run would be refused"))
}

struct Planner<'a> {
    registry: &'a Registry,
    options: &'a Options,
    nested: bool,
    shadow: Shadow<'a>,
    book: Book,
    /// What stands after the steps so far.
    applied: Applied,
    /// Why nothing is known from here on.
    ends: Option<String>,
}

/// What an attempt came to.
struct Attempted {
    outcome: Outcome,
    error: Option<Error>,
    context: Context,
}

impl Planner<'_> {
    fn step(&mut self, planned: &Planned) -> Result<PlannedStep> {
        let migration = self.registry.get(planned.revision.as_str()).cloned();
        let mut step = described(planned, migration.as_deref());
        let Some(migration) = migration.filter(|_| planned.how == How::Run) else {
            step.outcome = Outcome::Stamped;
            step.transactional = self.shadow.renderer()?.capabilities().transactional_ddl;
            self.write_script(&mut step, State::Stamped, None, false)?;
            return Ok(step);
        };
        let facts = self.shadow.renderer()?.capabilities();
        step.transactional = facts.transactional_ddl && migration.metadata().is_transactional();
        if let Some(why) = &self.ends {
            step.prospect = Prospect::Unknown { why: why.clone() };
            return Ok(step);
        }
        let off = foreign_keys_off(&*migration) && !self.nested;
        let (attempted, off) = self.attempt_twice(&migration, planned, step.transactional, off)?;
        self.fill(&mut step, attempted)?;
        let state = if step.outcome == Outcome::Skipped { State::Skipped } else { State::Done };
        self.write_script(&mut step, state, migration.checksum(), off)?;
        self.ends = match &step.prospect {
            Prospect::Known => None,
            Prospect::Fails { .. } => Some(format!("it is not reached: {} fails", step.revision)),
            _ => Some(format!("it follows {}, of which not all is known", step.revision)),
        };
        Ok(step)
    }

    /// As a run does: once more with foreign keys off, where a rebuild meets them.
    fn attempt_twice(
        &mut self,
        migration: &Arc<dyn Migration>,
        planned: &Planned,
        transactional: bool,
        off: bool,
    ) -> Result<(Attempted, bool)> {
        let mark = self.shadow.begin_step(transactional, off)?;
        let attempted = self.attempt(migration, planned, transactional);
        if attempted.context.wants_foreign_keys_off && !off && !self.nested {
            self.shadow.end_step(mark, false)?;
            return self.attempt_twice(migration, planned, transactional, true);
        }
        self.shadow.end_step(mark, true)?;
        Ok((attempted, off))
    }

    /// What a script says round the statements of the migration: the session, the transaction, the history.
    fn write_script(&mut self, step: &mut PlannedStep, state: State, checksum: Option<&str>, off: bool) -> Result<()> {
        let row = Row {
            revision: step.revision.clone(),
            direction: step.direction,
            state,
            statements: step.statements.len(),
            checksum: checksum.map(str::to_owned),
            started: now(),
            note: None,
        };
        let versions = self.applied.follow(&row, self.registry);
        let told = self.book.telling(&self.shadow, &row, &versions, &self.applied, "by hand, from a plan");
        let begin = self.shadow.renderer()?.begin().to_owned();
        step.opening = self.shadow.session_of_a_script(off)?;
        if step.transactional {
            step.opening.push(begin);
        } else {
            step.closing.push(begin);
        }
        step.closing.extend(told);
        step.closing.push("COMMIT".to_owned());
        Ok(())
    }

    fn attempt(&mut self, migration: &Arc<dyn Migration>, planned: &Planned, transactional: bool) -> Attempted {
        let renderer = self.shadow.shared_renderer();
        let mut context = self.options.context_of(planned, Some(&**migration), transactional, renderer);
        context.permission = Permission::Plan;
        context.observers = Observers::default();
        context.watch.off = true;
        let outcome = self.outcome(&**migration, planned.direction, &mut context);
        let up = planned.direction == Direction::Up;
        let usual = if up { Outcome::Applied } else { Outcome::Reverted };
        match outcome {
            Ok(outcome) => Attempted { outcome, error: None, context },
            Err(error) => Attempted { outcome: usual, error: Some(error), context },
        }
    }

    fn outcome(&mut self, migration: &dyn Migration, direction: Direction, context: &mut Context) -> Result<Outcome> {
        if direction == Direction::Up && body::is_to_be_skipped(migration.metadata(), &mut self.shadow, context)? {
            return Ok(Outcome::Skipped);
        }
        for table in self.tables_to_back_up(migration)? {
            let order = Order::of_migration(&context.revision, &context.observers);
            let backup = planned_backup(&mut self.shadow, &table, &order)?;
            context.tell_backup(&backup);
        }
        match direction {
            Direction::Up => body::call(Session::Planned(&mut self.shadow), context, |op| migration.upgrade(op))?,
            Direction::Down => {
                body::call(Session::Planned(&mut self.shadow), context, |op| migration.downgrade(op))?;
                return Ok(Outcome::Reverted);
            }
        }
        match first_false(&mut self.shadow, migration.metadata().ensured())? {
            None => Ok(Outcome::Applied),
            Some(condition) => {
                let message = format!("it ensures {condition}, which does not hold after it ran");
                Err(Error::new(ErrorKind::PostconditionFailed, message))
            }
        }
    }

    fn tables_to_back_up(&mut self, migration: &dyn Migration) -> Result<Vec<TableName>> {
        match self.options.backups {
            Backups::AllTables => self.shadow.copied_tables(),
            _ => Ok(migration.metadata().backups().to_vec()),
        }
    }

    /// Nobody waits for a table that is new in the plan.
    fn warnings(&mut self, recorded: &[Recorded], transactional: bool) -> Result<Vec<Warning>> {
        let texts: Vec<&str> = recorded.iter().map(|statement| statement.sql.as_str()).collect();
        let mut all = Vec::new();
        for warning in warnings(&texts, transactional, self.shadow.renderer()?) {
            if warning.table().map_or(Ok(true), |table| self.shadow.stood(table))? {
                all.push(warning);
            }
        }
        Ok(all)
    }

    fn fill(&mut self, step: &mut PlannedStep, attempted: Attempted) -> Result<()> {
        let Attempted { outcome, error, context } = attempted;
        let (assumptions, unclear) = (self.shadow.take_assumptions(), self.shadow.take_unclear());
        let recorded = self.shadow.take_recorded();
        step.outcome = outcome;
        step.losses = context.planned.losses.iter().map(PlannedLoss::from).collect();
        step.backups = context.planned.backups.iter().map(PlannedBackup::from).collect();
        step.warnings = self.warnings(&recorded, step.transactional)?;
        let known_until = context.planned.opaque.as_ref().map_or(usize::MAX, |(_, statements)| *statements);
        step.statements = recorded.into_iter().enumerate().map(|(at, one)| statement(one, at >= known_until)).collect();
        step.prospect = prospect(&context, error.as_ref(), unclear, &assumptions);
        step.failure = error.filter(|_| matches!(step.prospect, Prospect::Fails { .. })).map(Arc::new);
        step.notes = context.notes;
        step.notes.extend(assumptions.into_iter().map(|one| format!("assumed: {}", one.what)));
        Ok(())
    }
}

fn prospect(context: &Context, error: Option<&Error>, unclear: Option<String>, assumptions: &[Assumption]) -> Prospect {
    if let Some((at, _)) = &context.planned.opaque {
        return Prospect::Opaque { at: at.clone() };
    }
    match (unclear, error) {
        (Some(why), _) => Prospect::Unknown { why },
        (None, None) => Prospect::Known,
        (None, Some(error)) if assumptions.iter().all(|one| one.fails_otherwise) => {
            Prospect::Fails { kind: error.kind(), error: error.to_string() }
        }
        (None, Some(error)) => Prospect::Unknown { why: format!("if what is assumed holds: {error}") },
    }
}

fn statement(recorded: Recorded, behind: bool) -> PlannedStatement {
    let Recorded { sql, script, assumed, purpose } = recorded;
    PlannedStatement { sql, by_hand: script, assumed: assumed || behind, purpose }
}

fn described(planned: &Planned, migration: Option<&dyn Migration>) -> PlannedStep {
    let description = migration.map(|migration| migration.metadata().description_text().to_owned());
    PlannedStep {
        revision: planned.revision.clone(),
        description: description.unwrap_or_default(),
        direction: planned.direction,
        outcome: if planned.direction == Direction::Up { Outcome::Applied } else { Outcome::Reverted },
        transactional: true,
        out_of_order: planned.late,
        statements: Vec::new(),
        losses: Vec::new(),
        backups: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        prospect: Prospect::Known,
        failure: None,
        opening: Vec::new(),
        closing: Vec::new(),
    }
}
