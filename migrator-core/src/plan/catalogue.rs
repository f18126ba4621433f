//! The catalogue as it will be: the live one, and over it the tables that the plan has touched.

use std::collections::BTreeMap;

use super::effect;
use crate::connection::{Database, Scope};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;
use crate::operation::Change;
use crate::schema::{Schema, Table};

/// What became of a table that the plan has touched.
#[derive(Debug, Clone)]
pub(super) enum Touched {
    /// It is gone.
    Gone,
    /// It is there, and looks so.
    There(Table),
    /// SQL of the user's own did something to it that is not understood: the statement.
    Unclear(String),
}

/// The live catalogue, and over it the tables and enum types that the plan has touched.
#[derive(Clone)]
pub(super) struct Catalogue {
    renderer: &'static dyn SqlRenderer,
    current: Option<String>,
    touched: BTreeMap<TableName, Touched>,
    enums: BTreeMap<TableName, Option<Vec<String>>>,
}

impl Catalogue {
    pub(super) fn of(live: &mut dyn Database) -> Result<Self> {
        let renderer = live.renderer()?;
        Ok(Self { renderer, current: live.current_schema()?, touched: BTreeMap::new(), enums: BTreeMap::new() })
    }

    /// The one name under which a table is kept here: without the schema where that is the current one.
    fn key(&self, live: &mut dyn Database, table: &TableName) -> Result<TableName> {
        if self.touched.contains_key(table) {
            return Ok(table.clone());
        }
        let full = match table.schema() {
            Some(_) => table.clone(),
            None => live.locate(table)?.unwrap_or_else(|| table.clone()),
        };
        let is_current = full.schema().is_some() && full.schema() == self.current.as_deref();
        Ok(if is_current { TableName::from(full.name()) } else { full })
    }

    /// What became of the table, where the plan has touched it.
    pub(super) fn touched(&self, live: &mut dyn Database, table: &TableName) -> Result<Option<&Touched>> {
        let key = self.key(live, table)?;
        Ok(self.touched.get(&key))
    }

    pub(super) fn enum_values(&self, name: &TableName) -> Option<&Option<Vec<String>>> {
        self.enums.get(name)
    }

    /// All tables as they will be; those that are unclear as they are now.
    pub(super) fn whole(&self, mut now: Schema) -> Schema {
        for (name, touched) in &self.touched {
            match touched {
                Touched::Gone => drop(now.tables.remove(name)),
                Touched::There(table) => {
                    drop(now.tables.insert(name.clone(), Table { name: name.clone(), ..table.clone() }));
                }
                Touched::Unclear(_) => {}
            }
        }
        now
    }

    /// Foreign keys of other tables that reference this one, as `table (constraint)`.
    pub(super) fn referencing(&self, live: &mut dyn Database, table: &TableName) -> Result<Vec<String>> {
        let key = self.key(live, table)?;
        let is_touched = |told: &String| self.touched.keys().any(|name| told.starts_with(&format!("{name} (")));
        let mut all = match self.touched.get(&key) {
            // What references it now stands among the touched, if it was renamed.
            Some(Touched::There(_)) if !live.has_table(&key)? => Vec::new(),
            _ => live.referencing(table)?,
        };
        all.retain(|told| !is_touched(told));
        for (name, touched) in &self.touched {
            let Touched::There(other) = touched else { continue };
            let keys = other.foreign_keys.iter().filter(|found| *name != key && found.references == key);
            all.extend(keys.map(|found| format!("{name} ({})", found.name.clone().unwrap_or_default())));
        }
        all.sort();
        Ok(all)
    }

    /// The table as it will be, to be changed.
    fn table(&mut self, live: &mut dyn Database, name: &TableName) -> Result<Option<&mut Table>> {
        let key = self.key(live, name)?;
        if !self.touched.contains_key(&key) {
            let found = live.inspect(Scope::Tables(std::slice::from_ref(&key)))?.tables.into_values().next();
            let touched = found.map_or(Touched::Gone, |found| Touched::There(Table { name: key.clone(), ..found }));
            self.touched.insert(key.clone(), touched);
        }
        Ok(match self.touched.get_mut(&key) {
            Some(Touched::There(table)) => Some(table),
            _ => None,
        })
    }

