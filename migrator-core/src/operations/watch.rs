//! The guard's two looks: before each statement whose text is seen, and after everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Context, Operations, Permission, PlannedLoss};
use crate::connection::{
    Columns, Database, Known, Manner, Mark, Moved, Reach, Routine, Scope, Sight, Suspect, Tally, Wanted,
};
use crate::error::Result;
use crate::guard::{self, Effect, Found};
use crate::metadata::Loss;
use crate::name::TableName;
use crate::schema::Schema;

/// What the guard knows of a migration so far.
#[derive(Default)]
pub(crate) struct Watch {
    /// Whether nothing need be looked at.
    pub(crate) off: bool,
    /// Tables made by earlier migrations of this run.
    pub(crate) made_before: Arc<BTreeSet<TableName>>,
    /// Whether a name without a schema may not be the table any more that it was in migrations before.
    elsewhere: bool,
    /// Tables that this migration made.
    pub(crate) made: BTreeSet<TableName>,
    /// Where the rows of a table end that stood there when the run first touched it.
    pub(crate) since: BTreeMap<TableName, i64>,
    /// The same, where an earlier migration of the run did.
    pub(crate) since_before: Arc<BTreeMap<TableName, i64>>,
    /// How many rows earlier statements of the migration brought where each is judged by itself, and how many all did where
    /// they are judged together, where the statement told.
    pub(crate) brought_before: BTreeMap<TableName, i64>,
    pub(crate) brought: BTreeMap<TableName, i64>,
    /// The fewest old rows that were seen in a table that was counted.
    fewest: BTreeMap<TableName, i64>,
    /// The first look at each table, by its name when the migration began.
    before: BTreeMap<TableName, Tally>,
    /// Tables that this migration has renamed: the name they have now, and the one they had.
    renamed: BTreeMap<TableName, TableName>,
    /// Where everything stood before the first thing that cannot be read.
    mark: Option<Mark>,
    /// What was seen since, as the body ended.
    pub(crate) sight: Option<Sight>,
    /// Where everything stood when the run looked last.
    pub(crate) known: Option<Known>,
    /// Whether the mark is to tell tables apart.
    pub(crate) closely: bool,
    /// Tables of which the mark is to tell whether the rows that go are old.
    pub(crate) near: BTreeSet<TableName>,
    /// Whether what is in danger is known and counted, so that a mark would only tell the same.
    pub(crate) settled: bool,
    /// Whether something ran that cannot be read.
    pub(super) opaque: bool,
    /// How much of each table is at stake, where more than values of columns is.
    stakes: BTreeMap<TableName, Stake>,
    /// Whether a table is among them whose changes cannot be rolled back.
    lasting: bool,
    /// What was seen to go or change, where nothing can be rolled back.
    explained: BTreeSet<Loss>,
    /// What stood before the user's own connection was handed out, where nothing can be rolled back.
    pub(super) schema: Option<Schema>,
    /// Tables that were copied before something was taken from them.
    copied: BTreeSet<TableName>,
    /// Tables whose changed columns were read from the statement.
    updated: BTreeSet<TableName>,
    /// What an attempt before has found to be in danger.
    pub(crate) suspects: Vec<Suspect>,
    /// Losses that a statement was certain to bring.
    foreseen: Vec<Found>,
    /// What a change of a table's rows reaches, asked since something was sent that may have changed that.
    reached: BTreeMap<(TableName, bool), Reach>,
    /// The table that is walked in batches, and which of its rows the statement is about.
    pub(super) range: Option<(TableName, String)>,
}

/// How much of a table is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stake {
    /// Its rows.
    Rows,
    /// All of it.
    Table,
}

/// What the look afterwards says.
pub(crate) enum Seen {
    /// Nothing is lost that nobody named.
    Kept,
    /// Something old may be gone: these are to be counted first, and the migration run again.
    Suspicious(Vec<Suspect>),
    /// Something moved and it is not known where, or of these tables not what: run it again, looking closely.
    LookCloser(Vec<TableName>),
}

