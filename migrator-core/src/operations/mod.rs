//! What the body of a migration works with: portable operations, raw SQL, and the user's own Diesel connection.

mod batches;
mod column_types;
mod columns;
mod constraints;
mod context;
mod defaults;
mod enums;
mod fault;
mod indexes;
mod journalled;
mod loss;
mod memory;
mod mentions;
mod named;
mod owed;
mod patience;
mod raw;
mod rows;
mod spelled;
pub(crate) mod standing;
mod stop;
mod tables;
mod temporary;
mod unwritten;
pub(crate) mod watch;

pub use batches::Keys;
pub(crate) use batches::told;
pub(crate) use context::{Context, Permission, PlannedBackup, PlannedLoss};
#[cfg(any(feature = "cli", feature = "testing"))]
pub(crate) use defaults::{fits, type_of_kind};
#[cfg(feature = "testing")]
pub(crate) use fault::Fault;
pub(crate) use mentions::Mentions;
pub(crate) use patience::Patience;
pub(crate) use stop::Stop;

use crate::connection::{Asked, Database, Session, Value, downcast};
use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Change;

/// What an operation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Done {
    /// It was done now.
    Done,
    /// It was so already, and nothing was sent that changes anything.
    Already,
}

impl Done {
    /// Of two operations: done, if either did something.
    fn and(self, other: Self) -> Self {
        if self == Self::Already { other } else { self }
    }
}

/// What the body of a migration works with: portable operations, raw SQL, and the user's own Diesel connection.
///
/// Each operation is executed when it is called. Existence is checked by the operation itself, so that a portable
/// migration can run twice with the same end: what is there already, or gone already, answers [`Done::Already`].
/// Names are always quoted and never folded.
///
/// ```
/// use migrator_core::prelude::*;
///
/// #[migration(revision = "1")]
/// mod create_users {
///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.create_table("users", |t| {
///             t.id();
///             t.string("name", 80).not_null();
///         })?;
///         op.create_index("users", ["name"])?;
///         Ok(())
///     }
///     fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.drop_table("users")?;
///         Ok(())
///     }
/// }
///
/// fn main() -> MigrationResult {
///     let mut conn = SqliteConnection::establish(":memory:")?;
///     let report = Migrator::new().with(&create_users::MIGRATION).run_pending(&mut conn)?;
///     assert_eq!(report.steps()[0].statements(), 2);
///     Ok(())
/// }
/// ```
pub struct Operations<'a> {
    conn: Session<'a>,
    renderer: &'static dyn SqlRenderer,
    context: &'a mut Context,
}

impl<'a> Operations<'a> {
    pub(crate) fn new(mut conn: Session<'a>, context: &'a mut Context) -> Result<Self> {
        let renderer = context.renderer.map_or_else(|| conn.database().renderer(), Ok)?;
        Ok(Self { conn, renderer, context })
    }

    /// The product on the other end.
    pub fn dialect(&self) -> Dialect {
        self.renderer.dialect()
    }

    /// The user's own Diesel connection, for queries in Diesel's DSL: `C`, or the variant of an enum that holds a `C`.
    ///
    /// # Errors
    /// `Unsupported` when the migration runs on a connection of another type; the error names both.
    #[track_caller]
    pub fn connection<C: 'static>(&mut self) -> Result<&mut C> {
        if self.context.permission == Permission::Plan {
            return Err(self.context.refuse_connection(std::panic::Location::caller()));
        }
        self.kept(|op| op.downcast::<C>().map(drop))?;
        self.kept(Self::hand_out_connection)?;
        self.downcast()
    }

    fn downcast<C: 'static>(&mut self) -> Result<&mut C> {
        match &mut self.conn {
            Session::Live(conn) => downcast(&mut **conn),
            Session::Planned(_) => Err(Error::unsupported("a plan has no connection", "run it")),
        }
    }

    /// What only looks changes nothing that is to be told.
    fn hand_out_connection(&mut self) -> Result<()> {
        if self.context.permission == Permission::Read {
            return Ok(());
        }
        self.context.pay(self.conn.database())?;
        self.mark_transaction()?;
        self.expect_temporary_tables()?;
        self.context.opaque = true;
        self.context.memory.forget_all();
        self.before_connection()?;
        match self.context.journal() {
            Some(journal) => journal.hand_out_connection(self.conn.database()),
            None => Ok(()),
        }
    }

    /// From here on it can be told whether the transaction is still the one that the migration was begun in.
    fn mark_transaction(&mut self) -> Result<()> {
        if self.context.transactional && self.context.marked.is_none() {
            self.context.marked = Some(self.database().mark_transaction()?);
        }
        Ok(())
    }

    fn database(&mut self) -> &mut dyn Database {
        self.conn.database()
    }

    /// Keeps the first error of ours, so that a context put round it cannot hide its kind.
    fn kept<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        act(self).map_err(|error| self.context.keep(error))
    }

    /// Sends one statement that changes something.
    fn send(&mut self, sql: &str) -> Result<()> {
        self.refuse_writes(sql)?;
        self.make_way()?;
        if self.takes_intent_along(sql)? {
            return self.send_with_intent(sql);
        }
        self.intend()?;
        let fenced = self.context.journal.as_ref().map_or_else(|| sql.to_owned(), |journal| journal.fenced(sql));
        let copies = self.context.to_hold.clone();
        self.context.patiently(self.conn.database(), sql, |database| standing::define(database, &copies, &fenced))
    }

    fn refuse_writes(&self, sql: &str) -> Result<()> {
        if self.context.permission != Permission::Read {
            return Ok(());
        }
        Err(Error::new(ErrorKind::ReadOnly, "verify may only read")
            .at_statement(sql)
            .state("the statement was not sent")
            .remedy("move what writes into upgrade"))
    }

    /// Sends one statement that changes something, with values bound; how many rows it changed.
    fn send_bound(&mut self, sql: &str, binds: &[Value]) -> Result<usize> {
        self.refuse_writes(sql)?;
        let mut rows = 0;
        self.context.patiently(self.conn.database(), sql, |database| {
            rows = database.execute(sql, binds)?;
            Ok(())
        })?;
        Ok(rows)
    }

    /// Sends the statements that make a change.
    fn make(&mut self, change: &Change, statements: &[String]) -> Result<Done> {
        let sent = statements.iter().try_for_each(|sql| self.send(sql));
        self.context.to_hold.clear();
        sent?;
        self.database().told(change)?;
        Ok(Done::Done)
    }

    /// Counts what is to be known of rows before something is sent.
    fn ask(&mut self, about: &[Asked], sql: &str) -> Result<i64> {
        self.database().ask_count(about, sql)
    }
}
