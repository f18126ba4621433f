//! The effectful port to a database, and the door to it: any Diesel connection.

mod books;
mod claims;
pub(crate) mod copies;
mod definitions;
mod dependents;
mod fence;
mod lease;
mod leftovers;
mod planning;
mod soundness;
mod spellings;
mod waits;
mod watch;

use std::any::Any;
use std::fmt;

use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{Datum, TableEdit};
use crate::schema::Schema;

#[doc(hidden)]
pub use books::Books;
#[doc(hidden)]
pub use claims::Claims;
#[doc(hidden)]
pub use definitions::Definitions;
#[doc(hidden)]
pub use dependents::Dependents;
#[doc(hidden)]
pub use fence::Fence;
#[doc(hidden)]
pub use lease::Lease;
pub(crate) use lease::who;
#[doc(hidden)]
pub use leftovers::Leftovers;
pub(crate) use planning::Session;
pub use planning::{Asked, Planned, Planning, Sketch};
#[doc(hidden)]
pub use soundness::Soundness;
#[doc(hidden)]
pub use spellings::Spellings;
pub(crate) use waits::{Limits, Room, Waits, patiently, unbroken};
pub(crate) use watch::{ColumnTally, Columns, Known, Mark, Moved, Reach, Routine, Suspect, Tally, Wanted, Watch};

/// A Diesel connection to a database that migrations can run on.
///
/// Implemented for `SqliteConnection`, `PgConnection` and `MysqlConnection` (each behind the feature of its database),
/// and by `#[derive(SchemaConnection)]` for an enum that derives Diesel's `MultiConnection`. It is not meant to be
/// implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that migrations can run on",
    label = "not a SchemaConnection",
    note = "pass a pooled connection as `&mut *pooled`",
    note = "put `#[derive(SchemaConnection)]` on an enum that derives `diesel::MultiConnection`",
    note = "turn on the feature of your database: `sqlite`, `postgres` or `mysql`"
)]
pub trait SchemaConnection: 'static {
    /// The database at the other end.
    #[doc(hidden)]
    fn database(&mut self) -> &mut dyn Database;

    /// The connection as the user has it, to be found again by its type.
    #[doc(hidden)]
    fn as_any(&mut self) -> &mut dyn Any;

    /// The name of its type, for errors.
    #[doc(hidden)]
    fn type_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

