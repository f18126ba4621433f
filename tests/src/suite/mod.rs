//! The cases, one file per promise or per part of the library.

mod books;
mod handmade;
mod session;

mod harness;

mod anomalies;
mod any_connection;
mod backups;
mod bad_input;
mod caller_transaction;
mod concurrent_start;
mod conditions;
mod diesel_tool;
mod error_texts;
mod connection_afterwards;
mod graph;
mod names;
mod nothing_pending;
mod operations;
mod rolling_deploy;
mod runs;
mod sql_files;
mod together;
