//! sea-orm-migration, with the migrations as SQL text, on a runtime of this thread.

use migrator_benches::Answer;
use migrator_benches::connection::Sent;
use migrator_benches::peer::{Application, Peer};
use migrator_benches::place::{Database, Engine};
use migrator_benches::project::Step;
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database as SeaOrmDatabase, DatabaseConnection};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, async_trait};
use tokio::runtime::{Builder, Runtime};

pub struct SeaOrm;

impl Peer for SeaOrm {
    fn name(&self) -> String {
        "sea-orm-migration".to_owned()
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let url = match database.engine() {
            Engine::Sqlite => format!("sqlite://{}?mode=rwc", database.url()),
            _ => database.url().to_owned(),
        };
        let mut options = ConnectOptions::new(url);
        options.min_connections(1).max_connections(1).sqlx_logging(false);
        let conn = runtime.block_on(SeaOrmDatabase::connect(options))?;
        if !database.setup().is_empty() {
            runtime.block_on(conn.execute_unprepared(database.setup()))?;
        }
        Ok(Box::new(Started { conn, runtime, migrations: Migrations(steps.to_vec()) }))
    }
}

struct Migrations(Vec<Step>);

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        self.0.iter().map(|step| Box::new(Written(step.clone())) as Box<dyn MigrationTrait>).collect()
    }
}

struct Written(Step);

impl MigrationName for Written {
    fn name(&self) -> &str {
        &self.0.directory
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Written {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(&self.0.up).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(&self.0.down).await.map(|_| ())
    }
}

struct Started {
    conn: DatabaseConnection,
    runtime: Runtime,
    migrations: Migrations,
}

impl Application for Started {
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        self.runtime.block_on(self.migrations.up(&self.conn, None))?;
        Ok(None)
    }

    fn revert_all(&mut self) -> Answer<Option<usize>> {
        self.runtime.block_on(self.migrations.down(&self.conn, None))?;
        Ok(None)
    }

    fn sent(&self) -> Option<&Sent> {
        None
    }
}
