//! What a run tells, as spans and events of `tracing`.
//!
//! A span `migration` is round each migration, so that what the migration itself logs stands in it: its `revision` and
//! `direction`. In it a step that ended is `info`, a statement `debug`; losses and waits are `warn`. Without anything
//! pending nothing is told. Subscribers are the application's affair: none is set here.

use std::cell::RefCell;

use tracing::span::EnteredSpan;
use tracing::{debug, info, info_span, warn};

use crate::error::ErrorKind;
use crate::event::Event;
use crate::report::list;

thread_local! {
    /// The span of the migration under way, for each run of this thread: one may start another.
    static RUNS: RefCell<Vec<Option<EnteredSpan>>> = const { RefCell::new(Vec::new()) };
}

/// Tells the thread's subscriber.
pub(crate) fn tell(event: &Event) {
    match event {
        Event::RunStarted { revisions } => {
            RUNS.with_borrow_mut(|runs| runs.push(None));
            debug!(revisions = %list(revisions), "run started");
        }
        Event::WaitingForLock { holder } => {
            warn!(holder = holder.as_deref().unwrap_or("another process"), "waiting for the migration lock");
        }
        Event::Retrying { statement, attempt, attempts, blockers, .. } => {
            warn!(
                statement,
                attempt,
                attempts,
                blockers = blockers.join("; "),
                "waiting for a lock of the database's own"
            );
        }
        Event::MigrationStarted { revision, direction } => {
            leave();
            enter(info_span!("migration", %revision, %direction).entered());
        }
        Event::LossesNamed { losses, .. } => {
            let losses: Vec<String> = losses.iter().map(ToString::to_string).collect();
            warn!(losses = losses.join(", "), "the migration loses what it names");
        }
        Event::Statement { sql, number } => debug!(number, sql, "statement"),
        Event::Progress { done, total } => debug!(done, total, "progress"),
        Event::BackupMade { table, copy, rows } => info!(%table, %copy, rows, "backup made"),
        Event::DatabaseAhead { revisions } => {
            warn!(revisions = %list(revisions), "the database is ahead of this program");
        }
        Event::MigrationEnded { revision, outcome, duration } => {
            info!(%revision, %outcome, ?duration, "migration ended");
            leave();
        }
        Event::RunFailed { kind: ErrorKind::DataLoss, what, .. } => warn!(what, "a loss was refused"),
        Event::RunEnded { steps } => {
            debug!(steps, "run ended");
            RUNS.with_borrow_mut(Vec::pop);
        }
        other => debug!(event = ?other),
    }
}

fn enter(span: EnteredSpan) {
    RUNS.with_borrow_mut(|runs| runs.last_mut().map(|last| last.replace(span)));
}

/// The span is left before the next is entered: they are siblings.
fn leave() {
    let left = RUNS.with_borrow_mut(|runs| runs.last_mut().and_then(Option::take));
    drop(left);
}
