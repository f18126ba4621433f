//! The database that a session uses.

use diesel::mysql::MysqlConnection;

use super::renderer::MYSQL;
use crate::connection::{Database, Places};
use crate::dialect::SqlRenderer;
use crate::error::Result;

impl Places for MysqlConnection {
    fn place(&mut self) -> Result<Option<String>> {
        self.current_schema()
    }

    /// There is no way back to no database at all.
    fn stand_at(&mut self, place: &str) -> Result<String> {
        let before = self.current_schema()?.unwrap_or_default();
        if !place.is_empty() && place != before {
            self.batch(&format!("USE {}", MYSQL.quote(place)))?;
        }
        Ok(before)
    }
}
