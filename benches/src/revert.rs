//! A thousand migrations of a table and an index each, undone one by one.

use crate::Answer;
use crate::peer::{self, Body, DieselMigrations, Migrations, Peer};
use crate::place::Place;
use crate::project::{self, Step};
use crate::race::{Sample, Side, print, race};

const ROUNDS: usize = 5;
const COUNT: usize = 1_000;

const OURS: [&dyn Peer; 3] = [&Migrations(Body::Sql), &Migrations(Body::Portable), &DieselMigrations];
const DIESEL: usize = 2;

pub fn run(places: &[Place], others: &[&dyn Peer], rounds: Option<usize>) -> Answer<()> {
    for place in places {
        let steps = project::tables(place, COUNT)?;
        let steps = &steps;
        let peers = peer::of(&OURS, others, place).into_iter().filter(|peer| peer.reverts());
        let sides = peers.map(|peer| Side::new(peer.name(), move || reverted(place, peer, steps)));
        let standings = race(sides.collect(), rounds.unwrap_or(ROUNDS))?;
        print(&format!("revert, {}, {COUNT} migrations", place.name), &standings, &standings[DIESEL]);
    }
    Ok(())
}

/// Applied first, which is not timed.
fn reverted(place: &Place, peer: &dyn Peer, steps: &[Step]) -> Answer<Sample> {
    let database = place.fresh()?;
    let mut application = peer.start(&database, steps)?;
    peer::run(&mut *application, steps.len())?;
    peer::revert(&mut *application, steps.len())
}
