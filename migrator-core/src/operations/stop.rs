//! The wish to end a run before its end, at a place where what is done stands.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::count::counted;
use crate::error::{Error, ErrorKind, Result};

/// Whether the run should end; never, unless somebody is asked.
#[derive(Clone, Default)]
pub(crate) struct Stop(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Stop {
    pub(crate) fn when(asked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(asked)))
    }

    /// A panic of the function's is an error: it would leave locks behind that a run holds.
    fn is_asked(&self) -> Result<bool> {
        let Some(asked) = &self.0 else { return Ok(false) };
        catch_unwind(AssertUnwindSafe(|| asked())).map_err(|_| {
            Error::new(ErrorKind::Panicked, "the function that says whether the run should stop panicked")
                .state("what ran before stands")
                .remedy("mend that function, then start again: the next run goes on from there")
        })
    }

    /// An error once the answer is yes: what ran before stands, and this one was not begun.
    pub(crate) fn refuse(&self) -> Result<()> {
        if !self.is_asked()? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Declined, "stopped before it began, as was asked")
            .state("what ran before it stands, nothing of it was written")
            .remedy("start again: the next run goes on from there"))
    }

    /// The same between two batches: those before stand.
    pub(super) fn refuse_batch(&self, of: &str, done: u64, total: u64) -> Result<()> {
        if !self.is_asked()? {
            return Ok(());
        }
        let what =
            format!("stopped between two batches of {of}, as was asked: {done} of {} are done", counted(total, "row"));
        Err(Error::new(ErrorKind::Declined, what)
            .state("the batches before stand")
            .remedy("start again: the next run goes on behind them"))
    }
}
