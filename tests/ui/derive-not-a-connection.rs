use migrator_core::SchemaConnection;
use migrator_core::prelude::SqliteConnection;

#[derive(SchemaConnection)]
enum Any {
    Sqlite(SqliteConnection),
    Text(String),
}

fn main() {}
