//! The tools, behind one trait: a new one is a file here and a line in the list of a benchmark.

mod diesel_migrations;
mod migrator;

pub(crate) use diesel_migrations::DieselMigrations;
pub(crate) use migrator::{Body, Cold, Migrations};

use crate::Answer;
use crate::connection::Sent;
use crate::place::Database;
use crate::project::Step;
use crate::race::{Sample, timed};

/// A tool that applies migrations.
pub(crate) trait Peer {
    /// What the table calls it.
    fn name(&self) -> String;

    /// An application that has connected, with its migrations as this tool holds them.
    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>>;
}

/// A program that uses a tool, at its start.
pub(crate) trait Application {
    /// Applies what is pending; how many.
    fn run_pending(&mut self) -> Answer<usize>;

    /// What its connection has sent, where that can be counted.
    fn sent(&self) -> Option<&Sent>;
}

/// One start, timed; `expected` migrations must have run.
pub(crate) fn run(application: &mut dyn Application, expected: usize) -> Answer<Sample> {
    timed(|| act(application, expected))
}

/// One start, to be timed by the caller; what it sent.
pub(crate) fn act(application: &mut dyn Application, expected: usize) -> Answer<Option<usize>> {
    let before = application.sent().map(Sent::so_far);
    let ran = application.run_pending()?;
    if ran != expected {
        return Err(format!("{ran} migrations ran, not {expected}").into());
    }
    Ok(application.sent().map(Sent::so_far).zip(before).map(|(after, before)| after - before))
}
