//! What stands on a table and goes with it when it is dropped.

use diesel::sqlite::SqliteConnection;

use super::shape::in_main;
use crate::backend::sqlite::ddl::{CreateIndex, CreateTable, Rule, in_schema, qualifies, same_name};
use crate::backend::sqlite::renderer::Renderer;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// A table, as its texts say it.
pub(super) struct Standing {
    /// As the database spells it.
    pub(super) name: String,
    pub(super) sql: String,
    pub(super) indexes: Vec<Text>,
    triggers: Vec<Text>,
    /// Where AUTOINCREMENT counts: the number it gave last, once it gave one.
    sequence: Option<Option<i64>>,
    /// Indexes that are not created again.
    pub(super) let_go: Vec<String>,
}

/// A stored statement.
pub(super) struct Text {
    pub(super) schema: &'static str,
    pub(super) name: String,
    pub(super) sql: String,
}

impl Standing {
    pub(super) fn read(conn: &mut SqliteConnection, table: &TableName) -> Result<Self> {
        let sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE";
        let rows = conn.query(sql, &[table.name().into()])?;
        let Some(row) = rows.first().filter(|_| table.schema().is_none()) else {
            return Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there")));
        };
        let (name, sql) = (row.text(0), row.text(1));
        let mut triggers = texts(conn, "main", "trigger", &name)?;
        triggers.extend(texts(conn, "temp", "trigger", &name)?);
        Ok(Self {
            indexes: texts(conn, "main", "index", &name)?,
            triggers,
            sequence: sequence(conn, &name, &sql)?,
            let_go: Vec::new(),
            name,
            sql,
        })
    }

    /// Whether an expression of the table or of its indexes says the table's own name.
    pub(super) fn qualifies_itself(&self) -> bool {
        let indexes = self.indexes.iter().map(|index| &index.sql);
        indexes.chain([&self.sql]).any(|sql| qualifies(sql, &self.name))
    }

    /// Whether an index is on that column or says it.
    pub(super) fn names_column(&self, column: &str) -> bool {
        self.indexes.iter().any(|index| CreateIndex::parse(&index.sql).is_ok_and(|index| index.names(column)))
    }

    /// Takes the triggers off: they are created again, and a rename need not look at them.
    pub(super) fn drop_triggers(&self, conn: &mut SqliteConnection) -> Result<()> {
        let own = self.triggers.iter().filter(|trigger| trigger.schema == "main");
        own.into_iter().try_for_each(|trigger| conn.batch(&format!("DROP TRIGGER {}", in_main(&trigger.name))))
    }

    /// Leaves these indexes out when what stood on the table is created again.
    pub(super) fn let_go(&mut self, indexes: Vec<String>) {
        self.indexes.retain(|index| !indexes.contains(&index.name));
        self.let_go = indexes;
    }

    /// Creates indexes and triggers again, in the order they were created in, and goes on counting where it stopped.
    pub(super) fn recreate(&self, conn: &mut SqliteConnection) -> Result<()> {
        self.indexes.iter().try_for_each(|index| conn.batch(&in_schema(&index.sql, index.schema)))?;
        for trigger in &self.triggers {
            // A temporary trigger may stand on another table of that name.
            if !is_there(conn, trigger)? {
                conn.batch(&in_schema(&trigger.sql, trigger.schema))?;
            }
        }
        self.restore_sequence(conn)
    }

    fn restore_sequence(&self, conn: &mut SqliteConnection) -> Result<()> {
        let Some(sequence) = &self.sequence else { return Ok(()) };
        let name = Renderer.text_literal(&self.name);
        conn.batch(&format!("DELETE FROM main.sqlite_sequence WHERE name = {name}"))?;
        let Some(last) = sequence else { return Ok(()) };
        conn.batch(&format!("INSERT INTO main.sqlite_sequence (name, seq) VALUES ({name}, {last})"))
    }
}

fn texts(conn: &mut SqliteConnection, schema: &'static str, kind: &str, table: &str) -> Result<Vec<Text>> {
    let sql = format!(
        "SELECT name, sql FROM {schema}.sqlite_schema \
         WHERE type = ? AND tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL ORDER BY rowid"
    );
    let rows = conn.query(&sql, &[kind.into(), table.into()])?;
    Ok(rows.iter().map(|row| Text { schema, name: row.text(0), sql: row.text(1) }).collect())
}

fn is_there(conn: &mut SqliteConnection, trigger: &Text) -> Result<bool> {
    let sql = format!("SELECT count(*) FROM {}.sqlite_schema WHERE type = 'trigger' AND name = ?", trigger.schema);
    Ok(conn.query(&sql, &[trigger.name.as_str().into()])?.first().is_some_and(|row| row.flag(0)))
}

fn sequence(conn: &mut SqliteConnection, table: &str, sql: &str) -> Result<Option<Option<i64>>> {
    let counts = |rule: &Rule| matches!(rule, Rule::PrimaryKey { autoincrement: true, .. });
    if !CreateTable::parse(sql)?.all_constraints().any(|constraint| counts(&constraint.rule)) {
        return Ok(None);
    }
    let rows = conn.query("SELECT name, seq FROM main.sqlite_sequence", &[])?;
    let row = rows.into_iter().find(|row| same_name(&row.text(0), table));
    Ok(Some(row.map(|row| row.integer(1))))
}
