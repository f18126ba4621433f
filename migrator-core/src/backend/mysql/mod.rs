//! MySQL and MariaDB: one Diesel connection, two products that it is asked which of.

mod catalog;
mod connection;
mod decode;
mod inspect;
mod lock;
mod product;
mod renderer;
mod settings;
