//! The guard's two looks: before each statement whose text is seen, and after everything; and what it knows meanwhile.

pub(crate) mod after;
mod before;
pub(crate) mod counting;
mod names;
mod renamed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::connection::{Known, Mark, Reach, Sight, Suspect, Tally};
use crate::guard::Found;
use crate::metadata::Loss;
use crate::name::TableName;
use crate::schema::Schema;

use names::Made;
pub(super) use renamed::Renamed;

/// What the guard knows of a migration so far.
#[derive(Default)]
pub(crate) struct Watch {
    /// Whether nothing need be looked at.
    pub(crate) off: bool,
    /// Tables that the run made.
    pub(crate) made: Made,
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
    /// Tables that this migration has renamed.
    pub(super) renamed: Renamed,
    /// Where everything stood before the first thing that cannot be read.
    mark: Option<Mark>,
    /// Which names were of tables that the run had made then.
    made_at_mark: Made,
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

impl Watch {
    /// Looks at nothing, until it is told to.
    pub(super) fn idle() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// Which rows of a table count, where a batch is about some of them.
    fn range_of(&self, table: &TableName) -> Option<String> {
        self.range.as_ref().filter(|(walked, _)| walked == table).map(|(_, keys)| keys.clone())
    }

    /// Whether there is something to look at when the functions have run.
    pub(crate) fn looks_further(&self) -> bool {
        self.mark.is_some() || !self.before.is_empty()
    }

    /// Where the rows of a table end that stood there when the run first touched it.
    fn since(&self, table: &TableName) -> Option<i64> {
        self.since.get(table).or_else(|| self.since_before.get(table)).copied()
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

    /// A loss by the name that its table had when the migration began: there it is named, and a copy made.
    pub(super) fn as_it_began(&self, loss: &Loss) -> Loss {
        loss.clone().with_table(|now| self.renamed.began_as(&now))
    }

    /// Whether a table that is renamed gets a name that no other one had when the migration began.
    fn names_nothing_else(&self, name: &TableName, original: &TableName) -> bool {
        let other = self.before.contains_key(name) || self.renamed.began_so(name);
        name == original || !(other || self.explained.contains(&Loss::Table(name.clone())))
    }

    /// That something goes or changes is seen, and judged where it is.
    pub(super) fn explain(&mut self, loss: Loss) {
        if !self.off {
            self.explained.insert(loss);
        }
    }

    pub(super) fn is_explained(&self, loss: &Loss) -> bool {
        self.explained.iter().any(|known| known.covers(loss)) || self.made.has(loss.affected_table())
    }

    /// A table that this migration made by an operation.
    pub(super) fn makes(&mut self, table: &TableName) {
        if !self.off {
            self.made.adds(table.clone());
        }
    }

    /// The first look at each row and column is the one that counts.
    fn keep(&mut self, tally: Tally) {
        self.keep_as(tally.table.clone(), tally);
    }

    fn keep_as(&mut self, key: TableName, tally: Tally) {
        let Some(known) = self.before.get_mut(&key) else {
            self.before.insert(key, tally);
            return;
        };
        for column in tally.columns {
            if !known.columns.iter().any(|one| one.name == column.name) {
                known.columns.push(column);
            }
        }
    }
}
