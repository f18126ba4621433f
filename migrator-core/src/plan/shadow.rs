//! A connection on which migrations are planned: what they would send is recorded, and what they ask is answered as if
//! it had been sent.

mod following;
mod port;

use super::catalogue::Catalogue;
use super::rows::Rows;
use crate::connection::{Database, Scope, Sketch};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;
use crate::operation::Change;
use crate::schema::Schema;

/// A statement that would be sent.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// As the observer of a run is told of it.
    pub(crate) sql: String,
    /// As a person sends it by hand.
    pub(crate) script: Vec<String>,
    /// Whether it hangs on something that is not known.
    pub(crate) assumed: bool,
    /// What a table is rebuilt for.
    pub(crate) purpose: Option<String>,
}

/// What a plan takes for granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assumption {
    pub(crate) what: String,
    /// Where it does not hold, the run stops there: what fails later fails in any case.
    pub(crate) fails_otherwise: bool,
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
    renames: usize,
}

pub(crate) struct Shadow<'a> {
    pub(super) live: &'a mut dyn Database,
    renderer: &'static dyn SqlRenderer,
    model: Model,
    rows: Rows,
    before_step: Rows,
    recorded: Vec<Recorded>,
    /// Why what was asked could not be answered.
    unclear: Option<String>,
    /// What is taken for granted.
    assumptions: Vec<Assumption>,
    /// Tables and columns that got other names, in order.
    renames: Vec<Change>,
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
            before_step: Rows::default(),
            recorded: Vec::new(),
            unclear: None,
            assumptions: Vec::new(),
            renames: Vec::new(),
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
        self.before_step = self.rows.clone();
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
        Ok(Mark { catalogue, rows: self.rows.clone(), renames: self.renames.len() })
    }

    /// It is over: what it did stands, or, to begin once more, does not.
    pub(crate) fn end_step(&mut self, mark: Mark, stands: bool) -> Result<()> {
        if !stands {
            self.rows = mark.rows;
            self.renames.truncate(mark.renames);
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

    /// Whether the table stood before the plan, and still before the step that was begun last.
    pub(crate) fn stood(&mut self, table: &TableName) -> Result<bool> {
        self.before_step.stood(table).map_or_else(|| self.live.has_table(table), Ok)
    }

    /// Tables and columns that got other names, in order.
    pub(crate) fn renames(&self) -> &[Change] {
        &self.renames
    }

    pub(crate) fn take_recorded(&mut self) -> Vec<Recorded> {
        std::mem::take(&mut self.recorded)
    }

    pub(crate) fn take_assumptions(&mut self) -> Vec<Assumption> {
        std::mem::take(&mut self.assumptions)
    }

    /// Why what was asked could not be answered, where something could not.
    pub(crate) fn take_unclear(&mut self) -> Option<String> {
        self.unclear.take()
    }

    fn record(&mut self, sql: &str, script: Vec<String>) {
        let assumed = self.unclear.is_some() || !self.assumptions.is_empty();
        self.recorded.push(Recorded { sql: sql.to_owned(), script, assumed, purpose: None });
    }

    fn assume(&mut self, what: String, fails_otherwise: bool) {
        let assumption = Assumption { what, fails_otherwise };
        if !self.assumptions.contains(&assumption) {
            self.assumptions.push(assumption);
        }
    }
}
