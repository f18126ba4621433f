//! Backups by hand: made of all tables, listed, put back, dropped.

use std::path::Path;
use std::time::Duration;

use chrono::Utc;

use super::Migrator;
use crate::backup::{
    BackupId, FileBackup, Order, Prune, Restore, TableBackup, back_up_all, back_up_to_file, backups, prune,
};
use crate::connection::SchemaConnection;
use crate::error::Result;
use crate::event::Event;

impl Migrator {
    /// Copies every table, those that this library keeps its books in left out; the prefix is their label.
    ///
    /// On SQLite and PostgreSQL all are copied as they are at one moment, and either all are made or none. On MySQL and
    /// MariaDB each is copied under a lock of its own.
    ///
    /// ```
    /// use diesel::connection::SimpleConnection;
    /// use migrator_core::prelude::*;
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// conn.batch_execute("create table users (id integer primary key); insert into users values (1), (2)")?;
    /// let migrator = Migrator::registered();
    /// let made = migrator.backup(&mut conn, "before release 7")?;
    /// conn.batch_execute("drop table users")?;
    /// migrator.restore(&mut conn, &made[0].id())?;
    /// assert_eq!(migrator.backups(&mut conn)?, made);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `BackupFailed`; nothing is left of the copies then.
    pub fn backup(&self, conn: &mut dyn SchemaConnection, prefix: &str) -> Result<Vec<TableBackup>> {
        let database = conn.database();
        let tables = database.copied_tables()?;
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let observers = &self.options.observers;
        let order = Order { label: prefix, revision: None, observers: Some(observers) };
        let made = back_up_all(database, &tables, &order)?;
        for backup in &made {
            let (table, copy) = (backup.table().clone(), backup.copy().clone());
            observers.tell(&Event::BackupMade { table, copy, rows: backup.rows() });
        }
        Ok(made)
    }

    /// Writes the whole database into a new file that its owner alone may read. SQLite only.
    ///
    /// The file is checked and compared with the database, is on the disk before it gets its name, and what the write-ahead
    /// log has is in it.
    ///
    /// # Errors
    /// `PreconditionFailed` when the file is there already; `InTransaction` inside a transaction; `BackupFailed`, and then no
    /// file is left; `Unsupported` elsewhere, naming the tool of the database's own.
    pub fn backup_file(&self, conn: &mut dyn SchemaConnection, path: impl AsRef<Path>) -> Result<FileBackup> {
        back_up_to_file(conn, path.as_ref())
    }

    /// Every backup in the database, oldest first, whoever made it. Half copies that killed processes have left on MySQL and
    /// MariaDB are not listed, and are dropped where this session may.
    ///
    /// # Errors
    /// `Database`; `HistoryFormat` when a later version of this library made one.
    pub fn backups(&self, conn: &mut dyn SchemaConnection) -> Result<Vec<TableBackup>> {
        backups(conn.database())
    }

    /// Makes a table what it was when the backup was made; [`Restore`] says more, and takes more.
    ///
    /// # Errors
    /// Those of [`Restore::run`]; everything is then as it was.
    pub fn restore(&self, conn: &mut dyn SchemaConnection, id: &BackupId) -> Result<()> {
        Restore::new(id).run(conn).map(drop)
    }

    /// Drops all backups but the newest so many of each table; those that went, oldest first.
    ///
    /// # Errors
    /// `Database`; what was dropped before stays so.
    pub fn prune(&self, conn: &mut dyn SchemaConnection, keep: usize) -> Result<Vec<TableBackup>> {
        prune(conn.database(), Prune::Keep(keep))
    }

    /// Drops the backups that are older than that; those that went, oldest first.
    ///
    /// # Errors
    /// `Database`; what was dropped before stays so.
    pub fn prune_older_than(&self, conn: &mut dyn SchemaConnection, age: Duration) -> Result<Vec<TableBackup>> {
        let age = chrono::Duration::from_std(age).unwrap_or(chrono::Duration::MAX);
        let Some(moment) = Utc::now().checked_sub_signed(age) else { return Ok(Vec::new()) };
        prune(conn.database(), Prune::Before(moment))
    }
}
