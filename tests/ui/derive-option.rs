use migrator_core::SchemaConnection;
use migrator_core::prelude::SqliteConnection;

#[derive(SchemaConnection)]
#[migrator(krate = migrator_core)]
enum Any {
    Sqlite(SqliteConnection),
}

fn main() {}
