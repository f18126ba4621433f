//! What the guard asks of a database: how much stands in a table, what a change of it reaches, what has moved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Settings;
use super::values::Record;
use crate::error::Result;
use crate::name::TableName;

/// Counting, and noticing what went by unseen.
#[doc(hidden)]
pub trait Watch {
    /// Whether there is any table besides the books.
    fn has_user_tables(&mut self) -> Result<bool>;

    /// How much stands in a table; none when it is no table that is there.
    fn tally(&mut self, wanted: &Wanted) -> Result<Option<Tally>>;

    /// How much stands now in what was counted before, found by its identity, or else by its name.
    fn tally_again(&mut self, before: &Tally) -> Result<Option<Tally>>;

    /// The greatest row number, where rows are numbered as they come: what is not greater stood there before.
    fn newest_row(&mut self, _table: &TableName) -> Result<Option<i64>> {
        Ok(None)
    }

    /// What a change of a table's rows reaches besides; `only_brings` leaves out what follows rows that go.
    fn reach(&mut self, table: &TableName, only_brings: bool) -> Result<Reach>;

    /// What a function or procedure of that name does.
    fn routine(&mut self, _name: &TableName) -> Result<Routine> {
        Ok(Routine::Opaque)
    }

    /// How many rows stand in these partitions of a table.
    fn rows_in(&mut self, _table: &TableName, _partitions: &[String]) -> Result<i64> {
        Ok(0)
    }

    /// The tables in a schema.
    fn tables_in(&mut self, schema: &str) -> Result<Vec<TableName>>;

    /// Whether the table that is about to be dropped is certainly without a row, where a quick question tells.
    fn is_vacant(&mut self, _table: &TableName) -> Result<bool> {
        Ok(false)
    }

    /// Whether rows that go are noticed afterwards by [`moved`](Watch::moved), so that nothing need be counted first.
    fn notices_deletes(&self) -> bool {
        false
    }

    /// Remembers where everything stands, at next to no cost.
    fn mark(&mut self, manner: &Manner<'_>) -> Result<Mark>;

    /// What is to be known as a body ends, asked at once; none where nothing is saved by that.
    fn sight(&mut self, _mark: &Mark) -> Result<Option<Sight>> {
        Ok(None)
    }

    /// What has moved since the mark, which is taken away; with what was seen as the body ended, where it was.
    fn moved(&mut self, mark: &Mark, sight: Option<Sight>) -> Result<Moved>;

    /// Takes away what a mark of an earlier migration has left for the next one, where it would be in the way of what is
    /// sent now; what is still known.
    fn step_aside(&mut self, known: Known) -> Result<Option<Known>> {
        Ok(Some(known))
    }

    /// How many values of a column would not come back from another type: counted, or the column's values where only
    /// trying would tell.
    fn narrowed(&mut self, table: &TableName, column: &str, to: &str, using: Option<&str>) -> Result<i64>;
}

/// Which columns are counted besides the rows.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// These.
    Named(BTreeSet<String>),
    /// All that may be NULL and all others.
    All,
}

/// What is to be counted.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The table's name, or its identity where only that is known.
    pub table: TableName,
    /// Its identity, where that is known.
    pub identity: Option<String>,
    /// Which columns.
    pub columns: Columns,
    /// Rows with a greater number came in this run.
    pub since: Option<i64>,
    /// Whether nobody else may write until the end of the transaction.
    pub hold: bool,
    /// Whether values might change with their type, so that a digest of them is wanted.
    pub digests: bool,
    /// Which rows count, as a condition; all where there is none.
    pub within: Option<String>,
}

impl Wanted {
    /// The rows and these columns of a table.
    pub(crate) fn named<'a>(table: &TableName, columns: impl IntoIterator<Item = &'a str>) -> Self {
        let columns = Columns::Named(columns.into_iter().map(str::to_owned).collect());
        Self { table: table.clone(), identity: None, columns, since: None, hold: false, digests: false, within: None }
    }

    /// The rows of the table of that identity.
    pub(crate) fn identified(identity: &str) -> Self {
        Self { identity: Some(identity.to_owned()), ..Self::named(&identity.into(), []) }
    }

    /// The end of a query that counts: which rows.
    pub(crate) fn filter(within: Option<&str>) -> String {
        within.map(|condition| format!(" WHERE {condition}")).unwrap_or_default()
    }

    /// What was counted before.
    pub(crate) fn of(before: &Tally) -> Self {
        let within = before.within.clone();
        Self { columns: Columns::All, since: before.since, within, ..Self::named(&before.table, []) }
    }
}

/// How much stands in a table.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The name as it is to be told and named in a migration.
    pub table: TableName,
    /// What stays the same when it is renamed.
    pub identity: String,
    /// All rows.
    pub rows: i64,
    /// Rows that were there before the first change of this run, where that can be told.
    pub old_rows: i64,
    /// Rows with a greater number are not old.
    pub since: Option<i64>,
    /// The columns counted.
    pub columns: Vec<ColumnTally>,
    /// The names of all its columns.
    pub known: Vec<String>,
    /// Which rows were counted, where not all.
    pub within: Option<String>,
    /// Whether no row came, went or changed, so that values differ only where all were written anew.
    pub exact: bool,
}

impl Tally {
    /// Whether there is no row at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0 && self.within.is_none()
    }
}

