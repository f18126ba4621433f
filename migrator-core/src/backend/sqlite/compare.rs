//! A table and its copy compared row by row, inside SQLite.

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::copies::in_main;
use super::ddl::same_name;
use super::digest;
use super::renderer::Renderer;
use crate::connection::Database;
use crate::connection::copies::{Anatomy, Contents, KeptColumn};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

/// What both have, where it is certain that both have so many rows, each the same under the same row number.
///
/// Where both have the column's affinity, it leaves one storage class to a number; elsewhere values are compared as
/// literals, which tell 1 from 1.0 and 0.0 from -0.0.
pub(super) fn contents_alike(
    conn: &mut SqliteConnection,
    anatomy: &Anatomy,
    copy: &TableName,
    rows: u64,
) -> Result<Option<Contents>> {
    let words = ["rowid", "_rowid_", "oid"];
    let free = |word: &&&str| !anatomy.columns.iter().any(|column| same_name(&column.name, word));
    let Some(rowid) = words.iter().find(free).filter(|_| has_rowid(anatomy)) else { return Ok(None) };
    let affinities = affinities(conn, copy)?;
    let equal = anatomy.columns.iter().filter_map(|column| equal(column, &affinities));
    let values: Vec<String> =
        anatomy.columns.iter().map(|column| format!("c.{}", Renderer.quote(&column.name))).collect();
    let (table, copy) = (in_main(&anatomy.table), in_main(copy));
    let counted = conn.query(&format!("SELECT count(*) FROM {table} UNION ALL SELECT count(*) FROM {copy}"), &[])?;
    let same_row = format!("o.{rowid} = c.{rowid}");
    let alike = std::iter::once(same_row).chain(equal).collect::<Vec<_>>().join(" AND ");
    let from = format!("FROM {table} o JOIN {copy} c ON {alike}");
    let contents = digest::of_rows(conn, &values, &from)?;
    let as_many = counted.iter().all(|row| u64::try_from(row.integer(0)) == Ok(rows));
    Ok((contents.rows == rows && as_many).then_some(contents))
}

/// A table without row numbers has nothing to be told by quickly.
fn has_rowid(anatomy: &Anatomy) -> bool {
    let text = anatomy.parts.first().map(|part| part.text.to_ascii_lowercase()).unwrap_or_default();
    !text.contains("rowid")
}

/// The columns of a copy that have a type, all or none, each with whether it is the row number.
fn affinities(conn: &mut SqliteConnection, copy: &TableName) -> Result<BTreeMap<String, bool>> {
    let sql = "SELECT name, pk FROM pragma_table_info(?, 'main') WHERE type <> ''";
    Ok(conn.query(sql, &[copy.name().into()])?.iter().map(|row| (row.text(0), row.flag(1))).collect())
}

/// What tells that a column's values are equal; nothing where it is the row number, by which the rows were found.
///
/// A plus keeps SQLite from looking for a number in each text of a column that would hold numbers.
fn equal(column: &KeptColumn, affinities: &BTreeMap<String, bool>) -> Option<String> {
    let name = Renderer.quote(&column.name);
    match affinities.get(&column.name) {
        Some(true) => None,
        Some(false) if has_affinity(&column.sql_type) => Some(format!("+o.{name} COLLATE BINARY IS +c.{name}")),
        _ => Some(format!("quote(o.{name}) IS quote(c.{name})")),
    }
}

/// Whether SQLite makes of a number what the column's type says (<https://www.sqlite.org/datatype3.html>).
fn has_affinity(sql_type: &str) -> bool {
    let lower = sql_type.to_ascii_lowercase();
    let told = ["int", "char", "clob", "text"].iter().any(|word| lower.contains(word));
    told || !(lower.is_empty() || lower.contains("blob") || lower == "any")
}

#[cfg(test)]
mod tests {
    use diesel::Connection;

    use super::*;
    use crate::connection::copies::Copies;

    const TYPED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT COLLATE NOCASE, d, e BLOB)";
    /// Its copy's columns have no types.
    const GENERATED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT COLLATE NOCASE, d, e BLOB, \
                             g AS (a + 1))";

    /// Whether the copy that something was done to is still told to be alike.
    fn is_alike(create: &str, harm: &str) -> bool {
        let mut conn = SqliteConnection::establish(":memory:").expect("a database");
        let rows = "(1, 1, 1.0, 'a', 1, x'31'), (2, NULL, -1.5, 'b', 0.0, NULL), (3, 3, 2.0, '', NULL, x'')";
        conn.batch(&format!("{create}; INSERT INTO t (id, a, b, c, d, e) VALUES {rows}")).expect("a table");
        let (anatomy, copy) = (conn.dissect(&"t".into()).expect("a table"), "copy".into());
        let rows = conn.make_copy(&anatomy, &copy).expect("a copy");
        conn.batch(harm).expect("something was done");
        contents_alike(&mut conn, &anatomy, &copy, rows).expect("an answer").is_some()
    }

    #[test]
    fn a_copy_that_nothing_was_done_to_is_alike() {
        assert!(is_alike(TYPED, "") && is_alike(GENERATED, ""));
    }

    #[test]
    fn whatever_is_done_to_a_copy_is_found() {
        let harms = [
            "UPDATE copy SET a = 2 WHERE id = 1",
            "UPDATE copy SET a = 0 WHERE id = 2",
            "UPDATE copy SET c = 'A' WHERE id = 1",
            "UPDATE copy SET c = x'61' WHERE id = 1",
            "UPDATE copy SET d = 1.0 WHERE id = 1",
            "UPDATE copy SET d = '1' WHERE id = 1",
            "UPDATE copy SET e = '1' WHERE id = 1",
            "UPDATE copy SET e = NULL WHERE id = 3",
            "UPDATE copy SET c = NULL WHERE id = 3",
            "DELETE FROM copy WHERE id = 2",
            "INSERT INTO copy (a, b, c, d, e) SELECT a, b, c, d, e FROM copy WHERE id = 3",
            "DELETE FROM copy WHERE id = 2; INSERT INTO copy (a, b, c, d, e) SELECT a, b, c, d, e FROM copy WHERE id = 3",
            "UPDATE copy SET id = 9 WHERE id = 2",
            "DELETE FROM t WHERE id = 3",
            "INSERT INTO t (id) VALUES (4)",
        ];
        for create in [TYPED, GENERATED] {
            let missed: Vec<&str> = harms.into_iter().filter(|harm| is_alike(create, harm)).collect();
            assert!(missed.is_empty(), "{create}: {missed:#?}");
        }
    }

    #[test]
    fn a_number_of_another_class_is_found_where_no_type_of_the_copy_forbids_it() {
        assert!(!is_alike(GENERATED, "UPDATE copy SET b = 1 WHERE id = 1"));
        assert!(!is_alike(GENERATED, "UPDATE copy SET a = 1.0 WHERE id = 1"));
    }
}
