use migrator_core::SchemaConnection;
use migrator_core::prelude::SqliteConnection;

#[derive(SchemaConnection)]
enum Any {
    Sqlite(SqliteConnection),
    None,
    Pair(SqliteConnection, SqliteConnection),
    Named { connection: SqliteConnection },
}

fn main() {}
