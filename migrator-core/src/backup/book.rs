//! The book of backups: a row for each, in `__migrator_backups` beside the history.

use super::left::Left;
use super::table_backup::{BackupId, TableBackup};
use super::under_way::{UNDER_WAY, UnderWay};
use super::written;
use crate::connection::copies::{Anatomy, Contents};
use crate::connection::{Database, Record, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{RevisionId, TableName};
use crate::operation::{Datum, TableBuilder, TableDef};

/// The layout of `__migrator_backups` that this version writes.
const FORMAT: i64 = 1;

const TABLE: &str = "__migrator_backups";
const DIESEL_TABLE: &str = "__diesel_schema_migrations";

/// In the order of [`Entry::values`] and [`entry`].
const COLUMNS: [&str; 12] = [
    "id",
    "format",
    "made_at",
    "table_schema",
    "table_name",
    "copy_schema",
    "copy_name",
    "label",
    "revision",
    "row_count",
    "digest",
    "anatomy",
];

/// A backup, and what its table was made of.
pub(super) struct Entry {
    /// With names as they are said where unqualified ones are looked up.
    pub(super) backup: TableBackup,
    /// With the table's full name.
    pub(super) anatomy: Anatomy,
    /// The copy's full name.
    pub(super) copy: TableName,
    /// How the migration left the table that made the backup, where that is known.
    pub(super) left: Option<Left>,
}

impl Entry {
    /// The table that stands in for the original while it is put back.
    pub(super) fn stand_in(&self) -> TableName {
        self.anatomy.table.sibling(self.backup.id.name_of_stand_in())
    }

    pub(super) fn contents(&self) -> Contents {
        Contents { rows: self.backup.rows, digest: self.backup.digest.clone() }
    }

    fn written(&self) -> String {
        written::written(&self.anatomy) + &self.left.as_ref().map(written::written_left).unwrap_or_default()
    }

    fn values(&self) -> [Datum; 12] {
        let backup = &self.backup;
        let optional = |text: Option<&str>| text.map_or(Datum::Null, Datum::from);
        [
            Datum::from(backup.id.as_ref()),
            FORMAT.into(),
            backup.made_at.as_str().into(),
            optional(self.anatomy.table.schema()),
            self.anatomy.table.name().into(),
            optional(self.copy.schema()),
            self.copy.name().into(),
            backup.label.as_str().into(),
            optional(backup.revision.as_ref().map(RevisionId::as_str)),
            i64::try_from(backup.rows).unwrap_or(i64::MAX).into(),
            backup.digest.as_str().into(),
            self.written().as_str().into(),
        ]
    }
}

fn definition(name: TableName) -> TableDef {
    let mut table = TableBuilder::new(name);
    table.string("id", 24).not_null().primary_key();
    table.small_integer("format").not_null();
    table.string("made_at", 32).not_null();
    table.text("table_schema");
    table.text("table_name").not_null();
    table.text("copy_schema");
    table.text("copy_name").not_null();
    table.text("label").not_null();
    table.string("revision", 50);
    table.big_integer("row_count").not_null();
    table.string("digest", 80).not_null();
    table.text("anatomy").not_null();
    table.finish()
}

/// The book of one database.
pub(super) struct Book {
    table: TableName,
    there: bool,
}

impl Book {
    /// Where it stands, or where it is to stand: beside Diesel's table.
    pub(super) fn find(database: &mut dyn Database) -> Result<Self> {
        if let Some(table) = database.locate(&TABLE.into())? {
            return Ok(Self { table, there: true });
        }
        let diesel = database.locate(&DIESEL_TABLE.into())?;
        let schema = match diesel.and_then(|table| table.schema().map(str::to_owned)) {
            Some(schema) => Some(schema),
            None => database.current_schema()?,
        };
        let table = match &schema {
            Some(schema) => TableName::from((schema.as_str(), TABLE)),
            None => TableName::from(TABLE),
        };
        Ok(Self { there: database.has_table(&table)?, table })
    }

    pub(super) fn is_there(&self) -> bool {
        self.there
    }

    /// Whether it had to be made.
    pub(super) fn create(&mut self, database: &mut dyn Database) -> Result<bool> {
        if self.there {
            database.mend_books(std::slice::from_ref(&self.table))?;
            return Ok(false);
        }
        let statements = database.renderer()?.create_book(&definition(self.table.clone()));
        database.batch(&statements.join(";\n")).map_err(|error| {
            let message = format!("the book of backups, {TABLE}, could not be made: {}", error.what());
            Error::new(error.kind(), message).failing(error.failure()).remedy_of(&error).with_source(error)
        })?;
        self.there = true;
        Ok(true)
    }

    /// Takes away what [`create`](Self::create) made, where nothing rolls that back.
    pub(super) fn remove(&mut self, database: &mut dyn Database) -> Result<()> {
        let sql = database.renderer()?.drop_table(&self.table);
        database.batch(&sql)?;
        self.there = false;
        Ok(())
    }

    pub(super) fn insert(&self, database: &mut dyn Database, entry: &Entry) -> Result<()> {
        let renderer = database.renderer()?;
        let types = database.column_types(&self.table)?;
        let mut binds = Vec::new();
        let mut expressions = Vec::new();
        for (column, value) in COLUMNS.iter().zip(entry.values()) {
            let sql_type = types.iter().find(|(name, _)| name == column).map_or("", |(_, sql_type)| sql_type);
            expressions.push(renderer.bound(&value, sql_type, &mut binds));
        }
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            renderer.table(&self.table),
            COLUMNS.join(", "),
            expressions.join(", ")
        );
        let binds: Vec<Value> = binds.iter().map(Value::from).collect();
        database.execute(&sql, &binds).map(|_| ())
    }

    pub(super) fn table(&self) -> &TableName {
        &self.table
    }

    /// Writes anew how many rows the copy has, and their digest.
    pub(super) fn recount(&self, database: &mut dyn Database, backup: &TableBackup) -> Result<()> {
        let table = database.renderer()?.table(&self.table);
        database.batch(&format!(
            "UPDATE {table} SET row_count = {}, digest = '{}' WHERE id = '{}'",
            backup.rows, backup.digest, backup.id
        ))
    }

    /// Writes anew what is known of the table.
    pub(super) fn rewrite(&self, database: &mut dyn Database, entry: &Entry) -> Result<()> {
        let renderer = database.renderer()?;
        let (text, mut binds) = (Datum::from(entry.written().as_str()), Vec::new());
        let expression = renderer.bound(&text, "text", &mut binds);
        let table = renderer.table(&self.table);
        let binds: Vec<Value> = binds.iter().map(Value::from).collect();
        let sql = format!("UPDATE {table} SET anatomy = {expression} WHERE id = '{}'", entry.backup.id);
        database.execute(&sql, &binds).map(|_| ())
    }

    pub(super) fn forget(&self, database: &mut dyn Database, id: &BackupId) -> Result<()> {
        let table = database.renderer()?.table(&self.table);
        database.batch(&format!("DELETE FROM {table} WHERE id = '{id}'"))
    }

    /// Every backup, oldest first.
    pub(super) fn backups(&self, database: &mut dyn Database) -> Result<Vec<TableBackup>> {
        // What tables are made of is long, and not wanted here.
        let rows = self.all(database, "NOT LIKE")?;
        let current = database.current_schema()?;
        rows.iter().map(|row| backup(row, current.as_deref())).collect()
    }

    /// What is being done, or was when somebody was killed, oldest first.
    pub(super) fn under_way(&self, database: &mut dyn Database) -> Result<Vec<UnderWay>> {
        let rows = self.all(database, "LIKE")?;
        let current = database.current_schema()?;
        let under_way = |row: &Record| Ok(UnderWay::of(backup(row, current.as_deref())?, full_name(row, COPY_AT)));
        rows.iter().filter_map(|row| under_way(row).transpose()).collect()
    }

    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self, database: &mut dyn Database) -> Result<bool> {
        Ok(self.rows(database, &["id"], "LIMIT 1")?.is_empty())
    }

    /// What tables are made of is long, and left out.
    fn all(&self, database: &mut dyn Database, like: &str) -> Result<Vec<Record>> {
        let those = format!("WHERE digest {like} '{UNDER_WAY}%' ORDER BY made_at, id");
        self.rows(database, &COLUMNS[..COLUMNS.len() - 1], &those)
    }

    /// The backup of that id with all that is known of it.
    pub(super) fn entry(&self, database: &mut dyn Database, id: &BackupId) -> Result<Entry> {
        self.entry_that(database, id, "NOT LIKE")
    }

    /// The same of what is under way.
    pub(super) fn entry_under_way(&self, database: &mut dyn Database, id: &BackupId) -> Result<Entry> {
        self.entry_that(database, id, "LIKE")
    }

    fn entry_that(&self, database: &mut dyn Database, id: &BackupId, like: &str) -> Result<Entry> {
        let that = format!("WHERE id = '{id}' AND digest {like} '{UNDER_WAY}%'");
        let rows = self.rows(database, &COLUMNS, &that)?;
        let Some(row) = rows.first() else { return Err(self.unknown(database, id)?) };
        let backup = backup(row, database.current_schema()?.as_deref())?;
        let (table, copy) = (full_name(row, TABLE_AT), full_name(row, COPY_AT));
        let (anatomy, left) = written::read(&table, &row.text(COLUMNS.len() - 1)).ok_or_else(|| {
            Error::new(ErrorKind::IntegrityFailed, format!("what the book says of backup {id} was changed"))
                .state("nothing was changed")
                .remedy(format!("restore another backup of the table, or fill it by hand: the rows are in {copy}"))
        })?;
        Ok(Entry { backup, anatomy, copy, left })
    }

    fn rows(&self, database: &mut dyn Database, columns: &[&str], tail: &str) -> Result<Vec<Record>> {
        if !self.there {
            return Ok(Vec::new());
        }
        let table = database.renderer()?.table(&self.table);
        database.query(&format!("SELECT {} FROM {table} {tail}", columns.join(", ")), &[])
    }

    fn unknown(&self, database: &mut dyn Database, id: &BackupId) -> Result<Error> {
        let all = self.backups(database)?;
        let newest = all.iter().rev().take(3).map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let there = match all.len() {
            0 => "there is none".to_owned(),
            count => format!("there are {count}, the newest: {newest}"),
        };
        Ok(Error::new(ErrorKind::UnknownTarget, format!("there is no backup {id} in {}", self.table))
            .state("nothing was changed")
            .remedy(format!("say the id of one that is there; {there}")))
    }
}

