//! The first look: what a statement that is to be sent may take, by what was read from it.

use std::collections::BTreeSet;

use super::super::{Operations, Permission};
use super::Stake;
use crate::connection::{Columns, Reach, Routine};
use crate::error::Result;
use crate::guard::{self, Effect, Found};
use crate::metadata::Loss;
use crate::name::TableName;

impl Operations<'_> {
    /// In a plan, what a statement would take is told.
    pub(in crate::operations) fn foretell_in_a_plan(&mut self, sql: &str) -> Result<()> {
        if self.context.permission == Permission::Plan { self.foretell(sql) } else { Ok(()) }
    }

    /// The first look, before a statement is sent; the table that it only brings rows to, where it does.
    pub(in crate::operations) fn look_before(&mut self, effects: Vec<Effect>) -> Result<Option<TableName>> {
        let brings = match effects.as_slice() {
            [Effect::Inserts(table)] if !self.context.watch.made.has(table) => Some(table.clone()),
            _ => None,
        };
        self.foresee_all(effects, &mut BTreeSet::new())?;
        Ok(brings)
    }

    /// So many rows have come.
    pub(in crate::operations) fn note_brought(&mut self, table: &TableName, rows: usize) {
        if !self.context.watch.off {
            *self.context.watch.brought.entry(table.clone()).or_default() += i64::try_from(rows).unwrap_or(0);
        }
    }

    pub(in crate::operations) fn foresee_all(
        &mut self,
        effects: Vec<Effect>,
        seen: &mut BTreeSet<Effect>,
    ) -> Result<()> {
        effects
            .into_iter()
            .try_for_each(|effect| if seen.insert(effect.clone()) { self.foresee(&effect, seen) } else { Ok(()) })
    }

    fn foresee(&mut self, effect: &Effect, seen: &mut BTreeSet<Effect>) -> Result<()> {
        if effect.table().is_some_and(TableName::is_bookkeeping) {
            return Ok(());
        }
        self.note_stake(effect);
        let made = effect.table().is_some_and(|table| self.context.watch.made.has(table));
        match effect {
            Effect::Makes { table, unless_there } => self.note_made(table, *unless_there),
            Effect::Renames { from, to } => {
                self.note_renamed(from, to);
                Ok(())
            }
            Effect::Receives(table) => {
                self.context.watch.made.forgets(table);
                Ok(())
            }
            Effect::Reads => self.mark(),
            Effect::Elsewhere => {
                self.context.watch.made.looks_elsewhere();
                Ok(())
            }
            Effect::RenamesSchema => {
                self.context.watch.made.forgets_all();
                Ok(())
            }
            Effect::Drops(table) if made => {
                self.context.watch.made.forgets(table);
                self.follow(effect, table, seen)
            }
            Effect::Deletes(table) | Effect::Evicts(table) if made => {
                if self.context.transactional && self.database().notices_deletes() {
                    self.mark()?;
                }
                self.follow(effect, table, seen)
            }
            Effect::Updates { table, .. } if made => self.follow(effect, table, seen),
            _ if made => Ok(()),
            Effect::Inserts(table) => {
                self.note_newest(table)?;
                self.follow(effect, table, seen)
            }
            Effect::Updates { table, columns } => {
                self.context.watch.updated.insert(table.clone());
                if !columns.is_empty() {
                    self.count(table, Columns::Named(columns.iter().cloned().collect()), false)?;
                }
                self.follow(effect, table, seen)
            }
            Effect::Deletes(table) => {
                self.count_rows(table)?;
                self.follow(effect, table, seen)
            }
            Effect::Evicts(table) => {
                self.count(table, Columns::All, false)?;
                self.follow(effect, table, seen)
            }
            Effect::Drops(table) if self.database().is_vacant(table)? => Ok(()),
            Effect::Drops(table) => {
                if self.count(table, Columns::All, true)?.is_some_and(|tally| tally.is_empty()) {
                    return Ok(());
                }
                // What follows rows that go is noticed there.
                if self.database().notices_deletes() { Ok(()) } else { self.follow(effect, table, seen) }
            }
            Effect::Empties { table, cascades } => {
                self.count(table, Columns::Named(BTreeSet::new()), true)?;
                self.context.watch.fewest.insert(table.clone(), 0);
                self.follow(effect, table, seen)?;
                if *cascades { self.before_opaque() } else { Ok(()) }
            }
            Effect::DropsColumn { table, column } => {
                self.count(table, Columns::Named([column.clone()].into()), true).map(drop)
            }
            Effect::Retypes { table, column, to, using } => self.foresee_type(table, column, to, using.as_deref()),
            Effect::DropsPartitions { table, partitions } => {
                let count = self.database().rows_in(table, partitions)?;
                self.context.watch.foreseen.push(Found { loss: Loss::Rows(table.clone()), count });
                Ok(())
            }
            Effect::DropsSchema(schema) => {
                let tables = self.database().tables_in(schema)?;
                tables.into_iter().try_for_each(|table| self.foresee(&Effect::Drops(table), seen))
            }
            Effect::Calls(name) => match self.database().routine(name)? {
                Routine::None => Ok(()),
                Routine::Body(body) => {
                    let dialect = self.dialect();
                    self.foresee_all(guard::read_inside(&body, dialect), seen)
                }
                Routine::Opaque => self.before_opaque(),
            },
            Effect::Opaque => self.before_opaque(),
        }
    }

    fn note_stake(&mut self, effect: &Effect) {
        let watch = &mut self.context.watch;
        let (stake, explained) = match effect {
            Effect::Deletes(_) | Effect::Evicts(_) | Effect::Empties { .. } => (Some(Stake::Rows), None),
            Effect::Drops(table) => (Some(Stake::Table), Some(Loss::Table(table.clone()))),
            Effect::Renames { from, .. } => (None, Some(Loss::Table(from.clone()))),
            Effect::DropsColumn { table, column } | Effect::Retypes { table, column, .. } => {
                (None, Some(Loss::Column(table.clone(), column.clone())))
            }
            _ => (None, None),
        };
        explained.into_iter().for_each(|loss| watch.explain(loss));
        if let (Some(stake), Some(table)) = (stake, effect.table()) {
            let known = watch.stakes.entry(watch.renamed.began_as(table)).or_insert(stake);
            *known = stake.max(*known);
        }
    }

    /// `IF NOT EXISTS` makes nothing where something is.
    fn note_made(&mut self, table: &TableName, unless_there: bool) -> Result<()> {
        if !unless_there || !self.database().has_table(table)? {
            self.context.watch.makes(table);
        }
        Ok(())
    }

    pub(in crate::operations) fn note_renamed(&mut self, from: &TableName, to: &TableName) {
        let watch = &mut self.context.watch;
        let made = watch.made.has(from);
        watch.made.forgets(from);
        watch.made.forgets(to);
        if made {
            if !watch.before.contains_key(to) && !watch.renamed.began_so(to) {
                watch.made.adds(to.clone());
            }
        } else {
            let original = watch.renamed.began_as(from);
            // Where the name is all that a table is known by, it is looked for under the new one.
            if let Some(tally) = watch.before.get_mut(&original).filter(|tally| tally.identity == from.name()) {
                to.name().clone_into(&mut tally.identity);
            }
            let also = watch.names_nothing_else(to, &original).then(|| [original.clone(), from.clone(), to.clone()]);
            watch.renamed.add(from, to);
            also.iter().for_each(|names| self.context.allow_by_any(names));
        }
    }

    /// Before rows come to a table: which of them are old, and how many are left.
    pub(in crate::operations) fn note_newest(&mut self, table: &TableName) -> Result<()> {
        if self.context.watch.off || self.context.watch.made.has(table) {
            return Ok(());
        }
        if let Some(before) = self.context.watch.before.get(table)
            && !self.conn.database().notices_deletes()
            && let Some(now) = self.conn.database().tally_again(before)?
        {
            let fewest = self.context.watch.fewest.entry(table.clone()).or_insert(now.old_rows);
            *fewest = now.old_rows.min(*fewest);
        }
        if self.context.watch.since(table).is_none()
            && let Some(newest) = self.database().newest_row(table)?
        {
            self.context.watch.since.insert(table.clone(), newest);
        }
        Ok(())
    }

    /// What foreign keys and triggers make of a change of rows.
    fn follow(&mut self, effect: &Effect, table: &TableName, seen: &mut BTreeSet<Effect>) -> Result<()> {
        let reach = self.reach(table, matches!(effect, Effect::Inserts(_)))?;
        self.context.watch.lasting |= reach.lasting;
        if reach.evicts && matches!(effect, Effect::Inserts(_) | Effect::Updates { .. }) {
            self.foresee_all(vec![Effect::Evicts(table.clone())], seen)?;
        }
        if !matches!(effect, Effect::Inserts(_)) && !self.database().notices_deletes() {
            for (child, columns) in reach.children {
                if !self.context.watch.made.has(&child) {
                    self.count(&child, Columns::Named(columns.iter().cloned().collect()), false)?;
                }
                let went = if matches!(effect, Effect::Updates { .. }) {
                    Effect::Updates { table: child, columns }
                } else {
                    Effect::Deletes(child)
                };
                self.foresee_all(vec![went], seen)?;
            }
        }
        if effect.changes_rows() {
            let dialect = self.dialect();
            for body in reach.bodies {
                self.foresee_all(guard::read_inside(&body, dialect), seen)?;
            }
        }
        let fires = effect.changes_rows() || matches!(effect, Effect::Empties { .. });
        if reach.opaque && fires { self.before_opaque() } else { Ok(()) }
    }

    /// Asked once, until something is sent that may change it. What follows rows that go is noticed, or is asked for too.
    fn reach(&mut self, table: &TableName, only_brings: bool) -> Result<Reach> {
        let only_brings = only_brings || self.conn.database().notices_deletes();
        let known = |brings| self.context.watch.reached.get(&(table.clone(), brings));
        if let Some(known) = known(only_brings).or_else(|| known(false)) {
            return Ok(known.clone());
        }
        let reach = self.conn.database().reach(table, only_brings)?;
        self.context.watch.reached.insert((table.clone(), only_brings), reach.clone());
        Ok(reach)
    }
}
