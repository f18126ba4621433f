//! Definitions beside the tables take part in transactions here.

use diesel::sqlite::SqliteConnection;

use crate::connection::{Books, Claims, Definitions, Places};

impl Definitions for SqliteConnection {}

impl Books for SqliteConnection {}

impl Claims for SqliteConnection {}

impl Places for SqliteConnection {}
