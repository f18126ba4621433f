//! MySQL and MariaDB: one Diesel connection, two products that it is asked which of.

mod alter;
mod books;
mod catalog;
mod connection;
mod copies;
mod decode;
mod definitions;
mod dependents;
mod exact;
mod fence;
mod found;
mod galera;
mod inspect;
mod keys;
mod lease;
mod leftovers;
mod lock;
mod narrowing;
mod product;
mod renderer;
mod rows;
mod settings;
mod soundness;
mod spellings;
mod waits;
mod watch;
