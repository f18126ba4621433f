//! The schema as the last run left it, kept beside the history: what drift is measured against.

use std::collections::BTreeSet;

use super::book::Book;
use super::entry::now;
use crate::connection::{Database, Value};
use crate::digest::Digest;
use crate::error::Result;
use crate::name::{RevisionId, TableName};
use crate::operation::{Datum, TableBuilder, TableDef};
use crate::schema::Schema;

/// The layout that this version writes.
const FORMAT: i64 = 1;

/// The schema as the last run left it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Whether it was kept for just these revisions, seen from where this session stands.
    pub(crate) is_of_now: bool,
    pub(crate) fingerprint: String,
    pub(crate) kept_at: String,
    snapshot: String,
}

impl Kept {
    /// None when a later version wrote it.
    pub(crate) fn schema(&self) -> Option<Schema> {
        Schema::from_snapshot(&self.snapshot)
    }
}

/// Ours: one row.
fn definition(name: TableName) -> TableDef {
    let mut table = TableBuilder::new(name);
    table.small_integer("id").not_null().primary_key();
    table.small_integer("format").not_null();
    table.string("applied", 40).not_null();
    table.string("place", 300).not_null();
    table.string("fingerprint", 40).not_null();
    table.string("kept_at", 32).not_null();
    table.text("snapshot").not_null();
    table.finish()
}

/// What tells one set of revisions from another.
fn digest(applied: &BTreeSet<RevisionId>) -> String {
    let mut digest = Digest::default();
    for revision in applied {
        digest.part(revision.as_str());
    }
    digest.finish()
}

impl Book {
    /// Keeps the schema as what these revisions have left, unless the history has gone on meanwhile. Where the schema is
    /// the one that is kept already, only that is written down.
    pub(crate) fn keep_schema(
        &self,
        database: &mut dyn Database,
        applied: &BTreeSet<RevisionId>,
        schema: &Schema,
    ) -> Result<()> {
        let name = self.snapshot_table();
        match database.has_table(&name)? {
            true => database.mend_books(std::slice::from_ref(&name))?,
            false => self.create_snapshot_table(database, &name)?,
        }
        let (table, diesel) = (self.quoted(&name), self.quoted(&self.diesel_table()));
        let place = place(database)?;
        let head = format!("UPDATE {table} SET applied = '{}', kept_at = '{}'", digest(applied), now());
        let unmoved = format!("id = 1 AND (SELECT count(*) FROM {diesel}) = {}", applied.len());
        let text = |text: &str| self.literal(text);
        let snapshot = schema.to_snapshot();
        let (place, fingerprint) = (text(&place), text(&Schema::fingerprint_of(&snapshot)));
        let same = format!("{head} WHERE {unmoved} AND place = {place} AND fingerprint = {fingerprint}");
        if database.execute(&same, &[])? > 0 {
            return Ok(());
        }
        let mark = database.renderer()?.bound(&Datum::Null, "text", &mut Vec::new());
        let whole = format!(
            "{head}, format = {FORMAT}, place = {place}, fingerprint = {fingerprint}, snapshot = {mark} WHERE {unmoved}"
        );
        database.execute(&whole, &[Value::Text(snapshot)]).map(drop)
    }

    fn create_snapshot_table(&self, database: &mut dyn Database, name: &TableName) -> Result<()> {
        let mut statements = database.renderer()?.create_book(&definition(name.clone()));
        statements.push(format!(
            "INSERT INTO {} (id, format, applied, place, fingerprint, kept_at, snapshot) VALUES (1, {FORMAT}, '', '', '', '', '')",
            self.quoted(name)
        ));
        database.batch(&statements.join(";\n"))
    }

    /// The schema that is kept, where there is one that this version can read.
    pub(crate) fn kept_schema(
        &self,
        database: &mut dyn Database,
        applied: &BTreeSet<RevisionId>,
    ) -> Result<Option<Kept>> {
        let name = self.snapshot_table();
        if !database.can_read(&name)? {
            return Ok(None);
        }
        let sql = format!(
            "SELECT applied, place, fingerprint, kept_at, snapshot FROM {} WHERE id = 1 AND format = {FORMAT} AND applied <> ''",
            self.quoted(&name)
        );
        let rows = database.query(&sql, &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let is_of_now = row.text(0) == digest(applied) && row.text(1) == place(database)?;
        let (fingerprint, kept_at, snapshot) = (row.text(2), row.text(3), row.text(4));
        Ok(Some(Kept { is_of_now, fingerprint, kept_at, snapshot }))
    }
}

/// Where unqualified names are found: two sessions that differ in it see another schema.
fn place(database: &mut dyn Database) -> Result<String> {
    Ok(database.current_schema()?.unwrap_or_default())
}
