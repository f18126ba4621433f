//! A thousand migrations of a table and an index each in one transaction, beside the bare statements in one.

use crate::Answer;
use crate::operations::raw;
use crate::peer::{self, Body, Peer, Single};
use crate::place::{Engine, Place};
use crate::project::{self, Step};
use crate::race::{Sample, Side, goal, print, race};

const ROUNDS: usize = 7;
const COUNT: usize = 1_000;

pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    // Where DDL commits by itself there is no such thing.
    for place in places.iter().filter(|place| place.engine != Engine::MariaDb) {
        let steps = &project::tables(place, COUNT)?;
        let ours = |body| Side::new(Single(body).name(), move || applied(place, &Single(body), steps));
        let bare = Side::new("the same statements, raw", move || raw(place, steps));
        let standings = race(vec![ours(Body::Sql), ours(Body::Portable), bare], rounds.unwrap_or(ROUNDS))?;
        let [sql, _, raw] = &standings[..] else { continue };
        print(&format!("single, {}, {COUNT} migrations", place.name), &standings, raw);
        goal("SQL text to the statements", sql.to(raw), 1.3);
    }
    Ok(())
}

fn applied(place: &Place, peer: &dyn Peer, steps: &[Step]) -> Answer<Sample> {
    let database = place.fresh()?;
    let mut application = peer.start(&database, steps)?;
    peer::run(&mut *application, steps.len())
}
