//! PostgreSQL, from version 12 on.
//!
//! Everything that is known of a database comes from `pg_catalog`: `information_schema` hides what the role does not own
//! and is slow. Names and oids travel as binds. Statements are sent unprepared, which Diesel does in one round trip.

mod alter;
mod catalog;
mod composites;
pub(in crate::backend) mod connection;
mod copies;
mod decode;
mod definitions;
mod dependents;
mod diesel_types;
mod fence;
mod found;
mod glance;
mod inspect;
mod keys;
mod leftovers;
mod lock;
mod locks;
mod narrowing;
mod places;
mod privileges;
mod renderer;
mod rows;
mod server;
pub(in crate::backend) mod session;
mod settings;
mod soundness;
mod spellings;

mod waits;
mod watch;

/// A time without a number has so many digits behind the second.
const USUAL_FRACTION: u32 = 6;
