//! SQLite.

mod catalog;
mod connection;
mod renderer;
