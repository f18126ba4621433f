//! Counts every row of `t` up by one, or down again, ten at a time, and stops for ever in the batch that it is told, to be
//! killed there.
//!
//! `batching <sqlite|postgres|mariadb> <url> <batch> [down]`

use std::error::Error;
use std::io::{Write as _, stdout};
use std::thread;
use std::time::Duration;

use migrator_core::Metadata;
use migrator_core::prelude::*;

/// The migration that the case then runs to its end.
struct Backfill {
    metadata: Metadata,
    stop_in: usize,
}

impl Migration for Backfill {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        self.counts(op, 1)
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        self.counts(op, -1)
    }
}

impl Backfill {
    fn counts(&self, op: &mut Operations<'_>, by: i32) -> MigrationResult {
        let mut batch = 0;
        op.update_in_batches("t", 10, |op, keys| {
            op.execute(format!("update t set n = n + {by} where {keys}"))?;
            batch += 1;
            if batch == self.stop_in {
                println!("in batch {batch}");
                stdout().flush()?;
                thread::sleep(Duration::from_secs(600));
            }
            Ok(())
        })?;
        Ok(())
    }
}

fn connect(engine: &str, url: &str) -> Result<Box<dyn SchemaConnection>, Box<dyn Error>> {
    Ok(match engine {
        #[cfg(feature = "sqlite")]
        "sqlite" => Box::new(SqliteConnection::establish(url)?),
        #[cfg(feature = "postgres")]
        "postgres" => Box::new(PgConnection::establish(url)?),
        #[cfg(feature = "mysql")]
        "mariadb" => Box::new(MysqlConnection::establish(url)?),
        other => return Err(format!("compiled without {other}, for {url}").into()),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, url, batch, way @ ..] = arguments.as_slice() else { return Err("engine, url, batch".into()) };
    let backfill = Backfill { metadata: Metadata::new("1").transaction(false), stop_in: batch.parse()? };
    let (migrator, mut conn) = (Migrator::new().with(backfill), connect(engine, url)?);
    match way {
        [] => migrator.run_pending(&mut *conn)?,
        _ => migrator.downgrade(&mut *conn, "base")?,
    };
    Ok(())
}
