//! Functions on a connection, without a migration.

use crate::backup::{Order, Restore, TableBackup, back_up};
use crate::connection::{SchemaConnection, Scope, ServerInfo, unbroken};
use crate::error::Result;
use crate::name::TableName;
use crate::schema::Schema;

/// Whether a table of that name is there. A view is not a table.
///
/// On PostgreSQL a name without a schema is found as the search path finds it.
///
/// # Errors
/// `Database` when the catalogue cannot be read.
///
/// ```
/// use migrator_core::{has_table, prelude::*};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// assert!(!has_table(&mut conn, "users")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn has_table(conn: &mut dyn SchemaConnection, table: impl Into<TableName>) -> Result<bool> {
    let table = table.into();
    unbroken(conn.database(), |database| database.has_table(&table))
}

/// Whether the table has that column; `false` when the table is not there.
///
/// # Errors
/// `Database` when the catalogue cannot be read.
///
/// ```
/// use migrator_core::{column_exists, prelude::*};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// assert!(!column_exists(&mut conn, "users", "email")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn column_exists(conn: &mut dyn SchemaConnection, table: impl Into<TableName>, column: &str) -> Result<bool> {
    let table = table.into();
    unbroken(conn.database(), |database| database.has_column(&table, column))
}

/// Copies a table as it stands, verified by content; the label says what for.
///
/// The copy stands in the same database, in the schema `migrator_backup` on PostgreSQL where that may be made, and depends on
/// nothing of the original. What the table is made of is kept beside it, so that [`restore_table_backup`] can make it again.
///
/// # Errors
/// `PreconditionFailed` when the table is not there; `BackupFailed` when the copy is not made, and then nothing is left of
/// it.
///
/// ```
/// use diesel::connection::SimpleConnection;
/// use migrator_core::{create_table_backup, prelude::*};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// conn.batch_execute("create table users (id integer primary key); insert into users values (1), (2)")?;
/// let backup = create_table_backup(&mut conn, "users", "before the import")?;
/// assert_eq!(backup.rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_table_backup(
    conn: &mut dyn SchemaConnection,
    table: impl Into<TableName>,
    label: &str,
) -> Result<TableBackup> {
    back_up(conn.database(), &table.into(), &Order::labelled(label))
}

/// Makes the table what it was when the backup was made, whether it was changed since, emptied or dropped.
///
/// What stands there now is backed up first. [`Restore`] says more, and takes more.
///
/// # Errors
/// Those of [`Restore::run`]; everything is then as it was.
///
/// ```
/// use diesel::connection::SimpleConnection;
/// use migrator_core::{create_table_backup, has_table, prelude::*, restore_table_backup};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// conn.batch_execute("create table users (id integer primary key); insert into users values (1), (2)")?;
/// let backup = create_table_backup(&mut conn, "users", "before the import")?;
/// conn.batch_execute("drop table users")?;
/// restore_table_backup(&mut conn, &backup)?;
/// assert!(has_table(&mut conn, "users")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn restore_table_backup(conn: &mut dyn SchemaConnection, backup: &TableBackup) -> Result<()> {
    Restore::new(&backup.id()).run(conn).map(drop)
}

/// Every table as it stands: columns, keys, indexes, checks, as ordered values. The tables that Diesel and this library
/// keep their books in are left out.
///
/// # Errors
/// `Database` when the catalogue cannot be read.
///
/// ```
/// use diesel::connection::SimpleConnection;
/// use migrator_core::{inspect_schema, prelude::*};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// conn.batch_execute("create table users (id integer primary key, name text not null)")?;
/// let schema = inspect_schema(&mut conn)?;
/// let users = schema.table("users").expect("it was created above");
/// assert_eq!(users.columns[1].to_string(), "name TEXT not null");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inspect_schema(conn: &mut dyn SchemaConnection) -> Result<Schema> {
    unbroken(conn.database(), |database| database.inspect(Scope::All))
}

/// Whether the server answers, which product and version it is, and what this session may do.
///
/// # Errors
/// `Connection` or `Database` when it does not answer; `Unsupported` for a product that speaks the protocol of one of
/// the databases without being it.
///
/// ```
/// use migrator_core::{check_connection, prelude::*};
/// let mut conn = SqliteConnection::establish(":memory:")?;
/// assert!(check_connection(&mut conn)?.writable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_connection(conn: &mut dyn SchemaConnection) -> Result<ServerInfo> {
    conn.database().server()
}
