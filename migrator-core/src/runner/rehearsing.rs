//! Rehearsing a run: it is done, and rolled back.

use super::options::Options;
use super::planning::chosen;
use super::run::{Planned, Route, Run};
use super::{Migrator, wait};
use crate::connection::{Database, SchemaConnection, Scope, Violations};
use crate::error::{Error, Result};
use crate::event::Observers;
use crate::operations::PlannedLoss;
use crate::plan::{PlannedLoss as Loss, Rehearsal};
use crate::registry::Registry;

/// What a rehearsal has seen so far.
#[derive(Default)]
pub(super) struct Rehearsed {
    pub(super) losses: Vec<PlannedLoss>,
    /// Whether a rebuild met foreign keys that are enforced.
    pub(super) met_foreign_keys: bool,
}

impl Migrator {
    /// Does what a run to the target would do, for real, and rolls it all back: the conditions are asked, the functions run
    /// and verify, losses are found. Where the run would fail, this is its error.
    ///
    /// **It takes the real locks**, those of the tables too, until it is over: on a database at work others wait for it.
    /// Sequences of PostgreSQL may have advanced afterwards; nothing else has changed. Targets are those of
    /// [`plan`](Migrator::plan). Observers are not told. Inside a transaction of the caller's it is a savepoint.
    ///
    /// # Errors
    /// `Unsupported` where DDL cannot be rolled back (MySQL, MariaDB), for a migration with `transaction = false`, and for
    /// one that ends the transaction by its own SQL; and those of the run.
    ///
    /// ```
    /// use migrator_core::Metadata;
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
    /// fn main() -> MigrationResult {
    ///     let mut conn = SqliteConnection::establish(":memory:")?;
    ///     let migrator = Migrator::new().with(&create_users::MIGRATION);
    ///     let rehearsal = migrator.rehearse(&mut conn, "head")?;
    ///     assert_eq!(rehearsal.report().steps().len(), 1);
    ///     assert_eq!(migrator.pending(&mut conn)?, ["1"]);
    ///     Ok(())
    /// }
    /// ```
    pub fn rehearse(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<Rehearsal> {
        let registry = self.registry()?;
        let options = Options { observers: Observers::default(), ..self.options.clone() };
        let mut run = Run::looking(registry, &options, conn)?;
        let (route, planned) = chosen(&run, target)?;
        run.refuse_early(&route, &planned)?;
        refuse_what_stands(&mut run, &planned)?;
        if planned.is_empty() {
            run.report.upward = matches!(route, Route::Up(_));
            return Ok(Rehearsal { report: run.report, ..Rehearsal::default() });
        }
        let depth = run.depth;
        Stage { registry, options: &options, depth }.rehearse(&route, conn)
    }
}

/// What could not be rolled back.
fn refuse_what_stands(run: &mut Run<'_>, planned: &[Planned]) -> Result<()> {
    let renderer = run.conn.database().renderer()?;
    let way = "look at the plan of it, or run it on a copy of the database";
    if !renderer.capabilities().transactional_ddl {
        let message =
            format!("{} cannot roll back what changes the schema, so nothing is rehearsed", renderer.dialect());
        return Err(Error::unsupported(message, way).state("nothing was written"));
    }
    for step in planned {
        let outside = |migration: &dyn crate::migration::Migration| !migration.metadata().is_transactional();
        if run.registry.get(step.revision.as_str()).is_some_and(|migration| outside(&**migration)) {
            let message = "it runs outside a transaction, and could not be rolled back after a rehearsal";
            return Err(Error::unsupported(message, way).state("nothing was written").in_revision(&step.revision));
        }
    }
    run.conn.database().server()?.refuse_read_only()
}

/// Where a rehearsal takes place: a transaction above those of the caller.
struct Stage<'a> {
    registry: &'a Registry,
    options: &'a Options,
    depth: u32,
}

impl Stage<'_> {
    fn rehearse(&self, route: &Route<'_>, conn: &mut dyn SchemaConnection) -> Result<Rehearsal> {
        let database = conn.database();
        let settings = database.settings()?;
        let patience = database.grow_patient()?;
        let outcome = self.twice(route, conn);
        let database = conn.database();
        let cleared = self.clear(database);
        let restored = database.restore_settings(&settings);
        let patient = database.be_patient_as(patience);
        match (outcome, cleared.and(restored).and(patient)) {
            (outcome, Ok(())) => outcome,
            (Ok(_), Err(error)) => Err(error.outcome("the rehearsal could not be rolled back; drop this connection")),
            (Err(error), Err(left)) => {
                Err(error.outcome(format!("cleaning up failed too ({}): drop this connection", left.what())))
            }
        }
    }

    /// Once more with foreign keys off, where a rebuild met them: inside a transaction they cannot be switched.
    fn twice(&self, route: &Route<'_>, conn: &mut dyn SchemaConnection) -> Result<Rehearsal> {
        let mut rehearsed = Rehearsed::default();
        let outcome = self.act(route, conn, &mut rehearsed);
        if outcome.is_ok() || !rehearsed.met_foreign_keys || self.depth > 0 {
            return outcome;
        }
        self.clear(conn.database())?;
        conn.database().enforce_foreign_keys(false)?;
        let violations = Violations::standing(conn.database())?;
        let mut rehearsal = self.act(route, conn, &mut Rehearsed::default())?;
        let sound = violations.refuse_more(conn.database());
        sound.map_err(|error| error.remedy("mend the rows in the migrations"))?;
        rehearsal.notes.push(WITHOUT_FOREIGN_KEYS.to_owned());
        Ok(rehearsal)
    }

    /// The whole run inside one transaction, which holds the lock of a runner.
    fn act(&self, route: &Route<'_>, conn: &mut dyn SchemaConnection, rehearsed: &mut Rehearsed) -> Result<Rehearsal> {
        if self.depth > 0 {
            conn.database().begin()?;
        } else {
            wait::for_lock(conn.database(), self.options, |database, limits| database.try_begin_migration(limits))?;
        }
        let before = conn.database().inspect(Scope::All)?;
        let mut run = Run::looking(self.registry, self.options, conn)?;
        run.report.upward = matches!(route, Route::Up(_));
        run.rehearsed = Some(Rehearsed::default());
        let outcome = run.travel(route);
        let Run { mut report, rehearsed: seen, .. } = run;
        *rehearsed = seen.unwrap_or_default();
        outcome?;
        report.notes.retain(|note| self.depth > 0 || note != super::run::IN_TRANSACTION);
        let difference = before.difference(&conn.database().inspect(Scope::All)?);
        let losses = rehearsed.losses.iter().map(Loss::from).collect();
        Ok(Rehearsal { report, losses, difference, notes: Vec::new() })
    }

    /// Undoes every transaction above those of the caller.
    fn clear(&self, database: &mut dyn Database) -> Result<()> {
        while database.transaction_depth()? > self.depth {
            database.rollback()?;
        }
        Ok(())
    }
}

const WITHOUT_FOREIGN_KEYS: &str = "foreign keys were switched off for all of it, because a table that others reference is \
     rebuilt; a run switches them off for that migration alone";