/// Where the schema of a name stands in a row; the name itself is next to it.
const TABLE_AT: usize = 3;
const COPY_AT: usize = 5;

fn full_name(row: &Record, at: usize) -> TableName {
    match row.optional_text(at) {
        Some(schema) => TableName::from((schema.as_str(), row.text(at + 1).as_str())),
        None => TableName::from(row.text(at + 1)),
    }
}

/// The name without its schema, where that is the one that unqualified names are looked up in.
pub(super) fn short(name: TableName, current: Option<&str>) -> TableName {
    if name.schema().is_some() && name.schema() == current { TableName::from(name.name()) } else { name }
}

fn backup(row: &Record, current: Option<&str>) -> Result<TableBackup> {
    let format = row.integer(1);
    if format > FORMAT {
        let message = format!("the book of backups is of format {format}, this program writes format {FORMAT}");
        return Err(Error::new(ErrorKind::HistoryFormat, message)
            .state("nothing was changed")
            .remedy("a later version of migrator-core wrote it: use that version or a later one"));
    }
    Ok(TableBackup {
        id: row.text(0).parse()?,
        made_at: row.text(2),
        table: short(full_name(row, TABLE_AT), current),
        copy: short(full_name(row, COPY_AT), current),
        label: row.text(7),
        revision: row.optional_text(8).map(|revision| RevisionId::from(revision.as_str())),
        rows: u64::try_from(row.integer(9)).unwrap_or(0),
        digest: row.text(10),
    })
}
