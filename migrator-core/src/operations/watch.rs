//! The guard's two looks: before each statement whose text is seen, and after everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Context, Operations, Permission, PlannedLoss};
use crate::connection::{Columns, Database, Mark, Moved, Suspect, Tally, Wanted};
use crate::error::Result;
use crate::guard::{self, Effect, Found};
use crate::metadata::Loss;
use crate::name::TableName;

/// What the guard knows of a migration so far.
#[derive(Default)]
pub(crate) struct Watch {
    /// Whether nothing need be looked at.
    pub(crate) off: bool,
    /// Tables made by earlier migrations of this run.
    pub(crate) made_before: Arc<BTreeSet<TableName>>,
    /// Tables that this migration made.
    pub(crate) made: BTreeSet<TableName>,
    /// Where the rows of a table end that stood there when the run first touched it.
    pub(crate) since: BTreeMap<TableName, i64>,
    /// How many rows earlier migrations of this run brought, and how many this one, where the statement told.
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
    /// Whether the mark is to tell tables apart.
    pub(crate) closely: bool,
    /// Whether what is in danger is known and counted, so that a mark would only tell the same.
    pub(crate) settled: bool,
    /// Whether something ran that cannot be read.
    opaque: bool,
    /// Tables whose changed columns were read from the statement.
    updated: BTreeSet<TableName>,
    /// What an attempt before has found to be in danger.
    pub(crate) suspects: Vec<Suspect>,
    /// Losses that a statement was certain to bring.
    foreseen: Vec<Found>,
}

/// What the look afterwards says.
pub(crate) enum Seen {
    /// Nothing is lost that nobody named.
    Kept,
    /// Something old may be gone: these are to be counted first, and the migration run again.
    Suspicious(Vec<Suspect>),
    /// Something moved and it is not known where: run it again, looking closely.
    LookCloser,
}

impl Watch {
    fn is_made(&self, table: &TableName) -> bool {
        self.made.contains(table) || self.made_before.contains(table)
    }

    /// Takes off what an earlier migration of the run brought; whether anything is left.
    fn is_old(&mut self, found: &mut Found) -> bool {
        if let (Loss::Rows(table) | Loss::Table(table), count) = (&found.loss, &mut found.count)
            && let Some(brought) = self.brought_before.get_mut(table)
        {
            let own = (*brought).min(*count);
            *brought -= own;
            *count -= own;
        }
        found.count > 0
    }

    /// A table that this migration made by an operation.
    pub(super) fn makes(&mut self, table: &TableName) {
        if !self.off {
            self.made.insert(table.clone());
        }
    }
}

impl Operations<'_> {
    /// The first look, before a statement is sent; the table that it only brings rows to, where it does.
    pub(super) fn look_before(&mut self, sql: &str) -> Result<Option<TableName>> {
        if self.context.permission == Permission::Plan {
            self.foretell(sql)?;
        }
        if self.context.watch.off {
            return Ok(None);
        }
        let effects = guard::read(sql, self.dialect());
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

    fn foresee_all(&mut self, effects: Vec<Effect>, seen: &mut BTreeSet<Effect>) -> Result<()> {
        effects
            .into_iter()
            .try_for_each(|effect| if seen.insert(effect.clone()) { self.foresee(&effect, seen) } else { Ok(()) })
    }

    fn foresee(&mut self, effect: &Effect, seen: &mut BTreeSet<Effect>) -> Result<()> {
        if effect.table().is_some_and(TableName::is_bookkeeping) {
            return Ok(());
        }
        let made = effect.table().is_some_and(|table| self.context.watch.is_made(table));
        match effect {
            Effect::Makes { table, unless_there } => self.note_made(table, *unless_there),
            Effect::Renames { from, to } => {
                self.note_renamed(from, to);
                Ok(())
            }
            Effect::Drops(table) if made => {
                self.context.watch.made.remove(table);
                Ok(())
            }
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
            Effect::Drops(table) => {
                self.count(table, Columns::All, true)?;
                self.follow(effect, table, seen)
            }
            Effect::Empties { table, cascades } => {
                self.count(table, Columns::Named(BTreeSet::new()), true)?;
                if *cascades { self.before_opaque() } else { Ok(()) }
            }
            Effect::DropsColumn { table, column } => self.count(table, Columns::Named([column.clone()].into()), true),
            Effect::Retypes { table, column, to, using } => self.foresee_type(table, column, to, using.as_deref()),
            Effect::DropsPartitions { table, .. } => self.count(table, Columns::Named(BTreeSet::new()), true),
            Effect::DropsSchema(schema) => {
                let tables = self.database().tables_in(schema)?;
                tables.into_iter().try_for_each(|table| self.foresee(&Effect::Drops(table), seen))
            }
            Effect::Calls(_) | Effect::Opaque => self.before_opaque(),
        }
    }

    /// `IF NOT EXISTS` makes nothing where something is.
    fn note_made(&mut self, table: &TableName, unless_there: bool) -> Result<()> {
        if !unless_there || !self.database().has_table(table)? {
            self.context.watch.makes(table);
        }
        Ok(())
    }

    fn note_renamed(&mut self, from: &TableName, to: &TableName) {
        let watch = &mut self.context.watch;
        if watch.is_made(from) {
            watch.made.remove(from);
            if !watch.before.contains_key(to) && !watch.renamed.values().any(|original| original == to) {
                watch.made.insert(to.clone());
            }
        } else {
            let original = watch.renamed.remove(from).unwrap_or_else(|| from.clone());
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
        if !self.context.watch.since.contains_key(table)
            && let Some(newest) = self.database().newest_row(table)?
        {
            self.context.watch.since.insert(table.clone(), newest);
        }
        Ok(())
    }

    /// What foreign keys and triggers make of a change of rows.
    fn follow(&mut self, effect: &Effect, table: &TableName, seen: &mut BTreeSet<Effect>) -> Result<()> {
        let reach = self.database().reach(table)?;
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
            if reach.opaque {
                self.before_opaque()?;
            }
        }
        Ok(())
    }

    fn count_rows(&mut self, table: &TableName) -> Result<()> {
        if self.database().notices_deletes() {
            return self.mark();
        }
        self.count(table, Columns::Named(BTreeSet::new()), false)
    }

    /// Counts a table before the first thing that may take something from it.
    fn count(&mut self, table: &TableName, columns: Columns, hold: bool) -> Result<()> {
        let since = match self.context.watch.since.get(table) {
            Some(since) => Some(*since),
            None => self.database().newest_row(table)?,
        };
        let hold = hold && self.context.transactional;
        let wanted = Wanted { table: table.clone(), identity: None, columns, since, hold, digests: false };
        let Some(mut tally) = self.database().tally(&wanted)? else { return Ok(()) };
        let watch = &mut self.context.watch;
        if let Some(original) = watch.renamed.get(table) {
            tally.table = original.clone();
        }
        keep(&mut watch.before, tally);
        Ok(())
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
        let watch = &self.context.watch;
        let (closely, counted) = (watch.closely, watch.settled && !self.conn.database().notices_deletes());
        if !watch.off && !counted && watch.mark.is_none() {
            self.context.watch.mark = Some(self.database().mark(closely)?);
        }
        Ok(())
    }

    /// Before something that cannot be read.
    pub(super) fn before_opaque(&mut self) -> Result<()> {
        self.context.watch.opaque = true;
        self.mark()
    }
}

