//! What is counted before something may be taken, and from where on what moves is noticed.

use std::collections::BTreeSet;

use super::super::{Context, Operations};
use crate::connection::{Columns, Database, Manner, Scope, Tally, Wanted};
use crate::error::Result;
use crate::guard::Found;
use crate::metadata::Loss;
use crate::name::TableName;
use crate::schema::Schema;

impl Operations<'_> {
    pub(super) fn count_rows(&mut self, table: &TableName) -> Result<()> {
        if self.context.transactional && self.database().notices_deletes() {
            self.copy_first(table)?;
            return self.mark();
        }
        self.count(table, Columns::Named(BTreeSet::new()), false).map(drop)
    }

    /// Counts a table before the first thing that may take something from it.
    pub(super) fn count(&mut self, table: &TableName, columns: Columns, hold: bool) -> Result<Option<Tally>> {
        let since = self.context.watch.since(table);
        let hold = hold && self.context.transactional;
        let within = self.context.watch.range_of(table);
        let wanted = Wanted { columns, since, hold, within, ..Wanted::named(table, []) };
        let Some(mut tally) = self.database().tally(&wanted)? else { return Ok(None) };
        if tally.rows > 0 {
            self.copy_first(table)?;
        }
        if tally.since.is_none() {
            let brought = self.context.watch.brought.get(table).copied().unwrap_or(0);
            tally.old_rows = (tally.rows - brought).max(0);
        }
        let watch = &mut self.context.watch;
        if let Some(original) = watch.renamed.before(table) {
            tally.table = original.clone();
        }
        let namesake = |known: &Tally| watch.made.is_elsewhere() && known.identity != tally.identity;
        match watch.before.get(&tally.table).is_some_and(namesake) {
            true => watch.keep_as((tally.identity.as_str(), tally.table.name()).into(), tally.clone()),
            false => watch.keep(tally.clone()),
        }
        Ok(Some(tally))
    }

    /// A copy of what a meant loss takes, where one is wanted; once for a table.
    pub(super) fn copy_first(&mut self, table: &TableName) -> Result<()> {
        let named = |loss: &Loss| loss.affected_table() == table;
        let meant = self.context.allow_all || self.context.allowed.iter().any(named);
        // Where no transaction is round the migration, others may have written since.
        let looked_at = self.context.transactional && self.context.watch.copied.contains(table);
        if !self.context.back_up_losses || !meant || looked_at {
            return Ok(());
        }
        self.context.watch.copied.insert(table.clone());
        if self.context.has_copy(table) {
            return Ok(());
        }
        if self.database().has_table(table)? && self.has_rows(table)? { self.copy_of_loss(table) } else { Ok(()) }
    }

    pub(super) fn foresee_type(
        &mut self,
        table: &TableName,
        column: &str,
        to: &str,
        using: Option<&str>,
    ) -> Result<()> {
        let loss = Loss::Column(table.clone(), column.to_owned());
        if self.is_settled(&loss) {
            return Ok(());
        }
        let count = self.database().narrowed(table, column, to, using)?;
        if count > 0 {
            self.context.watch.foreseen.push(Found { loss, count });
        }
        Ok(())
    }

    /// From here on what moves is noticed.
    pub(super) fn mark(&mut self) -> Result<()> {
        let watch = &mut self.context.watch;
        let watched = self.context.transactional && !self.context.in_batch;
        if !watch.off && watch.mark.is_none() && watched {
            let known = watch.known.take();
            let manner =
                Manner { closely: watch.closely, near: &watch.near, settled: watch.settled, known: known.as_ref() };
            watch.mark = Some(self.conn.database().mark(&manner)?);
            watch.made_at_mark = watch.made.clone();
        }
        Ok(())
    }

    /// Before something is sent that a mark of an earlier migration would be in the way of.
    pub(in crate::operations) fn make_way(&mut self) -> Result<()> {
        let watch = &mut self.context.watch;
        watch.reached.clear();
        if let Some(known) = watch.known.take().filter(|_| watch.mark.is_none()) {
            watch.known = self.conn.database().step_aside(known)?;
        }
        Ok(())
    }

    /// Before something that cannot be read.
    pub(in crate::operations) fn before_opaque(&mut self) -> Result<()> {
        self.context.watch.opaque = true;
        self.context.watch.reached.clear();
        self.mark()
    }

    /// Before the user's own connection is handed out.
    pub(in crate::operations) fn before_connection(&mut self) -> Result<()> {
        self.context.watch.reached.clear();
        if self.context.transactional {
            return self.before_opaque();
        }
        if !self.context.watch.off && !self.context.in_batch && self.context.watch.schema.is_none() {
            let mut schema = self.database().inspect(Scope::All)?;
            self.leave_out_empty(&mut schema)?;
            self.context.watch.schema = Some(schema);
        }
        Ok(())
    }

    /// Tables without a row have nothing to lose; one row of each is looked for, of many in a statement.
    fn leave_out_empty(&mut self, schema: &mut Schema) -> Result<()> {
        let names: Vec<TableName> = schema.tables.keys().cloned().collect();
        for some in names.chunks(100) {
            let one = |(number, name): (usize, &TableName)| {
                format!("SELECT {number} AS n WHERE EXISTS (SELECT 1 FROM {})", self.renderer.table(name))
            };
            let question = some.iter().enumerate().map(one).collect::<Vec<_>>().join(" UNION ALL ");
            let rows = self.conn.database().query(&question, &[])?;
            let filled: BTreeSet<i64> = rows.iter().map(|row| row.integer(0)).collect();
            for (number, name) in (0..).zip(some) {
                if !filled.contains(&number) {
                    schema.tables.remove(name);
                }
            }
        }
        Ok(())
    }
}

/// What an attempt before found to be in danger is counted before anything is done.
pub(crate) fn count_suspects(database: &mut dyn Database, context: &mut Context) -> Result<()> {
    let watch = &mut context.watch;
    let mut copied = Vec::new();
    for suspect in watch.suspects.clone() {
        let table = suspect.table.clone().unwrap_or_else(|| suspect.identity.as_str().into());
        let identity = Some(suspect.identity.clone());
        let digests = suspect.rewritten;
        let wanted = Wanted { table, identity, columns: Columns::All, since: None, hold: true, digests, within: None };
        if let Some(mut tally) = database.tally(&wanted)?
            && !tally.table.is_bookkeeping()
        {
            if let Some(renamed) = suspect.renamed {
                tally.identity = renamed.name().to_owned();
            }
            tally.exact = suspect.rewritten && suspect.inserted == 0 && suspect.updated == 0 && suspect.deleted == 0;
            if context.back_up_losses && tally.rows > 0 && (suspect.altered || suspect.lost > 0) {
                copied.push(tally.table.clone());
            }
            watch.keep(tally);
        }
    }
    if !watch.suspects.is_empty() {
        let known = watch.known.take();
        let manner = Manner { closely: true, near: &BTreeSet::new(), settled: true, known: known.as_ref() };
        watch.mark = Some(database.mark(&manner)?);
        watch.made_at_mark = watch.made.clone();
    }
    copied.iter().try_for_each(|table| context.copy_of_loss(database, table))
}
