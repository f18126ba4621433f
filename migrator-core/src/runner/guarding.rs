//! The guard round one migration: what it knows before, and the look afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::options::{Backups, Policy};
use super::run::{How, Run};
use super::step::Stepper;
use crate::connection::{Known, Suspect};
use crate::error::{Error, ErrorKind, Result};
use crate::history::INSTALLING;
use crate::name::TableName;
use crate::operations::Context;
use crate::operations::standing;
use crate::operations::watch::after::{self, Seen};

/// How often a migration is run again because of what was seen of it.
const ROUNDS: usize = 4;

/// What the guard knows of a run.
#[derive(Clone, Default)]
pub(super) struct Guarded {
    /// Whether the database had no tables when its first migration started, and has not reached its heads since.
    pub(super) installing: bool,
    /// How many migrations come after the one that is under way.
    pub(super) left: usize,
    /// Tables that migrations of the run made.
    made: Arc<BTreeSet<TableName>>,
    /// Where the rows of others end that stood there before.
    since: Arc<BTreeMap<TableName, i64>>,
    /// Where everything stood when a migration of the run was looked at last.
    known: Option<Known>,
}

/// What attempts before have taught.
#[derive(Default)]
pub(super) struct Guarding {
    rounds: usize,
    suspects: Vec<Suspect>,
    closely: bool,
    near: BTreeSet<TableName>,
    settled: bool,
}

impl Stepper<'_, '_> {
    /// What the guard knows before the migration runs.
    pub(super) fn arm(&self, context: &mut Context) {
        let watch = &mut context.watch;
        watch.off = self.is_unguarded() || self.planned.how == How::Record;
        watch.made.before = self.run.guarded.made.clone();
        watch.since_before = self.run.guarded.since.clone();
        watch.suspects.clone_from(&self.guarding.suspects);
        watch.known.clone_from(&self.run.guarded.known);
        watch.closely = self.guarding.closely;
        watch.near.clone_from(&self.guarding.near);
        watch.settled = self.guarding.settled;
    }

    /// Whether nothing is looked at: the database is being installed, or every loss is meant and none copied.
    pub(super) fn is_unguarded(&self) -> bool {
        let options = self.run.options;
        let all_is_meant = options.data_loss == Policy::Allow && options.backups != Backups::Destructive;
        self.run.guarded.installing || all_is_meant
    }

    /// What the history row says besides: that the database is still being installed, and what the migration noted.
    pub(super) fn note_of(&self, context: &Context) -> Option<String> {
        let goes_on = self.run.guarded.installing && (self.run.guarded.left > 0 || self.leaves_pending());
        let notes = goes_on.then(|| INSTALLING.to_owned()).into_iter().chain(context.notes.iter().cloned());
        Some(notes.collect::<Vec<_>>().join("; ")).filter(|note| !note.is_empty())
    }

    fn leaves_pending(&self) -> bool {
        let mut applied = self.run.applied.revisions();
        applied.extend([self.planned.revision.clone()]);
        !self.run.registry.graph.pending(&applied).is_empty()
    }

    /// The look after the functions and before the history row; where it cannot tell, the migration is to be run again.
    pub(super) fn look_after(&mut self, context: &mut Context) -> Result<()> {
        if context.watch.off {
            return Ok(());
        }
        if !self.transactional {
            standing::refuse_unguarded(self.run.conn.database(), context)?;
            self.keep_what_came(context);
            return Ok(());
        }
        self.look_as_the_caller(context)?;
        match after::look_after(self.run.conn.database(), context)? {
            Seen::Kept => {
                self.keep_what_came(context);
                return Ok(());
            }
            Seen::Suspicious(suspects) => {
                self.guarding.suspects.extend(suspects);
                self.guarding.settled = true;
            }
            Seen::LookCloser(near) => {
                self.guarding.closely = true;
                self.guarding.near.extend(near);
            }
        }
        self.guarding.rounds += 1;
        self.again = self.guarding.rounds <= ROUNDS;
        let tables: Vec<String> =
            self.guarding.suspects.iter().filter_map(|one| one.table.as_ref().map(ToString::to_string)).collect();
        let message = format!("each time it runs it may take something away from other tables: {}", tables.join(", "));
        Err(Error::new(ErrorKind::DataLoss, message).remedy_told(|reader| {
            format!("take what is random out of it, or allow every loss of this run: {}", reader.allow_every_loss())
        }))
    }

    /// Whatever the migration has made of the session: its role may see less, and names mean others to it.
    fn look_as_the_caller(&mut self, context: &Context) -> Result<()> {
        let settings = &self.run.settings;
        let seen = context.watch.sight.as_ref().and_then(|sight| sight.settings.as_ref());
        let stand = seen.is_some_and(|seen| seen.changed_in(settings).next().is_none());
        let may_differ = (context.opaque || context.settings_touched) && !stand && context.watch.looks_further();
        if may_differ && self.run.conn.database().restoring(settings).is_some() {
            return self.restore_settings();
        }
        Ok(())
    }

    /// What this migration brought is not old to those after it.
    fn keep_what_came(&mut self, context: &mut Context) {
        let (guarded, watch) = (&mut self.run.guarded, &mut context.watch);
        // The only holder, so that the tables of all migrations before are not copied.
        guarded.made = Arc::default();
        guarded.made = watch.made.take();
        guarded.known = watch.known.take();
        watch.since_before = Arc::default();
        if !watch.since.is_empty() {
            Arc::make_mut(&mut guarded.since).extend(std::mem::take(&mut watch.since));
        }
    }
}

impl Run<'_> {
    /// What marks have left for a next migration is taken away where there is none.
    pub(super) fn end_watch(&mut self) -> Result<()> {
        self.guarded.known.take().map_or(Ok(()), |known| self.conn.database().step_aside(known).map(drop))
    }
}