/// The first look at each row and column is the one that counts.
fn keep(before: &mut BTreeMap<TableName, Tally>, tally: Tally) {
    let Some(known) = before.get_mut(&tally.table) else {
        before.insert(tally.table.clone(), tally);
        return;
    };
    for column in tally.columns {
        if !known.columns.iter().any(|one| one.number == column.number) {
            known.columns.push(column);
        }
    }
}

/// What an attempt before found to be in danger is counted before anything is done.
pub(crate) fn count_suspects(database: &mut dyn Database, watch: &mut Watch) -> Result<()> {
    if !watch.suspects.is_empty() && database.notices_deletes() {
        watch.mark = Some(database.mark(true)?);
    }
    for suspect in &watch.suspects {
        let table = suspect.table.clone().unwrap_or_else(|| suspect.identity.as_str().into());
        let identity = Some(suspect.identity.clone());
        let since = database.newest_row(&table)?;
        let digests = suspect.rewritten;
        let wanted = Wanted { table, identity, columns: Columns::All, since, hold: true, digests };
        if let Some(tally) = database.tally(&wanted)?
            && !tally.table.is_bookkeeping()
        {
            keep(&mut watch.before, tally);
        }
    }
    Ok(())
}

/// The look afterwards: what is lost that nobody named is an error.
pub(crate) fn look_after(database: &mut dyn Database, context: &mut Context) -> Result<Seen> {
    let mark = context.watch.mark.take();
    let moved = mark.map_or(Ok(Moved::default()), |mark| database.moved(&mark))?;
    let mut found = std::mem::take(&mut context.watch.foreseen);
    for before in context.watch.before.values() {
        let after = database.tally_again(before)?;
        let fewest = context.watch.fewest.get(&before.table).map_or(0, |fewest| before.old_rows - fewest);
        let deleted = deleted(before, after.as_ref(), &moved).max(fewest);
        found.extend(guard::losses(before, after.as_ref(), deleted));
    }
    found.retain_mut(|found| context.watch.is_old(found));
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
    if moved.look_closer {
        return Ok(Seen::LookCloser);
    }
    let suspects: Vec<Suspect> = moved.suspects.into_iter().filter(|one| is_open(context, one)).collect();
    context.watch.made.extend(moved.made);
    if suspects.is_empty() && !moved.disturbed { Ok(Seen::Kept) } else { Ok(Seen::Suspicious(suspects)) }
}

/// How many old rows went, as the database counted; what does not add up was taken back, and only the tallies tell.
fn deleted(before: &Tally, after: Option<&Tally>, moved: &Moved) -> i64 {
    let suspect = moved.suspects.iter().find(|suspect| suspect.identity == before.identity);
    let adds_up =
        |suspect: &&Suspect| after.is_some_and(|after| before.rows + suspect.inserted - suspect.deleted == after.rows);
    suspect.filter(adds_up).map_or(0, |suspect| suspect.lost)
}

/// Whether it has to be counted yet: it was not, and neither came it in this run nor was all that may be lost of it named.
fn is_open(context: &Context, suspect: &Suspect) -> bool {
    let watch = &context.watch;
    let counted = watch.before.values().any(|tally| tally.identity == suspect.identity && watch.settled);
    let learned = watch.suspects.iter().any(|known| known.identity == suspect.identity);
    let Some(table) = &suspect.table else { return !counted && !learned };
    let read = !watch.opaque && !suspect.altered && suspect.lost == 0 && watch.updated.contains(table);
    let rows = !suspect.altered && suspect.updated == 0 && context.allows(&Loss::Rows(table.clone()));
    let meant = table.is_bookkeeping() || watch.is_made(table) || rows || context.allows(&Loss::Table(table.clone()));
    !(counted || learned || read || meant)
}
