//! What a plan does to the schema and to the rows, as far as it is understood.

use super::{Model, Shadow};
use crate::connection::{Asked, Planned, Planning, Record, Value};
use crate::error::Result;
use crate::operation::Change;
use crate::plan::reading::{Reach, is_about_rows};
use crate::plan::rows::Answer;
use crate::sql;

impl Shadow<'_> {
    /// What SQL of the user's own does to the schema, as far as it is understood.
    fn follow(&mut self, sql: &str) -> Result<()> {
        let reach = Reach::of(sql, self.renderer.dialect());
        self.rows.reached(&reach);
        if let Reach::Renames(pairs) = &reach {
            self.renames.extend(pairs.iter().map(|(old, new)| Change::RenameTable(old.clone(), new.clone())));
        }
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
            Reach::Anything => self.assume(format!("that this changes no table: {}", sql::beginning(sql)), false),
            Reach::Nothing | Reach::Rows(_) | Reach::Values(..) | Reach::AnyRows => {}
        }
        Ok(())
    }

    /// Does to the sketch what would be done to the database.
    pub(super) fn draw(&mut self, sql: &str) -> Result<()> {
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
                let what = format!("that the rows of {} fit by then, for they change before", tables.join(" and "));
                self.assume(what, about.iter().all(|one| !one.decides));
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
        if matches!(change, Change::RenameTable(..) | Change::RenameColumn(..)) {
            self.renames.push(change.clone());
        }
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
