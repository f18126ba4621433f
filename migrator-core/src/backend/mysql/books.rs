//! The library's own tables take every text, whatever the database's character set.

use diesel::mysql::MysqlConnection;

use super::renderer::{EVERY_TEXT, MARIADB};
use crate::connection::{Books, Database, Value};
use crate::dialect::SqlRenderer;
use crate::error::{ErrorKind, Result};
use crate::name::TableName;

impl Books for MysqlConnection {
    /// Whoever may not alter them goes on with what they hold.
    fn mend_books(&mut self, books: &[TableName]) -> Result<()> {
        for book in books {
            if has_narrow_texts(self, book)? {
                let sql = format!("ALTER TABLE {} CONVERT TO {EVERY_TEXT}", MARIADB.table(book));
                match self.batch(&sql) {
                    Err(error) if error.kind() == ErrorKind::Privilege => {}
                    done => done?,
                }
            }
        }
        Ok(())
    }
}

fn has_narrow_texts(conn: &mut MysqlConnection, table: &TableName) -> Result<bool> {
    let (schema, mut binds) = match table.schema() {
        Some(schema) => ("?", vec![Value::from(schema)]),
        None => ("DATABASE()", Vec::new()),
    };
    binds.push(table.name().into());
    let sql = format!(
        "SELECT 1 FROM information_schema.columns WHERE table_schema = {schema} AND table_name = ? \
         AND character_set_name <> 'utf8mb4' LIMIT 1"
    );
    Ok(!conn.query(&sql, &binds)?.is_empty())
}
