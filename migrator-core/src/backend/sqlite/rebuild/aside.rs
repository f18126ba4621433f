//! Making room for the new table: the old one gets another name.

use diesel::sqlite::SqliteConnection;

use super::shape::{Shape, in_main};
use super::standing::Standing;
use crate::backend::sqlite::renderer::Renderer;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::Result;

/// Where the old rows stand from now on.
pub(super) fn set_aside(conn: &mut SqliteConnection, standing: &Standing, shape: &Shape) -> Result<String> {
    let aside = free_name(conn, &standing.name)?;
    standing.drop_triggers(conn)?;
    if standing.qualifies_itself() {
        copy_aside(conn, &standing.name, &aside, shape)?;
    } else {
        let (old, new) = (in_main(&standing.name), Renderer.quote(&aside));
        conn.batch(&format!("ALTER TABLE {old} RENAME TO {new}"))?;
    }
    Ok(aside)
}

fn free_name(conn: &mut SqliteConnection, table: &str) -> Result<String> {
    let taken = conn.query("SELECT name FROM main.sqlite_schema UNION ALL SELECT name FROM temp.sqlite_schema", &[])?;
    let is_free = |name: &String| !taken.iter().any(|row| row.text(0).eq_ignore_ascii_case(name));
    let plain = format!("__migrator_r_{table}");
    let numbered = (2..).map(|number| format!("{plain}_{number}"));
    Ok(std::iter::once(plain.clone()).chain(numbered).find(is_free).unwrap_or(plain))
}

/// An expression `p.column` does not follow a rename of `p`, and the table could no longer be read. So its rows are
/// copied, into columns without a type, which take every value as it is.
fn copy_aside(conn: &mut SqliteConnection, table: &str, aside: &str, shape: &Shape) -> Result<()> {
    let is_alias = |name: &str| shape.alias.as_deref() == Some(name);
    let column = |(name, _): &(String, String)| {
        let key = if is_alias(name) { " INTEGER PRIMARY KEY" } else { "" };
        format!("{}{key}", Renderer.quote(name))
    };
    let columns: Vec<_> = shape.columns.iter().map(column).collect();
    let mut names: Vec<_> = shape.columns.iter().map(|(name, _)| Renderer.quote(name)).collect();
    names.extend(shape.rowid.filter(|_| shape.alias.is_none() && !shape.without_rowid).map(str::to_owned));
    let names = names.join(", ");
    let (old, new) = (in_main(table), in_main(aside));
    conn.batch(&format!("CREATE TABLE {new} ({})", columns.join(", ")))?;
    conn.batch(&format!("INSERT INTO {new} ({names}) SELECT {names} FROM {old}"))?;
    conn.batch(&format!("DROP TABLE {old}"))
}
