//! Copies of tables, digests of their rows, and tables made again from what the catalogue said of them.

mod anatomy;
mod digest;
mod parts;
mod pinned;
mod place;
mod put_back;

use std::collections::BTreeSet;
use std::path::Path;

use super::privileges;
use super::renderer::Renderer;
use crate::backend::driver;
use crate::backend::postgres::session::Session;
use crate::connection::copies::{Anatomy, Contents, Copies, KeptColumn};
use crate::connection::{Database, Record, Scope};
use crate::dialect::SqlRenderer;
use crate::error::{Error, Result};
use crate::name::TableName;

/// Named as tables are: those of the current schema without it.
const PARTITIONS: &str = "SELECT nullif(n.nspname, current_schema()), c.relname FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition AND c.relkind IN ('r', 'p')";

/// One moment for all that is read.
const BEGIN_COPIES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";
/// What others did until the lock was got is seen.
const BEGIN_RESTORE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

impl<C: Session> Copies for C {
    fn copied_tables(&mut self) -> Result<Vec<TableName>> {
        let partitions = self.query(PARTITIONS, &[])?;
        let name = |row: &Record| match row.optional_text(0) {
            Some(schema) => TableName::from((schema.as_str(), row.text(1).as_str())),
            None => TableName::from(row.text(1)),
        };
        let partitions: BTreeSet<TableName> = partitions.iter().map(name).collect();
        Ok(self.inspect(Scope::All)?.tables.into_keys().filter(|table| !partitions.contains(table)).collect())
    }

    fn dissect(&mut self, table: &TableName) -> Result<Anatomy> {
        anatomy::dissect(self, table)
    }

    fn place_of_copies(&mut self, _table: &TableName) -> Result<Option<String>> {
        place::of_copies(self)
    }

    fn begin_copies(&mut self) -> Result<()> {
        match self.transaction_depth()? {
            0 => driver::begin_with(self, BEGIN_COPIES),
            _ => self.begin(),
        }
    }

    fn begin_restore(&mut self, table: &TableName) -> Result<()> {
        match self.transaction_depth()? {
            0 => driver::begin_with(self, BEGIN_RESTORE)?,
            _ => self.begin()?,
        }
        if self.has_table(table)? { self.lock_table(table) } else { Ok(()) }
    }

    /// In a transaction of its own a copy sees one moment of the table; inside another, writers wait till that ends.
    fn make_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<u64> {
        let (original, copied) = (Renderer.table(&anatomy.table), Renderer.table(copy));
        if self.transaction_depth()? > 1 {
            self.batch(&format!("LOCK TABLE {original} IN SHARE MODE"))?;
        }
        let columns: Vec<String> = anatomy.columns.iter().map(kept).collect();
        pinned::pinned(self, |conn| {
            let source = digest::source(conn, &anatomy.table)?;
            // Nobody sees it before the transaction ends, and then everybody's privileges are gone.
            let create = format!("CREATE TABLE {copied} AS SELECT {} FROM {source}", columns.join(", "));
            let rows = conn.execute(&create, &[])?;
            privileges::revoke_all(conn, copy).map(|()| rows as u64)
        })
    }

    fn begin_holding(&mut self) -> Result<()> {
        self.begin()
    }

    fn hold_rows(&mut self, table: &TableName) -> Result<()> {
        self.lock_table(table)
    }

    fn refill_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<()> {
        let columns: Vec<String> = anatomy.columns.iter().map(kept).collect();
        let copied = Renderer.table(copy);
        pinned::pinned(self, |conn| {
            let source = digest::source(conn, &anatomy.table)?;
            conn.batch(&format!("DELETE FROM {copied}"))?;
            conn.batch(&format!("INSERT INTO {copied} SELECT {} FROM {source}", columns.join(", ")))
        })
    }

    fn contents(&mut self, table: &TableName, columns: &[KeptColumn]) -> Result<Contents> {
        pinned::pinned(self, |conn| digest::contents(conn, table, columns))
    }

    fn as_compared(&self, column: &KeptColumn) -> String {
        format!("{}::text COLLATE \"C\"", Renderer.quote(&column.name))
    }

    fn copy_database(&mut self, path: &Path) -> Result<u64> {
        let message = format!("a PostgreSQL database is not one file: nothing was written to {}", path.display());
        Err(Error::unsupported(message, "use pg_dump -Fc, or back up its tables"))
    }

    fn put_back(
        &mut self,
        anatomy: &Anatomy,
        copy: &TableName,
        _contents: &Contents,
        _stand_in: &TableName,
    ) -> Result<()> {
        put_back::put_back(self, anatomy, copy)
    }
}

/// The column as the copy keeps it: of a type that stays, in a collation that stays.
fn kept(column: &KeptColumn) -> String {
    let name = Renderer.quote(&column.name);
    if column.kept_type == column.sql_type {
        return name;
    }
    match column.kept_type.strip_prefix(&column.sql_type) {
        Some(collation) => format!("{name}{collation} AS {name}"),
        None => format!("CAST({name} AS {}) AS {name}", column.kept_type),
    }
}
