//! What is different between a table as it is wanted and as it is found, and between two schemas. Pure.

mod schema;
mod shape;

pub(crate) use schema::table_named;
pub use schema::{ChangeKind, SchemaChange, SchemaDifference, SchemaPart};

pub(crate) use shape::{column_differences, find_foreign_key, is_unique, same_default, table_differences, told};
