//! A thousand tables with an index each, by portable operations in one migration.

use migrator_core::{Metadata, prelude::*};

use crate::Answer;
use crate::connection;
use crate::place::{Engine, Place};
use crate::project::{self, Step};
use crate::race::{Sample, Side, goal, print, race, timed};

const ROUNDS: usize = 7;
const COUNT: usize = 1_000;

pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    for place in places {
        let steps = &project::tables(place, COUNT)?;
        let sides = vec![
            Side::new("operations", move || by_operations(place)),
            Side::new("the same statements, raw", move || raw(place, steps)),
        ];
        let standings = race(sides, rounds.unwrap_or(ROUNDS))?;
        let [operations, raw] = &standings[..] else { continue };
        print(&format!("operations, {}, {COUNT} tables with an index", place.name), &standings, raw);
        goal("operations to the same statements", operations.to(raw), 1.3);
    }
    Ok(())
}

/// One migration that creates them all.
struct All(Metadata);

impl Migration for All {
    fn metadata(&self) -> &Metadata {
        &self.0
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        (1..=COUNT).try_for_each(|number| project::create(op, number))
    }

    fn downgrade(&self, _: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn has_verify(&self) -> bool {
        false
    }
}

fn by_operations(place: &Place) -> Answer<Sample> {
    let database = place.fresh()?;
    let (mut conn, sent) = connection::counted(&database)?;
    let migrator = Migrator::new().with(All(Metadata::new("1")));
    timed(|| {
        migrator.run_pending(&mut *conn)?;
        Ok(Some(sent.so_far()))
    })
}

/// One after another, in one transaction where a migration has one.
pub(crate) fn raw(place: &Place, steps: &[Step]) -> Answer<Sample> {
    let database = place.fresh()?;
    let (mut conn, sent) = connection::counted(&database)?;
    let (begin, commit) = if place.engine == Engine::MariaDb { ("DO 1", "DO 1") } else { ("BEGIN", "COMMIT") };
    timed(|| {
        conn.batch(begin)?;
        for statement in steps.iter().flat_map(|step| step.up.split(";\n")) {
            conn.batch(statement)?;
        }
        conn.batch(commit)?;
        Ok(Some(sent.so_far()))
    })
}
