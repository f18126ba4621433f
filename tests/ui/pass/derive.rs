//! An enum of connections.

#![forbid(unsafe_code)]
#![deny(warnings, unreachable_pub, unused_qualifications, rust_2018_idioms)]

use diesel::MultiConnection;
use migrator_core::prelude::*;

#[derive(MultiConnection, SchemaConnection)]
enum AnyConnection {
    Sqlite(SqliteConnection),
    #[cfg(any())]
    Postgres(PgConnection),
}

#[derive(SchemaConnection)]
#[migrator(crate = migrator_core)]
enum Again {
    Sqlite(SqliteConnection),
}

#[migration(revision = "1", irreversible)]
mod on_any {
    fn upgrade(connection: &mut AnyConnection) -> MigrationResult {
        let AnyConnection::Sqlite(_) = connection;
        Ok(())
    }
}

fn takes(_: &mut dyn SchemaConnection) {}

fn main() {
    let _ = migrations![on_any];
    let _ = [takes as fn(&mut _)];
    let _ = |inner| (AnyConnection::Sqlite(inner), Again::Sqlite);
}
