//! SQLite.

mod catalog;
mod connection;
mod lock;
mod ddl;
mod rebuild;
mod renderer;
