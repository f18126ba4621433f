//! An asynchronous PostgreSQL application with a bb8 pool: `DATABASE_URL=postgres://… cargo run -p async-pool`.

use std::error::Error;

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::RunQueryDsl;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::Pool;
use migrator_core::RunReport;
use migrator_core::prelude::*;

type BoxedError = Box<dyn Error + Send + Sync>;

diesel::table! {
    visits (id) {
        id -> BigInt,
        page -> Text,
    }
}

/// Count visits.
#[migration(revision = "20261123140000")]
mod create_visits {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("visits", |t| {
            t.id();
            t.string("page", 200).not_null();
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("visits")?;
        Ok(())
    }
}

/// Migrations are blocking work: they run on a thread that may block, over a connection of the pool.
async fn migrate(pool: &Pool<AsyncPgConnection>) -> Result<RunReport, BoxedError> {
    let conn = pool.get_owned().await?;
    let run = move || Migrator::registered().run_pending(&mut AsyncConnectionWrapper::from(conn));
    Ok(tokio::task::spawn_blocking(run).await??)
}

#[tokio::main]
async fn main() -> Result<(), BoxedError> {
    let url = std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to a PostgreSQL database of its own")?;
    let pool = Pool::builder().build(AsyncDieselConnectionManager::new(url)).await?;
    println!("{}", migrate(&pool).await?);

    let mut conn = pool.get().await?;
    diesel::insert_into(visits::table).values(visits::page.eq("/")).execute(&mut conn).await?;
    let seen: i64 = visits::table.count().get_result(&mut conn).await?;
    println!("visit {seen}");
    Ok(())
}
