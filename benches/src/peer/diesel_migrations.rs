//! Diesel's own: `embed_migrations!` and `run_pending_migrations`.

use diesel_migrations::{EmbeddedMigration, EmbeddedMigrations, EmbeddedName, TomlMetadataWrapper};

use super::{Application, Peer};
use crate::Answer;
use crate::connection::{self, Connected, Sent};
use crate::place::Database;
use crate::project::Step;

pub struct DieselMigrations;

impl Peer for DieselMigrations {
    fn name(&self) -> String {
        "diesel_migrations".to_owned()
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let (conn, sent) = connection::counted(database)?;
        Ok(Box::new(Started { conn, sent, migrations: embedded(steps, true) }))
    }
}

/// The same with `run_in_transaction = false`.
pub struct DieselMigrationsOutside;

impl Peer for DieselMigrationsOutside {
    fn name(&self) -> String {
        "diesel_migrations, no transaction".to_owned()
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let (conn, sent) = connection::counted(database)?;
        Ok(Box::new(Started { conn, sent, migrations: embedded(steps, false) }))
    }
}

struct Started {
    conn: Box<dyn Connected>,
    sent: Sent,
    migrations: &'static [EmbeddedMigration],
}

impl Application for Started {
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        self.conn.run_embedded(EmbeddedMigrations::new(self.migrations)).map(Some)
    }

    fn revert_all(&mut self) -> Answer<Option<usize>> {
        self.conn.revert_embedded(EmbeddedMigrations::new(self.migrations)).map(Some)
    }

    fn sent(&self) -> Option<&Sent> {
        Some(&self.sent)
    }
}

/// What `embed_migrations!` leaves in a program, which is there until its end.
fn embedded(steps: &[Step], in_transaction: bool) -> &'static [EmbeddedMigration] {
    let text = |text: &str| &*text.to_owned().leak();
    let migrations = steps.iter().map(|step| {
        let name = EmbeddedName::new(text(&step.directory));
        EmbeddedMigration::new(text(&step.up), Some(text(&step.down)), name, TomlMetadataWrapper::new(in_transaction))
    });
    migrations.collect::<Vec<_>>().leak()
}
