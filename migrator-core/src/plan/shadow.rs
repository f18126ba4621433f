//! A connection on which migrations are planned: what they would send is recorded, and what they ask is answered as if
//! it had been sent.

use super::catalogue::{Catalogue, Touched};
use super::literal::inlined;
use super::reading::{Reach, is_about_rows};
use super::rows::{Answer, Rows};
use crate::connection::{
    Asked, Attempt, Database, Limits, Planned, Planning, ReadOnly, Rebuilt, Record, Scope, ServerInfo, Settings,
    Sketch, Value,
};
use crate::dialect::SqlRenderer;
use crate::error::{Error, Result};
use crate::name::TableName;
use crate::operation::{Change, TableEdit};
use crate::schema::Schema;
use crate::sql;

/// A statement that would be sent.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// As the observer of a run is told of it.
    pub(crate) sql: String,
    /// As a person sends it by hand.
    pub(crate) script: Vec<String>,
    /// Whether it hangs on something that is not known.
    pub(crate) assumed: bool,
}

enum Model {
    /// A database in memory.
    Sketch(Sketch),
    /// The live catalogue, and what was changed over it.
    Catalogue(Box<Catalogue>),
}

/// What a step begins with, to begin it once more.
pub(crate) struct Mark {
    catalogue: Option<Box<Catalogue>>,
    rows: Rows,
}

pub(crate) struct Shadow<'a> {
    pub(super) live: &'a mut dyn Database,
    renderer: &'static dyn SqlRenderer,
    model: Model,
    rows: Rows,
    recorded: Vec<Recorded>,
    /// Why what was asked could not be answered.
    unclear: Option<String>,
    /// What is taken for granted.
    assumptions: Vec<String>,
    transactional: bool,
}

impl<'a> Shadow<'a> {
    pub(crate) fn of(live: &'a mut dyn Database) -> Result<Self> {
        let renderer = live.renderer()?;
        let model = match live.sketch()? {
            Some(sketch) => Model::Sketch(sketch),
            None => Model::Catalogue(Box::new(Catalogue::of(live)?)),
        };
        Ok(Self {
            live,
            renderer,
            model,
            rows: Rows::default(),
            recorded: Vec::new(),
            unclear: None,
            assumptions: Vec::new(),
            transactional: true,
        })
    }

    /// All tables as they will be.
    pub(crate) fn whole(&mut self) -> Result<Schema> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.inspect(Scope::All),
            Model::Catalogue(catalogue) => Ok(catalogue.whole(self.live.inspect(Scope::All)?)),
        }
    }

    /// A migration begins, in a transaction or not.
    pub(crate) fn begin_step(&mut self, transactional: bool, foreign_keys_off: bool) -> Result<Mark> {
        self.transactional = transactional;
        let catalogue = match &mut self.model {
            Model::Sketch(sketch) => {
                if foreign_keys_off {
                    sketch.database.enforce_foreign_keys(false)?;
                }
                if transactional {
                    sketch.database.begin()?;
                }
                None
            }
            Model::Catalogue(catalogue) => Some(catalogue.clone()),
        };
        Ok(Mark { catalogue, rows: self.rows.clone() })
    }

    /// It is over: what it did stands, or, to begin once more, does not.
    pub(crate) fn end_step(&mut self, mark: Mark, stands: bool) -> Result<()> {
        if !stands {
            self.rows = mark.rows;
            self.recorded.clear();
            self.assumptions.clear();
            self.unclear = None;
        }
        match (&mut self.model, mark.catalogue) {
            (Model::Sketch(sketch), _) => {
                while sketch.database.transaction_depth()? > 0 {
                    if stands { sketch.database.commit()? } else { sketch.database.rollback()? }
                }
                let settings = self.live.settings()?;
                sketch.database.restore_settings(&settings)?;
                sketch.take_written();
            }
            (Model::Catalogue(catalogue), Some(before)) if !stands => *catalogue = before,
            _ => {}
        }
        Ok(())
    }

    /// Whether the table is new in this plan.
    pub(crate) fn is_new(&self, table: &TableName) -> bool {
        self.rows.is_new(table)
    }

    pub(crate) fn take_recorded(&mut self) -> Vec<Recorded> {
        std::mem::take(&mut self.recorded)
    }

    pub(crate) fn take_assumptions(&mut self) -> Vec<String> {
        std::mem::take(&mut self.assumptions)
    }

    /// Why what was asked could not be answered, where something could not.
    pub(crate) fn take_unclear(&mut self) -> Option<String> {
        self.unclear.take()
    }

    fn record(&mut self, sql: &str, script: Vec<String>) {
        let assumed = self.unclear.is_some() || !self.assumptions.is_empty();
        self.recorded.push(Recorded { sql: sql.to_owned(), script, assumed });
    }

    fn assume(&mut self, what: String) {
        if !self.assumptions.contains(&what) {
            self.assumptions.push(what);
        }
    }

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

    /// What SQL of the user's own does to the schema, as far as it is understood.
    fn follow(&mut self, sql: &str) -> Result<()> {
        let reach = Reach::of(sql, self.renderer.dialect());
        self.rows.reached(&reach);
        let Model::Catalogue(catalogue) = &mut self.model else { return Ok(()) };
        match reach {
            Reach::Drops(tables) => {
                for table in tables {
                    catalogue.apply(self.live, &Change::DropTable(table))?;
                }
            }
            Reach::Renames(pairs) => {
                for (old, new) in pairs {
                    catalogue.apply(self.live, &Change::RenameTable(old, new))?;
                }
            }
            Reach::Tables(tables) => {
                for table in tables {
                    catalogue.blur(self.live, &table, sql)?;
                }
            }
            Reach::Anything => self.assume(format!("that this changes no table: {}", sql::beginning(sql))),
            Reach::Nothing | Reach::Rows(_) | Reach::AnyRows => {}
        }
        Ok(())
    }

    /// Does to the sketch what would be done to the database.
    fn draw(&mut self, sql: &str) -> Result<()> {
        let Model::Sketch(sketch) = &mut self.model else { return Ok(()) };
        if is_about_rows(sql, self.renderer.dialect()) {
            return Ok(());
        }
        sketch.database.batch(sql).inspect_err(|error| {
            // What the sketch lacks, the database may have.
            let lacks = ["no such function", "no such module", "collation", "transaction"];
            if lacks.iter().any(|word| error.what().contains(word)) {
                self.unclear.get_or_insert_with(|| error.what().to_owned());
            }
        })
    }
}

