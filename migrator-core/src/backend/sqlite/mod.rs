//! SQLite.

mod catalog;
mod compare;
mod connection;
mod copies;
mod ddl;
mod definitions;
mod fence;
mod keys;
mod lock;
mod rebuild;
mod renderer;
mod sketch;
mod soundness;
mod waits;
mod watch;
mod whole;
