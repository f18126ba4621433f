//! Many rows changed a batch at a time, by ranges of the primary key.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::patience::may_go_through_later;
use super::tables::malformed;
use super::{Done, Operations, Permission};
use crate::connection::{Record, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::history::Reached;
use crate::name::TableName;
use crate::operation::Literal;

/// What the function of a batch answers: a `MigrationResult`.
type Answer = Result<(), Box<dyn StdError + Send + Sync>>;

/// The rows of one batch: a range of the table's primary key.
///
/// Printed, it is the condition that holds for them, in brackets and in the database's own SQL, with names quoted and
/// values as literals: `("id" > 10 AND "id" <= 20)`. In Diesel's DSL it is `sql::<Bool>(keys.condition())`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(String);

impl Keys {
    /// The condition that holds for the rows of this batch and for no others, in brackets.
    pub fn condition(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a table is walked.
struct Walk {
    name: TableName,
    table: String,
    /// What the journal knows it by.
    what: String,
    rows: usize,
    columns: Vec<String>,
    literals: Vec<String>,
}

/// One batch, and how far the walk is after it.
struct Batch {
    keys: Keys,
    reached: Reached,
}

impl Operations<'_> {
    /// Changes many rows, so many at a time: calls `update` with one range of primary keys after another, until every row
    /// of the table was in one. Each batch is a transaction and commits with its row in the journal, so that a run that was
    /// killed goes on at the batch where it stopped; the observer is told how far it is.
    ///
    /// The key may be of any type and of several columns. Rows that come to stand behind where the walk is are met too,
    /// those before it are not: whoever inserts meanwhile writes them as they are to be. `update` may run again for the
    /// same keys, after the batch was rolled back.
    ///
    /// ```
    /// use migrator_core::prelude::*;
    ///
    /// #[migration(revision = "2", transaction = false, irreversible)]
    /// mod fill_full_name {
    ///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
    ///         op.update_in_batches("users", 10_000, |op, keys| {
    ///             op.execute(format!("UPDATE users SET full_name = name WHERE full_name IS NULL AND {keys}"))?;
    ///             Ok(())
    ///         })?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// fn main() -> MigrationResult {
    ///     use diesel::connection::SimpleConnection as _;
    ///     let mut conn = SqliteConnection::establish(":memory:")?;
    ///     conn.batch_execute(
    ///         "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, full_name TEXT); \
    ///          INSERT INTO users (name) VALUES ('Ada'), ('Grace')",
    ///     )?;
    ///     Migrator::new().with(&fill_full_name::MIGRATION).run_pending(&mut conn)?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// `Unsupported` before anything is sent unless the migration says `transaction = false`, and for a table without a
    /// primary key; `PreconditionFailed` when the table is not there; and what `update` returns, when the batches before
    /// stand.
    pub fn update_in_batches(
        &mut self,
        table: impl Into<TableName>,
        rows: usize,
        mut update: impl FnMut(&mut Self, &Keys) -> Answer,
    ) -> Result<Done> {
        let table = self.named(table);
        self.guarded(self.call("update_in_batches", &table, &()), |op| op.walk_in_batches(&table, rows, &mut update))
    }

    fn walk_in_batches(
        &mut self,
        table: &TableName,
        rows: usize,
        update: &mut dyn FnMut(&mut Self, &Keys) -> Answer,
    ) -> Result<Done> {
        self.refuse_batches(table, rows)?;
        if self.context.permission == Permission::Plan {
            return self.plan_batch(table, rows, update);
        }
        let walk = self.walk(table, rows)?;
        let reached = self.context.journal().map(|journal| journal.reached(&walk.what)).transpose()?;
        let mut reached = reached.flatten().unwrap_or_default();
        let total = self.count_keys(&walk, None)?;
        let mut done = Done::Already;
        while let Some(batch) = self.next_batch(&walk, &reached)? {
            self.context.stop.refuse_batch(&walk.what, reached.rows, total)?;
            if batch.reached.left == reached.left {
                return Err(no_growth(&walk));
            }
            self.run_batch(&walk, &batch, update)?;
            reached = batch.reached;
            done = Done::Done;
            let total = total.max(reached.rows);
            self.context.observers.tell(&Event::Progress { done: reached.rows, total });
        }
        Ok(done)
    }

    /// What each batch would send, for one that stands for them all.
    fn plan_batch(
        &mut self,
        table: &TableName,
        rows: usize,
        update: &mut dyn FnMut(&mut Self, &Keys) -> Answer,
    ) -> Result<Done> {
        self.found(table)?;
        let keys = Keys(format!("(TRUE /* {rows} rows at a time, by primary key */)"));
        let answer = update(self, &keys);
        let kept = self.context.take_kept();
        answer.map(|()| Done::Done).map_err(|error| told(error, kept))
    }

    /// What can be said before anything is sent.
    fn refuse_batches(&self, table: &TableName, rows: usize) -> Result<()> {
        self.refuse_writes(&format!("-- batches of {table}"))?;
        if rows == 0 {
            return Err(malformed(format!("batches of no rows of {table} never end"), "say at least 1"));
        }
        if self.context.outside && !self.context.transactional {
            return Ok(());
        }
        let message =
            format!("batches of {table} commit one by one, and this migration is to stand or fall as a whole");
        Err(Error::unsupported(message, "say `transaction = false` in the migration").state("nothing was sent"))
    }

    fn walk(&mut self, table: &TableName, rows: usize) -> Result<Walk> {
        let found = self.found(table)?;
        if found.primary_key.is_empty() {
            let message = format!("{table} has no primary key, so its rows cannot be told apart and walked");
            let way = "give it one, or change all rows by one statement with execute(..)";
            return Err(Error::unsupported(message, way).state("nothing was sent"));
        }
        let (mut columns, mut literals) = (Vec::new(), Vec::new());
        for name in &found.primary_key {
            let sql_type = found.column(name).map_or("", |column| column.sql_type.as_str());
            let quoted = self.renderer.quote(name);
            literals.push(self.renderer.literal_of(&quoted, sql_type));
            columns.push(self.renderer.ordered_by(&quoted, sql_type));
        }
        let what = format!("{table} by {}", found.primary_key.join(", "));
        let walk = Walk { name: table.clone(), table: self.renderer.table(table), what, rows, columns, literals };
        if self.renderer.takes_null_keys() {
            self.refuse_null_keys(&walk)?;
        }
        Ok(walk)
    }

    /// SQLite takes NULL into most primary keys.
    fn refuse_null_keys(&mut self, walk: &Walk) -> Result<()> {
        let is_null = walk.columns.iter().map(|column| format!("{column} IS NULL")).collect::<Vec<_>>().join(" OR ");
        let sql = format!("SELECT 1 FROM {} WHERE {is_null} LIMIT 1", walk.table);
        if self.database().query(&sql, &[])?.is_empty() {
            return Ok(());
        }
        let message = format!("{} has rows without a primary key, which no range of keys meets", walk.table);
        Err(Error::new(ErrorKind::PreconditionFailed, message)
            .remedy(format!("give a key to the rows where {is_null}")))
    }

    /// The rows after those that are done, at most so many; none when all are.
    fn next_batch(&mut self, walk: &Walk, reached: &Reached) -> Result<Option<Batch>> {
        let (full, last) = (self.key_at(walk, reached, walk.rows - 1, "ASC")?, "DESC");
        let (key, rows) = match full {
            Some(key) => (key, walk.rows as u64),
            None => match self.key_at(walk, reached, 0, last)? {
                Some(key) => {
                    let rows =
                        self.count_keys(walk, Some(&range(reached, &self.renderer.up_to(&walk.columns, &key))))?;
                    (key, rows)
                }
                None => return Ok(None),
            },
        };
        let keys = Keys(range(reached, &self.renderer.up_to(&walk.columns, &key)));
        let reached = Reached { rows: reached.rows + rows, left: self.renderer.beyond(&walk.columns, &key) };
        Ok(Some(Batch { keys, reached }))
    }

    /// The key of a row that is left, as literals, counted from either end.
    fn key_at(&mut self, walk: &Walk, reached: &Reached, offset: usize, order: &str) -> Result<Option<Vec<String>>> {
        let left = if reached.left.is_empty() { String::new() } else { format!(" WHERE {}", reached.left) };
        let order = walk.columns.iter().map(|column| format!("{column} {order}")).collect::<Vec<_>>().join(", ");
        // Without a name of its own the text would be called as the column, and be what the rows are ordered by.
        let named = walk.literals.iter().enumerate().map(|(at, literal)| format!("{literal} AS migrator_key_{at}"));
        let named = named.collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {named} FROM {}{left} ORDER BY {order} LIMIT 1 OFFSET {offset}", walk.table);
        let rows = self.database().query(&sql, &[])?;
        let renderer = self.renderer;
        let literal = |row: &Record, at: usize| match row.0.get(at) {
            Some(Value::Real(number)) => renderer.literal(&Literal::Double(*number)),
            _ => row.text(at),
        };
        Ok(rows.first().map(|row| (0..walk.literals.len()).map(|at| literal(row, at)).collect()))
    }

    fn count_keys(&mut self, walk: &Walk, condition: Option<&str>) -> Result<u64> {
        let condition = condition.map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
        let rows = self.database().count(&format!("SELECT count(*) FROM {}{condition}", walk.table), &[])?;
        Ok(rows.unsigned_abs())
    }

    /// A batch, again when somebody else held a lock.
    fn run_batch(
        &mut self,
        walk: &Walk,
        batch: &Batch,
        update: &mut dyn FnMut(&mut Self, &Keys) -> Answer,
    ) -> Result<()> {
        for attempt in 1.. {
            let Err(error) = self.try_batch(walk, batch, update) else { break };
            let took = self.context.sent_at.take().map_or(Duration::ZERO, |at| at.elapsed());
            let (database, limits) = (self.conn.database(), self.context.patience.limits);
            if !may_go_through_later(database, &error, took, &limits) {
                return Err(error);
            }
            let context = &*self.context;
            context.patience.wait(error, attempt, database, &context.observers, &context.revision)?;
        }
        if let Some(journal) = self.context.journal() {
            journal.has_reached(&walk.what, &batch.reached);
        }
        Ok(())
    }

    /// The journal's row, which takes the right to write, then what the user does, in one transaction.
    fn try_batch(
        &mut self,
        walk: &Walk,
        batch: &Batch,
        update: &mut dyn FnMut(&mut Self, &Keys) -> Answer,
    ) -> Result<()> {
        let depth = self.database().transaction_depth()?;
        self.pay()?;
        self.database().begin()?;
        let done = self.note_batch(walk, batch).and_then(|()| {
            (self.context.in_batch, self.context.transactional, self.context.marked) = (true, true, None);
            self.context.watch.range = Some((walk.name.clone(), batch.keys.0.clone()));
            let answer = update(self, &batch.keys);
            self.context.watch.range = None;
            (self.context.in_batch, self.context.transactional) = (false, false);
            let kept = self.context.take_kept();
            answer.map_err(|error| told(error, kept))
        });
        let ended = done.and_then(|()| self.refuse_other_depth(depth + 1)).and_then(|()| self.database().commit());
        ended.inspect_err(|_| {
            while self.database().transaction_depth().is_ok_and(|now| now > depth) && self.database().rollback().is_ok()
            {
            }
        })
    }

    fn note_batch(&mut self, walk: &Walk, batch: &Batch) -> Result<()> {
        match (&self.context.journal, self.conn.database()) {
            (Some(journal), database) => journal.note_batch(database, &walk.what, &batch.reached),
            (None, _) => Ok(()),
        }
    }

    fn refuse_other_depth(&mut self, depth: u32) -> Result<()> {
        let marked = self.context.marked.take();
        let same_depth = self.database().transaction_depth()? == depth;
        if same_depth && !marked.map_or(Ok(false), |mark| self.database().has_lost_transaction(&mark))? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Migration, "a batch ended the transaction that it runs in, or left another one open")
            .remedy("leave BEGIN, COMMIT and ROLLBACK to update_in_batches"))
    }
}

/// The next batch would be the same again.
fn no_growth(walk: &Walk) -> Error {
    let message =
        format!("the rows of {} cannot be walked: the last key of a batch is written like the one before", walk.what);
    Error::unsupported(message, "change all rows by one statement with execute(..)")
}

fn range(reached: &Reached, up_to: &str) -> String {
    if reached.left.is_empty() { format!("({up_to})") } else { format!("({} AND {up_to})", reached.left) }
}

/// The user's error as one of ours, of the kind that the operation gave.
pub(crate) fn told(error: Box<dyn StdError + Send + Sync>, kept: Option<Error>) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(ours) => return *ours,
        Err(error) => error,
    };
    match kept {
        Some(kept) => kept.with_source(error),
        None => Error::new(ErrorKind::Migration, error.to_string()).with_source(error),
    }
}
