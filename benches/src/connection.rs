//! Diesel connections that count what they send, of whichever database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::backend::Backend;
use diesel::connection::{Connection, DefaultLoadingMode, InstrumentationEvent, SimpleConnection};
use diesel::deserialize::{self, QueryableByName};
use diesel::row::{Field, NamedRow, Row};
use diesel::{RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use migrator_core::SchemaConnection;

use crate::Answer;
use crate::place::{Database, Engine};

/// What a benchmark does with a connection.
pub trait Connected: SchemaConnection {
    /// Sends statements, rows discarded.
    fn batch(&mut self, sql: &str) -> Answer<()>;

    /// Reads every value of a query and keeps none; how many rows there were.
    fn read(&mut self, sql: &str) -> Answer<usize>;

    /// The one text that a query gives under the name `version`.
    fn text(&mut self, sql: &str) -> Answer<String>;

    /// What diesel_migrations does at a start.
    fn run_embedded(&mut self, migrations: EmbeddedMigrations) -> Answer<usize>;

    /// And on the way back.
    fn revert_embedded(&mut self, migrations: EmbeddedMigrations) -> Answer<usize>;
}

/// How many statements, or batches of them, a connection has sent.
#[derive(Clone, Default)]
pub struct Sent(Arc<AtomicUsize>);

impl Sent {
    pub fn so_far(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A row whose values were looked at.
struct Seen;

impl<DB: Backend> QueryableByName<DB> for Seen {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        for column in 0..row.field_count() {
            let field = Row::get(row, column).ok_or("fewer columns than announced")?;
            std::hint::black_box(field.value().is_some());
        }
        Ok(Self)
    }
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

macro_rules! connected {
    ($($feature:literal $connection:ty),*) => {
        $(#[cfg(feature = $feature)]
        impl Connected for $connection {
            fn batch(&mut self, sql: &str) -> Answer<()> {
                Ok(self.batch_execute(sql)?)
            }

            fn read(&mut self, sql: &str) -> Answer<usize> {
                let mut rows = 0;
                for row in sql_query(sql).load_iter::<Seen, DefaultLoadingMode>(self)? {
                    row?;
                    rows += 1;
                }
                Ok(rows)
            }

            fn text(&mut self, sql: &str) -> Answer<String> {
                Ok(sql_query(sql).get_result::<Version>(self)?.version)
            }

            fn run_embedded(&mut self, migrations: EmbeddedMigrations) -> Answer<usize> {
                Ok(self.run_pending_migrations(migrations).map_err(|error| error.to_string())?.len())
            }

            fn revert_embedded(&mut self, migrations: EmbeddedMigrations) -> Answer<usize> {
                Ok(self.revert_all_migrations(migrations).map_err(|error| error.to_string())?.len())
            }
        })*
    };
}

connected!("sqlite" diesel::SqliteConnection, "postgres" diesel::PgConnection, "mysql" diesel::MysqlConnection);

/// A connection as a benchmark uses it.
pub fn open(database: &Database<'_>) -> Answer<Box<dyn Connected>> {
    Ok(counted(database)?.0)
}

/// The same, with its count.
pub fn counted(database: &Database<'_>) -> Answer<(Box<dyn Connected>, Sent)> {
    let (mut conn, sent) = establish(database.engine(), database.url())?;
    if !database.setup().is_empty() {
        conn.batch(database.setup())?;
    }
    Ok((conn, sent))
}

/// A connection to the database that is always there.
pub fn admin(engine: Engine, url: &str) -> Answer<Box<dyn Connected>> {
    Ok(establish(engine, url)?.0)
}

fn establish(engine: Engine, url: &str) -> Answer<(Box<dyn Connected>, Sent)> {
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => instrumented::<diesel::SqliteConnection>(url),
        #[cfg(feature = "postgres")]
        Engine::Postgres => instrumented::<diesel::PgConnection>(url),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => instrumented::<diesel::MysqlConnection>(url),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => Err(format!("{other:?}: built without its feature").into()),
    }
}

fn instrumented<C: Connection + Connected>(url: &str) -> Answer<(Box<dyn Connected>, Sent)> {
    let mut conn = C::establish(url)?;
    let sent = Sent::default();
    let count = sent.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            count.0.fetch_add(1, Ordering::Relaxed);
        }
    });
    Ok((Box::new(conn), sent))
}
