//! Copies of tables, and tables made again from their own texts.

use std::path::Path;

use diesel::sqlite::SqliteConnection;

use super::ddl::{CreateTable, in_schema, same_name};
use super::rebuild;
use super::renderer::Renderer;
use super::whole;
use super::{compare, digest};
use crate::backend::driver;
use crate::connection::copies::{Anatomy, Contents, Copies, KeptColumn, Part};
use crate::connection::{Database, Scope, Value};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

const TABLE: &str = "table";
const INDEX: &str = "index";
const TRIGGER: &str = "trigger";
const SEQUENCE: &str = "sequence";

impl Copies for SqliteConnection {
    /// A virtual table's rows are its module's, which mostly keeps them in tables that are copied.
    fn copied_tables(&mut self) -> Result<Vec<TableName>> {
        let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE 'create virtual%'";
        let virtual_tables = self.query(sql, &[])?;
        let is_virtual = |table: &TableName| virtual_tables.iter().any(|row| row.text(0) == table.name());
        Ok(self.inspect(Scope::All)?.tables.into_keys().filter(|table| !is_virtual(table)).collect())
    }

    fn dissect(&mut self, table: &TableName) -> Result<Anatomy> {
        let sql = "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL \
                   AND type IN ('table', 'index', 'trigger') ORDER BY type <> 'table', type, rowid";
        let rows = self.query(sql, &[table.name().into()])?;
        let Some(own) = rows.first().filter(|row| row.text(0) == TABLE && table.schema().is_none()) else {
            return Err(Error::new(ErrorKind::PreconditionFailed, format!("table {table} is not there")));
        };
        refuse_virtual(table, &own.text(2))?;
        let name = own.text(1);
        let mut parts: Vec<Part> = rows.iter().map(|row| Part::new(&row.text(0), row.text(1), row.text(2))).collect();
        parts.extend(sequence(self, &name)?.map(|last| Part::new(SEQUENCE, name.as_str(), last.to_string())));
        let columns = self.query(
            "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid",
            &[name.as_str().into()],
        )?;
        let mut key: Vec<_> =
            columns.iter().filter(|row| row.flag(2)).map(|row| (row.integer(2), row.text(0))).collect();
        key.sort();
        let kept = columns.iter().filter(|row| !row.flag(3)).map(|row| KeptColumn {
            name: row.text(0),
            sql_type: row.text(1),
            kept_type: row.text(1),
        });
        Ok(Anatomy {
            table: name.into(),
            columns: kept.collect(),
            key: key.into_iter().map(|(_, name)| name).collect(),
            parts,
        })
    }

    /// The write lock is taken at once: a transaction that reads first and then writes is refused when somebody else writes.
    fn begin_copies(&mut self) -> Result<()> {
        if self.transaction_depth()? > 0 {
            return self.begin();
        }
        let before = self.grow_patient()?;
        let begun = driver::begin_with(self, "BEGIN IMMEDIATE");
        self.be_patient_as(before)?;
        begun
    }

    fn begin_restore(&mut self, table: &TableName) -> Result<()> {
        if self.has_table(table)? && rebuild::reaches_others(self, table)? {
            let message =
                format!("with foreign keys enforced, rows that reference {table} would be deleted or changed");
            return Err(Error::new(ErrorKind::InTransaction, message).remedy(
                "inside a transaction SQLite does not switch foreign keys off: end the transaction first, or switch them \
                 off before it begins (PRAGMA foreign_keys = off)",
            ));
        }
        self.begin_copies()
    }

    /// Nobody else writes in it.
    fn begin_holding(&mut self) -> Result<()> {
        self.begin_copies()
    }

    fn refill_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<()> {
        let (copy, columns, original) = (in_main(copy), names(&anatomy.columns), in_main(&anatomy.table));
        self.batch(&format!("DELETE FROM {copy}; INSERT INTO {copy} ({columns}) SELECT {columns} FROM {original}"))
    }

    /// Into a table of the same columns SQLite copies records as they are, which is several times faster. Where it may not
    /// have one, the copy's columns have no type: then no value is converted either.
    fn make_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<u64> {
        let (copy, original) = (in_main(copy), in_main(&anatomy.table));
        let alike = alike(self, anatomy)?;
        let insert = match alike {
            Some(definition) if self.batch(&format!("CREATE TABLE {copy} {definition}")).is_ok() => {
                format!("INSERT INTO {copy} SELECT * FROM {original}")
            }
            _ => {
                let columns = names(&anatomy.columns);
                self.batch(&format!("CREATE TABLE {copy} ({columns})"))?;
                format!("INSERT INTO {copy} ({columns}) SELECT {columns} FROM {original}")
            }
        };
        self.execute(&insert, &[]).map(|rows| rows as u64)
    }

    fn contents(&mut self, table: &TableName, columns: &[KeptColumn]) -> Result<Contents> {
        let columns: Vec<String> = columns.iter().map(|column| Renderer.quote(&column.name)).collect();
        digest::of_rows(self, &columns, &format!("FROM {}", in_main(table)))
    }

