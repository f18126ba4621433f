//! A table put back where nothing but rows can be rolled back.
//!
//! A table whose shape is what it was, and that no trigger watches, has its rows exchanged in one transaction. Else the
//! table is made beside the one that stands, filled and verified there, and only then takes its place: until that moment
//! everything is as it was, and a restore that was killed behind it is simply run again.

use diesel::mysql::MysqlConnection;

use super::super::renderer::MYSQL;
use super::anatomy::{self, MODE, TABLE, TRIGGER};
use super::keys::{self, Key};
use super::pinned::pinned;
use super::shown::Shown;
use super::{digest, names};
use crate::backend::driver;
use crate::connection::copies::{Anatomy, Contents};
use crate::connection::{Database, Value};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// The session's settings are put back by the caller, who says that this is a restore.
pub(super) fn put_back(
    conn: &mut MysqlConnection,
    then: &Anatomy,
    copy: &TableName,
    contents: &Contents,
    stand_in: &TableName,
) -> Result<()> {
    refuse_view(conn, &then.table)?;
    conn.batch("SET SESSION foreign_key_checks = 0")?;
    let now = match conn.has_table(&then.table)? {
        true => Some(anatomy::dissect(conn, &then.table)?),
        false => None,
    };
    let then_shown = shown(then)?;
    let restore = Restoring { then, shown: &then_shown, copy, contents };
    match &now {
        Some(now) if restore.fits(now)? => restore.exchange_rows(conn),
        _ => restore.replace(conn, now.as_ref(), stand_in),
    }
}

/// A view of that name is found neither as a table nor dropped as one.
fn refuse_view(conn: &mut MysqlConnection, table: &TableName) -> Result<()> {
    let sql = "SELECT 1 FROM information_schema.views WHERE table_schema = ? AND table_name = ?";
    let binds: Vec<Value> = table.parts().map(Value::from).collect();
    if conn.query(sql, &binds)?.is_empty() {
        return Ok(());
    }
    let message = format!("{table} is now the name of a view");
    Err(Error::new(ErrorKind::PreconditionFailed, message).remedy("rename the view, or drop it"))
}

fn shown(anatomy: &Anatomy) -> Result<Shown<'_>> {
    Shown::read(anatomy.parts_of(TABLE).next().map_or("", |part| &part.text))
}

/// Without the counter, which has a place in the text of the table.
pub(super) fn are_alike(one: &Anatomy, other: &Anatomy) -> bool {
    let shapes = [one, other].map(|anatomy| shown(anatomy).ok().map(|shown| shown.shape()));
    let others = [one, other].map(|anatomy| anatomy.parts.iter().filter(|part| part.kind != TABLE).collect::<Vec<_>>());
    one.columns == other.columns && one.key == other.key && shapes[0] == shapes[1] && others[0] == others[1]
}

struct Restoring<'a> {
    then: &'a Anatomy,
    shown: &'a Shown<'a>,
    copy: &'a TableName,
    contents: &'a Contents,
}