/// How much stands in a column.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnTally {
    /// What stays the same when it is renamed.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Values that are not NULL.
    pub values: i64,
    /// A digest of the values whatever their order, where they might have changed; in the type that they had first.
    pub digest: Option<String>,
    /// Its type.
    pub sql_type: String,
}

/// How a mark is taken.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Manner<'m> {
    /// Whether what moves is to be known by its table.
    pub closely: bool,
    /// Tables of which it is to be known whether the rows that go are old.
    pub near: &'m BTreeSet<TableName>,
    /// Whether what is in danger is counted already, so that what happens may stand and must not be disturbed.
    pub settled: bool,
    /// An earlier mark of the run, and what was touched since: of the rest nothing need be asked.
    pub known: Option<&'m Known>,
}

/// What a change of a table's rows reaches besides.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Tables whose rows go, or lose these columns, when rows of this one go or change their keys.
    pub children: Vec<(TableName, Vec<String>)>,
    /// The bodies of triggers, where they are to be had.
    pub bodies: Vec<String>,
    /// Whether something runs whose body cannot be read.
    pub opaque: bool,
    /// Whether a plain INSERT makes room for itself.
    pub evicts: bool,
    /// Whether what is done to its rows cannot be rolled back.
    pub lasting: bool,
}

/// What a function or procedure does.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routine {
    /// Nothing of that name is the user's.
    None,
    /// This.
    Body(String),
    /// What cannot be read.
    Opaque,
}

/// Where everything stood.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// Whether what moves is known by its table.
    pub closely: bool,
    /// In the backend's own words.
    pub lines: Vec<Vec<String>>,
    /// What stood, by its identity, in the backend's own words.
    pub standing: Arc<BTreeMap<String, Vec<String>>>,
    /// What the session had done to it before; nothing to what is not here.
    pub counters: BTreeMap<String, Vec<i64>>,
}

/// What a run knows of where everything stands, once it has looked.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// As in a [`Mark`].
    pub standing: Arc<BTreeMap<String, Vec<String>>>,
    /// What the session may still have counters of.
    pub touched: BTreeSet<String>,
}

impl Known {
    /// After a migration that is kept.
    pub(crate) fn after(mark: Mark, moved: &mut Moved) -> Self {
        let mut standing = mark.standing;
        let mut touched: BTreeSet<String> = mark.counters.into_keys().collect();
        for (identity, line) in std::mem::take(&mut moved.touched) {
            if standing.get(&identity) != Some(&line) {
                Arc::make_mut(&mut standing).insert(identity.clone(), line);
            }
            touched.insert(identity);
        }
        if moved.settled {
            touched.clear();
        }
        Self { standing, touched }
    }
}

/// A table that something was done to.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspect {
    /// What stays the same when it is renamed.
    pub identity: String,
    /// Its name, where it still has one.
    pub table: Option<TableName>,
    /// Rows that came.
    pub inserted: i64,
    /// Rows that changed.
    pub updated: i64,
    /// Rows that went.
    pub deleted: i64,
    /// Those of them that stood there before, as far as is known.
    pub lost: i64,
    /// Those of them that certainly did.
    pub certain: i64,
    /// How many rows stand that were written in this transaction, where that was counted: some of those that came are gone
    /// again, deleted or with a savepoint.
    pub standing: Option<i64>,
    /// The name that it ended with, where it was renamed and is known by its name.
    pub renamed: Option<TableName>,
    /// Whether rows moved between its partitions, so that only what is left counts.
    pub net: bool,
    /// Whether it is gone, or a column of it, or all its rows were written anew.
    pub altered: bool,
    /// Whether all its rows were written anew.
    pub rewritten: bool,
    /// Whether the server did not count what was done to it.
    pub uncounted: bool,
}

impl Suspect {
    /// Whether something old may be gone.
    pub(crate) fn is_one(&self) -> bool {
        self.altered || self.uncounted || self.updated > 0 || self.lost > 0 || self.standing.is_some()
    }
}

/// What one question tells as a body ends.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// The mark that the transaction which is open would be given, where that is known.
    pub transaction: Option<String>,
    /// The settings by which the rest was seen, and by which it is looked further, where they are known.
    pub settings: Option<Settings>,
    /// Whether there may be temporary tables.
    pub temporary: bool,
    /// As in [`Moved`].
    pub settled: bool,
    /// The rest, in the backend's own words.
    pub rows: Vec<Record>,
}

/// What has moved since a mark.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// Tables that may have lost something.
    pub suspects: Vec<Suspect>,
    /// Tables that are new.
    pub made: Vec<TableName>,
    /// Tables that stood at the mark and are gone or have another name: the one they had, and the one they have.
    pub renamed: Vec<(TableName, Option<TableName>)>,
    /// Whether schemas have other names, so that none is known any more.
    pub schemas_renamed: bool,
    /// Tables that are not known, and were not made by the migration either.
    pub unknown: Vec<TableName>,
    /// Whether what the session counted is handed over with the transaction, so that the next one begins at nothing.
    pub settled: bool,
    /// What something was done to and is there, as it stands now.
    pub touched: BTreeMap<String, Vec<String>>,
    /// Whether something moved and it is not known where: the mark was not close enough.
    pub look_closer: bool,
    /// Tables of which rows went, and whether old ones is not known: the mark was not near enough.
    pub near: Vec<TableName>,
    /// Whether the close look itself may have changed what happened, so that it must not stand.
    pub disturbed: bool,
}
