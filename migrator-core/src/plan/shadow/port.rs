//! The port, answered as if what was recorded had been sent.

use super::{Model, Shadow};
use crate::connection::{
    Attempt, Database, Dependents, Limits, ReadOnly, Rebuilds, Rebuilt, Record, Scope, ServerInfo, Settings, Value,
};
use crate::dialect::SqlRenderer;
use crate::error::{Error, Result};
use crate::name::TableName;
use crate::operation::TableEdit;
use crate::plan::catalogue::Touched;
use crate::plan::literal::inlined;
use crate::schema::{Schema, Table};
use crate::sql;

/// Who answers a question about the catalogue.
enum Source<'s> {
    Live(&'s mut dyn Database),
    Changed(&'s Table),
    Gone,
}

impl Shadow<'_> {
    /// What a question about the catalogue is put to: the sketch, or what is known of the table.
    fn source(&mut self, table: &TableName) -> Result<Source<'_>> {
        let catalogue = match &mut self.model {
            Model::Sketch(sketch) => return Ok(Source::Live(&mut *sketch.database)),
            Model::Catalogue(catalogue) => catalogue,
        };
        match catalogue.touched(self.live, table)? {
            None => Ok(Source::Live(self.live)),
            Some(Touched::Gone) => Ok(Source::Gone),
            Some(Touched::There(found)) => Ok(Source::Changed(found)),
            Some(Touched::Unclear(sql)) => {
                let why = format!("{table} is as this leaves it, which a plan does not know: {}", sql::beginning(sql));
                self.unclear.get_or_insert_with(|| why.clone());
                Err(Error::unsupported(why, "run it, or rehearse"))
            }
        }
    }

    /// Whether the table is there in a shape that is not known.
    fn is_unclear(&mut self, table: &TableName) -> Result<bool> {
        let Model::Catalogue(catalogue) = &self.model else { return Ok(false) };
        Ok(matches!(catalogue.touched(self.live, table)?, Some(Touched::Unclear(_))))
    }
}

