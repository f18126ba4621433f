//! Operations where nothing can be rolled back: what is done is passed over when the migration runs again.

use std::fmt::{Debug, Display};

use super::{Done, Operations, Permission};
use crate::digest::Digest;
use crate::error::Result;
use crate::history::Step;

/// An operation that is about to be called.
pub(super) struct Call {
    /// What it says, where a journal is kept.
    step: Option<Step>,
    /// Whether all of it, and its row in the journal, are one transaction.
    rows: bool,
}

/// What an operation answers, and how the journal keeps that.
pub(super) trait Answer: Sized {
    fn written(&self) -> Option<&'static str>;
    fn read(text: &str) -> Option<Self>;
}

impl Answer for Done {
    fn written(&self) -> Option<&'static str> {
        Some("")
    }

    fn read(_text: &str) -> Option<Self> {
        Some(Self::Already)
    }
}

/// A question is answered as it was when the migration first asked it.
impl Answer for bool {
    fn written(&self) -> Option<&'static str> {
        Some(if *self { "yes" } else { "no" })
    }

    fn read(text: &str) -> Option<Self> {
        Some(text == "yes")
    }
}

/// A copy is made each time.
impl Answer for crate::backup::TableBackup {
    fn written(&self) -> Option<&'static str> {
        None
    }

    fn read(_text: &str) -> Option<Self> {
        None
    }
}

impl Operations<'_> {
    /// An operation by what it does, what it is about, and all that is said.
    pub(super) fn call(&self, does: &str, about: &dyn Display, said: &dyn Debug) -> Call {
        let step = self.is_journalled().then(|| {
            let hash = Digest::default().part(does).part(&about.to_string()).part(&format!("{said:?}")).finish();
            Step { words: format!("{does} {about}"), hash }
        });
        Call { step, rows: false }
    }

    /// The same, for an operation that changes nothing but rows.
    pub(super) fn call_of_rows(&self, does: &str, about: &dyn Display, said: &dyn Debug) -> Call {
        Call { rows: true, ..self.call(does, about, said) }
    }

    /// Whether what is done is written down.
    pub(super) fn is_journalled(&self) -> bool {
        self.context.journal.is_some() && !self.context.in_batch && self.context.permission == Permission::Write
    }

    /// Runs an operation, unless it was done before the migration broke off.
    pub(super) fn guarded<T: Answer>(&mut self, call: Call, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.kept(|op| match call {
            Call { step: Some(step), rows: true } => op.in_a_transaction(|op| op.journalled(step, act)),
            Call { step: Some(step), rows: false } => op.journalled(step, act),
            Call { step: None, .. } => act(op),
        })
    }

    fn journalled<T: Answer>(&mut self, step: Step, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if let Some(journal) = &mut self.context.journal
            && let Some(answer) = journal.begin_call(&step)?
            && let Some(answer) = T::read(&answer)
        {
            return Ok(answer);
        }
        self.context.step = Some(step.clone());
        let outcome = act(self);
        self.context.step = None;
        let Some(journal) = &mut self.context.journal else { return outcome };
        let database = self.conn.database();
        match &outcome {
            Ok(value) => value.written().map_or(Ok(()), |answer| journal.end_call(database, step, answer))?,
            Err(_) => journal.fail_call(database),
        }
        outcome
    }

    /// One transaction, unless the migration has one open by its own SQL.
    pub(super) fn in_a_transaction<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.context.journal.as_ref().is_some_and(crate::history::Journal::is_in_transaction) {
            return act(self);
        }
        self.pay()?;
        self.renew()?;
        self.database().begin()?;
        let outcome = act(self).and_then(|value| self.database().commit().map(|()| value));
        match (&outcome, &mut self.context.journal) {
            (Ok(_), Some(journal)) => journal.keep(),
            (Err(_), Some(journal)) => journal.undo(),
            _ => {}
        }
        outcome.inspect_err(|_| drop(self.database().rollback()))
    }

    fn renew(&mut self) -> Result<()> {
        self.context.journal.as_ref().map_or(Ok(()), |journal| journal.renew(self.conn.database()))
    }

    /// Before a transaction begins whose end is not the journal's business.
    pub(super) fn pay(&mut self) -> Result<()> {
        self.context.journal.as_mut().map_or(Ok(()), |journal| journal.pay(self.conn.database()))
    }

    /// Whether what is about to be sent for an operation and what tells of it are one transaction.
    pub(super) fn takes_intent_along(&mut self, sql: &str) -> Result<bool> {
        match (&self.context.journal, &self.context.step) {
            (Some(journal), Some(_)) if !self.context.in_batch && self.context.to_hold.is_empty() => {
                journal.takes_intent_along(self.conn.database(), sql)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn send_with_intent(&mut self, sql: &str) -> Result<()> {
        let (Some(mut journal), Some(step)) = (self.context.journal.take(), self.context.step.clone()) else {
            return Ok(());
        };
        let sent = self
            .context
            .patiently(self.conn.database(), sql, |database| journal.send_with_intent(database, &step, sql));
        self.context.journal = Some(journal);
        sent
    }

    /// Says in the journal what is about to be sent for an operation.
    pub(super) fn intend(&mut self) -> Result<()> {
        match (&mut self.context.journal, &self.context.step) {
            (Some(journal), Some(step)) if !self.context.in_batch => journal.intend(self.conn.database(), step),
            _ => Ok(()),
        }
    }
}
