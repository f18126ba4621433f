//! sqlx's migrator, on a runtime of this thread.

use migrator_benches::Answer;
use migrator_benches::connection::Sent;
use migrator_benches::peer::{Application, Peer};
use migrator_benches::place::{Database, Engine};
use migrator_benches::project::Step;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::{Acquire, AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, SqlSafeStr, SqliteConnection};
use tokio::runtime::{Builder, Runtime};

pub struct Sqlx;

impl Peer for Sqlx {
    fn name(&self) -> String {
        "sqlx".to_owned()
    }

    fn start(&self, database: &Database<'_>, steps: &[Step]) -> Answer<Box<dyn Application>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut migrator = Migrator::with_migrations(steps.iter().flat_map(migrations).collect());
        Ok(match database.engine() {
            Engine::Sqlite => {
                let url = format!("sqlite://{}?mode=rwc", database.url());
                let mut conn = runtime.block_on(SqliteConnection::connect(&url))?;
                runtime.block_on(conn.execute(AssertSqlSafe(database.setup())))?;
                Box::new(Started { conn, runtime, migrator })
            }
            Engine::Postgres => {
                let conn = runtime.block_on(PgConnection::connect(database.url()))?;
                Box::new(Started { conn, runtime, migrator })
            }
            Engine::MariaDb => {
                // Its lock is GET_LOCK(.., -1), which MariaDB does not know.
                migrator.set_locking(false);
                let conn = runtime.block_on(MySqlConnection::connect(database.url()))?;
                Box::new(Started { conn, runtime, migrator })
            }
        })
    }
}

fn migrations(step: &Step) -> [Migration; 2] {
    let of = |kind, sql: &str| {
        let sql = AssertSqlSafe(sql).into_sql_str();
        Migration::new(step.number as i64, "create".into(), kind, sql, false)
    };
    [of(MigrationType::ReversibleUp, &step.up), of(MigrationType::ReversibleDown, &step.down)]
}

struct Started<C> {
    conn: C,
    runtime: Runtime,
    migrator: Migrator,
}

impl<C: Migrate + Send> Application for Started<C>
where
    for<'c> &'c mut C: Acquire<'c, Connection = &'c mut C>,
{
    fn run_pending(&mut self) -> Answer<Option<usize>> {
        self.runtime.block_on(self.migrator.run(&mut self.conn))?;
        Ok(None)
    }

    fn revert_all(&mut self) -> Answer<Option<usize>> {
        self.runtime.block_on(self.migrator.undo(&mut self.conn, 0))?;
        Ok(None)
    }

    fn sent(&self) -> Option<&Sent> {
        None
    }
}
