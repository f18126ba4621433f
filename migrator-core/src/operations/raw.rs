//! Raw SQL, and questions.

use std::collections::VecDeque;

use super::context::PlannedBackup;
use super::standing::{Held, Judged};
use super::{Done, Operations, Permission};
use crate::backup::{Order, TableBackup, back_up, planned_backup};
use crate::count::counted;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::guard::{self, Effect};
use crate::history::Journal;
use crate::name::TableName;
use crate::operation::Change;
use crate::sql;

impl Operations<'_> {
    /// Sends SQL as it is: one statement or several, split and sent one by one, rows discarded. Files come by `include_str!`.
    ///
    /// # Errors
    /// `Database` with the statement that was refused.
    pub fn execute(&mut self, sql: impl AsRef<str>) -> Result<Done> {
        if let Some(journal) = self.context.journal() {
            journal.next_call();
        }
        self.kept(|op| op.send_script(sql.as_ref()))
    }

    /// Sends SQL on one database; on the others nothing is sent, and the report says so.
    ///
    /// # Errors
    /// As [`execute`](Operations::execute).
    pub fn execute_for(&mut self, dialect: Dialect, sql: impl AsRef<str>) -> Result<Done> {
        if self.dialect() == dialect {
            return self.execute(sql);
        }
        let note = format!("left out on {}: a statement for {dialect}", self.dialect());
        self.context.notes.push(note);
        Ok(Done::Already)
    }

    fn send_script(&mut self, script: &str) -> Result<Done> {
        let dialect = self.dialect();
        self.context.settings_touched |= self.database().may_change_settings(script);
        let statements = sql::split(script, dialect);
        let mut effects: VecDeque<Vec<Effect>> = match self.context.watch.off {
            true => VecDeque::new(),
            false => statements.iter().map(|statement| guard::read(statement.text(), dialect)).collect(),
        };
        let names_stay = !effects.is_empty()
            && statements.iter().zip(&effects).all(|(statement, effects)| moves_only_rows(statement.text(), effects));
        match names_stay {
            true => self.context.memory.forget_tables(),
            false => self.context.memory.forget_all(),
        }
        for statement in statements {
            self.refuse_end_of_rehearsal(statement.text())?;
            self.refuse_prepared_transaction(statement.text())?;
            self.foretell_in_a_plan(statement.text())?;
            // Before the first savepoint, so that going back to that one leaves the mark.
            if may_end_transaction(statement.text()) || sql::begins_with(statement.text(), &["SAVEPOINT"]) {
                self.mark_transaction()?;
            }
            self.context.said_end |= says_end(statement.text());
            self.note_temporary(statement.text())?;
            let now = effects.pop_front().unwrap_or_default();
            self.send_own(statement.text(), now, &effects)?;
            self.database().told(&Change::Sql(statement.text().to_owned()))?;
        }
        Ok(Done::Done)
    }

    /// Sends one statement of the user's own SQL: inside the migration's transaction, inside a batch's, or by itself.
    fn send_own(&mut self, sql: &str, effects: Vec<Effect>, later: &VecDeque<Vec<Effect>>) -> Result<()> {
        if self.context.journal.is_none() {
            return match self.look_before(effects)? {
                Some(table) => self.send_bound(sql, &[]).map(|rows| self.note_brought(&table, rows)),
                None => self.send(sql),
            };
        }
        if self.context.in_batch {
            return self.send_in_batch(sql, &effects);
        }
        self.refuse_writes(sql)?;
        let Some(mut journal) = self.context.journal.take() else { return Ok(()) };
        let sent = self.send_judged(&mut journal, sql, &effects, later);
        self.context.journal = Some(journal);
        sent
    }

    fn send_judged(
        &mut self,
        journal: &mut Journal,
        sql: &str,
        effects: &[Effect],
        later: &VecDeque<Vec<Effect>>,
    ) -> Result<()> {
        let mut held = Held::default();
        if !effects.is_empty() && !journal.has_done_next() {
            let later: Vec<Effect> = later.iter().flatten().cloned().collect();
            held = self.judge(sql, effects, &later)?;
        }
        let revision = self.context.revision.clone();
        let context = &mut *self.context;
        let copies = std::mem::take(&mut context.to_hold);
        let mut sending = Judged { held: &mut held, copies: &copies, revision: &revision };
        journal
            .send(self.conn.database(), sql, &mut sending, |database, send| context.patiently(database, sql, send))?;
        self.settled(held);
        Ok(())
    }

    /// Whether a table of that name is there; a view is not a table.
    ///
    /// # Errors
    /// `Database` when the catalogue cannot be read.
    pub fn has_table(&mut self, table: impl Into<TableName>) -> Result<bool> {
        let table = self.named(table);
        self.guarded(self.call("has_table", &table, &()), |op| op.database().has_table(&table))
    }

    /// Whether the table has that column; `false` when the table is not there.
    ///
    /// # Errors
    /// `Database` when the catalogue cannot be read.
    pub fn column_exists(&mut self, table: impl Into<TableName>, column: &str) -> Result<bool> {
        let table = self.named(table);
        self.guarded(self.call("column_exists", &table, &column), |op| op.database().has_column(&table, column))
    }

    /// Copies the table as it stands, verified by content; [`Migrator::restore`](crate::Migrator::restore) puts it back.
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there, `BackupFailed` when the copy is not made, and then nothing is left of
    /// it.
    pub fn create_table_backup(&mut self, table: impl Into<TableName>, label: &str) -> Result<TableBackup> {
        let table = self.named(table);
        self.guarded(self.call("create_table_backup", &table, &label), |op| op.copy_table(&table, label))
    }
}