impl Watch {
    /// Looks at nothing, until it is told to.
    pub(super) fn idle() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// Which rows of a table count, where a batch is about some of them.
    fn range_of(&self, table: &TableName) -> Option<String> {
        self.range.as_ref().filter(|(walked, _)| walked == table).map(|(_, keys)| keys.clone())
    }

    /// Where the rows of a table end that stood there when the run first touched it.
    fn since(&self, table: &TableName) -> Option<i64> {
        self.since.get(table).or_else(|| self.since_before.get(table)).copied()
    }

    /// Tables that this run made.
    pub(super) fn made(&self) -> BTreeSet<TableName> {
        let before = self.made_before.iter().filter(|table| self.is_made(table));
        self.made.iter().chain(before).cloned().collect()
    }

    pub(super) fn is_made(&self, table: &TableName) -> bool {
        let same = !self.elsewhere || table.schema().is_some();
        self.made.contains(table) || (same && self.made_before.contains(table))
    }

    /// What has that name from here on was not made, or nothing has.
    pub(super) fn unmakes(&mut self, table: &TableName) {
        self.made.remove(table);
        if self.made_before.contains(table) {
            Arc::make_mut(&mut self.made_before).remove(table);
        }
    }

    /// Names are looked for elsewhere from here on: which table one without a schema means is not known.
    fn looks_elsewhere(&mut self) {
        self.elsewhere = true;
        self.made.retain(|table| table.schema().is_some());
    }

    /// What the run has made when this migration ends, where settings are put back.
    pub(crate) fn take_made(&mut self) -> Arc<BTreeSet<TableName>> {
        if self.elsewhere {
            self.looks_elsewhere();
        }
        let mut made = std::mem::take(&mut self.made_before);
        Arc::make_mut(&mut made).append(&mut self.made);
        made
    }

    pub(super) fn take_tallies(&mut self) -> (Vec<Tally>, bool) {
        let tallies = std::mem::take(&mut self.before).into_values().collect();
        (tallies, std::mem::take(&mut self.lasting))
    }

    pub(super) fn take_foreseen(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.foreseen)
    }

    /// How much of a table the statement that was read last puts at stake.
    pub(super) fn stake(&mut self, table: &TableName) -> Option<Stake> {
        self.stakes.remove(table)
    }

    /// The name that a table has now that had this one when the migration began, where it was renamed.
    pub(super) fn name_now(&self, original: &TableName) -> Option<TableName> {
        self.renamed.iter().find(|(_, one)| *one == original).map(|(now, _)| now.clone())
    }

    /// That something goes or changes is seen, and judged where it is.
    pub(super) fn explain(&mut self, loss: Loss) {
        if !self.off {
            self.explained.insert(loss);
        }
    }

    pub(super) fn is_explained(&self, loss: &Loss) -> bool {
        self.explained.iter().any(|known| known.covers(loss)) || self.is_made(loss.affected_table())
    }

    /// A table that this migration made by an operation.
    pub(super) fn makes(&mut self, table: &TableName) {
        if !self.off {
            self.made.insert(table.clone());
        }
    }
}

