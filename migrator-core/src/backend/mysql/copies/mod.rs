//! Copies of tables, digests of their rows, and tables made again from the server's own texts.

mod anatomy;
mod digest;
mod keys;
mod pinned;
mod put_back;
mod shown;

use std::path::Path;

use diesel::mysql::MysqlConnection;

use super::renderer::MYSQL;
use crate::connection::copies::{Anatomy, Contents, Copies, KeptColumn};
use crate::connection::{Database, Scope};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use pinned::pinned;

impl Copies for MysqlConnection {
    fn copied_tables(&mut self) -> Result<Vec<TableName>> {
        Ok(self.inspect(Scope::All)?.tables.into_keys().collect())
    }

    fn dissect(&mut self, table: &TableName) -> Result<Anatomy> {
        anatomy::dissect(self, table)
    }

    fn begin_copies(&mut self) -> Result<()> {
        refuse_transaction(self)
    }

    fn begin_restore(&mut self, _table: &TableName) -> Result<()> {
        refuse_transaction(self)
    }

    /// Who may look into a whole database may look into the copy, and could look into the original; who may look into
    /// single tables was never told of this one. Writers wait until the tables are released.
    fn make_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<u64> {
        let (original, copied) = (MYSQL.table(&anatomy.table), MYSQL.table(copy));
        let columns = names(&anatomy.columns);
        pinned(self, |conn| {
            conn.batch(&format!("CREATE TABLE {copied} AS SELECT {columns} FROM {original} WHERE FALSE"))?;
            conn.batch(&format!("LOCK TABLES {original} READ, {copied} WRITE"))?;
            let rows =
                conn.execute(&format!("INSERT INTO {copied} ({columns}) SELECT {columns} FROM {original}"), &[])?;
            Ok(rows as u64)
        })
    }

    /// A definition commits, and lets go of rows; of tables that are locked it does not let go.
    fn hold_tables(&mut self, tables: &[TableName]) -> Result<()> {
        let locked: Vec<String> = tables.iter().map(|table| format!("{} WRITE", MYSQL.table(table))).collect();
        self.batch(&format!("LOCK TABLES {}", locked.join(", ")))?;
        self.batch("SET @migrator_autocommit = @@autocommit, SESSION autocommit = 0")
    }

    fn settle_held(&mut self, keep: bool) -> Result<()> {
        self.batch(if keep { "COMMIT" } else { "ROLLBACK" })?;
        self.batch("SET SESSION autocommit = @migrator_autocommit")
    }

    fn is_refused_while_held(&self, error: &Error) -> bool {
        ["active locked tables", "was not locked with LOCK TABLES"].iter().any(|words| error.what().contains(words))
    }

    /// With gaps, which READ COMMITTED leaves open.
    fn begin_holding(&mut self) -> Result<()> {
        self.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        self.begin()
    }

    fn hold_rows(&mut self, table: &TableName) -> Result<()> {
        self.query(&format!("SELECT COUNT(*) FROM {} FOR UPDATE", MYSQL.table(table)), &[]).map(|_| ())
    }

    fn refill_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<()> {
        let (original, copied, columns) = (MYSQL.table(&anatomy.table), MYSQL.table(copy), names(&anatomy.columns));
        pinned(self, |conn| {
            conn.batch(&format!("DELETE FROM {copied}"))?;
            conn.batch(&format!("INSERT INTO {copied} ({columns}) SELECT {columns} FROM {original}"))
        })
    }

    fn release_tables(&mut self) -> Result<()> {
        self.batch("UNLOCK TABLES")
    }

    fn contents(&mut self, table: &TableName, columns: &[KeptColumn]) -> Result<Contents> {
        pinned(self, |conn| digest::contents(conn, table, columns))
    }

    fn as_compared(&self, column: &KeptColumn) -> String {
        digest::exact(column)
    }

    fn copy_database(&mut self, path: &Path) -> Result<u64> {
        let message = format!("a MySQL or MariaDB database is not one file: nothing was written to {}", path.display());
        Err(Error::unsupported(
            message,
            "use mysqldump --single-transaction --routines --triggers, or back up its tables",
        ))
    }

    fn are_alike(&self, one: &Anatomy, other: &Anatomy) -> bool {
        put_back::are_alike(one, other)
    }

    fn put_back(
        &mut self,
        anatomy: &Anatomy,
        copy: &TableName,
        contents: &Contents,
        stand_in: &TableName,
    ) -> Result<()> {
        put_back::put_back(self, anatomy, copy, contents, stand_in)
    }
}

fn refuse_transaction(conn: &mut MysqlConnection) -> Result<()> {
    if conn.transaction_depth()? == 0 {
        return Ok(());
    }
    let message = "a transaction is open, and CREATE TABLE would commit it";
    Err(Error::new(ErrorKind::InTransaction, message).remedy("end the transaction first"))
}

fn names(columns: &[KeptColumn]) -> String {
    columns.iter().map(|column| MYSQL.quote(&column.name)).collect::<Vec<_>>().join(", ")
}
