//! A PostgreSQL service with a connection pool, of which several replicas start at once.
//!
//! `service` is one replica: it migrates, answers some requests and ends. `service demo` starts six of them, kills one
//! while it migrates, and shows that the others end well.

mod migrations;
mod replicas;

use std::error::Error;
use std::process::ExitCode;

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use migrator_core::prelude::*;
use migrator_core::{Event, RunReport};

type BoxedError = Box<dyn Error + Send + Sync>;

fn migrate(pool: &Pool<ConnectionManager<PgConnection>>) -> Result<RunReport, BoxedError> {
    let migrator = Migrator::registered().observer(|event| {
        if let Event::WaitingForLock { holder, .. } = event {
            println!("waiting: {} migrates", holder.as_deref().unwrap_or("another replica"));
        }
    });
    // A pooled connection is passed as what it points to.
    Ok(migrator.run_pending(&mut *pool.get()?)?)
}

fn serve(url: &str) -> Result<(), BoxedError> {
    let pool = Pool::builder().max_size(2).build(ConnectionManager::<PgConnection>::new(url))?;
    println!("{}", migrate(&pool)?);
    let orders: i64 = migrations::orders::table
        .filter(migrations::orders::total_cents.is_not_null())
        .count()
        .get_result(&mut pool.get()?)?;
    println!("serving {orders} orders");
    Ok(())
}

fn run() -> Result<(), BoxedError> {
    let url = std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to a PostgreSQL database of its own")?;
    match std::env::args().nth(1).as_deref() {
        None => serve(&url),
        Some("demo") => replicas::demo(),
        Some(other) => Err(format!("unknown word {other:?}: nothing, or `demo`").into()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use migrator_core::testing::{TestDatabase, migration_tests};

    use super::*;

    /// Any database of the server; the tests make their own beside it.
    fn server() -> TestDatabase {
        TestDatabase::postgres(std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a PostgreSQL server"))
    }

    migration_tests!(database = server(), migrator = Migrator::registered());
}
