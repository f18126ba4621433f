//! Which questions about rows the live database can still answer: those about tables that the plan has left as they are.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Reach;
use crate::connection::Asked;
use crate::name::TableName;
use crate::operation::{Change, TableEdit};

/// Who answers a question about rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The live database.
    Live,
    /// Nobody has to: there are none.
    None,
    /// Nobody can, before it has run.
    Unknown,
}

/// What the plan has done to the rows of each table, by the name it has then.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    tables: BTreeMap<TableName, Fate>,
    any: bool,
}

#[derive(Debug, Clone, Default)]
struct Fate {
    /// The live database has no table of that name, or another one.
    apart: bool,
    /// Whether it stands since before the plan, where the live database cannot be asked under this name.
    stood: Option<bool>,
    /// Rows come or go.
    moved: bool,
    /// Columns that are others.
    columns: BTreeSet<String>,
    any_column: bool,
    /// Columns that hold other values, in small letters.
    written: BTreeSet<String>,
    any_written: bool,
}

impl Fate {
    fn rewrites(&self, columns: Option<&[String]>) -> bool {
        match columns {
            None => self.any_written || !self.written.is_empty(),
            Some([]) => false,
            Some(columns) => self.any_written || columns.iter().any(|one| self.written.contains(&one.to_lowercase())),
        }
    }
}

impl Rows {
    pub(super) fn answer(&self, about: &[Asked]) -> Answer {
        match about.split_first() {
            Some((first, _)) if self.is_new_and_empty(&first.table) => Answer::None,
            _ if self.any => Answer::Unknown,
            _ if about.iter().all(|one| self.stands(one) && !self.moves(one)) => Answer::Live,
            _ => Answer::Unknown,
        }
    }

    /// The same for what is about to go: what stands now is at stake, whatever moves before.
    pub(super) fn answer_at_stake(&self, about: &Asked) -> Answer {
        if self.stands(about) { Answer::Live } else { Answer::None }
    }

    /// Whether the table of this name stands since before the plan. None where the live database knows.
    pub(super) fn stood(&self, table: &TableName) -> Option<bool> {
        self.tables.get(table)?.stood
    }

    fn is_new_and_empty(&self, table: &TableName) -> bool {
        !self.any && self.tables.get(table).is_some_and(|fate| fate.apart && !fate.moved)
    }

    fn moves(&self, about: &Asked) -> bool {
        let fate = self.tables.get(&about.table);
        fate.is_some_and(|fate| fate.moved || fate.rewrites(about.columns.as_deref()))
    }

    fn stands(&self, about: &Asked) -> bool {
        let Some(fate) = self.tables.get(&about.table) else { return true };
        let same_values = match &about.columns {
            None => !fate.any_column && fate.columns.is_empty(),
            Some(columns) => {
                columns.is_empty() || !fate.any_column && columns.iter().all(|one| !fate.columns.contains(one))
            }
        };
        !fate.apart && same_values
    }

    pub(super) fn changed(&mut self, change: &Change) {
        match change {
            Change::CreateTable(table) => {
                self.tables.insert(table.name.clone(), Fate { apart: true, stood: Some(false), ..Fate::default() });
            }
            Change::DropTable(table) => self.gone(table),
            Change::RenameTable(old, new) => {
                let mut fate = self.tables.remove(old).unwrap_or_default();
                // Where it was live, its rows are under a name that the live database does not know.
                fate.moved |= !fate.apart;
                fate.apart = true;
                fate.stood = fate.stood.or(Some(true));
                self.tables.insert(old.sibling(new.as_str()), fate);
                self.gone(old);
            }
            Change::RenameColumn(table, old, new) => self.fate(table).columns.extend([old.clone(), new.clone()]),
            Change::Edit(table, TableEdit::AddColumn(column)) => {
                self.fate(table).columns.insert(column.name.clone());
            }
            Change::Edit(table, TableEdit::DropColumn(column) | TableEdit::AlterColumn(column, _)) => {
                self.fate(table).columns.insert(column.clone());
            }
            Change::InsertRows(table) => self.fate(table).moved = true,
            _ => {}
        }
    }

