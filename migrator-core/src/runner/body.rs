//! The body of one migration: conditions, backups, its function, its verification.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::backup::{Order, back_up, drop_repeated, note_left};
use crate::conditions::first_false;
use crate::connection::{Database, SchemaConnection, Session};
use crate::error::{Error, ErrorKind, Failure, Reader, Result};
use crate::history::State;
use crate::metadata::{Condition, Metadata};
use crate::migration::{Migration, MigrationResult};
use crate::name::{RevisionId, TableName};
use crate::operations::watch::after::has_lost_transaction;
use crate::operations::{Context, Operations, Permission, told};
use crate::report::Direction;

/// Runs a migration one way.
pub(super) fn run(
    migration: &dyn Migration,
    direction: Direction,
    backups: &[TableName],
    conn: &mut dyn SchemaConnection,
    context: &mut Context,
) -> Result<State> {
    back_up_all(backups, migration.metadata().revision(), conn, context)?;
    let state = match direction {
        Direction::Up => up(migration, conn, context)?,
        Direction::Down => {
            call(Session::Live(&mut *conn), context, |op| migration.downgrade(op))?;
            refuse_left_over(context)?;
            State::Done
        }
    };
    settle_copies(conn.database(), context)?;
    Ok(state)
}

/// How the migration leaves the tables that it copied, where nobody else can have written to them since; elsewhere it may
/// have copied one again and again.
fn settle_copies(database: &mut dyn Database, context: &mut Context) -> Result<()> {
    if context.transactional && !context.copies.is_empty() {
        return note_left(database, &context.copies);
    }
    if context.copies.len() > 1 && !context.copies_of_losses.is_empty() {
        // A copy too many is no reason to stop.
        let gone = drop_repeated(database, &context.copies, &context.copies_of_losses).unwrap_or_default();
        context.untell_backups(&gone);
    }
    Ok(())
}

/// What the conditions say before anything is written: whether it is to be skipped.
pub(super) fn is_to_be_skipped(
    metadata: &Metadata,
    database: &mut dyn Database,
    context: &mut Context,
) -> Result<bool> {
    if is_skipped(metadata, database)? {
        context.notes.push(format!("skipped because {} holds", words(metadata.skipped_if())));
        return Ok(true);
    }
    match first_false(database, metadata.required())? {
        None => Ok(false),
        Some(condition) => {
            let message = format!("it requires {condition}, which does not hold");
            Err(Error::new(ErrorKind::PreconditionFailed, message)
                .remedy("bring the database to that state, or change what the migration requires"))
        }
    }
}

fn up(migration: &dyn Migration, conn: &mut dyn SchemaConnection, context: &mut Context) -> Result<State> {
    let metadata = migration.metadata();
    call(Session::Live(&mut *conn), context, |op| migration.upgrade(op))?;
    refuse_left_over(context)?;
    verified(migration, conn, context)?;
    match first_false(conn.database(), metadata.ensured())? {
        None => Ok(State::Done),
        Some(condition) => {
            Err(not_ensured(format!("it ensures {condition}, which does not hold after it ran"), context))
        }
    }
}

/// What an attempt before did, and the migration no longer does.
fn refuse_left_over(context: &Context) -> Result<()> {
    let Some(journal) = &context.journal else { return Ok(()) };
    journal.refuse_left_over()?;
    if journal.is_in_transaction() { Err(another_open()) } else { Ok(()) }
}

fn is_skipped(metadata: &Metadata, database: &mut dyn Database) -> Result<bool> {
    let conditions = metadata.skipped_if();
    Ok(!conditions.is_empty() && first_false(database, conditions)?.is_none())
}

