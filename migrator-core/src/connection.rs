//! The effectful port to a database, and the door to it: any Diesel connection.

mod books;
mod claims;
pub(crate) mod copies;
mod definitions;
mod dependents;
mod fence;
mod lease;
mod leftovers;
mod places;
mod planning;
mod rebuilds;
mod server;
mod soundness;
mod spellings;
mod values;
mod violations;
mod waits;
mod watch;

use std::any::Any;

use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
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
pub(crate) use fence::ended_by_ddl;
#[doc(hidden)]
pub use lease::Lease;
pub(crate) use lease::who;
#[doc(hidden)]
pub use leftovers::Leftovers;
#[doc(hidden)]
pub use places::Places;
pub(crate) use planning::Session;
pub use planning::{Asked, Planned, Planning, Sketch};
pub(crate) use rebuilds::reaching_others;
#[doc(hidden)]
pub use rebuilds::{Rebuilds, Rebuilt};
pub use server::ServerInfo;
#[doc(hidden)]
pub use soundness::Soundness;
#[doc(hidden)]
pub use spellings::Spellings;
#[doc(hidden)]
pub use values::{Record, Value};
pub(crate) use violations::Violations;
pub(crate) use waits::{Limits, Room, Waits, patiently, unbroken};
pub(crate) use watch::{
    ColumnTally, Columns, Known, Manner, Mark, Moved, Reach, Routine, Sight, Suspect, Tally, Wanted, Watch,
};

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
    + Places
    + Rebuilds
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

    /// Whether no table of that name is there, asked where it is likely.
    fn is_free(&mut self, table: &TableName) -> Result<bool> {
        Ok(!self.has_table(table)?)
    }

    /// Whether a table (no view) of that name is there, asked where it is likely.
    fn stands(&mut self, table: &TableName) -> Result<bool> {
        self.has_table(table)
    }

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
    fn has_lost_transaction(&mut self, _mark: &str) -> Result<bool> {
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

    /// A count of rows, those too that a policy hides from the session's role; where they stay hidden, that is an error.
    fn count_all(&mut self, sql: &str) -> Result<i64> {
        Ok(self.query(sql, &[])?.first().map_or(0, |row| row.integer(0)))
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
