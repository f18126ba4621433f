//! Temporary tables that a migration makes: they would hide others of their names from the next one.

use super::{Context, Operations};
use crate::connection::Database;
use crate::error::Result;
use crate::sql::temporary_table;

impl Operations<'_> {
    /// What is about to be sent may make temporary tables: which are there already is asked once.
    pub(super) fn expect_temporary_tables(&mut self) -> Result<()> {
        if self.context.temporary.is_none() {
            self.context.temporary = Some(self.conn.database().temporary_tables()?);
        }
        Ok(())
    }

    /// Notes the temporary table that a statement makes.
    pub(super) fn note_temporary(&mut self, sql: &str) -> Result<()> {
        let Some(name) = temporary_table(sql, self.dialect()) else {
            let harmless = !self.database().may_change_settings(sql);
            return if harmless { Ok(()) } else { self.expect_temporary_tables() };
        };
        self.expect_temporary_tables()?;
        self.context.made_temporary.insert(name);
        Ok(())
    }
}

impl Context {
    /// At the end of a migration: drops those that it made and the caller had not.
    pub(crate) fn drop_temporary_tables(&mut self, database: &mut dyn Database) -> Result<()> {
        let Some(before) = self.temporary.take() else { return Ok(()) };
        if before.is_empty() && self.watch.sight.as_ref().is_some_and(|sight| !sight.temporary) {
            return Ok(());
        }
        let mut left = database.temporary_tables()?;
        if !database.lists_temporary() {
            left.append(&mut self.made_temporary);
        }
        for name in left.difference(&before) {
            database.drop_temporary(name)?;
            self.notes.push(format!("temporary table {name} was dropped at the end: it would hide others of its name"));
        }
        Ok(())
    }
}