fn words(conditions: &[Condition]) -> String {
    conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn not_ensured(message: String, context: &Context) -> Error {
    if context.transactional {
        return Error::new(ErrorKind::PostconditionFailed, message).remedy("mend the migration, then run it again");
    }
    Error::new(ErrorKind::Interrupted, message).remedy_told(ask_repair)
}

/// What a person can do about a migration that began and did not end.
pub(super) fn ask_repair(reader: Reader) -> String {
    let [again, done, finished, not_begun] = reader.repair_as();
    format!(
        "{} says what stands and what is in doubt; look, then say which: {again}, {done}, {finished} or {not_begun}; {} \
         says where the schema is as a whole",
        reader.repair(),
        reader.stamp("<revision>").replace('"', "")
    )
}

/// The same where only the user's own connection knows what stands.
pub(super) fn ask_repair_of_connection(reader: Reader) -> String {
    let [again, _, finished, not_begun] = reader.repair_as();
    format!(
        "{} lists the steps that stand; look for what went through the connection, undo it if it is there and would be \
         doubled, and say {again}: the next run passes over the steps that are done and hands the connection out again; or \
         {finished} where the schema is where the migration ends, {not_begun} where it is where it begins",
        reader.repair()
    )
}

fn back_up_all(
    tables: &[TableName],
    revision: &RevisionId,
    conn: &mut dyn SchemaConnection,
    context: &mut Context,
) -> Result<()> {
    tables.iter().try_for_each(|table| {
        if context.journal.as_ref().is_some_and(|journal| journal.has_backup(table)) {
            return Ok(());
        }
        if let Some(journal) = &context.journal {
            journal.renew_for_long(conn.database())?;
        }
        let backup = back_up(conn.database(), table, &Order::of_migration(revision, &context.observers))?;
        context.tell_backup(&backup);
        context.journal.as_mut().map_or(Ok(()), |journal| journal.backed_up(conn.database(), table))
    })
}

/// The migration's own check, which may look and not write.
pub(super) fn verified(
    migration: &dyn Migration,
    conn: &mut dyn SchemaConnection,
    context: &mut Context,
) -> Result<()> {
    if !migration.has_verify() {
        return Ok(());
    }
    let before = conn.database().enter_read_only()?;
    let permission = std::mem::replace(&mut context.permission, Permission::Read);
    let verified = call(Session::Live(&mut *conn), context, |op| migration.verify(op));
    context.permission = permission;
    let left = conn.database().leave_read_only(before);
    verified.map_err(|error| match error.kind() {
        ErrorKind::Migration => not_ensured(format!("its verify says: {}", error.what()), context).with_source(error),
        _ => error,
    })?;
    left
}

/// Calls a function of the user's: its errors, its panic and what it leaves open are caught.
pub(super) fn call(
    mut session: Session<'_>,
    context: &mut Context,
    function: impl FnOnce(&mut Operations<'_>) -> MigrationResult,
) -> Result<()> {
    let depth = session.database().transaction_depth()?;
    let mut op = Operations::new(session.lend(), context)?;
    let answer = catch_unwind(AssertUnwindSafe(|| function(&mut op)));
    let kept = context.take_kept();
    match answer {
        Err(panic) => Err(panicked(&*panic)),
        Ok(Err(error)) => Err(after_its_own_end(told(error, kept), session.database(), depth, context)),
        Ok(Ok(())) => left_open(session.database(), depth, context),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::new(ErrorKind::Panicked, format!("it panicked: {}", text.unwrap_or_else(|| "without a text".to_owned())))
        .remedy("mend the migration, then run it again")
}

/// An error says that all is rolled back only where the transaction is the one that the migration was begun in.
fn after_its_own_end(error: Error, database: &mut dyn Database, depth: u32, context: &Context) -> Error {
    let has_more_open = database.transaction_depth().is_ok_and(|now| now > depth);
    let Some(mark) = context.marked.as_ref().filter(|_| depth > 0 && !has_more_open) else { return error };
    if error.failure() == Failure::ConnectionLost {
        return error;
    }
    // A transaction that an error has spoilt answers no question: then only the words tell.
    if database.has_lost_transaction(mark).unwrap_or(context.said_end) {
        return error.outcome("it ended the transaction that it runs in: what it did before its own COMMIT stands");
    }
    error
}

fn left_open(database: &mut dyn Database, depth: u32, context: &mut Context) -> Result<()> {
    let now = database.transaction_depth()?;
    let marked = context.marked.take().filter(|_| depth > 0);
    if now > depth {
        return Err(another_open());
    }
    if now < depth || marked.map_or(Ok(false), |mark| has_lost_transaction(database, context, &mark))? {
        return Err(Error::new(ErrorKind::Migration, "it ended the transaction that it runs in")
            .outcome("what it did before a COMMIT of its own and after it stands, and the history does not tell of it")
            .remedy("leave COMMIT and ROLLBACK to the migrator, or say `transaction = false`"));
    }
    Ok(())
}

fn another_open() -> Error {
    Error::new(ErrorKind::Migration, "it ended with another transaction open than it began with")
        .remedy("close in the migration what it opens; Diesel's `conn.transaction(..)` does")
}
