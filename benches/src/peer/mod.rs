//! The tools, behind one trait: a new one is a file here and a line in the list of a benchmark.

mod diesel_migrations;
mod migrator;

pub use diesel_migrations::{DieselMigrations, DieselMigrationsOutside};
pub use migrator::{Body, Cold, Migrations, Outside, Single};

use crate::Answer;
use crate::connection::Sent;
use crate::place::{Database, Engine, Place};
use crate::project::Step;
use crate::race::{Sample, timed};

/// A tool that applies migrations.
pub trait Peer {
    /// What the table calls it.
    fn name(&self) -> String;

    /// Whether it works there.
    fn speaks(&self, _engine: Engine) -> bool {
        true
    }

    /// Whether it can undo what it applied.
    fn reverts(&self) -> bool {
        true
    }

    /// An application that has connected, with its migrations as this tool holds them.
    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>>;
}

/// Those of a race: ours, then others that work there.
pub fn of<'p>(ours: &[&'p dyn Peer], others: &[&'p dyn Peer], place: &Place) -> Vec<&'p dyn Peer> {
    ours.iter().chain(others).copied().filter(|peer| peer.speaks(place.engine)).collect()
}

/// A program that uses a tool, at its start.
pub trait Application {
    /// Applies what is pending; how many, where the tool says.
    fn run_pending(&mut self) -> Answer<Option<usize>>;

    /// Undoes all that is applied; how many, where the tool says.
    fn revert_all(&mut self) -> Answer<Option<usize>> {
        Err("this tool undoes nothing".into())
    }

    /// What its connection has sent, where that can be counted.
    fn sent(&self) -> Option<&Sent>;
}

/// One start, timed; `expected` migrations must have run.
pub fn run(application: &mut dyn Application, expected: usize) -> Answer<Sample> {
    timed(|| act(application, expected))
}

/// The way back, timed; `expected` migrations must be undone.
pub fn revert(application: &mut dyn Application, expected: usize) -> Answer<Sample> {
    timed(|| counted(application, expected, |application| application.revert_all()))
}

/// One start, to be timed by the caller; what it sent.
pub fn act(application: &mut dyn Application, expected: usize) -> Answer<Option<usize>> {
    counted(application, expected, |application| application.run_pending())
}

fn counted(
    application: &mut dyn Application,
    expected: usize,
    act: impl FnOnce(&mut dyn Application) -> Answer<Option<usize>>,
) -> Answer<Option<usize>> {
    let before = application.sent().map(Sent::so_far);
    let ran = act(application)?;
    if let Some(ran) = ran.filter(|&ran| ran != expected) {
        return Err(format!("{ran} migrations ran, not {expected}").into());
    }
    Ok(application.sent().map(Sent::so_far).zip(before).map(|(after, before)| after - before))
}
