//! The command line: a real binary in a folder of its own.

mod backups;
mod bad_input;
mod files;
mod first_hour;
mod json;
mod migrate;
mod plan;
mod program;
mod repair;
mod schema;
mod signals;
mod terminal;
mod verify;