    /// What SQL of the user's own may have done.
    pub(super) fn reached(&mut self, reach: &Reach) {
        match reach {
            Reach::Nothing => {}
            Reach::Rows(table) => self.fate(table).moved = true,
            Reach::Values(table, Some(columns)) => {
                self.fate(table).written.extend(columns.iter().map(|one| one.to_lowercase()));
            }
            Reach::Values(table, None) => self.fate(table).any_written = true,
            Reach::Drops(tables) => tables.iter().for_each(|table| self.gone(table)),
            Reach::Renames(pairs) => {
                pairs.iter().for_each(|(old, new)| self.changed(&Change::RenameTable(old.clone(), new.clone())));
            }
            Reach::Tables(tables) => tables.iter().for_each(|table| self.fate(table).any_column = true),
            Reach::AnyRows | Reach::Anything => self.any = true,
        }
    }

    fn gone(&mut self, table: &TableName) {
        let fate = self.fate(table);
        (fate.apart, fate.stood) = (true, Some(false));
    }

    fn fate(&mut self, table: &TableName) -> &mut Fate {
        self.tables.entry(table.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::TableBuilder;

    fn rows(table: &str) -> Asked {
        Asked::rows(&table.into())
    }

    #[test]
    fn what_is_as_it_was_is_asked_of_the_live_database() {
        let mut all = Rows::default();
        assert_eq!(all.answer(&[rows("users")]), Answer::Live);
        all.changed(&Change::RenameColumn("users".into(), "a".to_owned(), "b".to_owned()));
        assert_eq!(all.answer(&[rows("users")]), Answer::Live);
        assert_eq!(all.answer(&[Asked::columns(&"users".into(), ["b"])]), Answer::Unknown);
        assert_eq!(all.answer(&[Asked::anything(&"users".into())]), Answer::Unknown);
        all.reached(&Reach::Rows("users".into()));
        assert_eq!(all.answer(&[rows("users")]), Answer::Unknown);
        assert_eq!(all.answer_at_stake(&rows("users")), Answer::Live);
        all.reached(&Reach::AnyRows);
        assert_eq!(all.answer(&[rows("orgs")]), Answer::Unknown);
    }

    #[test]
    fn new_values_are_no_new_rows() {
        let mut all = Rows::default();
        let of = |column: &str| Asked::columns(&"users".into(), [column]);
        all.reached(&Reach::Values("users".into(), Some(vec!["a".to_owned()])));
        assert_eq!(all.answer(&[rows("users")]), Answer::Live);
        assert_eq!((all.answer(&[of("a")]), all.answer(&[of("b")])), (Answer::Unknown, Answer::Live));
        assert_eq!(all.answer(&[Asked::anything(&"users".into())]), Answer::Unknown);
        assert_eq!(all.answer_at_stake(&of("a")), Answer::Live);
        all.reached(&Reach::Values("users".into(), None));
        assert_eq!((all.answer(&[rows("users")]), all.answer(&[of("b")])), (Answer::Live, Answer::Unknown));
    }

    #[test]
    fn a_new_table_is_empty_until_it_is_filled() {
        let mut all = Rows::default();
        all.changed(&Change::CreateTable(TableBuilder::new("a".into()).finish()));
        assert_eq!(all.answer(&[rows("a")]), Answer::None);
        all.changed(&Change::RenameTable("a".into(), "b".to_owned()));
        assert_eq!(all.answer(&[rows("b")]), Answer::None);
        all.changed(&Change::InsertRows("b".into()));
        assert_eq!(all.answer(&[rows("b")]), Answer::Unknown);
        assert_eq!(all.answer_at_stake(&rows("b")), Answer::None);
    }
}
