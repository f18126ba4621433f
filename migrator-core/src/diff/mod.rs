//! What is different between a table as it is wanted and as it is found, and between two schemas. Pure.

mod constraints;
mod schema;
mod shape;

pub(crate) use schema::table_named;
pub use schema::{ChangeKind, SchemaChange, SchemaDifference, SchemaPart};

pub(crate) use constraints::{find_foreign_key, is_key, is_unique};
pub(crate) use shape::{column_differences, is_told_default, is_told_type, same_default, table_differences, told};