/// What everything above asks of a database. Each method is one effect; deciding is left to the callers.
#[doc(hidden)]
pub trait Database:
    Books
    + Claims
    + Definitions
    + Dependents
    + Fence
    + Leftovers
    + Waits
    + Soundness
    + Spellings
    + copies::Copies
    + Watch
    + Planning
{
    /// How this product writes SQL and what it can do; asks the server where one driver serves two products.
    fn renderer(&mut self) -> Result<&'static dyn SqlRenderer>;

    /// The same without asking the server, where one driver serves two products: good for what both write alike.
    fn shared_renderer(&self) -> &'static dyn SqlRenderer;

    /// Version, privileges, whether it takes writes.
    fn server(&mut self) -> Result<ServerInfo>;

    /// Sends one statement with its binds; the number of rows it touched.
    fn execute(&mut self, sql: &str, binds: &[Value]) -> Result<usize>;

    /// Sends one statement with its binds; its rows.
    fn query(&mut self, sql: &str, binds: &[Value]) -> Result<Vec<Record>>;

    /// Sends text as it is, rows discarded.
    fn batch(&mut self, sql: &str) -> Result<()>;

    /// Whether a table (no view) of that name is there.
    fn has_table(&mut self, table: &TableName) -> Result<bool>;

    /// The table's full name as unqualified names are resolved, when it is there.
    fn locate(&mut self, table: &TableName) -> Result<Option<TableName>> {
        Ok(self.has_table(table)?.then(|| table.clone()))
    }

    /// The names of a table's columns in order; none when it is not there.
    fn column_names(&mut self, table: &TableName) -> Result<Vec<String>>;

    /// The same with the columns' types, where the port writes SQL that depends on them.
    fn column_types(&mut self, table: &TableName) -> Result<Vec<(String, String)>> {
        Ok(self.column_names(table)?.into_iter().map(|name| (name, String::new())).collect())
    }

    /// The values of an enum type in their order, when it is there.
    fn enum_values(&mut self, _name: &TableName) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    /// Whether the table has that column, as the database compares names; `false` when the table is not there.
    fn has_column(&mut self, table: &TableName, column: &str) -> Result<bool> {
        Ok(self.column_names(table)?.iter().any(|name| name == column))
    }

    /// Whether an index of that name stands on that table.
    fn has_index(&mut self, table: &TableName, index: &str) -> Result<bool>;

    /// Foreign keys of other tables that reference this one, as `table (constraint)`.
    fn referencing(&mut self, table: &TableName) -> Result<Vec<String>>;

    /// Tables as they stand, in a fixed number of catalog queries.
    fn inspect(&mut self, scope: Scope<'_>) -> Result<Schema>;

    /// How many transactions are open, savepoints counted; an error when Diesel's count is broken.
    fn transaction_depth(&mut self) -> Result<u32>;

    /// Opens a transaction, or a savepoint inside one.
    fn begin(&mut self) -> Result<()>;

    /// Ends the innermost transaction and keeps what it did.
    fn commit(&mut self) -> Result<()>;

    /// Ends the innermost transaction and undoes what it did.
    fn rollback(&mut self) -> Result<()>;

    /// Whether the transaction that Diesel counts was ended past Diesel; another one is open in its place then, so that
    /// the count is true. Only asked where Diesel does not see it by itself.
    fn has_lost_transaction(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// One attempt to become the only runner on this database, for one migration.
    ///
    /// Where DDL is transactional this opens the migration's transaction and the lock ends with it; elsewhere it is a
    /// lock of the session, given back by [`release_session_lock`](Database::release_session_lock). Statements of the
    /// transaction are limited, where [`limits_transactions`](Waits::limits_transactions).
    fn try_begin_migration(&mut self, limits: &Limits) -> Result<Attempt>;

    /// One attempt to get the lock for a migration outside a transaction.
    fn try_session_lock(&mut self) -> Result<Attempt>;

    /// Gives back a lock of the session; nothing where the lock ends with the transaction.
    fn release_session_lock(&mut self) -> Result<()>;

    /// The session's settings that a migration might change.
    fn settings(&mut self) -> Result<Settings>;

    /// A statement that does what [`restore_settings`](Database::restore_settings) does, where one can.
    fn restoring(&self, _settings: &Settings) -> Option<String> {
        None
    }

    /// Whether SQL of the user's may leave a setting changed.
    fn may_change_settings(&self, _sql: &str) -> bool {
        true
    }

    /// Gives the session what the product needs for a run, and says whether that changed a setting.
    fn prepare_session(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// Puts settings back that differ.
    fn restore_settings(&mut self, settings: &Settings) -> Result<()>;

    /// From here on waits a moment where a sibling's commit locks even readers out, if this session would not by itself;
    /// the patience that it had, in milliseconds; `None` where commits lock no reader out.
    fn grow_patient(&mut self) -> Result<Option<i64>> {
        Ok(None)
    }

    /// Has again the patience that it had.
    fn be_patient_as(&mut self, _before: Option<i64>) -> Result<()> {
        Ok(())
    }

    /// Refuses writes from here on, and says whether it did before, until [`leave_read_only`](Database::leave_read_only).
    fn enter_read_only(&mut self) -> Result<ReadOnly>;

    /// Takes writes again, where it took them before, and undoes whatever went past.
    fn leave_read_only(&mut self, before: ReadOnly) -> Result<()>;

    /// Switches the enforcement of foreign keys, where that must be done outside a transaction.
    fn enforce_foreign_keys(&mut self, _enforced: bool) -> Result<()> {
        Ok(())
    }

    /// Takes every privilege on a fresh copy of a table away from everyone but its owner.
    fn protect_copy(&mut self, _copy: &TableName) -> Result<()> {
        Ok(())
    }

    /// Whether this product's ALTER TABLE lacks the change, or loses something by it.
    fn needs_rebuild(&mut self, _table: &TableName, _edit: &TableEdit) -> Result<bool> {
        Ok(false)
    }

    /// Refuses a rename of a column that something would not follow.
    fn check_rename(&mut self, _table: &TableName, _old: &str, _new: &str) -> Result<()> {
        Ok(())
    }

    /// Makes a change that this product's ALTER TABLE lacks: by a new table, a copy, and the old one's name.
    fn rebuild(&mut self, table: &TableName, _edit: &TableEdit) -> Result<Rebuilt> {
        Err(Error::unsupported(format!("{table} is not rebuilt here"), "change it by ALTER TABLE"))
    }

    /// Whether a rebuild of the table would touch rows of others, because foreign keys are enforced now.
    fn rebuild_reaches_others(&mut self, _table: &TableName) -> Result<bool> {
        Ok(false)
    }

    /// A count of rows, those too that a policy hides from the session's role; where they stay hidden, that is an error.
    fn count_all(&mut self, sql: &str) -> Result<i64> {
        Ok(self.query(sql, &[])?.first().map_or(0, |row| row.integer(0)))
    }

    /// Until the end of the transaction, rows that a policy hides are an error and not left out.
    fn reveal_rows(&mut self) -> Result<()> {
        Ok(())
    }

    /// Until the end of the transaction, nobody else writes to the table.
    fn lock_table(&mut self, _table: &TableName) -> Result<()> {
        Ok(())
    }

    /// Whether a table is there and may be read.
    fn can_read(&mut self, table: &TableName) -> Result<bool> {
        self.has_table(table)
    }

    /// Rows that break a foreign key now, where switching enforcement off lets them come about.
    fn foreign_key_violations(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// An SQL expression over Diesel's table whose value changes with every change of it: cheap, no full read.
    fn history_witness(&self, table: &str) -> String;

    /// The schema that unqualified names are created in, where there are schemas.
    fn current_schema(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
}

/// Whether a connection refused writes before it was told to.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOnly(pub bool);

/// What a rebuild did.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// How many rows were copied.
    pub rows: u64,
    /// How many values the column's new type could not hold as they were.
    pub changed_values: u64,
}

/// Which tables are looked at.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All of them.
    All,
    /// These.
    Tables(&'a [TableName]),
}

/// How an attempt to get the lock ended.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Got.
    Acquired,
    /// Got, and to be renewed: other nodes of a cluster do not see whether this session lives.
    Leased(Lease),
    /// Somebody else has it; who, where the database says.
    Busy(Option<String>),
}

/// Settings of a session, by name.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(pub std::collections::BTreeMap<&'static str, String>);

impl Settings {
    /// What is different in `now`, with the value to go back to.
    pub(crate) fn changed_in<'a>(&'a self, now: &'a Self) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.0
            .iter()
            .filter(|(name, value)| now.0.get(*name) != Some(value))
            .map(|(name, value)| (*name, value.as_str()))
    }
}

/// A value on its way to a database or back.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number or a boolean.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<&Datum> for Value {
    fn from(datum: &Datum) -> Self {
        match datum {
            Datum::Null => Self::Null,
            Datum::Boolean(value) => Self::Integer((*value).into()),
            Datum::Integer(value) => Self::Integer(*value),
            Datum::Double(value) => Self::Real(*value),
            Datum::Text(text) => Self::Text(text.clone()),
            Datum::Bytes(bytes) => Self::Bytes(bytes.clone()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

/// A row, its values by position.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub struct Record(pub Vec<Value>);

impl Record {
    /// The text at a position, numbers as digits; none for NULL.
    pub(crate) fn optional_text(&self, position: usize) -> Option<String> {
        match self.0.get(position)? {
            Value::Null => None,
            Value::Integer(number) => Some(number.to_string()),
            Value::Real(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// The text at a position, empty for NULL.
    pub(crate) fn text(&self, position: usize) -> String {
        self.optional_text(position).unwrap_or_default()
    }

    /// The text at a position, as it lies there; empty where none does.
    pub(crate) fn as_text(&self, position: usize) -> &str {
        match self.0.get(position) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The text at a position, which is taken out; none for NULL.
    pub(crate) fn take_text(&mut self, position: usize) -> Option<String> {
        match self.0.get_mut(position) {
            Some(Value::Text(text)) => Some(std::mem::take(text)),
            _ => self.optional_text(position),
        }
    }

    /// The number at a position; 0 for NULL.
    pub(crate) fn integer(&self, position: usize) -> i64 {
        match self.0.get(position) {
            Some(Value::Integer(number)) => *number,
            Some(Value::Real(number)) => *number as i64,
            Some(Value::Text(text)) => text.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether the number at a position is not 0.
    pub(crate) fn flag(&self, position: usize) -> bool {
        self.integer(position) != 0
    }
}

impl dyn Database + '_ {
    /// The number that a query of one row and one column gives.
    pub(crate) fn count(&mut self, sql: &str, binds: &[Value]) -> Result<i64> {
        Ok(self.query(sql, binds)?.first().map_or(0, |row| row.integer(0)))
    }

    /// The product.
    pub(crate) fn dialect(&mut self) -> Result<Dialect> {
        Ok(self.renderer()?.dialect())
    }
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ServerInfo {
    /// The product.
    pub dialect: Dialect,
    /// Its version as it prints it.
    pub version: String,
    /// The database connected to: a name, or SQLite's file.
    pub database: String,
    /// The role or user of the session, where there are users.
    pub user: Option<String>,
    /// Whether it takes writes now: no replica, no read-only transaction, no read-only file.
    pub writable: bool,
    /// Why it does not, where it does not.
    pub read_only_reason: Option<String>,
    /// Whether this session may create tables.
    pub can_create_tables: bool,
}

impl fmt::Display for ServerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, database {}", self.dialect, self.version, self.database)?;
        if let Some(user) = &self.user {
            write!(f, ", user {user}")?;
        }
        match &self.read_only_reason {
            Some(reason) => write!(f, ", read-only: {reason}"),
            None => f.write_str(if self.can_create_tables { ", writable" } else { ", may not create tables" }),
        }
    }
}

/// Finds the user's connection by its type: the whole, or the variant inside.
pub(crate) fn downcast<C: 'static>(conn: &mut dyn SchemaConnection) -> Result<&mut C> {
    let outer = conn.type_name();
    if conn.as_any().is::<C>() {
        return conn.as_any().downcast_mut().ok_or_else(|| wrong_type::<C>(outer, outer));
    }
    let Some(inside) = conn.database().connection() else { return Err(wrong_type::<C>(outer, outer)) };
    let inner = inside.type_name();
    inside.as_any().downcast_mut().ok_or_else(|| wrong_type::<C>(outer, inner))
}

fn wrong_type<C>(outer: &str, inner: &str) -> Error {
    let asked = std::any::type_name::<C>();
    let there = if outer == inner { outer.to_owned() } else { format!("{outer} holding a {inner}") };
    Error::new(ErrorKind::Unsupported, format!("the migration asks for a {asked}, and runs on a {there}"))
        .remedy("take `&mut Operations<'_>` and ask `dialect()`, or run it on a connection of that type")
}
