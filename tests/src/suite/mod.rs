//! The cases, one file per promise or per part of the library.

#![allow(clippy::redundant_closure_for_method_calls, reason = "`|t| t.id()` is how a migration is written")]

mod books;
pub(crate) mod handmade;
mod interpreter;
mod json_schema;
mod session;

mod harness;

mod anomalies;
mod any_connection;
#[cfg(feature = "postgres")]
mod asynchronous;
mod autogenerate;
mod backup_files;
mod backup_texts;
mod backups;
mod backups_exact;
mod backups_held;
mod bad_input;
mod batches;
mod caller_transaction;
mod check;
mod chinook;
mod command_line;
mod concurrent_start;
mod conditions;
mod connection_afterwards;
mod crashes;
mod crashes_of_backups;
mod diesel_tool;
mod error_texts;
mod graph;
mod guard;
mod herds;
mod introspection;
mod journal;
mod journal_ends;
mod journal_places;
mod letters;
mod locks_told;
mod names;
mod nothing_pending;
mod operations;
mod operations_alter;
mod operations_dependents;
mod operations_docs;
mod operations_kept;
mod operations_rows;
mod operations_run;
mod operations_shapes;
mod operations_spelled;
mod operations_twice;
mod operations_types;
mod operations_wrong;
mod plans;
#[cfg(feature = "postgres")]
mod poolers;
mod rebuild;
mod rehearsals;
mod reports_as_json;
mod restores;
mod restores_explained;
#[cfg(feature = "postgres")]
mod restores_postgres;
mod restores_random;
mod restores_shapes;
mod rolling_deploy;
mod round_trips;
mod runs;
mod schemas_compared;
mod single_transaction;
mod sql_files;
mod table_locks;
mod together;
mod traced;
mod user_tests;
mod verify;
mod waiting;
