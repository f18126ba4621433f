//! refinery, over rusqlite and over postgres.

use migrator_benches::Answer;
use migrator_benches::connection::Sent;
use migrator_benches::peer::{Application, Peer};
use migrator_benches::place::{Database, Engine};
use migrator_benches::project::Step;
use refinery::{Migration, Runner};

pub struct Refinery;

impl Peer for Refinery {
    fn name(&self) -> String {
        "refinery".to_owned()
    }

    fn speaks(&self, engine: Engine) -> bool {
        engine != Engine::MariaDb
    }

    fn reverts(&self) -> bool {
        false
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let runner = Runner::new(&migrations(steps)?);
        if database.engine() == Engine::Postgres {
            let conn = postgres::Client::connect(database.url(), postgres::NoTls)?;
            return Ok(Box::new(Started { conn, runner }));
        }
        let conn = rusqlite::Connection::open(database.url())?;
        conn.execute_batch(database.setup())?;
        Ok(Box::new(Started { conn, runner }))
    }
}

fn migrations(steps: &[Step]) -> Answer<Vec<Migration>> {
    let migration = |step: &Step| Migration::unapplied(&format!("V{}__create", step.number), &step.up);
    Ok(steps.iter().map(migration).collect::<Result<_, _>>()?)
}

struct Started<C> {
    conn: C,
    runner: Runner,
}

impl<C: refinery::Migrate> Application for Started<C> {
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        Ok(Some(self.runner.run(&mut self.conn)?.applied_migrations().len()))
    }

    fn sent(&self) -> Option<&Sent> {
        None
    }
}
