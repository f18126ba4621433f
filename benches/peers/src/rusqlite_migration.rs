//! rusqlite_migration: a number in the file's header, and nothing else.

use migrator_benches::Answer;
use migrator_benches::connection::Sent;
use migrator_benches::peer::{Application, Peer};
use migrator_benches::place::{Database, Engine};
use migrator_benches::project::Step;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

pub struct RusqliteMigration;

impl Peer for RusqliteMigration {
    fn name(&self) -> String {
        "rusqlite_migration".to_owned()
    }

    fn speaks(&self, engine: Engine) -> bool {
        engine == Engine::Sqlite
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let conn = Connection::open(database.url())?;
        conn.execute_batch(database.setup())?;
        let migrations =
            steps.iter().map(|step| M::up(step.up.clone().leak()).down(step.down.clone().leak())).collect();
        Ok(Box::new(Started { conn, migrations: Migrations::new(migrations) }))
    }
}

struct Started {
    conn: Connection,
    migrations: Migrations<'static>,
}

impl Application for Started {
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        self.migrations.to_latest(&mut self.conn)?;
        Ok(None)
    }

    fn revert_all(&mut self) -> Answer<Option<usize>> {
        self.migrations.to_version(&mut self.conn, 0)?;
        Ok(None)
    }

    fn sent(&self) -> Option<&Sent> {
        None
    }
}
