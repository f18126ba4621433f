//! The Diesel connections that speak to PostgreSQL.

use diesel::connection::{Connection, LoadConnection, SimpleConnection};
use diesel::pg::Pg;

use crate::backend::driver::Counted;
use crate::connection::SchemaConnection;

/// A Diesel connection that speaks to PostgreSQL, whichever driver is beneath.
pub(in crate::backend) trait Session:
    Counted + Connection<Backend = Pg> + LoadConnection + SimpleConnection + SchemaConnection
{
    /// How many transactions a question outside a transaction takes.
    const TRANSACTIONS: i64 = 1;
}
