//! Migrations of a table and an index each where nothing can be rolled back, beside the bare statements.

use crate::Answer;
use crate::connection;
use crate::peer::{self, Body, Outside, Peer};
use crate::place::Place;
use crate::project::{self, Step};
use crate::race::{Sample, Side, goal, print, race, timed};

const ROUNDS: usize = 5;

/// How many there are, unless `BENCH_MIGRATIONS` says another number.
const COUNT: usize = 1_000;

/// Every migration is so on MariaDB; elsewhere those with `transaction = false` are.
pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    let count = std::env::var("BENCH_MIGRATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(COUNT);
    for place in places {
        let steps = &project::tables(place, count)?;
        let ours = |body| Side::new(Outside(body).name(), move || applied(place, &Outside(body), steps));
        let bare = Side::new("the same statements, raw", move || raw(place, steps));
        let standings = race(vec![ours(Body::Sql), ours(Body::Portable), bare], rounds.unwrap_or(ROUNDS))?;
        let [sql, portable, raw] = &standings[..] else { continue };
        print(&format!("journal, {}, {count} migrations", place.name), &standings, raw);
        goal("SQL text to the statements", sql.to(raw), 1.4);
        goal("portable operations to the statements", portable.to(raw), 1.4);
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
