use migrator_core::SchemaConnection;
use migrator_core::prelude::SqliteConnection;

#[derive(SchemaConnection)]
struct Any(SqliteConnection);

fn main() {}