    /// What an operation did.
    pub(super) fn apply(&mut self, live: &mut dyn Database, change: &Change) -> Result<()> {
        let renderer = self.renderer;
        match change {
            Change::CreateTable(definition) => {
                let key = self.key(live, &definition.name)?;
                let mut table = Table { name: key.clone(), ..effect::created(definition, renderer) };
                table.options = live.options_of_a_new_table()?;
                self.touched.insert(key, Touched::There(table));
            }
            Change::DropTable(name) => {
                let key = self.key(live, name)?;
                self.touched.insert(key, Touched::Gone);
            }
            Change::RenameTable(old, new) => self.rename(live, old, new)?,
            Change::RenameColumn(name, old, new) => self.rename_column(live, name, old, new)?,
            Change::Edit(name, edit) => {
                if let Some(table) = self.table(live, name)? {
                    effect::edit(table, edit, renderer);
                }
            }
            Change::CreateIndex(name, index) => {
                if let Some(table) = self.table(live, name)? {
                    effect::add_index(table, index, renderer);
                }
            }
            Change::DropIndex(name, index) => {
                if let Some(table) = self.table(live, name)? {
                    table.indexes.remove(index);
                    table.uniques.retain(|unique| unique.name.as_ref() != Some(index));
                }
            }
            Change::CreateEnum(name, values) => drop(self.enums.insert(name.clone(), Some(values.clone()))),
            Change::AddEnumValue(name, value) => self.add_enum_value(live, name, value)?,
            Change::DropEnum(name) => drop(self.enums.insert(name.clone(), None)),
            Change::InsertRows(_) | Change::Sql(_) => {}
        }
        Ok(())
    }

    /// SQL of the user's own did something to the table.
    pub(super) fn blur(&mut self, live: &mut dyn Database, table: &TableName, sql: &str) -> Result<()> {
        let key = self.key(live, table)?;
        self.touched.insert(key, Touched::Unclear(sql.to_owned()));
        Ok(())
    }

    fn rename(&mut self, live: &mut dyn Database, old: &TableName, new: &str) -> Result<()> {
        let old_key = self.key(live, old)?;
        let new_key = old_key.sibling(new);
        let Some(table) = self.table(live, &old_key)?.cloned() else { return Ok(()) };
        self.touched.insert(old_key.clone(), Touched::Gone);
        self.touched.insert(new_key.clone(), Touched::There(Table { name: new_key.clone(), ..table }));
        let follow = |key: &mut crate::schema::ForeignKey| {
            if key.references == old_key {
                key.references = new_key.clone();
            }
        };
        self.each_referencing(live, &old_key, |other| other.foreign_keys.iter_mut().for_each(follow))
    }

    fn rename_column(&mut self, live: &mut dyn Database, name: &TableName, old: &str, new: &str) -> Result<()> {
        let (key, renderer) = (self.key(live, name)?, self.renderer);
        if let Some(table) = self.table(live, &key)? {
            effect::rename_column(table, old, new, renderer);
        }
        let is_it = |column: &&mut String| renderer.same_name(column, old);
        self.each_referencing(live, &key, |other| {
            let keys = other.foreign_keys.iter_mut().filter(|found| found.references == key);
            let columns = keys.flat_map(|found| &mut found.referenced_columns);
            columns.filter(is_it).for_each(|column| new.clone_into(column));
        })
    }

    /// Every table, touched or not, with a foreign key to that one.
    fn each_referencing(
        &mut self,
        live: &mut dyn Database,
        key: &TableName,
        mut change: impl FnMut(&mut Table),
    ) -> Result<()> {
        for (name, table) in self.whole(live.inspect(Scope::All)?).tables {
            if table.foreign_keys.iter().any(|found| found.references == *key)
                && let Some(table) = self.table(live, &name)?
            {
                change(table);
            }
        }
        Ok(())
    }

    fn add_enum_value(&mut self, live: &mut dyn Database, name: &TableName, value: &str) -> Result<()> {
        let mut values = match self.enums.get(name) {
            Some(values) => values.clone(),
            None => live.enum_values(name)?,
        };
        values.get_or_insert_default().push(value.to_owned());
        self.enums.insert(name.clone(), values);
        Ok(())
    }
}
