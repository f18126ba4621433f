//! What a migration may do, and what was seen of it so far.

use std::collections::BTreeSet;
use std::time::Instant;

use super::fault::Fault;
use super::memory::Memory;
use super::mentions::Mentions;
use super::patience::Patience;
use super::stop::Stop;
use super::watch::Watch;
use crate::backup::BackupId;
use crate::dialect::SqlRenderer;
use crate::error::{Error, Result};
use crate::event::{Event, Observers};
use crate::history::{Journal, Owed, Step};
use crate::metadata::Loss;
use crate::name::{RevisionId, TableName};

/// What the operations of a body may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Everything.
    Write,
    /// Look.
    Read,
    /// Nothing; operations tell what they would send.
    Plan,
}

/// What a plan is told of a migration beside its statements.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) losses: Vec<PlannedLoss>,
    pub(crate) backups: Vec<PlannedBackup>,
    /// Where it asked for the user's own connection, and how many statements it had sent until then.
    pub(crate) opaque: Option<(String, usize)>,
}

impl Planned {
    /// Whether the loss is told already.
    pub(super) fn tells(&self, loss: &Loss) -> bool {
        self.losses.iter().any(|told| told.loss.covers(loss))
    }
}

/// What would be lost, and whether somebody named it.
#[derive(Debug, Clone)]
pub(crate) struct PlannedLoss {
    pub(crate) loss: Loss,
    pub(crate) count: i64,
    pub(crate) allowed: bool,
}

/// A table that would be copied first.
#[derive(Debug, Clone)]
pub(crate) struct PlannedBackup {
    pub(crate) table: TableName,
    pub(crate) rows: u64,
}

/// What a migration may do, and what was seen of it so far.
pub(crate) struct Context {
    pub(crate) revision: RevisionId,
    pub(crate) permission: Permission,
    /// Whether a transaction is round the migration.
    pub(crate) transactional: bool,
    /// The losses that the migration or the caller named.
    pub(crate) allowed: Vec<Loss>,
    /// Whether the caller allows every loss.
    pub(crate) allow_all: bool,
    /// Whether what a step takes away is copied first.
    pub(crate) back_up_losses: bool,
    pub(crate) observers: Observers,
    /// Whether somebody wants the run to end.
    pub(crate) stop: Stop,
    pub(crate) statements: usize,
    /// When the last one was sent.
    pub(crate) sent_at: Option<Instant>,
    /// How the product writes SQL, where that was asked before.
    pub(crate) renderer: Option<&'static dyn SqlRenderer>,
    /// How it deals with locks that others hold.
    pub(crate) patience: Patience,
    /// Whether the body had the user's own connection in hand.
    pub(crate) opaque: bool,
    /// Whether the migration says that it wants no transaction round it.
    pub(crate) outside: bool,
    /// Whether what is sent belongs to a batch, whose row in the journal tells of it.
    pub(crate) in_batch: bool,
    /// What was done of it, where nothing can be rolled back.
    pub(crate) journal: Option<Journal>,
    /// The operation that is under way, where a journal is kept.
    pub(super) step: Option<Step>,
    /// Rows of the history that the run has not written yet.
    pub(crate) owed: Owed,
    /// Whether something was done that may have asked for them.
    pub(crate) asked_for_history: bool,
    /// Whether the body sent SQL whose first word ends a transaction.
    pub(crate) said_end: bool,
    /// What tells whether the transaction is still the one that the migration was begun in, where that is to be told.
    pub(crate) marked: Option<String>,
    /// Whether that SQL may have changed a setting of the session.
    pub(crate) settings_touched: bool,
    /// The temporary tables that were there before its first SQL that may make one.
    pub(super) temporary: Option<BTreeSet<String>>,
    /// Those that its SQL says it makes.
    pub(super) made_temporary: BTreeSet<String>,
    /// Whether it met a rebuild that must not run with foreign keys enforced.
    pub(crate) wants_foreign_keys_off: bool,
    pub(crate) notes: Vec<String>,
    /// Of those the ones that are made for the next thing sent, and that nobody is to get behind.
    pub(crate) to_hold: Vec<BackupId>,
    /// The copies that it made.
    pub(crate) copies: Vec<BackupId>,
    /// Of those the ones that nobody asked for by name: each before a step that takes something, where others may write.
    pub(crate) copies_of_losses: Vec<BackupId>,
    /// The tables that it copied, or would copy.
    pub(super) copied: BTreeSet<TableName>,
    pub(crate) planned: Planned,
    /// Whether all of it will be rolled back.
    pub(crate) rehearsing: bool,
    pub(super) memory: Memory,
    /// What its statements name.
    pub(crate) mentions: Mentions,
    /// What the guard knows.
    pub(crate) watch: Watch,
    /// Which statement a test lets fail.
    pub(super) fault: Option<Fault>,
    kept: Option<Error>,
}

