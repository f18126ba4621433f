//! What a run does after its last migration: the schema of a large database is read and kept, and what is unsound told.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use migrator_core::{Event, Metadata, inspect_schema, prelude::*};

use crate::Answer;
use crate::connection::{self, Connected};
use crate::inspect::{COLUMNS, TABLES, fill};
use crate::place::Place;
use crate::race::{Sample, Side, print, race, timed};

const ROUNDS: usize = 5;

pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    for place in places.iter().filter(|place| place.name != "sqlite-wal") {
        let database = place.fresh()?;
        let (mut conn, sent) = connection::counted(&database)?;
        fill(&mut *conn, place.engine)?;
        let conn = Mutex::new(conn);
        let stand = Mutex::new(0);
        let next = |until_it_ends| -> Answer<Sample> {
            let mut stand = stand.lock().map_err(|error| error.to_string())?;
            *stand += 1;
            let mut conn = conn.lock().map_err(|error| error.to_string())?;
            one(&mut conn, *stand, until_it_ends, || sent.so_far())
        };
        let whole = Side::new("a run of one migration", || next(false));
        let until = Side::new("until its migration ends", || next(true));
        let reading = Side::new("inspect_schema", || {
            let mut conn = conn.lock().map_err(|error| error.to_string())?;
            let before = sent.so_far();
            timed(|| {
                inspect_schema(&mut **conn)?;
                Ok(Some(sent.so_far() - before))
            })
        });
        let standings = race(vec![whole, until, reading], rounds.unwrap_or(ROUNDS))?;
        let [.., reading] = &standings[..] else { continue };
        print(&format!("kept, {}, {TABLES} tables x {COLUMNS} columns", place.name), &standings, reading);
    }
    Ok(())
}

/// Applies the next migration; how long that takes, or only until it ends.
fn one(conn: &mut Box<dyn Connected>, number: usize, until_it_ends: bool, sent: impl Fn() -> usize) -> Answer<Sample> {
    let ended = Arc::new(Mutex::new(None));
    let noted = ended.clone();
    let migrator = (1..=number).map(Small::new).fold(Migrator::new(), Migrator::with).observer(move |event: &Event| {
        if let (Event::MigrationEnded { .. }, Ok(mut noted)) = (event, noted.lock()) {
            *noted = Some(Instant::now());
        }
    });
    let (before, begun) = (sent(), Instant::now());
    let sample = timed(|| {
        let steps = migrator.run_pending(&mut **conn)?.steps().len();
        if steps == 1 { Ok(Some(sent() - before)) } else { Err(format!("{steps} migrations ran, not one").into()) }
    })?;
    let ended = *ended.lock().map_err(|error| error.to_string())?;
    Ok(match ended.filter(|_| until_it_ends) {
        Some(ended) => Sample::of(ended - begun),
        None => sample,
    })
}

struct Small {
    metadata: Metadata,
    sql: String,
}

impl Small {
    fn new(number: usize) -> Self {
        let sql = format!("CREATE TABLE small_{number} (id INTEGER NOT NULL PRIMARY KEY)");
        Self { metadata: Metadata::new(&format!("{number:05}")), sql }
    }
}

impl Migration for Small {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        op.execute(&self.sql)?;
        Ok(())
    }

    fn downgrade(&self, _: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn has_verify(&self) -> bool {
        false
    }
}
