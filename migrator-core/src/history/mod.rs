//! Which migrations a database has: Diesel's own table, and beside it a row for each thing done.

mod applied;
mod book;
mod entry;
mod journal;
mod known;
mod lock;
mod owed;
mod snapshot;
mod statements;
mod told;

pub(crate) use applied::Applied;
pub(crate) use book::{Book, INSTALLING, Look};
pub use entry::HistoryEntry;
pub(crate) use entry::{Row, State, now};
pub(crate) use journal::{Journal, Moment, Reached, Sending, Step, Verdict};
pub(crate) use known::Known;
pub(crate) use owed::Owed;
pub(crate) use snapshot::Kept;