impl Operations<'_> {
    /// In a plan, what a statement would take is told.
    pub(super) fn foretell_in_a_plan(&mut self, sql: &str) -> Result<()> {
        if self.context.permission == Permission::Plan { self.foretell(sql) } else { Ok(()) }
    }

    /// The first look, before a statement is sent; the table that it only brings rows to, where it does.
    pub(super) fn look_before(&mut self, effects: Vec<Effect>) -> Result<Option<TableName>> {
        let brings = match effects.as_slice() {
            [Effect::Inserts(table)] if !self.context.watch.is_made(table) => Some(table.clone()),
            _ => None,
        };
        self.foresee_all(effects, &mut BTreeSet::new())?;
        Ok(brings)
    }

    /// So many rows have come.
    pub(super) fn note_brought(&mut self, table: &TableName, rows: usize) {
        if !self.context.watch.off {
            *self.context.watch.brought.entry(table.clone()).or_default() += i64::try_from(rows).unwrap_or(0);
        }
    }

    pub(super) fn foresee_all(&mut self, effects: Vec<Effect>, seen: &mut BTreeSet<Effect>) -> Result<()> {
        effects
            .into_iter()
            .try_for_each(|effect| if seen.insert(effect.clone()) { self.foresee(&effect, seen) } else { Ok(()) })
    }

    fn foresee(&mut self, effect: &Effect, seen: &mut BTreeSet<Effect>) -> Result<()> {
        if effect.table().is_some_and(TableName::is_bookkeeping) {
            return Ok(());
        }
        self.note_stake(effect);
        let made = effect.table().is_some_and(|table| self.context.watch.is_made(table));
        match effect {
            Effect::Makes { table, unless_there } => self.note_made(table, *unless_there),
            Effect::Renames { from, to } => {
                self.note_renamed(from, to);
                Ok(())
            }
            Effect::Receives(table) => {
                self.context.watch.unmakes(table);
                Ok(())
            }
            Effect::Reads => self.mark(),
            Effect::Elsewhere => {
                self.context.watch.looks_elsewhere();
                Ok(())
            }
            Effect::Drops(table) if made => {
                self.context.watch.unmakes(table);
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
            let table = watch.renamed.get(table).unwrap_or(table).clone();
            let known = watch.stakes.entry(table).or_insert(stake);
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

    pub(super) fn note_renamed(&mut self, from: &TableName, to: &TableName) {
        let watch = &mut self.context.watch;
        let made = watch.is_made(from);
        watch.unmakes(from);
        watch.unmakes(to);
        if made {
            if !watch.before.contains_key(to) && !watch.renamed.values().any(|original| original == to) {
                watch.made.insert(to.clone());
            }
        } else {
            let original = watch.renamed.remove(from).unwrap_or_else(|| from.clone());
            // Where the name is all that a table is known by, it is looked for under the new one.
            if let Some(tally) = watch.before.get_mut(&original).filter(|tally| tally.identity == from.name()) {
                to.name().clone_into(&mut tally.identity);
            }
            watch.renamed.insert(to.clone(), original);
        }
    }

    /// Before rows come to a table: which of them are old, and how many are left.
    pub(super) fn note_newest(&mut self, table: &TableName) -> Result<()> {
        if self.context.watch.off || self.context.watch.is_made(table) {
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
                if !self.context.watch.is_made(&child) {
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

    fn count_rows(&mut self, table: &TableName) -> Result<()> {
        if self.context.transactional && self.database().notices_deletes() {
            self.copy_first(table)?;
            return self.mark();
        }
        self.count(table, Columns::Named(BTreeSet::new()), false).map(drop)
    }

    /// Counts a table before the first thing that may take something from it.
    fn count(&mut self, table: &TableName, columns: Columns, hold: bool) -> Result<Option<Tally>> {
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
        if let Some(original) = watch.renamed.get(table) {
            tally.table = original.clone();
        }
        let namesake = |known: &Tally| watch.elsewhere && known.identity != tally.identity;
        match watch.before.get(&tally.table).is_some_and(namesake) {
            true => keep_as(&mut watch.before, (tally.identity.as_str(), tally.table.name()).into(), tally.clone()),
            false => keep(&mut watch.before, tally.clone()),
        }
        Ok(Some(tally))
    }

    /// A copy of what a meant loss takes, where one is wanted; once for a table.
    fn copy_first(&mut self, table: &TableName) -> Result<()> {
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

    fn foresee_type(&mut self, table: &TableName, column: &str, to: &str, using: Option<&str>) -> Result<()> {
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
    fn mark(&mut self) -> Result<()> {
        let watch = &mut self.context.watch;
        let watched = self.context.transactional && !self.context.in_batch;
        if !watch.off && watch.mark.is_none() && watched {
            let known = watch.known.take();
            let manner =
                Manner { closely: watch.closely, near: &watch.near, settled: watch.settled, known: known.as_ref() };
            watch.mark = Some(self.conn.database().mark(&manner)?);
        }
        Ok(())
    }

    /// Before something is sent that a mark of an earlier migration would be in the way of.
    pub(super) fn make_way(&mut self) -> Result<()> {
        let watch = &mut self.context.watch;
        watch.reached.clear();
        if let Some(known) = watch.known.take().filter(|_| watch.mark.is_none()) {
            watch.known = self.conn.database().step_aside(known)?;
        }
        Ok(())
    }

    /// Before something that cannot be read.
    pub(super) fn before_opaque(&mut self) -> Result<()> {
        self.context.watch.opaque = true;
        self.context.watch.reached.clear();
        self.mark()
    }

    /// Before the user's own connection is handed out.
    pub(super) fn before_connection(&mut self) -> Result<()> {
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
}

impl Operations<'_> {
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

/// The first look at each row and column is the one that counts.
fn keep(before: &mut BTreeMap<TableName, Tally>, tally: Tally) {
    keep_as(before, tally.table.clone(), tally);
}

fn keep_as(before: &mut BTreeMap<TableName, Tally>, key: TableName, tally: Tally) {
    let Some(known) = before.get_mut(&key) else {
        before.insert(key, tally);
        return;
    };
    for column in tally.columns {
        if !known.columns.iter().any(|one| one.name == column.name) {
            known.columns.push(column);
        }
    }
}

/// What an attempt before found to be in danger is counted before anything is done.
pub(crate) fn count_suspects(database: &mut dyn Database, context: &mut Context) -> Result<()> {
    let watch = &mut context.watch;
    let mut copied = Vec::new();
    for suspect in &watch.suspects {
        let table = suspect.table.clone().unwrap_or_else(|| suspect.identity.as_str().into());
        let identity = Some(suspect.identity.clone());
        let digests = suspect.rewritten;
        let wanted = Wanted { table, identity, columns: Columns::All, since: None, hold: true, digests, within: None };
        if let Some(mut tally) = database.tally(&wanted)?
            && !tally.table.is_bookkeeping()
        {
            if let Some(renamed) = &suspect.renamed {
                renamed.name().clone_into(&mut tally.identity);
            }
            if context.back_up_losses && tally.rows > 0 && (suspect.altered || suspect.lost > 0) {
                copied.push(tally.table.clone());
            }
            keep(&mut watch.before, tally);
        }
    }
    if !watch.suspects.is_empty() {
        let known = watch.known.take();
        let manner = Manner { closely: true, near: &BTreeSet::new(), settled: true, known: known.as_ref() };
        watch.mark = Some(database.mark(&manner)?);
    }
    copied.iter().try_for_each(|table| context.copy_of_loss(database, table))
}

/// Whether the transaction is no longer the one that was marked; where the guard has something to look at, that is seen
/// with the same question.
pub(crate) fn has_lost_transaction(database: &mut dyn Database, context: &mut Context) -> Result<bool> {
    if let Some(mark) = &context.watch.mark {
        context.watch.sight = database.sight(mark)?;
    }
    match context.watch.sight.as_ref().and_then(|sight| sight.marked) {
        Some(marked) => Ok(!marked),
        None => database.has_lost_transaction(),
    }
}

/// The look afterwards: what is lost that nobody named is an error.
pub(crate) fn look_after(database: &mut dyn Database, context: &mut Context) -> Result<Seen> {
    let mark = context.watch.mark.take();
    let sight = context.watch.sight.take();
    let mut moved = mark.as_ref().map_or(Ok(Moved::default()), |mark| database.moved(mark, sight))?;
    let mut found = std::mem::take(&mut context.watch.foreseen);
    // What was empty had nothing to lose.
    for before in context.watch.before.values().filter(|before| before.rows > 0) {
        let after = database.tally_again(before)?;
        let fewest = context.watch.fewest.get(&before.table).map_or(0, |fewest| before.old_rows - fewest);
        let certain = context.watch.suspects.iter().find(|suspect| suspect.table.as_ref() == Some(&before.table));
        let certain = certain.map_or(0, |suspect| suspect.certain.min(before.old_rows));
        let deleted = deleted(before, after.as_ref(), &moved).max(fewest).max(certain);
        found.extend(guard::losses(before, after.as_ref(), deleted));
    }
    if context.rehearsing {
        let named = found.iter().filter(|found| context.allows(&found.loss));
        let told = named.map(|found| PlannedLoss { loss: found.loss.clone(), count: found.count, allowed: true });
        let told: Vec<PlannedLoss> = told.filter(|one| !context.planned.tells(&one.loss)).collect();
        context.planned.losses.extend(told);
    }
    found.retain(|found| !context.allows(&found.loss));
    if !found.is_empty() {
        return Err(super::loss::lost(&found, context.revision.as_str()));
    }
    let strange = moved.unknown.iter().any(|table| !context.watch.is_made(table) && !table.is_bookkeeping());
    if moved.look_closer || strange {
        return Ok(Seen::LookCloser(Vec::new()));
    }
    let near = std::mem::take(&mut moved.near).into_iter();
    let near: Vec<TableName> = near.filter(|table| is_to_be_neared(context, table)).collect();
    if !near.is_empty() {
        return Ok(Seen::LookCloser(near));
    }
    if let Some(mark) = mark {
        context.watch.known = Some(Known::after(mark, &mut moved));
    }
    let suspects: Vec<Suspect> = moved.suspects.into_iter().filter(|one| is_open(context, one)).collect();
    context.watch.made.extend(moved.made);
    if suspects.is_empty() && !moved.disturbed { Ok(Seen::Kept) } else { Ok(Seen::Suspicious(suspects)) }
}

/// How many old rows went, as the database counted; what does not add up was taken back, and only the tallies tell.
fn deleted(before: &Tally, after: Option<&Tally>, moved: &Moved) -> i64 {
    let suspect = moved.suspects.iter().find(|suspect| suspect.identity == before.identity);
    let (Some(suspect), Some(after)) = (suspect, after) else { return 0 };
    if let Some(standing) = suspect.standing {
        // Rows that were changed were written in this transaction too.
        return (before.rows - (after.rows - standing) - suspect.updated).max(0);
    }
    let came = suspect.inserted - suspect.deleted;
    if before.rows + came == after.rows {
        return suspect.lost;
    }
    // Emptied at once and filled again: what stands now came since.
    if suspect.rewritten && came == after.rows { before.old_rows } else { 0 }
}

/// Whether it is to be known yet if the rows that went from a table were old.
fn is_to_be_neared(context: &Context, table: &TableName) -> bool {
    let identity = table.name().to_owned();
    let went = Suspect { identity, table: Some(table.clone()), lost: 1, ..Suspect::default() };
    !context.watch.near.contains(table) && is_open(context, &went)
}

/// Whether it has to be counted yet: it was not, and neither came it in this run nor was all that may be lost of it named.
fn is_open(context: &Context, suspect: &Suspect) -> bool {
    let watch = &context.watch;
    let counted = watch.before.values().any(|tally| tally.identity == suspect.identity && watch.settled);
    let learned = watch.suspects.iter().any(|known| known.identity == suspect.identity);
    let Some(table) = &suspect.table else { return !counted && !learned };
    let read = !watch.opaque && !suspect.altered && suspect.lost == 0 && watch.updated.contains(table);
    let rows = !suspect.altered && suspect.updated == 0 && context.allows(&Loss::Rows(table.clone()));
    let named = rows || context.allows(&Loss::Table(table.clone()));
    let meant = named && (!context.back_up_losses || watch.copied.contains(table));
    let ours = table.is_bookkeeping() || watch.is_made(table);
    !(counted || learned || read || meant || ours)
}