impl Context {
    pub(crate) fn new(revision: &RevisionId, observers: Observers) -> Self {
        Self {
            revision: revision.clone(),
            permission: Permission::Write,
            transactional: true,
            allowed: Vec::new(),
            allow_all: false,
            back_up_losses: false,
            observers,
            stop: Stop::default(),
            statements: 0,
            sent_at: None,
            renderer: None,
            patience: Patience::default(),
            opaque: false,
            outside: false,
            in_batch: false,
            journal: None,
            step: None,
            owed: Owed::default(),
            asked_for_history: false,
            said_end: false,
            marked: None,
            settings_touched: false,
            temporary: None,
            made_temporary: BTreeSet::new(),
            wants_foreign_keys_off: false,
            notes: Vec::new(),
            to_hold: Vec::new(),
            copies: Vec::new(),
            copies_of_losses: Vec::new(),
            copied: BTreeSet::new(),
            planned: Planned::default(),
            rehearsing: false,
            memory: Memory::default(),
            mentions: Mentions::default(),
            watch: Watch::idle(),
            fault: None,
            kept: None,
        }
    }

    /// Whether a loss is meant, told by the name that its table had when the migration began.
    pub(crate) fn allows(&self, loss: &Loss) -> bool {
        self.allow_all || self.allowed.iter().any(|named| named.covers(loss))
    }

    /// What is allowed of a table by one of its names is allowed by each.
    pub(super) fn allow_by_any(&mut self, names: &[TableName]) {
        let named = |loss: &&Loss| names.contains(loss.affected_table());
        let known: Vec<Loss> = self.allowed.iter().filter(named).cloned().collect();
        let all = known.iter().flat_map(|loss| names.iter().map(|name| loss.clone().with_table(|_| name.clone())));
        let new: BTreeSet<Loss> = all.filter(|loss| !self.allowed.contains(loss)).collect();
        self.allowed.extend(new);
    }

    /// What its statements named, and what was not seen of it.
    pub(crate) fn take_mentions(&mut self) -> Mentions {
        Mentions { opaque: self.opaque, ..std::mem::take(&mut self.mentions) }
    }

    /// The journal, where it is told of single statements.
    pub(super) fn journal(&mut self) -> Option<&mut Journal> {
        self.journal.as_mut().filter(|_| !self.in_batch)
    }

    /// Counts a statement that is about to be sent, and tells the observer.
    pub(super) fn announce(&mut self, sql: &str) -> Result<()> {
        self.statements += 1;
        self.sent_at = Some(Instant::now());
        let number = self.statements;
        self.mentions.note(sql);
        self.observers.tell_of(|| Event::Statement { sql: sql.to_owned(), number });
        self.fault.as_ref().map_or(Ok(()), |fault| fault.strike(sql))
    }

    /// Whether what is lost is told, and not only refused.
    pub(super) fn tells_losses(&self) -> bool {
        self.rehearsing || self.permission == Permission::Plan
    }

    /// A plan has no connection to hand out, and does not know what would be done with it.
    pub(super) fn refuse_connection(&mut self, caller: &std::panic::Location<'_>) -> Error {
        let place = format!("{}:{}", caller.file(), caller.line());
        self.planned.opaque.get_or_insert((place, self.statements));
        self.keep(Error::unsupported("a plan does not know what is done with the user's own connection", "run it"))
    }

    /// Keeps a copy of the first error.
    pub(super) fn keep(&mut self, error: Error) -> Error {
        self.kept.get_or_insert_with(|| error.copy());
        error
    }

    /// The first error that an operation gave.
    pub(crate) fn take_kept(&mut self) -> Option<Error> {
        self.kept.take()
    }
}
