//! What is different between a table as it is wanted and as it is found. Pure.

mod shape;

pub(crate) use shape::{column_differences, find_foreign_key, is_unique, same_default, table_differences, told};
