//! What the caller decides about a run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::run::Planned;
use crate::connection::Limits;
use crate::dialect::SqlRenderer;
use crate::event::Observers;
use crate::metadata::{Loss, Metadata};
use crate::migration::Migration;
use crate::name::RevisionId;
use crate::operations::{Context, Stop};

/// Whether something doubtful is refused or allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// It is an error.
    Refuse,
    /// It goes on.
    Allow,
}

/// Which tables are copied before a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backups {
    /// Those that the migration declares.
    Declared,
    /// Those too that a step would take data from.
    Destructive,
    /// All.
    AllTables,
}

#[derive(Clone)]
pub(super) struct Options {
    pub(super) lock_timeout: Duration,
    pub(super) give_up_after: Option<Duration>,
    pub(super) limits: Limits,
    pub(super) lock_retries: u32,
    pub(super) single_transaction: bool,
    pub(super) backups: Backups,
    pub(super) data_loss: Policy,
    pub(super) allowed: BTreeMap<RevisionId, Vec<Loss>>,
    pub(super) unknown_revisions: Policy,
    pub(super) out_of_order: Policy,
    pub(super) edited: Policy,
    pub(super) allow_empty: bool,
    pub(super) observers: Observers,
    pub(super) stop: Stop,
}

impl Options {
    /// What a migration may do in a run, or in the plan of one.
    pub(super) fn context_of(
        &self,
        planned: &Planned,
        migration: Option<&dyn Migration>,
        transactional: bool,
        renderer: &dyn SqlRenderer,
    ) -> Context {
        let metadata = migration.map(Migration::metadata);
        let mut context = Context::new(&planned.revision, self.observers.clone());
        let by_caller = self.allowed.get(&planned.revision).into_iter().flatten();
        let named = metadata.into_iter().flat_map(Metadata::allowed_losses).chain(by_caller).cloned();
        context.allowed = named.map(|loss| loss.with_table(|table| renderer.plain_name(table))).collect();
        context.allow_all = self.data_loss == Policy::Allow;
        context.transactional = transactional;
        context.outside = metadata.is_some_and(|metadata| !metadata.is_transactional());
        context.stop = self.stop.clone();
        context.back_up_losses = self.backups == Backups::Destructive;
        context
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(60),
            give_up_after: None,
            limits: Limits::default(),
            lock_retries: 10,
            single_transaction: false,
            backups: Backups::Declared,
            data_loss: Policy::Refuse,
            allowed: BTreeMap::new(),
            unknown_revisions: Policy::Refuse,
            out_of_order: Policy::Allow,
            edited: Policy::Allow,
            allow_empty: false,
            stop: Stop::default(),
            observers: observers(),
        }
    }
}

/// Who is told before the caller says who.
fn observers() -> Observers {
    #[allow(unused_mut, reason = "nobody is without the feature")]
    let mut observers = Observers::default();
    #[cfg(feature = "tracing")]
    observers.add(crate::trace::tell);
    observers
}