impl Operations<'_> {
    /// What would make a rehearsal stand.
    fn refuse_end_of_rehearsal(&self, sql: &str) -> Result<()> {
        const ENDS: [&str; 5] = ["COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE"];
        let words: Vec<_> = sql::tokens(sql, self.dialect()).take(3).collect();
        let ends = words.first().is_some_and(|word| word.is_any_word(&ENDS));
        let to_savepoint = words.iter().any(|word| word.is_word("TO"));
        if !self.context.rehearsing || !ends || to_savepoint {
            return Ok(());
        }
        let message = "it ends the transaction by its own SQL, and a rehearsal would stand";
        Err(Error::unsupported(message, "look at the plan of it, or run it on a copy of the database")
            .at_statement(sql))
    }

    /// It would be open still when the session is gone, and with it the locks and what the history says.
    fn refuse_prepared_transaction(&self, sql: &str) -> Result<()> {
        let words: Vec<_> = sql::tokens(sql, self.dialect()).take(2).collect();
        let [first, second] = words.as_slice() else { return Ok(()) };
        if !first.is_word("PREPARE") || !second.is_word("TRANSACTION") {
            return Ok(());
        }
        let message = "a transaction that is prepared and not committed would outlive the run";
        Err(Error::unsupported(message, "leave the commit to the run, or say COMMIT with `transaction = false`")
            .at_statement(sql))
    }

    /// Copies a table; in a plan, tells that it would be copied.
    pub(super) fn copy_table(&mut self, table: &TableName, label: &str) -> Result<TableBackup> {
        let Self { conn, context, .. } = self;
        context.pay(conn.database())?;
        if let Some(journal) = &context.journal {
            journal.renew_for_long(conn.database())?;
        }
        let order = Order { label, ..Order::of_migration(&context.revision, &context.observers) };
        let backup = match context.permission {
            Permission::Plan => planned_backup(conn.database(), table, &order)?,
            _ => back_up(conn.database(), table, &order)?,
        };
        self.context.tell_backup(&backup);
        Ok(backup)
    }
}

/// Whether a statement may end the transaction that it is sent in.
fn may_end_transaction(sql: &str) -> bool {
    sql::begins_with(sql, &["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE", "CALL", "DO"])
}

/// Going back to a savepoint ends nothing.
fn says_end(sql: &str) -> bool {
    let to_savepoint =
        sql::begins_with(sql, &["ROLLBACK"]) && sql.split_whitespace().any(|word| word.eq_ignore_ascii_case("to"));
    sql::begins_with(sql, &["COMMIT", "END", "ROLLBACK", "ABORT"]) && !to_savepoint
}

impl super::Context {
    /// Tells the observer and the report of a backup.
    pub(crate) fn tell_backup(&mut self, backup: &TableBackup) {
        self.copied.insert(backup.table().clone());
        if self.permission == Permission::Plan {
            self.planned.backups.push(PlannedBackup { table: backup.table().clone(), rows: backup.rows() });
            return;
        }
        self.copies.push(backup.id());
        let (table, copy, rows) = (backup.table().clone(), backup.copy().clone(), backup.rows());
        self.notes.push(note_of(backup));
        self.observers.tell(&Event::BackupMade { table, copy, rows });
    }

    /// These backups are dropped again: others of the migration hold all that they held.
    pub(crate) fn untell_backups(&mut self, gone: &[TableBackup]) {
        self.copies.retain(|id| gone.iter().all(|backup| backup.id() != *id));
        self.notes.retain(|note| gone.iter().all(|backup| note_of(backup) != *note));
    }
}

fn note_of(backup: &TableBackup) -> String {
    format!("backup of {}: {} in {}", backup.table(), counted(backup.rows(), "row"), backup.copy())
}

/// Whether no name can be another's after it.
fn moves_only_rows(sql: &str, effects: &[Effect]) -> bool {
    let rows = |effect: &Effect| {
        matches!(effect, Effect::Inserts(_) | Effect::Updates { .. } | Effect::Deletes(_) | Effect::Receives(_))
    };
    sql::begins_with(sql, &["INSERT", "UPDATE", "DELETE"]) && effects.iter().all(rows)
}