impl Database for Shadow<'_> {
    fn renderer(&mut self) -> Result<&'static dyn SqlRenderer> {
        Ok(self.renderer)
    }

    fn shared_renderer(&self) -> &'static dyn SqlRenderer {
        self.renderer
    }

    fn server(&mut self) -> Result<ServerInfo> {
        self.live.server()
    }

    fn execute(&mut self, sql: &str, binds: &[Value]) -> Result<usize> {
        let script = inlined(sql, binds, self.renderer);
        self.draw(sql)?;
        self.record(sql, vec![script]);
        Ok(0)
    }

    fn query(&mut self, _sql: &str, _binds: &[Value]) -> Result<Vec<Record>> {
        Ok(Vec::new())
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.record(sql, vec![sql.to_owned()]);
        self.draw(sql)
    }

    fn has_table(&mut self, table: &TableName) -> Result<bool> {
        if self.is_unclear(table)? {
            return Ok(true);
        }
        match self.source(table)? {
            Source::Live(database) => database.has_table(table),
            Source::Changed(_) => Ok(true),
            Source::Gone => Ok(false),
        }
    }

    fn locate(&mut self, table: &TableName) -> Result<Option<TableName>> {
        if self.is_unclear(table)? {
            return Ok(Some(table.clone()));
        }
        match self.source(table)? {
            Source::Live(database) => database.locate(table),
            Source::Changed(_) => Ok(Some(table.clone())),
            Source::Gone => Ok(None),
        }
    }

    fn column_names(&mut self, table: &TableName) -> Result<Vec<String>> {
        match self.source(table)? {
            Source::Live(database) => database.column_names(table),
            Source::Changed(found) => Ok(found.columns.iter().map(|column| column.name.clone()).collect()),
            Source::Gone => Ok(Vec::new()),
        }
    }

    fn column_types(&mut self, table: &TableName) -> Result<Vec<(String, String)>> {
        match self.source(table)? {
            Source::Live(database) => database.column_types(table),
            Source::Changed(found) => {
                Ok(found.columns.iter().map(|column| (column.name.clone(), column.sql_type.clone())).collect())
            }
            Source::Gone => Ok(Vec::new()),
        }
    }

    fn enum_values(&mut self, name: &TableName) -> Result<Option<Vec<String>>> {
        let known = match &self.model {
            Model::Catalogue(catalogue) => catalogue.enum_values(name).cloned(),
            Model::Sketch(_) => None,
        };
        known.map_or_else(|| self.live.enum_values(name), Ok)
    }

    fn has_column(&mut self, table: &TableName, column: &str) -> Result<bool> {
        let renderer = self.renderer;
        match self.source(table)? {
            Source::Live(database) => database.has_column(table, column),
            Source::Changed(found) => Ok(found.columns.iter().any(|other| renderer.same_name(&other.name, column))),
            Source::Gone => Ok(false),
        }
    }

    fn has_index(&mut self, table: &TableName, index: &str) -> Result<bool> {
        match self.source(table)? {
            Source::Live(database) => database.has_index(table, index),
            Source::Changed(found) => {
                let backs = found.uniques.iter().any(|unique| unique.name.as_deref() == Some(index));
                Ok(backs || found.indexes.contains_key(index))
            }
            Source::Gone => Ok(false),
        }
    }

    fn referencing(&mut self, table: &TableName) -> Result<Vec<String>> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.referencing(table),
            Model::Catalogue(catalogue) => catalogue.referencing(self.live, table),
        }
    }

    fn inspect(&mut self, scope: Scope<'_>) -> Result<Schema> {
        let Scope::Tables(tables) = scope else { return self.whole() };
        let mut schema = Schema::default();
        for table in tables {
            match self.source(table)? {
                Source::Live(database) => {
                    schema.tables.extend(database.inspect(Scope::Tables(std::slice::from_ref(table)))?.tables);
                }
                Source::Changed(found) => drop(schema.tables.insert(table.clone(), found.clone())),
                Source::Gone => {}
            }
        }
        Ok(schema)
    }

    /// As deep as the run would be.
    fn transaction_depth(&mut self) -> Result<u32> {
        Ok(u32::from(self.transactional))
    }

    fn begin(&mut self) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        Ok(())
    }

    fn try_begin_migration(&mut self, _limits: &Limits) -> Result<Attempt> {
        Ok(Attempt::Acquired)
    }

    fn try_session_lock(&mut self) -> Result<Attempt> {
        Ok(Attempt::Acquired)
    }

    fn release_session_lock(&mut self) -> Result<()> {
        Ok(())
    }

    fn settings(&mut self) -> Result<Settings> {
        self.live.settings()
    }

    fn may_change_settings(&self, sql: &str) -> bool {
        self.live.may_change_settings(sql)
    }

    fn restore_settings(&mut self, _settings: &Settings) -> Result<()> {
        Ok(())
    }

    fn enter_read_only(&mut self) -> Result<ReadOnly> {
        Ok(ReadOnly(true))
    }

    fn leave_read_only(&mut self, _before: ReadOnly) -> Result<()> {
        Ok(())
    }

    fn can_read(&mut self, table: &TableName) -> Result<bool> {
        self.has_table(table)
    }

    fn history_witness(&self, table: &str) -> String {
        self.live.history_witness(table)
    }

    fn current_schema(&mut self) -> Result<Option<String>> {
        self.live.current_schema()
    }
}

impl Rebuilds for Shadow<'_> {
    fn needs_rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<bool> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.needs_rebuild(table, edit),
            Model::Catalogue(_) => self.live.needs_rebuild(table, edit),
        }
    }

    fn rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<Rebuilt> {
        let told = self.renderer.rebuild_told(table);
        let Model::Sketch(sketch) = &mut self.model else {
            return Err(Error::unsupported(format!("{table} is not rebuilt here"), "change it by ALTER TABLE"));
        };
        sketch.take_written();
        let rebuilt = sketch.database.rebuild(table, edit)?;
        let script = sketch.take_written();
        self.record(&told, script);
        if let Some(last) = self.recorded.last_mut() {
            last.purpose = Some(edit.to_string());
        }
        Ok(rebuilt)
    }

    fn rebuild_reaches_others(&mut self, table: &TableName) -> Result<bool> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.rebuild_reaches_others(table),
            Model::Catalogue(_) => self.live.rebuild_reaches_others(table),
        }
    }
}

/// What a migration drops before is still there.
impl Dependents for Shadow<'_> {
    fn check_rename(&mut self, table: &TableName, old: &str, new: &str) -> Result<()> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.check_rename(table, old, new),
            // What the migration drops before is still there.
            Model::Catalogue(_) => Ok(()),
        }
    }

    fn primary_key_name(&mut self, table: &TableName) -> Result<Option<String>> {
        self.live.primary_key_name(table)
    }
}
