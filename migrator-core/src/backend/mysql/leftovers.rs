//! Temporary tables, which only those who made them know of.

use diesel::mysql::MysqlConnection;

use super::renderer::MYSQL;
use crate::connection::{Database, Leftovers};
use crate::dialect::SqlRenderer;
use crate::error::Result;

impl Leftovers for MysqlConnection {
    fn lists_temporary(&self) -> bool {
        false
    }

    fn drop_temporary(&mut self, name: &str) -> Result<()> {
        self.batch(&format!("DROP TEMPORARY TABLE IF EXISTS {}", MYSQL.quote(name)))
    }
}
