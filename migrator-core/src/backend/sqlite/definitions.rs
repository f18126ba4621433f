//! Definitions beside the tables take part in transactions here.

use diesel::sqlite::SqliteConnection;

use crate::connection::{Books, Definitions};

impl Definitions for SqliteConnection {}

impl Books for SqliteConnection {}
