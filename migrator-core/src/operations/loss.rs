//! Counting what a drop would take away, and refusing what nobody named.

use std::collections::BTreeSet;

use super::context::PlannedLoss;
use super::{Context, Operations, Permission};
use crate::backup::{Order, TableBackup, back_up};
use crate::connection::{Asked, Database};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{self, Effect, Found};
use crate::metadata::Loss;
use crate::name::TableName;

impl Operations<'_> {
    /// Copies a table before a meant loss.
    pub(super) fn copy_of_loss(&mut self, table: &TableName) -> Result<()> {
        self.context.copy_of_loss(self.conn.database(), table)
    }

    /// Refuses a drop of a table with rows in it that nobody named.
    pub(super) fn refuse_loss_of_table(&mut self, table: &TableName) -> Result<()> {
        let loss = Loss::Table(table.clone());
        self.context.watch.explain(loss.clone());
        if self.is_settled(&loss) || self.is_own(table) {
            return Ok(());
        }
        let name = self.renderer.table(table);
        self.hold_still(table)?;
        let sql = format!("SELECT count(*) FROM {name}");
        let rows = self.database().ask_count_of_all(&Asked::rows(table), &sql)?;
        self.refuse(&loss, rows)
    }

    /// Refuses a drop of a column with values in it that nobody named.
    pub(super) fn refuse_loss_of_column(&mut self, table: &TableName, column: &str) -> Result<()> {
        let loss = Loss::Column(table.clone(), column.to_owned());
        self.context.watch.explain(loss.clone());
        if self.is_settled(&loss) || self.is_own_column(table, column) {
            return Ok(());
        }
        let (name, quoted) = (self.renderer.table(table), self.renderer.quote(column));
        self.hold_still(table)?;
        let sql = format!("SELECT count({quoted}) FROM {name}");
        let values = self.database().ask_count_of_all(&Asked::columns(table, [column]), &sql)?;
        self.refuse(&loss, values)
    }

    /// Whether the run made the table.
    fn is_own(&self, table: &TableName) -> bool {
        self.context.memory.has_table(table) || self.context.watch.made.has(table)
    }

    /// Whether the run made the table, or the migration the column.
    pub(super) fn is_own_column(&self, table: &TableName, column: &str) -> bool {
        self.is_own(table) || self.context.memory.has_added(table, column)
    }

    /// For a plan: what a statement of the user's own takes away, as far as its words tell.
    pub(super) fn foretell(&mut self, sql: &str) -> Result<()> {
        guard::read(sql, self.dialect()).iter().try_for_each(|effect| self.foretell_effect(effect))
    }

    fn foretell_effect(&mut self, effect: &Effect) -> Result<()> {
        // What is not known, or not there, is for the statement itself to find out.
        if effect.table().is_some_and(|table| !self.database().has_table(table).is_ok_and(|there| there)) {
            return Ok(());
        }
        match effect {
            Effect::Drops(table) => self.refuse_loss_of_table(table),
            Effect::DropsColumn { table, column } => self.refuse_loss_of_column(table, column),
            Effect::Empties { table, .. } => self.foretell_rows(table),
            Effect::Deletes(table) | Effect::DropsPartitions { table, .. } => {
                let note =
                    format!("rows of {table} go: how many is seen when it runs, and refused where nobody named it");
                self.context.notes.push(note);
                Ok(())
            }
            Effect::DropsSchema(schema) => {
                let tables = self.database().tables_in(schema)?;
                tables.iter().try_for_each(|table| self.refuse_loss_of_table(table))
            }
            _ => Ok(()),
        }
    }

    fn foretell_rows(&mut self, table: &TableName) -> Result<()> {
        let sql = format!("SELECT count(*) FROM {}", self.renderer.table(table));
        let rows = self.database().ask_count_of_all(&Asked::rows(table), &sql)?;
        self.refuse(&Loss::Rows(table.clone()), rows)
    }

    /// What is counted must not grow before it is dropped.
    fn hold_still(&mut self, table: &TableName) -> Result<()> {
        if self.context.transactional { self.database().lock_table(table) } else { Ok(()) }
    }

    /// Whether nothing has to be counted: the loss is meant, and no copy is wanted of what goes.
    pub(super) fn is_settled(&self, loss: &Loss) -> bool {
        let counted = self.context.back_up_losses || self.context.tells_losses();
        self.context.allows(&self.context.watch.as_it_began(loss)) && !counted
    }

    /// Refuses a loss that nobody named; of one that is meant, keeps a copy where that is wanted.
    fn refuse(&mut self, loss: &Loss, count: i64) -> Result<()> {
        let told = self.context.watch.as_it_began(loss).told(count);
        self.refuse_as(loss, count, &told)
    }

    /// The same in other words.
    pub(super) fn refuse_as(&mut self, loss: &Loss, count: i64, what: &str) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let is_planned = self.context.permission == Permission::Plan;
        let began = self.context.watch.as_it_began(loss);
        let allowed = self.context.allows(&began);
        if self.context.tells_losses() {
            self.context.planned.losses.push(PlannedLoss { loss: began.clone(), count, allowed });
        }
        if allowed && self.context.back_up_losses && !self.context.has_copy(loss.affected_table()) {
            let label = self.context.revision.to_string();
            let backup = self.copy_table(loss.affected_table(), &label)?;
            self.context.hold_copy(&backup);
        }
        if allowed || is_planned {
            return Ok(());
        }
        let tables = format!("{:?}", began.affected_table().name());
        Err(refused(what, &began.to_string(), &tables, self.context.revision.as_str()))
    }
}

impl Context {
    /// Copies a table before a meant loss.
    pub(super) fn copy_of_loss(&mut self, database: &mut dyn Database, table: &TableName) -> Result<()> {
        let order = Order::of_migration(&self.revision, &self.observers);
        let backup = back_up(database, table, &order)?;
        self.tell_backup(&backup);
        self.hold_copy(&backup);
        Ok(())
    }

    /// Whether the migration has copied the table, and nobody else can have written to it since.
    pub(super) fn has_copy(&self, table: &TableName) -> bool {
        self.transactional && self.copied.contains(table)
    }

    /// Nobody is to get between this copy and the step that it was made for, where no transaction is round both.
    fn hold_copy(&mut self, backup: &TableBackup) {
        if !self.transactional {
            self.to_hold.push(backup.id());
            self.copies_of_losses.push(backup.id());
        }
    }
}

/// The error of losses that nobody named.
pub(super) fn lost(found: &[Found], revision: &str) -> Error {
    let told: Vec<String> = found.iter().map(|found| found.loss.told(found.count)).collect();
    let losses: BTreeSet<String> = found.iter().map(|found| found.loss.to_string()).collect();
    let tables: BTreeSet<String> =
        found.iter().map(|found| format!("{:?}", found.loss.affected_table().name())).collect();
    let joined = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
    refused(&told.join(", "), &joined(losses), &joined(tables), revision)
}

fn refused(what: &str, losses: &str, tables: &str, revision: &str) -> Error {
    Error::new(ErrorKind::DataLoss, format!("this would lose {what}")).remedy_told(|reader| {
        format!(
            "if that is meant, name it: allow_loss({losses}) in the migration, or Migrator::allow_loss({revision:?}, ..) \
             where its file may not be edited; to keep a copy besides: {}; to allow every loss of this run: {}",
            reader.back_up(tables),
            reader.allow_every_loss()
        )
    })
}
