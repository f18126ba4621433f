//! The port where a plan stands in for a database: changes are recorded there, and questions about rows are put to the
//! live one only where its rows still are what the question means.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Database, Record, SchemaConnection, Value};
use crate::error::Result;
use crate::name::TableName;
use crate::operation::Change;

/// What a database is to a plan.
#[doc(hidden)]
pub trait Planning {
    /// The connection, where this is one.
    fn connection(&mut self) -> Option<&mut dyn SchemaConnection> {
        None
    }

    /// The plan that stands in for a database, where this is one.
    fn planned(&mut self) -> Option<&mut dyn Planned> {
        None
    }

    /// What a script says first so that the session of whoever sends it is as that of a run.
    fn session_of_a_script(&mut self, _foreign_keys_off: bool) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// What the catalogue tells of a table beyond what its definition says.
    fn options_of_a_new_table(&mut self) -> Result<BTreeMap<String, String>> {
        Ok(BTreeMap::new())
    }

    /// A database in memory with the same schema and no rows, where the product has such.
    fn sketch(&mut self) -> Result<Option<Sketch>> {
        Ok(None)
    }
}

/// A plan in the place of a database.
#[doc(hidden)]
pub trait Planned {
    /// A question about rows: answered by the live database, or by no rows where it cannot be.
    fn ask(&mut self, about: &[Asked], sql: &str, binds: &[Value]) -> Result<Vec<Record>>;

    /// The same about what is about to be lost: what stands now.
    fn ask_at_stake(&mut self, about: &Asked, sql: &str) -> Result<Vec<Record>>;

    /// What an operation has just done.
    fn told(&mut self, change: &Change) -> Result<()>;

    /// A statement that belongs to the one before and is told to nobody.
    fn follow_up(&mut self, sql: &str);
}

/// A database in memory with the schema of another.
#[doc(hidden)]
pub struct Sketch {
    /// It.
    pub database: Box<dyn Database>,
    /// What was sent to it and writes, in order.
    pub written: Arc<Mutex<Vec<String>>>,
}

impl Sketch {
    /// What was written since this was last asked.
    pub(crate) fn take_written(&self) -> Vec<String> {
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a question about rows is about.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The table.
    pub table: TableName,
    /// The columns whose values matter; `None` for any of them.
    pub columns: Option<Vec<String>>,
    /// Whether the answer decides what is done, and not only whether it may be done.
    pub decides: bool,
}

impl Asked {
    /// Whether there are rows, and how many.
    pub(crate) fn rows(table: &TableName) -> Self {
        Self { table: table.clone(), columns: Some(Vec::new()), decides: false }
    }

    /// The values of some columns.
    pub(crate) fn columns(table: &TableName, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { table: table.clone(), columns: Some(columns.into_iter().map(Into::into).collect()), decides: false }
    }

    /// Any value: an expression of the user's.
    pub(crate) fn anything(table: &TableName) -> Self {
        Self { table: table.clone(), columns: None, decides: false }
    }

    /// The same where the answer decides what is done.
    pub(crate) fn deciding(self) -> Self {
        Self { decides: true, ..self }
    }
}

/// What operations work on: a connection, or the plan of a run.
pub(crate) enum Session<'a> {
    Live(&'a mut dyn SchemaConnection),
    Planned(&'a mut dyn Database),
}

impl Session<'_> {
    pub(crate) fn database(&mut self) -> &mut dyn Database {
        match self {
            Self::Live(conn) => conn.database(),
            Self::Planned(plan) => *plan,
        }
    }

    /// The same for a while.
    pub(crate) fn lend(&mut self) -> Session<'_> {
        match self {
            Self::Live(conn) => Session::Live(&mut **conn),
            Self::Planned(plan) => Session::Planned(&mut **plan),
        }
    }
}

impl dyn Database + '_ {
    /// A question about rows.
    pub(crate) fn ask(&mut self, about: &[Asked], sql: &str, binds: &[Value]) -> Result<Vec<Record>> {
        match self.planned() {
            Some(plan) => plan.ask(about, sql, binds),
            None => self.query(sql, binds),
        }
    }

    /// The number that such a question gives.
    pub(crate) fn ask_count(&mut self, about: &[Asked], sql: &str) -> Result<i64> {
        Ok(self.ask(about, sql, &[])?.first().map_or(0, |row| row.integer(0)))
    }

    /// The same for what is about to be lost: rows that a policy hides from the session's role are counted too.
    pub(crate) fn ask_count_of_all(&mut self, about: &Asked, sql: &str) -> Result<i64> {
        match self.planned() {
            Some(plan) => Ok(plan.ask_at_stake(about, sql)?.first().map_or(0, |row| row.integer(0))),
            None => self.count_all(sql),
        }
    }

    /// Tells a plan what an operation has done.
    pub(crate) fn told(&mut self, change: &Change) -> Result<()> {
        self.planned().map_or(Ok(()), |plan| plan.told(change))
    }

    /// Sends what belongs to the statement before, and tells nobody.
    pub(crate) fn follow_up(&mut self, sql: &str) -> Result<()> {
        match self.planned() {
            Some(plan) => {
                plan.follow_up(sql);
                Ok(())
            }
            None => self.query(sql, &[]).map(drop),
        }
    }
}
