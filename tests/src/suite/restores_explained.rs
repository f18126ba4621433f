//! What a restore may take away without being told: what the migration brought that made the backup, and nothing else.

use migrator_core::prelude::*;
use migrator_core::{BackupId, ErrorKind, Metadata, Restore};

use super::handmade::migration;
use crate::{TestDatabase, case};

const KEYED: &str =
    "create table users (id integer primary key, name varchar(20)); insert into users values (1, 'Ada'), (2, 'Grace')";
const KEYLESS: &str =
    "create table users (id integer, name varchar(20)); insert into users values (1, 'Ada'), (1, 'Ada'), (2, null)";

/// The backup that a migration makes of `users` before it sends this.
fn migrated(db: &TestDatabase, table: &str, sends: &'static str) -> BackupId {
    db.sql(table);
    let migrator = Migrator::new().with(migration(Metadata::new("1").backup("users")).sends(sends));
    let migrator = migrator.data_loss(Policy::Allow);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    migrator.backups(&mut *conn).unwrap()[0].id()
}

case!(only = [Sqlite, Postgres], rows_that_the_migration_brought_may_go, |db| {
    for sends in [
        "insert into users values (3, 'Mary'), (4, 'Hedy'); update users set name = 'x' where id = 1",
        "alter table users add column more integer; insert into users values (3, 'Mary', 1), (4, 'Hedy', 2)",
        "alter table users rename column name to known_as; insert into users values (3, 'Mary'), (4, 'Hedy')",
        "update users set id = id + 10; insert into users values (3, 'Mary'), (4, 'Hedy')",
    ] {
        let db = db.another();
        let backup = migrated(&db, KEYED, sends);
        let restored = Restore::new(&backup).run(&mut *db.connect()).unwrap_or_else(|error| panic!("{sends}: {error}"));
        assert!(restored.discarded() >= 2, "{sends}: {restored}");
        assert_eq!(db.rows("select id, name from users order by id").len(), 2, "{sends}");
        assert_eq!(db.count("select count(*) from users where name = 'Ada'"), 1, "{sends}");
    }
});

case!(only = [Sqlite, Postgres], columns_that_the_migration_filled_may_go_until_somebody_writes_to_them, |db| {
    let backup = migrated(db, KEYED, "alter table users add column more integer; update users set more = 1");
    let mut conn = db.connect();
    assert!(Restore::new(&backup).columns_at_stake(&mut *conn).unwrap().is_empty());
    db.sql("update users set more = 2 where id = 1");
    assert_eq!(Restore::new(&backup).columns_at_stake(&mut *conn).unwrap()["more"], 2);
});

case!(only = [Sqlite, Postgres], rows_that_came_after_the_migration_are_told_from_those_that_it_brought, |db| {
    let backup = migrated(db, KEYED, "insert into users values (3, 'Mary'), (4, 'Hedy')");
    db.sql("insert into users values (9, 'Barbara'); delete from users where id = 3; update users set name = 'y' where id = 1");
    let mut conn = db.connect();
    let error = Restore::new(&backup).run(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    for words in ["1 row of users", "(besides 1 that migration 1 brought)", "(id) = (9)"] {
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
    assert_eq!(db.count("select count(*) from users"), 4);
    db.sql("delete from users where id = 9");
    let restored = Restore::new(&backup).run(&mut *conn).unwrap();
    assert_eq!((restored.rows(), restored.discarded()), (2, 1));
});

case!(only = [Sqlite, Postgres], without_a_key_values_that_the_migration_changed_are_explained, |db| {
    let backup = migrated(db, KEYLESS, "update users set name = 'x'");
    db.sql("insert into users values (1, 'x')");
    let mut conn = db.connect();
    let error = Restore::new(&backup).run(&mut *conn).unwrap_err();
    assert!(error.to_string().contains("1 row of users"), "{error}");
    db.sql(match db.engine() {
        crate::Engine::Sqlite => "delete from users where rowid = (select max(rowid) from users)",
        _ => "delete from users where ctid = (select max(ctid) from users)",
    });
    assert_eq!(Restore::new(&backup).run(&mut *conn).unwrap().discarded(), 3);
    assert_eq!(db.count("select count(*) from users where name = 'Ada'"), 2);
});

case!(only = [Sqlite, Postgres], of_a_large_table_it_is_known_whether_it_is_as_it_was_left, |db| {
    db.sql("create table users (id integer primary key, name varchar(20))");
    let numbers = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 100001)";
    db.sql(&format!("{numbers} insert into users select i, 'x' from n"));
    let backup = migrated(db, "select 1", "insert into users values (200000, 'Mary')");
    let mut conn = db.connect();
    db.sql("insert into users values (200001, 'Hedy')");
    let error = Restore::new(&backup).run(&mut *conn).unwrap_err();
    assert!(error.to_string().contains("2 rows of users"), "{error}");
    db.sql("delete from users where id = 200001");
    assert_eq!(Restore::new(&backup).run(&mut *conn).unwrap().discarded(), 1);
});

case!(only = [MariaDb], where_others_may_write_during_a_migration_nothing_is_explained, |db| {
    let backup = migrated(db, KEYED, "insert into users values (3, 'Mary')");
    let error = Restore::new(&backup).run(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(db.count("select count(*) from users"), 3);
});

case!(a_backup_made_by_hand_explains_nothing, |db| {
    db.sql(KEYED);
    let mut conn = db.connect();
    let backup = migrator_core::create_table_backup(&mut *conn, "users", "x").unwrap();
    let inserts = migration(Metadata::new("1")).sends("insert into users values (3, 'Mary')");
    Migrator::new().with(inserts).run_pending(&mut *conn).unwrap();
    let error = Restore::new(&backup.id()).run(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
});
