//! The SQL of the two history tables. Pure.

use super::entry::{Row, State, now};
use super::owed::Books;
use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::{TableBuilder, TableDef};

/// The layout of `__migrator_history` that this version writes.
pub(super) const FORMAT: i64 = 1;

/// The states of rows that tell of single steps.
const JOURNAL: &str = "'running', 'ran', 'batch', 'opaque'";
/// The states of rows after which a migration is not under way.
const ENDS: &str = "'done', 'skipped', 'stamped', 'settled'";

/// What a row of ours is written with.
pub(super) const COLUMNS: &str = "format, revision, direction, state, statements, checksum, digest, witness, started_at, \
                                  ended_at, who, note";

/// What is told of a row.
const ENTRY: &str = "revision, direction, state, statements, checksum, started_at, ended_at, who, note";

/// Diesel's table, in Diesel's own words.
pub(super) fn create_diesel_table(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
    )
}

/// Ours: one row for each thing done.
pub(super) fn history_table(name: TableName, renderer: &dyn SqlRenderer) -> TableDef {
    let mut table = TableBuilder::new(name);
    match renderer.numbered_column() {
        Some(numbered) => table.custom("id", numbered),
        None => table.id(),
    };
    table.small_integer("format").not_null();
    table.string("revision", 50).not_null();
    table.string("direction", 4).not_null();
    table.string("state", 10).not_null();
    table.integer("statements");
    table.string("checksum", 40);
    table.string("digest", 40);
    table.text("witness");
    table.string("started_at", 32).not_null();
    table.string("ended_at", 32);
    table.string("who", 200);
    table.text("note");
    table.finish()
}

/// The two tables' quoted names and what is needed to write their SQL.
pub(super) struct Statements<'a> {
    pub(super) renderer: &'a dyn SqlRenderer,
    pub(super) diesel: String,
    pub(super) history: String,
    /// The expression that changes with every change of Diesel's table.
    pub(super) witness: String,
}

