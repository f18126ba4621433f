//! What `schema.rs` says against what the database has. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::{DieselType, SqlRenderer};
use crate::diff::table_named;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::nearest::nearest;
use crate::operation::{ColumnType, Literal};
use crate::schema::{Column, Schema, Table};

use super::changes::{Alteration, Change, Changes, NewColumn, NewTable, Question};
use super::options::Options;
use super::schema_rs::{Wanted, WantedColumn, WantedTable};
use super::{standing, values, wrong_text};

/// What becomes of a column whose type is not known by its name in the database.
const MADE: &str = "it is made under that word; write the type's name in the database in its place";

/// A comparison while it is made.
pub(super) struct Comparison<'a> {
    file: &'a str,
    wanted: &'a Wanted,
    found: &'a Schema,
    renderer: &'static dyn SqlRenderer,
    options: &'a Options,
    values: BTreeMap<(TableName, String), Literal>,
    passed_over: BTreeSet<TableName>,
    changes: Vec<Change>,
    questions: Vec<Question>,
    notes: Vec<String>,
    by_hand: Vec<String>,
    unread: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        file: &'a str,
        wanted: &'a Wanted,
        found: &'a Schema,
        renderer: &'static dyn SqlRenderer,
        options: &'a Options,
    ) -> Self {
        let (changes, questions, notes, by_hand, unread) = Default::default();
        let (values, passed_over) = (BTreeMap::new(), BTreeSet::new());
        Self { file, wanted, found, renderer, options, values, passed_over, changes, questions, notes, by_hand, unread }
    }

    /// The tables that are only in the text.
    pub(super) fn missing_tables(&self) -> Vec<TableName> {
        let missing = self.wanted.tables.iter().filter(|table| self.find(&table.name).is_none());
        missing.map(|table| table.name.clone()).filter(|name| !name.is_bookkeeping()).collect()
    }

    /// What is there and is no table: a view.
    pub(super) fn pass_over(&mut self, name: TableName) {
        self.notes.push(format!("{name} is a view: it is left to the migration that made it"));
        self.passed_over.insert(name);
    }

    fn find(&self, name: &TableName) -> Option<&'a Table> {
        table_named(self.found, name, self.renderer)
    }

    /// Renames first, then what comes, what changes, and at last what goes.
    pub(super) fn changes(mut self) -> Result<Changes> {
        self.refuse_unknown_pairs()?;
        self.read_values()?;
        self.create_tables()?;
        let pairs: Vec<_> =
            self.wanted.tables.iter().filter_map(|table| Some((table, self.find(&table.name)?))).collect();
        for (wanted, found) in pairs {
            self.compare_columns(wanted, found)?;
        }
        self.drop_tables();
        self.changes.sort_by_key(rank);
        self.notes.extend(self.unread.iter().cloned());
        let changes = Changes::new(self.changes, self.questions, self.notes, self.renderer);
        Ok(changes.and_by_hand(self.by_hand).and_unread(self.unread))
    }

    /// Pairs of which nothing is there, or whose second name schema.rs does not have.
    fn refuse_unknown_pairs(&self) -> Result<()> {
        let renames = self.options.renames.iter().map(|pair| ("--rename", pair));
        let separate = self.options.separate.iter().map(|pair| ("--separate", pair));
        for (option, (table, old, new)) in renames.chain(separate) {
            let said = format!("{option} {table}.{old}={new}");
            let columns = self.find(table).map_or(&[][..], |found| &found.columns);
            let has = |name: &str| columns.iter().any(|column| self.renderer.same_name(&column.name, name));
            // What bears the new name already was renamed since.
            if !has(old) && !has(new) {
                let known: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
                let message = format!("{said}: the database has no column {table}.{old}");
                return Err(unknown(ErrorKind::PreconditionFailed, message, old, &known));
            }
            self.wanted_column(&said, table, new)?;
        }
        Ok(())
    }

    /// The values that were said, of columns that schema.rs has and as their types take them.
    fn read_values(&mut self) -> Result<()> {
        for ((place, name), text) in &self.options.values {
            let said = format!("--default {place}.{name}={text}");
            let (table, column) = self.wanted_column(&said, place, name)?;
            let column_type = self.column_type(table, column, false)?;
            let value = values::read(text, &column_type, self.renderer).map_err(|taken| {
                let sql_type = self.renderer.column_type(&column_type);
                let message = format!("{said}: {}.{} is of type {sql_type}", table.name, column.name);
                let error = Error::new(ErrorKind::InvalidName, message).state("no file was written");
                error.remedy(format!("give it {taken}"))
            })?;
            self.values.insert((table.name.clone(), column.name.clone()), value);
        }
        Ok(())
    }

    /// The column that was meant, or which one may have been.
    fn wanted_column(&self, said: &str, place: &TableName, name: &str) -> Result<(&'a WantedTable, &'a WantedColumn)> {
        let table = self.wanted.tables.iter().find(|table| self.is_it(&table.name, place)).ok_or_else(|| {
            let tables: Vec<String> = self.wanted.tables.iter().map(|table| table.name.to_string()).collect();
            let message = format!("{said}: schema.rs has no table {place}");
            unknown(ErrorKind::InvalidName, message, &place.to_string(), &tables)
        })?;
        let column =
            table.columns.iter().find(|column| self.renderer.same_name(&column.name, name)).ok_or_else(|| {
                let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
                let message = format!("{said}: table {} has no column {name} in schema.rs", table.name);
                unknown(ErrorKind::InvalidName, message, name, &columns)
            })?;
        Ok((table, column))
    }

    fn is_it(&self, one: &TableName, other: &TableName) -> bool {
        one.schema() == other.schema() && self.renderer.same_name(one.name(), other.name())
    }

    fn column<'t>(&self, table: &'t Table, name: &str) -> Option<&'t Column> {
        table.columns.iter().find(|column| self.renderer.same_name(&column.name, name))
    }

    /// Parents before children; where two reference each other, the key comes after both.
    fn create_tables(&mut self) -> Result<()> {
        let missing = self.missing_tables();
        let is_new = |table: &&WantedTable| missing.contains(&table.name) && !self.passed_over.contains(&table.name);
        let mut waiting: Vec<&WantedTable> = self.wanted.tables.iter().filter(is_new).collect();
        let mut later = Vec::new();
        while !waiting.is_empty() {
            let free = waiting.iter().position(|table| !self.waits_for(table, &waiting));
            let table = waiting.remove(free.unwrap_or(0));
            table.columns.iter().for_each(|column| self.note_new_type(&table.name, column));
            let new = self.new_table(table, &waiting, &mut later)?;
            self.changes.push(Change::CreateTable(new));
        }
        self.changes.extend(later);
        Ok(())
    }

    fn waits_for(&self, table: &WantedTable, waiting: &[&WantedTable]) -> bool {
        let parents = self.wanted.references(table);
        parents
            .values()
            .any(|(parent, _)| parent.name != table.name && waiting.iter().any(|other| other.name == parent.name))
    }

    fn new_table(&self, table: &WantedTable, waiting: &[&WantedTable], later: &mut Vec<Change>) -> Result<NewTable> {
        let references = self.wanted.references(table);
        let mut columns: Vec<NewColumn> =
            table.columns.iter().map(|column| self.new_column(table, column, &references)).collect::<Result<_>>()?;
        for column in &mut columns {
            let is_later = |(parent, _): &(TableName, String)| waiting.iter().any(|other| other.name == *parent);
            if column.references.as_ref().is_some_and(is_later)
                && let Some(references) = column.references.take()
            {
                let (table, column) = (table.name.clone(), column.name.clone());
                later.push(Change::AddForeignKey { table, column, references });
            }
        }
        let primary_key = if table.primary_key.len() > 1 { table.primary_key.clone() } else { Vec::new() };
        Ok(NewTable { name: table.name.clone(), columns, primary_key })
    }

    fn new_column(
        &self,
        table: &WantedTable,
        column: &WantedColumn,
        references: &BTreeMap<&str, (&WantedTable, &str)>,
    ) -> Result<NewColumn> {
        let in_key = table.primary_key.contains(&column.name);
        let alone = table.primary_key.len() == 1 && in_key;
        let references = references.get(column.name.as_str());
        let is_counted = alone && column.name == "id" && references.is_none();
        let counted = self.renderer.counted_of(&column.sql_type).filter(|_| is_counted);
        let column_type = match counted {
            Some(counted) => counted,
            None => self.column_type(table, column, in_key || references.is_some())?,
        };
        Ok(NewColumn {
            name: column.name.clone(),
            is_id: is_counted && self.renderer.is_id(&column.sql_type),
            column_type,
            nullable: column.nullable,
            primary_key: alone,
            references: references.map(|(parent, key)| (parent.name.clone(), (*key).to_owned())),
            value: self.values.get(&(table.name.clone(), column.name.clone())).cloned(),
        })
    }

    /// What the database has for the type.
    fn column_type(&self, table: &WantedTable, column: &WantedColumn, is_bound: bool) -> Result<ColumnType> {
        self.renderer.column_of(&column.sql_type, column.max_length, is_bound).ok_or_else(|| {
            let (place, product) = (format!("{}.{}", table.name, column.name), self.renderer.dialect());
            let told = format!("{place} is of type {}, for which {product} has none", column.sql_type.told());
            wrong_text(self.file, &syn::Error::new(column.span, told), "give it a type that the database has")
        })
    }

    fn compare_columns(&mut self, wanted: &WantedTable, found: &'a Table) -> Result<()> {
        self.compare_keys(wanted, found);
        let mut gone: Vec<&Column> =
            found.columns.iter().filter(|column| !self.is_wanted(wanted, &column.name)).collect();
        let mut come: Vec<&WantedColumn> =
            wanted.columns.iter().filter(|column| self.column(found, &column.name).is_none()).collect();
        for (old, new) in self.renamed(wanted, &mut gone, &mut come) {
            let (table, old_name, new_name) = (found.name.clone(), old.name.clone(), new.name.clone());
            self.changes.push(Change::RenameColumn { table, old: old_name, new: new_name });
            self.compare_column(wanted, new, found, old)?;
        }
        self.ask_for_renames(wanted, &gone, &come);
        let references = self.wanted.references(wanted);
        for column in come {
            self.note_new_type(&found.name, column);
            let column = self.new_column(wanted, column, &references)?;
            self.changes.push(Change::AddColumn { table: found.name.clone(), column });
        }
        for column in &wanted.columns {
            if let Some(there) = self.column(found, &column.name) {
                self.compare_column(wanted, column, found, there)?;
            }
        }
        for column in gone {
            self.changes.push(Change::DropColumn { column: column.clone(), of: found.clone() });
        }
        Ok(())
    }

    /// An enum of MySQL's is declared without its values.
    fn note_new_type(&mut self, table: &TableName, column: &WantedColumn) {
        match &column.sql_type {
            DieselType::Named(word) if !self.renderer.capabilities().enum_types => {
                self.unread.push(format!("{}: {MADE}", undeclared(table, column, word)));
            }
            _ => self.note_type(table, column, MADE),
        }
    }

    /// A type whose name in the database is not known here is not passed over in silence.
    fn note_type(&mut self, table: &TableName, column: &WantedColumn, what: &str) {
        if let Some(word) = column.sql_type.elsewhere() {
            self.unread.push(format!("{}: {what}", undeclared(table, column, word)));
        }
    }

    fn is_wanted(&self, wanted: &WantedTable, name: &str) -> bool {
        wanted.columns.iter().any(|column| self.renderer.same_name(&column.name, name))
    }

    fn compare_keys(&mut self, wanted: &WantedTable, found: &Table) {
        let same = |(one, other): (&String, &String)| self.renderer.same_name(one, other);
        let (one, other) = (&wanted.primary_key, &found.primary_key);
        // A table without one has some column named in schema.rs all the same: Diesel wants it.
        if !other.is_empty() && (one.len() != other.len() || !one.iter().zip(other).all(same)) {
            let (name, other, one) = (&found.name, other.join(", "), one.join(", "));
            let keys = format!("the primary key of {name} is ({other}) in the database and ({one}) in schema.rs");
            self.notes.push(format!("{keys}: write that change by hand"));
            self.by_hand.push(keys);
        }
    }

    /// The pairs that were said to be renames, taken out of what has gone and what has come.
    fn renamed<'c, 'w>(
        &self,
        wanted: &WantedTable,
        gone: &mut Vec<&'c Column>,
        come: &mut Vec<&'w WantedColumn>,
    ) -> Vec<(&'c Column, &'w WantedColumn)> {
        let mut pairs = Vec::new();
        for (_, old, new) in self.options.renames.iter().filter(|(table, ..)| *table == wanted.name) {
            let old = gone.iter().position(|column| self.renderer.same_name(&column.name, old));
            let new = come.iter().position(|column| self.renderer.same_name(&column.name, new));
            if let (Some(old), Some(new)) = (old, new) {
                pairs.push((gone.remove(old), come.remove(new)));
            }
        }
        pairs
    }

    fn ask_for_renames(&mut self, wanted: &WantedTable, gone: &[&Column], come: &[&WantedColumn]) {
        for old in gone {
            for new in come {
                let pair = (wanted.name.clone(), old.name.clone(), new.name.clone());
                let alike = new.sql_type.agrees(&old.sql_type, false, self.renderer);
                if alike && !self.options.separate.contains(&pair) {
                    let (table, old, new) = pair;
                    self.questions.push(Question::Renamed { table, old, new });
                }
            }
        }
    }

    fn compare_column(
        &mut self,
        table: &WantedTable,
        wanted: &WantedColumn,
        found: &Table,
        there: &Column,
    ) -> Result<()> {
        self.note_type(&found.name, wanted, &format!("it is not compared with {}", there.sql_type));
        let in_key = found.primary_key.iter().any(|name| self.renderer.same_name(name, &there.name));
        let mut alteration = Alteration::default();
        if !wanted.sql_type.agrees(&there.sql_type, in_key, self.renderer) {
            let new = self.column_type(table, wanted, in_key)?;
            alteration.column_type = Some((standing::column_type(there, self.renderer), new));
        }
        if wanted.nullable != there.nullable && !in_key {
            alteration.nullable = Some(wanted.nullable);
            alteration.value = self.values.get(&(table.name.clone(), wanted.name.clone())).cloned();
        }
        if !alteration.is_empty() {
            let (table, column) = (found.name.clone(), wanted.name.clone());
            self.changes.push(Change::AlterColumn { table, column, alteration });
        }
        Ok(())
    }

    /// Children before parents.
    fn drop_tables(&mut self) {
        let is_wanted = |name: &TableName| self.wanted.tables.iter().any(|table| self.is_it(&table.name, name));
        let mut waiting: Vec<&Table> = self.found.tables.values().filter(|table| !is_wanted(&table.name)).collect();
        if !self.options.drop_unknown {
            let told = waiting
                .iter()
                .map(|table| format!("{} is only in the database: it stays; --drop-unknown would drop it", table.name));
            self.notes.extend(told.collect::<Vec<_>>());
            return;
        }
        while !waiting.is_empty() {
            let referenced = |table: &Table| {
                let mut others = waiting.iter().filter(|other| other.name != table.name);
                others.any(|other| other.foreign_keys.iter().any(|key| key.references == table.name))
            };
            let free = waiting.iter().position(|table| !referenced(table));
            let table = waiting.remove(free.unwrap_or(0)).clone();
            self.changes.push(Change::DropTable(table));
        }
    }
}

/// With the nearest of those that there are, or all of them.
fn unknown(kind: ErrorKind, message: String, name: &str, known: &[String]) -> Error {
    let error = Error::new(kind, message).state("no file was written");
    match nearest(name, known.iter().map(String::as_str), (name.chars().count() / 2).max(1)) {
        Some(near) => error.remedy(format!("did you mean {near}?")),
        None if known.is_empty() => error.remedy("name a table and a column that are there"),
        None => error.remedy(format!("there are: {}", known.join(", "))),
    }
}

fn undeclared(table: &TableName, column: &WantedColumn, word: &str) -> String {
    format!("{table}.{} is of type {word}, which schema.rs does not declare", column.name)
}

/// What comes before what.
fn rank(change: &Change) -> u8 {
    match change {
        Change::CreateTable(_) => 0,
        Change::AddForeignKey { .. } => 1,
        Change::RenameColumn { .. } => 2,
        Change::AddColumn { .. } => 3,
        Change::AlterColumn { .. } => 4,
        Change::DropColumn { .. } => 5,
        Change::DropTable(_) => 6,
    }
}
