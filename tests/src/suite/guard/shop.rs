//! A small database with rows in it, and migrations sent to it.

use diesel::connection::SimpleConnection;
use migrator_core::prelude::*;
use migrator_core::{Error, Metadata, RunReport};

use super::super::handmade::{migration, revision};
use crate::{Engine, TestDatabase};

/// Organisations have users, users have posts, posts have tags; logs are alone, and one table is empty.
pub(super) fn open(db: &TestDatabase) {
    let moment = if db.engine() == Engine::MariaDb { "datetime(6)" } else { "timestamp" };
    db.sql(&format!(
        "create table orgs (id integer primary key, name varchar(40) not null, boss varchar(40));
         create table users (id integer primary key, org_id integer, name varchar(40) not null, email varchar(60) unique,
           note varchar(200), score decimal(10, 3), born {moment}, unused varchar(10),
           constraint users_org foreign key (org_id) references orgs (id) on delete cascade);
         create table posts (id integer primary key, user_id integer, title varchar(80),
           constraint posts_user foreign key (user_id) references users (id) on delete cascade);
         create table tags (id integer primary key, post_id integer, word varchar(20),
           constraint tags_post foreign key (post_id) references posts (id) on delete set null);
         create table logs (id integer, line varchar(100));
         create table empty_one (id integer, a varchar(10));
         insert into orgs values (1, 'one', 'Ada'), (2, 'two', null);
         insert into users values (1, 1, 'Ada', 'ada@x', 'first', 1.125, '2026-01-02 03:04:05.678', null),
           (2, 1, 'Bob', 'bob@x', null, 2.5, null, null), (3, 2, 'Cid', null, 'third', null, null, null),
           (4, null, 'Dan', 'dan@x', '12', 7, '2026-01-02 00:00:00', null);
         insert into posts values (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 3, null), (5, null, 'e');
         insert into tags values (1, 1, 'x'), (2, 3, 'y'), (3, null, 'z');
         insert into logs values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, null)"
    ));
}

/// Each table's rows, as text: equal before and after where nothing may have changed.
pub(super) fn contents(db: &TestDatabase) -> Vec<String> {
    let mut tables = super::super::books::user_tables(db);
    tables.sort();
    let told = |table: &String| {
        let mut rows: Vec<String> =
            db.rows(&format!("select * from {}", db.quote(table))).iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        format!("{table} {:?} {rows:?}", db.columns(table))
    };
    tables.iter().map(told).collect()
}

/// Sends SQL through the user's own connection.
pub(in crate::suite) fn own(op: &mut Operations<'_>, sql: &str) -> MigrationResult {
    match op.dialect() {
        #[cfg(feature = "sqlite")]
        migrator_core::Dialect::Sqlite => op.connection::<SqliteConnection>()?.batch_execute(sql)?,
        #[cfg(feature = "postgres")]
        migrator_core::Dialect::Postgres => op.connection::<PgConnection>()?.batch_execute(sql)?,
        #[cfg(feature = "mysql")]
        _ => op.connection::<MysqlConnection>()?.batch_execute(sql)?,
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => return Err(format!("compiled without {other}").into()),
    }
    Ok(())
}

/// Runs one migration on what stands there.
pub(super) fn run(
    db: &TestDatabase,
    up: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
) -> Result<RunReport, Error> {
    Migrator::new().with(revision("1").up(up)).run_pending(&mut *db.connect())
}

/// The same with what it says of itself.
pub(super) fn run_with(
    db: &TestDatabase,
    metadata: Metadata,
    up: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
) -> Result<RunReport, Error> {
    Migrator::new().with(migration(metadata).up(up)).run_pending(&mut *db.connect())
}
