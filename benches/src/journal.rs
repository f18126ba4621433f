//! Migrations of a table and an index each where nothing can be rolled back, beside diesel_migrations and the bare statements.

use crate::Answer;
use crate::connection;
use crate::peer::{self, Body, DieselMigrationsOutside, Outside, Peer};
use crate::place::Place;
use crate::project::{self, Step};
use crate::race::{Sample, Side, goal, print, race, timed};

const ROUNDS: usize = 5;

const COUNT: usize = 1_000;

/// Every migration is so on MariaDB; elsewhere those with `transaction = false` are.
pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    let count = project::number_of(COUNT);
    for place in places {
        let steps = &project::tables(place, count)?;
        let peer = |peer: &'static dyn Peer| Side::new(peer.name(), move || applied(place, peer, steps));
        let bare = Side::new("the same statements, raw", move || raw(place, steps));
        let [sql, portable] = [&Outside(Body::Sql), &Outside(Body::Portable)];
        let sides = vec![peer(sql), peer(portable), peer(&DieselMigrationsOutside), bare];
        let standings = race(sides, rounds.unwrap_or(ROUNDS))?;
        let [sql, portable, diesel, raw] = &standings[..] else { continue };
        print(&format!("journal, {}, {count} migrations", place.name), &standings, diesel);
        goal("SQL text to diesel_migrations", sql.to(diesel), 1.4);
        println!("  to the statements: SQL text {:.3}, portable operations {:.3}", sql.to(raw), portable.to(raw));
    }
    Ok(())
}

fn applied(place: &Place, peer: &dyn Peer, steps: &[Step]) -> Answer<Sample> {
    let database = place.fresh()?;
    let mut application = peer.start(&database, steps)?;
    peer::run(&mut *application, steps.len())
}

/// Each commits by itself.
fn raw(place: &Place, steps: &[Step]) -> Answer<Sample> {
    let database = place.fresh()?;
    let (mut conn, sent) = connection::counted(&database)?;
    timed(|| {
        for statement in steps.iter().flat_map(|step| step.up.split(";\n")) {
            conn.batch(statement)?;
        }
        Ok(Some(sent.so_far()))
    })
}
