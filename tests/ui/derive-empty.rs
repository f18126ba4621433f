use migrator_core::SchemaConnection;

#[derive(SchemaConnection)]
enum Any {}

fn main() {}
