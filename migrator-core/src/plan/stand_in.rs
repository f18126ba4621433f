//! What a run asks of a database and a plan has no use for.

use std::path::Path;
use std::time::Duration;

use super::shadow::Shadow;
use crate::connection::copies::{Anatomy, Contents, Copies, KeptColumn};
use crate::connection::{
    Books, Claims, Definitions, Fence, Leftovers, Limits, Manner, Mark, Moved, Places, Reach, Scope, ServerInfo, Sight,
    Soundness, Spellings, Tally, Waits, Wanted, Watch,
};
use crate::error::{Error, Result};
use crate::name::TableName;
use crate::operation::ColumnDef;
use crate::report::Remedy;
use crate::schema::{Column, Schema};

impl Waits for Shadow<'_> {
    fn is_lock_refusal(&mut self, _error: &Error, _took: Duration, _limits: &Limits) -> Result<bool> {
        Ok(false)
    }
}

impl Soundness for Shadow<'_> {
    fn enforces_foreign_keys(&mut self) -> Result<bool> {
        self.live.enforces_foreign_keys()
    }

    fn access_remedy(&self, server: &ServerInfo) -> Remedy {
        self.live.access_remedy(server)
    }
}

/// A plan tells of backups, and never comes here.
impl Copies for Shadow<'_> {
    /// Of those that are there now the ones that a run would copy, and all that are new.
    fn copied_tables(&mut self) -> Result<Vec<TableName>> {
        let copied = self.live.copied_tables()?;
        let left_out = |table: &TableName, live: &Schema| live.tables.contains_key(table) && !copied.contains(table);
        let live = self.live.inspect(Scope::All)?;
        Ok(self.whole()?.tables.into_keys().filter(|table| !left_out(table, &live)).collect())
    }

    fn copy_database(&mut self, _path: &Path) -> Result<u64> {
        Err(no_copies())
    }

    fn dissect(&mut self, table: &TableName) -> Result<Anatomy> {
        self.live.dissect(table)
    }

    fn begin_copies(&mut self) -> Result<()> {
        Err(no_copies())
    }

    fn begin_restore(&mut self, _table: &TableName) -> Result<()> {
        Err(no_copies())
    }

    fn begin_holding(&mut self) -> Result<()> {
        Err(no_copies())
    }

    fn refill_copy(&mut self, _anatomy: &Anatomy, _copy: &TableName) -> Result<()> {
        Err(no_copies())
    }

    fn make_copy(&mut self, _anatomy: &Anatomy, _copy: &TableName) -> Result<u64> {
        Err(no_copies())
    }

    fn contents(&mut self, _table: &TableName, _columns: &[KeptColumn]) -> Result<Contents> {
        Err(no_copies())
    }

    fn as_compared(&self, column: &KeptColumn) -> String {
        self.live.as_compared(column)
    }

    fn put_back(
        &mut self,
        _anatomy: &Anatomy,
        _copy: &TableName,
        _contents: &Contents,
        _stand_in: &TableName,
    ) -> Result<()> {
        Err(no_copies())
    }
}

impl Definitions for Shadow<'_> {}

impl Books for Shadow<'_> {}

impl Spellings for Shadow<'_> {
    fn spelled(&mut self, columns: &[ColumnDef]) -> Result<Option<Vec<Column>>> {
        self.live.spelled(columns)
    }
}

impl Claims for Shadow<'_> {}

impl Fence for Shadow<'_> {}

impl Places for Shadow<'_> {}

impl Leftovers for Shadow<'_> {}

/// A plan is not watched: what it would lose is counted where it is told.
impl Watch for Shadow<'_> {
    fn has_user_tables(&mut self) -> Result<bool> {
        self.live.has_user_tables()
    }

    fn tally(&mut self, _wanted: &Wanted) -> Result<Option<Tally>> {
        Ok(None)
    }

    fn tally_again(&mut self, _before: &Tally) -> Result<Option<Tally>> {
        Ok(None)
    }

    fn reach(&mut self, _table: &TableName, _only_brings: bool) -> Result<Reach> {
        Ok(Reach::default())
    }

    fn tables_in(&mut self, schema: &str) -> Result<Vec<TableName>> {
        self.live.tables_in(schema)
    }

    fn mark(&mut self, _manner: &Manner<'_>) -> Result<Mark> {
        Ok(Mark::default())
    }

    fn moved(&mut self, _mark: &Mark, _sight: Option<Sight>) -> Result<Moved> {
        Ok(Moved::default())
    }

    fn narrowed(&mut self, _table: &TableName, _column: &str, _to: &str, _using: Option<&str>) -> Result<i64> {
        Ok(0)
    }
}

fn no_copies() -> Error {
    Error::unsupported("a plan copies no rows", "run it")
}
