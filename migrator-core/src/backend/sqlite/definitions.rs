//! Definitions beside the tables take part in transactions here.

use diesel::sqlite::SqliteConnection;

use crate::connection::Definitions;

impl Definitions for SqliteConnection {}
