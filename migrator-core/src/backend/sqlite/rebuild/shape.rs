//! What of a table matters to a copy of its rows.

use diesel::sqlite::SqliteConnection;

use crate::backend::sqlite::ddl::{CreateTable, same_name};
use crate::backend::sqlite::renderer::Renderer;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::Result;

/// What of a table matters to a copy of its rows.
pub(super) struct Shape {
    /// The columns that hold values of their own, with their declared types; generated ones are left out.
    pub(super) columns: Vec<(String, String)>,
    pub(super) key: Vec<String>,
    pub(super) without_rowid: bool,
    /// The INTEGER PRIMARY KEY, which is the row's number under another name.
    pub(super) alias: Option<String>,
    /// A word that means the row's number and is no column's name.
    pub(super) rowid: Option<&'static str>,
}

impl Shape {
    pub(super) fn declared_type(&self, column: &str) -> Option<&str> {
        let found = self.columns.iter().find(|(name, _)| same_name(name, column));
        found.map(|(_, declared)| declared.as_str())
    }

    /// An expression for the row's number.
    pub(super) fn row_number(&self) -> Option<String> {
        let alias = self.alias.as_deref().map(|alias| Renderer.quote(alias));
        alias.or_else(|| self.rowid.map(str::to_owned)).filter(|_| !self.without_rowid)
    }
}

pub(super) fn of(conn: &mut SqliteConnection, table: &str, text: &str) -> Result<Shape> {
    let sql = "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid";
    let rows = conn.query(sql, &[table.into()])?;
    let mut key: Vec<_> = rows.iter().filter(|row| row.flag(2)).map(|row| (row.integer(2), row.text(0))).collect();
    key.sort();
    let key: Vec<String> = key.into_iter().map(|(_, name)| name).collect();
    let free = |word: &&str| !rows.iter().any(|row| same_name(&row.text(0), word));
    Ok(Shape {
        columns: rows.iter().filter(|row| !row.flag(3)).map(|row| (row.text(0), row.text(1))).collect(),
        without_rowid: CreateTable::parse(text)?.without_rowid,
        alias: if has_key_index(conn, table)? { None } else { key.first().cloned() },
        rowid: ["rowid", "_rowid_", "oid"].into_iter().find(free),
        key,
    })
}

/// Every primary key has an index of its own, but the one that is the row's number.
fn has_key_index(conn: &mut SqliteConnection, table: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM pragma_index_list(?, 'main') WHERE origin = 'pk'";
    Ok(conn.query(sql, &[table.into()])?.first().is_some_and(|row| row.flag(0)))
}

/// The table's name as statements say it, whatever stands in `temp`.
pub(super) fn in_main(table: &str) -> String {
    format!("main.{}", Renderer.quote(table))
}
