//! From what `schema.rs` says and what the database has to the operations that bring the one to the other.
//!
//! [`compare`] reads the text of a `schema.rs` (Diesel's `table!`s) and the schema of a database. What is in the text
//! and not in the database is to be created, what is in the database and not in the text goes, and what cannot be known
//! is a [`Question`]: whether a column was renamed, what rows that are there are given. [`Changes`] is the answer, in
//! order, as the statements of a migration's two functions.
//!
//! ```
//! use diesel::connection::SimpleConnection;
//! use migrator_core::autogenerate::{Options, compare};
//! use migrator_core::prelude::*;
//!
//! let mut conn = SqliteConnection::establish(":memory:")?;
//! conn.batch_execute("create table users (id integer primary key)")?;
//! let schema_rs = "diesel::table! { users (id) { id -> Integer, email -> Nullable<Text>, } }";
//! let changes = compare(schema_rs, &mut conn, &Options::default())?;
//! assert_eq!(changes.up(), [r#"op.add_column("users", |t| t.text("email"))?;"#]);
//! assert_eq!(changes.down(), [r#"op.drop_column("users", "email")?;"#]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a `schema.rs` cannot say is never a difference: indexes, defaults, checks, lengths, foreign keys of tables that
//! are there.

mod changes;
mod comparison;
mod options;
mod schema_rs;
mod sql_types;
mod standing;
mod values;
mod writing;

use crate::connection::{Database, SchemaConnection, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

pub use changes::{Changes, Question};
pub use options::Options;
pub(crate) use values::default_in_rust;

use changes::Change;
use comparison::Comparison;

/// What brings the database to what the text of a `schema.rs` says.
///
/// # Errors
/// `PreconditionFailed` with the line when the text does not parse; `Database` when the catalogue cannot be read. What is
/// left open is no error here: [`Changes::settled`] says so.
pub fn compare(schema_rs: &str, conn: &mut dyn SchemaConnection, options: &Options) -> Result<Changes> {
    compare_file("schema.rs", schema_rs, conn, options)
}

/// The same of the text of a file that people know by that name.
pub(crate) fn compare_file(
    file: &str,
    text: &str,
    conn: &mut dyn SchemaConnection,
    options: &Options,
) -> Result<Changes> {
    let database = conn.database();
    let mut options = options.clone();
    let mut wanted = schema_rs::parse(text).map_err(|error| wrong_text(file, &error, UNREAD))?;
    if let Some(schema) = database.current_schema()? {
        wanted.forget_schema(&schema);
        options = options.forget_schema(&schema);
    }
    let renderer = database.renderer()?;
    let found = database.inspect(Scope::All)?;
    let mut comparison = Comparison::new(file, &wanted, &found, renderer, &options);
    for table in comparison.missing_tables() {
        if is_view(database, &table)? {
            comparison.pass_over(table);
        }
    }
    let mut changes = comparison.changes()?;
    ask_for_values(database, &mut changes)?;
    Ok(changes)
}

/// Whether something that is no table can be read under that name.
fn is_view(database: &mut dyn Database, name: &TableName) -> Result<bool> {
    let sql = format!("SELECT 1 FROM {} WHERE 1 = 0", database.renderer()?.table(name));
    database.begin()?;
    let readable = database.query(&sql, &[]).is_ok();
    database.rollback()?;
    Ok(readable)
}

/// A column that may not be NULL needs a value for each row that is there.
fn ask_for_values(database: &mut dyn Database, changes: &mut Changes) -> Result<()> {
    for change in &changes.list {
        let (table, column, rows) = match change {
            Change::AddColumn { table, column } if column.needs_value() => (table, &column.name, "1 = 1".to_owned()),
            Change::AlterColumn { table, column, alteration } if alteration.needs_value() => {
                (table, column, format!("{} IS NULL", database.renderer()?.quote(column)))
            }
            _ => continue,
        };
        let name = database.renderer()?.table(table);
        let sql = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {name} WHERE {rows} LIMIT 1) t");
        if database.count_all(&sql)? > 0 {
            changes.questions.push(Question::Value { table: table.clone(), column: column.clone() });
        }
    }
    Ok(())
}

/// What reads as nothing of Diesel's.
const UNREAD: &str = "mend that line; `diesel print-schema` writes a file that is read here";

fn wrong_text(file: &str, error: &syn::Error, remedy: &str) -> Error {
    let line = error.span().start().line;
    Error::new(ErrorKind::PreconditionFailed, format!("{file}, line {line}: {error}")).remedy(remedy)
}