impl Statements<'_> {
    /// One SELECT. Where the newest digest is `expected` and Diesel's table is as it was when that was written: no row.
    /// Else every row of Diesel's table, or one of NULLs when there is none, and likewise every row of ours: side by side,
    /// so that the question is asked once, and neither table is read before it is answered.
    pub(super) fn changes_since(&self, expected: &str) -> String {
        let Self { diesel, history, witness, .. } = self;
        format!(
            "SELECT coalesce(v.version, h.revision), h.checksum, h.id, h.state, h.direction, h.format \
             FROM (SELECT 1 AS stale WHERE coalesce((SELECT CASE WHEN digest = '{expected}' \
             THEN witness END FROM {history} WHERE digest IS NOT NULL ORDER BY id DESC LIMIT 1), '-') \
             <> coalesce({witness}, '')) s LEFT JOIN (SELECT 0 AS side UNION ALL SELECT 1) k ON 1 = 1 \
             LEFT JOIN {diesel} v ON k.side = 0 LEFT JOIN {history} h ON k.side = 1"
        )
    }

    /// The same as [`changes_since`](Self::changes_since) in few relations, which are quickly planned, where the product
    /// can put many rows into one text: NULLs where all is as expected, else the rows of either table. No row while
    /// nothing was recorded.
    pub(super) fn changes_in_short(&self, expected: &str) -> Option<String> {
        let Self { diesel, history, witness, .. } = self;
        let versions = self.renderer.joined(&["version"], diesel)?;
        let parts =
            ["revision", "coalesce(checksum, '')", "CAST(id AS TEXT)", "state", "direction", "CAST(format AS TEXT)"];
        let told = self.renderer.joined(&parts, history)?;
        Some(format!(
            "SELECT CASE WHEN fresh THEN NULL ELSE coalesce({versions}, '') END, CASE WHEN fresh THEN NULL ELSE {told} END \
             FROM (SELECT coalesce(digest = '{expected}' AND witness = {witness}, FALSE) AS fresh FROM {history} \
             WHERE digest IS NOT NULL ORDER BY id DESC LIMIT 1) n"
        ))
    }

    /// The newest digest, whether Diesel's table is as it was when that was written, and which row tells so: a short look,
    /// for whoever holds the lock.
    pub(super) fn newest_digest(&self) -> String {
        let Self { history, witness, .. } = self;
        format!(
            "SELECT digest, CASE WHEN witness = {witness} THEN 1 ELSE 0 END, id FROM {history} \
             WHERE digest IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
    }

    /// Diesel's table alone.
    pub(super) fn versions(&self) -> String {
        format!("SELECT version FROM {}", self.diesel)
    }

    /// A row of ours; with a digest, an expression, it tells the state of Diesel's table too, as it is after the statements before.
    pub(super) fn insert_history(&self, row: &Row, digest: Option<&str>, who: &str) -> String {
        let witness = if digest.is_some() { self.witness.as_str() } else { "NULL" };
        self.insert(row, digest, witness, who)
    }

    /// A row of a migration's journal.
    pub(super) fn insert_step(&self, row: &Row, witness: Option<&str>, who: &str) -> String {
        let witness = witness.map_or("NULL".to_owned(), |text| self.renderer.text_literal(text));
        self.insert(row, None, &witness, who)
    }

    fn insert(&self, row: &Row, digest: Option<&str>, witness: &str, who: &str) -> String {
        let (before, after) = self.values(row, who);
        let digest = digest.unwrap_or("NULL");
        // Quicker to prepare than a SELECT of the same values.
        format!("INSERT INTO {} ({COLUMNS}) VALUES ({before}, {digest}, {witness}, {after})", self.history)
    }

    /// The values of a row as they are now, before its digest and after its witness.
    pub(super) fn values(&self, row: &Row, who: &str) -> (String, String) {
        let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| self.renderer.text_literal(text));
        let before = format!(
            "{FORMAT}, {}, '{}', '{}', {}, {}",
            text(Some(row.revision.as_str())),
            row.direction,
            row.state.as_str(),
            row.statements,
            text(row.checksum.as_deref()),
        );
        let (who, note) = (text(Some(who)), text(row.note.as_deref()));
        (before, format!("'{}', '{}', {who}, {note}", row.started, now()))
    }

    pub(super) fn into_books(self) -> Books {
        let Self { diesel, history, witness, .. } = self;
        Books { diesel, history, witness }
    }

    /// The digest as an expression: one that no set has when the table holds another number of rows than the set.
    pub(super) fn digest_of(&self, digest: &str, count: usize) -> String {
        format!("CASE WHEN (SELECT count(*) FROM {}) = {count} THEN '{digest}' ELSE '-' END", self.diesel)
    }

    pub(super) fn insert_version(&self, revision: &str) -> String {
        format!("INSERT INTO {} (version) VALUES ({})", self.diesel, self.renderer.text_literal(revision))
    }

    pub(super) fn delete_version(&self, revision: &str) -> String {
        format!("DELETE FROM {} WHERE version = {}", self.diesel, self.renderer.text_literal(revision))
    }

    /// Every row of ours, in the order it was written.
    pub(super) fn entries(&self) -> String {
        format!("SELECT {ENTRY} FROM {} h ORDER BY id", self.history)
    }

    /// What the newest row says that tells of a whole migration.
    pub(super) fn newest_note(&self) -> String {
        format!(
            "SELECT coalesce(note, '') FROM {} WHERE state NOT IN ({JOURNAL}, '{}') ORDER BY id DESC LIMIT 1",
            self.history,
            State::Failed.as_str()
        )
    }

    /// What was begun and has neither ended nor failed since, oldest first.
    pub(super) fn unfinished(&self) -> String {
        format!(
            "SELECT {ENTRY} FROM {0} h WHERE state = '{1}' AND NOT EXISTS (SELECT 1 FROM {0} later \
             WHERE later.revision = h.revision AND later.id > h.id AND later.state NOT IN ({JOURNAL}))",
            self.history,
            State::Started.as_str()
        )
    }

    /// What was begun and has not ended since, whether it failed or not, oldest first.
    pub(super) fn unsettled(&self) -> String {
        format!(
            "SELECT {ENTRY} FROM {0} h WHERE state = '{1}' AND NOT EXISTS (SELECT 1 FROM {0} later \
             WHERE later.revision = h.revision AND later.id > h.id AND later.state IN ({ENDS})) ORDER BY id",
            self.history,
            State::Started.as_str()
        )
    }

    /// Everything told of a migration since it last came to an end.
    pub(super) fn since_its_end(&self, revision: &str) -> String {
        let revision = self.renderer.text_literal(revision);
        format!(
            "SELECT state, statements, checksum, note, witness FROM {0} h WHERE revision = {revision} AND id > coalesce((SELECT max(e.id) FROM {0} e \
             WHERE e.revision = {revision} AND e.state IN ({ENDS})), 0) ORDER BY id",
            self.history
        )
    }

    /// The newest row of ours.
    pub(super) fn newest(&self) -> String {
        format!("SELECT coalesce(max(id), 0) FROM {}", self.history)
    }

    /// The migrations that were begun and have not come to an end since, whatever is told of them.
    pub(super) fn left_over(&self) -> String {
        format!(
            "SELECT revision FROM {} GROUP BY revision HAVING max(id) > max(CASE WHEN state IN ({ENDS}) THEN id ELSE 0 END)",
            self.history
        )
    }

    /// A statement that was begun is done, or was refused and leaves nothing. Its row is newer than the one named.
    pub(super) fn end_running(&self, revision: &str, since: i64, done: bool) -> String {
        let (revision, running) = (self.renderer.text_literal(revision), State::Running.as_str());
        let of_it = format!("WHERE id > {since} AND revision = {revision} AND state = '{running}'");
        match done {
            true => {
                format!("UPDATE {} SET state = '{}', ended_at = '{}' {of_it}", self.history, State::Ran.as_str(), now())
            }
            false => format!("DELETE FROM {} {of_it}", self.history),
        }
    }

    /// What it did through its own connection is known now.
    pub(super) fn forget_opaque(&self, revision: &str) -> String {
        let (revision, opaque) = (self.renderer.text_literal(revision), State::Opaque.as_str());
        format!("DELETE FROM {} WHERE revision = {revision} AND state = '{opaque}'", self.history)
    }

    /// How far the batches of a call are now.
    pub(super) fn go_on(&self, row: &Row) -> String {
        let text = |text: &str| self.renderer.text_literal(text);
        format!(
            "UPDATE {} SET note = {}, ended_at = '{}' WHERE revision = {} AND state = '{}' AND statements = {}",
            self.history,
            text(row.note.as_deref().unwrap_or_default()),
            now(),
            text(row.revision.as_str()),
            row.state.as_str(),
            row.statements,
        )
    }

    /// A migration at its end needs its journal no more, whose rows are newer than the one named.
    pub(super) fn forget_journal(&self, revision: &str, since: i64) -> String {
        let revision = self.renderer.text_literal(revision);
        format!("DELETE FROM {} WHERE id > {since} AND revision = {revision} AND state IN ({JOURNAL})", self.history)
    }
}