/// Who answers a question about the catalogue.
enum Source<'s> {
    Live(&'s mut dyn Database),
    Changed(&'s crate::schema::Table),
    Gone,
}

impl Planning for Shadow<'_> {
    fn planned(&mut self) -> Option<&mut dyn Planned> {
        Some(self)
    }

    fn session_of_a_script(&mut self, foreign_keys_off: bool) -> Result<Vec<String>> {
        self.live.session_of_a_script(foreign_keys_off)
    }
}

impl Planned for Shadow<'_> {
    fn ask(&mut self, about: &[Asked], sql: &str, binds: &[Value]) -> Result<Vec<Record>> {
        match self.rows.answer(about) {
            Answer::Live => self.live.query(sql, binds),
            Answer::None => Ok(Vec::new()),
            Answer::Unknown => {
                let tables: Vec<String> = about.iter().map(|one| one.table.to_string()).collect();
                self.assume(format!("that the rows of {} fit by then, for they change before", tables.join(" and ")));
                Ok(Vec::new())
            }
        }
    }

    fn ask_at_stake(&mut self, about: &Asked, sql: &str) -> Result<Vec<Record>> {
        match self.rows.answer_at_stake(about) {
            Answer::Live => self.live.query(sql, &[]),
            _ => Ok(Vec::new()),
        }
    }

    fn told(&mut self, change: &Change) -> Result<()> {
        if let Change::Sql(sql) = change {
            return self.follow(sql);
        }
        self.rows.changed(change);
        match &mut self.model {
            Model::Sketch(_) => Ok(()),
            Model::Catalogue(catalogue) => catalogue.apply(self.live, change),
        }
    }

    fn follow_up(&mut self, sql: &str) {
        if let Some(last) = self.recorded.last_mut() {
            last.script.push(sql.to_owned());
        }
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

    fn needs_rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<bool> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.needs_rebuild(table, edit),
            Model::Catalogue(_) => self.live.needs_rebuild(table, edit),
        }
    }

    fn check_rename(&mut self, table: &TableName, old: &str, new: &str) -> Result<()> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.check_rename(table, old, new),
            // What the migration drops before is still there.
            Model::Catalogue(_) => Ok(()),
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
        Ok(rebuilt)
    }

    fn rebuild_reaches_others(&mut self, table: &TableName) -> Result<bool> {
        match &mut self.model {
            Model::Sketch(sketch) => sketch.database.rebuild_reaches_others(table),
            Model::Catalogue(_) => self.live.rebuild_reaches_others(table),
        }
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