    /// Row by row the two are compared inside SQLite, and what is alike is digested in the same pass. Where that does not
    /// show them to be equal, the digests of both tell.
    fn contents_of_both(&mut self, anatomy: &Anatomy, copy: &TableName, rows: u64) -> Result<[Contents; 2]> {
        match compare::contents_alike(self, anatomy, copy, rows)? {
            Some(contents) => Ok([contents.clone(), contents]),
            None => Ok([self.contents(&anatomy.table, &anatomy.columns)?, self.contents(copy, &anatomy.columns)?]),
        }
    }

    fn as_compared(&self, column: &KeptColumn) -> String {
        let name = Renderer.quote(&column.name);
        format!("CASE typeof({name}) WHEN 'text' THEN {name} ELSE quote({name}) END")
    }

    fn copy_database(&mut self, path: &Path) -> Result<u64> {
        whole::copy_database(self, path)
    }

    fn put_back(
        &mut self,
        anatomy: &Anatomy,
        copy: &TableName,
        _contents: &Contents,
        _stand_in: &TableName,
    ) -> Result<()> {
        let table = in_main(&anatomy.table);
        let counted = sequence(self, anatomy.table.name())?;
        if self.has_table(&anatomy.table)? {
            self.batch(&format!("DROP TABLE {table}"))?;
        }
        for part in anatomy.parts_of(TABLE) {
            self.batch(&rebuild::create_statement(&part.text)?)?;
        }
        let columns = names(&anatomy.columns);
        // OR ABORT: a column's own ON CONFLICT IGNORE or REPLACE would leave rows out without a word.
        self.batch(&format!("INSERT OR ABORT INTO {table} ({columns}) SELECT {columns} FROM {}", in_main(copy)))?;
        for part in anatomy.parts_of(INDEX).chain(anatomy.parts_of(TRIGGER)) {
            self.batch(&in_schema(&part.text, "main"))?;
        }
        go_on_counting(self, anatomy, counted)
    }
}

fn refuse_virtual(table: &TableName, sql: &str) -> Result<()> {
    let is_virtual = sql.split_whitespace().nth(1).is_some_and(|word| word.eq_ignore_ascii_case("virtual"));
    if !is_virtual {
        return Ok(());
    }
    let message = format!("{table} is a virtual table: its module keeps its rows, and no copy of them is made");
    Err(Error::unsupported(message, "back up the whole database as a file"))
}

pub(super) fn in_main(table: &TableName) -> String {
    format!("main.{}", Renderer.quote(table.name()))
}

fn names(columns: &[KeptColumn]) -> String {
    columns.iter().map(|column| Renderer.quote(&column.name)).collect::<Vec<_>>().join(", ")
}

/// The definition of a table that SQLite copies this one's records into as they are; none where there can be no such.
///
/// It asks for the same types, collations, defaults and row numbers, and for nothing else.
fn alike(conn: &mut SqliteConnection, anatomy: &Anatomy) -> Result<Option<String>> {
    let Some(create) = anatomy.parts_of(TABLE).next().and_then(|part| CreateTable::parse(&part.text).ok()) else {
        return Ok(None);
    };
    if create.without_rowid || create.columns.len() != anatomy.columns.len() {
        return Ok(None);
    }
    let sql = "SELECT name, dflt_value, pk, NOT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk') \
               FROM pragma_table_xinfo(?1, 'main') ORDER BY cid";
    let mut columns = Vec::new();
    for row in conn.query(sql, &[anatomy.table.name().into()])? {
        let Some(column) = create.column(&row.text(0)) else { return Ok(None) };
        let mut words = vec![Renderer.quote(&column.name), column.sql_type(create.text).to_owned()];
        words.extend(column.collation().map(|name| format!("COLLATE {}", Renderer.quote(name))));
        words.extend(row.optional_text(1).map(|default| format!("DEFAULT ({default})")));
        words.extend((row.flag(2) && row.flag(3)).then(|| "PRIMARY KEY".to_owned()));
        columns.push(words.join(" "));
    }
    let strict = if create.strict { " STRICT" } else { "" };
    Ok(Some(format!("({}){strict}", columns.join(", "))))
}

/// The number that AUTOINCREMENT gave last.
fn sequence(conn: &mut SqliteConnection, table: &str) -> Result<Option<i64>> {
    let there = conn.query("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'", &[])?;
    if there.is_empty() {
        return Ok(None);
    }
    let rows = conn.query("SELECT name, seq FROM main.sqlite_sequence", &[])?;
    Ok(rows.iter().find(|row| same_name(&row.text(0), table)).map(|row| row.integer(1)))
}

/// Goes on behind every number that was ever given: then, since then, and to the rows.
fn go_on_counting(conn: &mut SqliteConnection, anatomy: &Anatomy, since: Option<i64>) -> Result<()> {
    let name = anatomy.table.name();
    let then = anatomy.parts_of(SEQUENCE).next().and_then(|part| part.text.parse().ok());
    let Some(then) = then else { return Ok(()) };
    let now = sequence(conn, name)?;
    let last = [Some(then), since, now].into_iter().flatten().max().unwrap_or(then);
    conn.execute("DELETE FROM main.sqlite_sequence WHERE name = ? COLLATE NOCASE", &[name.into()])?;
    let sql = "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)";
    conn.execute(sql, &[name.into(), Value::Integer(last)]).map(|_| ())
}
