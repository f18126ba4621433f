//! What of a migration was done before it broke off, where nothing can be rolled back.
//!
//! A migration that is begun again runs from its first line. Statements of its own SQL that are done are passed over, by
//! their order and text; portable operations before the last of them are too, and those after it find out for themselves
//! what is there.

use super::book::Book;
use super::entry::{HistoryEntry, Row, State, now};
use crate::connection::Database;
use crate::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::name::RevisionId;
use crate::report::Direction;

/// A statement that is done: in which call of an operation it was sent, and its text.
struct Done {
    call: usize,
    sql: String,
}

/// What of a migration was done, and where it stands now.
pub(crate) struct Journal {
    book: Book,
    revision: RevisionId,
    direction: Direction,
    done: Vec<Done>,
    in_doubt: Option<String>,
    had_connection: bool,
    begun_before: bool,
    calls: usize,
    statements: usize,
    in_transaction: bool,
}

/// Sends a statement with what belongs to it; may be called again when somebody else held a lock.
pub(crate) type Sender<'a> = dyn FnMut(&mut dyn Database) -> Result<()> + 'a;

/// How a statement is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Belongs to the session: sent each time, never written down.
    Session,
    /// Commits together with its row.
    Rows,
    /// A row before it and after it.
    Alone,
}

impl Journal {
    /// What the history tells of attempts that did not come to an end.
    pub(super) fn new(book: Book, revision: &RevisionId, direction: Direction, rows: &[HistoryEntry]) -> Self {
        let of = |state: State| rows.iter().filter(move |row| row.state == state.as_str());
        let text = |row: &HistoryEntry| row.note.clone().unwrap_or_default();
        let call = |row: &HistoryEntry| row.statements.and_then(|call| usize::try_from(call).ok()).unwrap_or(0);
        Self {
            book,
            revision: revision.clone(),
            direction,
            done: of(State::Ran).map(|row| Done { call: call(row), sql: text(row) }).collect(),
            in_doubt: of(State::Running).map(text).next_back(),
            had_connection: of(State::Opaque).next().is_some(),
            begun_before: of(State::Started).next().is_some(),
            calls: 0,
            statements: 0,
            in_transaction: false,
        }
    }

    /// Whether an attempt was begun before: its conditions held then.
    pub(crate) fn was_begun(&self) -> bool {
        self.begun_before
    }

    /// What no replay could decide, before anything is written.
    pub(crate) fn refuse_doubt(&self) -> Result<()> {
        if let Some(begun) = &self.in_doubt {
            return Err(interrupted(&format!("it broke off while this was under way, done or not: {begun}")));
        }
        if self.had_connection && self.begun_before {
            return Err(interrupted("it broke off with its own connection in hand: what it did with it is not known"));
        }
        Ok(())
    }

    /// The texts of the statements that stand.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &str> {
        self.done.iter().map(|done| done.sql.as_str())
    }

    /// Whether only the user's own connection knows what stands.
    pub(crate) fn is_opaque(&self) -> bool {
        self.had_connection
    }

    /// Counts a call of an operation, and says whether all of it was done before.
    pub(crate) fn passes_over_call(&mut self) -> bool {
        self.calls += 1;
        self.done.last().is_some_and(|last| self.calls < last.call)
    }

    /// The user's connection is about to be handed out: what it does cannot be passed over later.
    pub(crate) fn hand_out_connection(&mut self, database: &mut dyn Database) -> Result<()> {
        if !std::mem::replace(&mut self.had_connection, true) {
            self.write(database, State::Opaque, "")?;
        }
        Ok(())
    }

    /// Sends a statement, unless it is done, with its rows in the journal; `patiently` calls what it is given, more than
    /// once if need be.
    pub(crate) fn send(
        &mut self,
        database: &mut dyn Database,
        sql: &str,
        patiently: impl FnOnce(&mut dyn Database, &mut Sender<'_>) -> Result<()>,
    ) -> Result<()> {
        let kind = self.kind(sql);
        if kind == Kind::Session {
            return patiently(database, &mut |database| database.batch(sql));
        }
        if self.is_done(sql)? {
            return Ok(());
        }
        match kind {
            Kind::Rows => patiently(database, &mut |database| self.send_with_row(database, sql))?,
            _ => patiently(database, &mut |database| self.send_between_rows(database, sql))?,
        }
        self.done.push(Done { call: self.calls, sql: sql.to_owned() });
        Ok(())
    }

    fn is_done(&mut self, sql: &str) -> Result<bool> {
        let position = self.statements;
        self.statements += 1;
        if let Some(done) = self.done.get(position) {
            if digest::of_text(&done.sql) == digest::of_text(sql) {
                return Ok(true);
            }
            let message = format!("it has changed since it broke off: statement {} was {}", position + 1, done.sql);
            return Err(interrupted(&message));
        }
        Ok(false)
    }

    fn send_with_row(&self, database: &mut dyn Database, sql: &str) -> Result<()> {
        if self.in_transaction {
            return database.batch(sql).and_then(|()| self.write(database, State::Ran, sql));
        }
        database.begin()?;
        let sent =
            database.batch(sql).and_then(|()| self.write(database, State::Ran, sql)).and_then(|()| database.commit());
        sent.inspect_err(|_| drop(database.rollback()))
    }

    fn send_between_rows(&self, database: &mut dyn Database, sql: &str) -> Result<()> {
        self.write(database, State::Running, sql)?;
        match database.batch(sql) {
            Ok(()) => self.book.end_running(database, &self.revision, true),
            Err(error) => {
                // What the database refused was not done; where it cannot be asked, the statement stays in doubt.
                self.book.end_running(database, &self.revision, false).ok();
                Err(error)
            }
        }
    }

    fn write(&self, database: &mut dyn Database, state: State, sql: &str) -> Result<()> {
        let row = Row {
            revision: self.revision.clone(),
            direction: self.direction,
            state,
            statements: self.calls,
            checksum: Some(digest::of_text(sql)),
            started: now(),
            note: Some(sql.to_owned()),
        };
        self.book.note(database, &row)
    }

    fn kind(&mut self, sql: &str) -> Kind {
        let word: String = sql.chars().take_while(char::is_ascii_alphabetic).collect();
        match word.to_ascii_uppercase().as_str() {
            "BEGIN" | "START" => {
                self.in_transaction = true;
                Kind::Session
            }
            "COMMIT" | "ROLLBACK" | "END" => {
                self.in_transaction = false;
                Kind::Session
            }
            "SET" | "USE" | "LOCK" | "UNLOCK" | "PRAGMA" | "SAVEPOINT" | "RELEASE" | "RESET" => Kind::Session,
            "INSERT" | "UPDATE" | "DELETE" | "REPLACE" => Kind::Rows,
            _ => Kind::Alone,
        }
    }
}

fn interrupted(what: &str) -> Error {
    Error::new(ErrorKind::Interrupted, what)
}
