//! Definitions beside the tables take part in transactions here.

use diesel::PgConnection;

use crate::connection::Definitions;

impl Definitions for PgConnection {}
