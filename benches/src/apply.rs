//! A thousand migrations of a table and an index each, a transaction for each.

use crate::Answer;
use crate::peer::{self, Body, DieselMigrations, Migrations, Peer};
use crate::place::Place;
use crate::project::{self, Step};
use crate::race::{Sample, Side, goal, print, race};

const ROUNDS: usize = 7;
const COUNT: usize = 1_000;

const OURS: [&dyn Peer; 3] = [&Migrations(Body::Sql), &Migrations(Body::Portable), &DieselMigrations];

pub fn run(places: &[Place], others: &[&dyn Peer], rounds: Option<usize>) -> Answer<()> {
    let count = project::number_of(COUNT);
    for place in places {
        let steps = project::tables(place, count)?;
        let steps = &steps;
        let peers = peer::of(&OURS, others, place).into_iter();
        let sides = peers.map(|peer| Side::new(peer.name(), move || applied(place, peer, steps)));
        let standings = race(sides.collect(), rounds.unwrap_or(ROUNDS))?;
        let [sql, _, diesel, ..] = &standings[..] else { continue };
        print(&format!("apply, {}, {count} migrations", place.name), &standings, diesel);
        // On its own; with guard, locks and journal, which are in.
        goal("SQL text to diesel_migrations", sql.to(diesel), 1.15);
        goal("SQL text to diesel_migrations", sql.to(diesel), 1.4);
    }
    Ok(())
}

fn applied(place: &Place, peer: &dyn Peer, steps: &[Step]) -> Answer<Sample> {
    let database = place.fresh()?;
    let mut application = peer.start(&database, steps)?;
    peer::run(&mut *application, steps.len())
}