impl Restoring<'_> {
    /// Whether only rows differ, and rows may come and go unwatched and be rolled back.
    fn fits(&self, now: &Anatomy) -> Result<bool> {
        let watched = [now, self.then].iter().any(|anatomy| anatomy.parts_of(TRIGGER).next().is_some());
        let shown = shown(now)?;
        Ok(!watched && shown.is_transactional() && shown.shape() == self.shown.shape())
    }

    fn exchange_rows(&self, conn: &mut MysqlConnection) -> Result<()> {
        let table = &self.then.table;
        driver::begin(conn)?;
        let outcome = conn
            .batch(&format!("DELETE FROM {}", MYSQL.table(table)))
            .and_then(|()| self.fill(conn, table))
            .and_then(|()| self.check_keys(conn, table));
        match outcome {
            Ok(()) => driver::commit(conn),
            Err(error) => {
                driver::rollback(conn)?;
                Err(error)
            }
        }
    }

    fn replace(&self, conn: &mut MysqlConnection, now: Option<&Anatomy>, aside: &TableName) -> Result<()> {
        let drop_aside = format!("DROP TABLE IF EXISTS {}", MYSQL.table(aside));
        conn.batch(&drop_aside)?;
        let prepared = self.prepare(conn, aside, now);
        if let Err(error) = prepared {
            conn.batch(&drop_aside)?;
            return Err(error);
        }
        self.take_place(conn, aside).map_err(|error| {
            let table = &self.then.table;
            let state = format!("{table} is not as it was: its rows are in {aside} or in {table}, and in the backups");
            let told = Error::new(error.kind(), error.what()).failing(error.failure()).state(state);
            told.remedy("mend what the error names, then run the restore again").with_source(error)
        })
    }

    /// The table beside the one that stands, complete and verified.
    fn prepare(&self, conn: &mut MysqlConnection, aside: &TableName, now: Option<&Anatomy>) -> Result<()> {
        pinned(conn, |conn| conn.batch(&self.shown.create(aside)))?;
        let since = now.map(shown).transpose()?.and_then(|shown| shown.counter());
        if let Some(counter) = since.filter(|_| self.shown.counter().is_some()).max(self.shown.counter()) {
            conn.batch(&format!("ALTER TABLE {} AUTO_INCREMENT = {counter}", MYSQL.table(aside)))?;
        }
        self.fill(conn, aside)?;
        self.check_keys(conn, aside)
    }

    fn fill(&self, conn: &mut MysqlConnection, table: &TableName) -> Result<()> {
        let columns = names(&self.then.columns);
        let (target, copy) = (MYSQL.table(table), MYSQL.table(self.copy));
        let found = pinned(conn, |conn| {
            conn.batch(&format!("INSERT INTO {target} ({columns}) SELECT {columns} FROM {copy}"))?;
            digest::contents(conn, table, &self.then.columns)
        })?;
        if found == *self.contents {
            return Ok(());
        }
        let message = format!("{found} would stand in {}, the backup has {}", self.then.table, self.contents);
        Err(Error::new(ErrorKind::IntegrityFailed, message).remedy(format!(
            "something changes values as they are put in: take it away, then restore again; the rows are in {}",
            self.copy
        )))
    }

    /// The keys of the table and those that reference it, with the rows where they stand now.
    fn check_keys(&self, conn: &mut MysqlConnection, stand_in: &TableName) -> Result<()> {
        let table = &self.then.table;
        let own = self.shown.constraints.iter().filter_map(|constraint| keys::printed(table, constraint));
        let all: Vec<Key> = own.chain(keys::referencing(conn, table)?).collect();
        all.into_iter().try_for_each(|key| key.with(table, stand_in).check(conn))
    }

    /// By its name the table is found again by the foreign keys that reference it.
    fn take_place(&self, conn: &mut MysqlConnection, aside: &TableName) -> Result<()> {
        let table = MYSQL.table(&self.then.table);
        conn.batch(&format!("DROP TABLE IF EXISTS {table}"))?;
        conn.batch(&format!("RENAME TABLE {} TO {table}", MYSQL.table(aside)))?;
        if !self.shown.constraints.is_empty() {
            let added: Vec<String> = self.shown.constraints.iter().map(|one| format!("ADD {one}")).collect();
            conn.batch(&format!("ALTER TABLE {table} {}", added.join(", ")))?;
        }
        self.then.parts_of(TRIGGER).try_for_each(|trigger| self.create_trigger(conn, &trigger.name, &trigger.text))
    }

    fn create_trigger(&self, conn: &mut MysqlConnection, name: &str, text: &str) -> Result<()> {
        let mode = self.then.parts_of(MODE).find(|part| part.name == name).map_or("", |part| &part.text);
        let database = self.then.table.schema().map(|schema| MYSQL.quote(schema)).unwrap_or_default();
        pinned(conn, |conn| {
            let current = conn.current_schema()?;
            // The text names the table without its database.
            conn.batch(&format!("USE {database}"))?;
            let created = conn
                .batch(&format!("SET SESSION sql_mode = {}", MYSQL.text_literal(mode)))
                .and_then(|()| conn.batch(text));
            if let Some(current) = current {
                conn.batch(&format!("USE {}", MYSQL.quote(&current)))?;
            }
            created
        })
    }
}
