use migrator_core::SchemaConnection;
use migrator_core::prelude::SqliteConnection;

#[derive(SchemaConnection)]
enum Any<C> {
    Sqlite(SqliteConnection),
    Other(C),
}

fn main() {}
