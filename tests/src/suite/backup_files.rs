//! A whole database as one file.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, inspect_schema};

use super::session;
use crate::case;

case!(only = [Sqlite], a_whole_database_is_one_file_with_what_the_log_has, |db| {
    db.sql(
        "pragma journal_mode = wal; create table users (id integer primary key, data blob); \
         create view seen as select id from users; create index i on users (data); \
         insert into users values (1, x'00ff'), (2, 'it''s'), (3, 1e400), (4, '1e400'); pragma user_version = 7",
    );
    let mut conn = db.connect();
    let path = db.folder().join("a 100% ?copy#.sqlite");
    let backup = Migrator::registered().backup_file(&mut *conn, &path).unwrap();
    assert_eq!(backup.bytes(), std::fs::metadata(&path).unwrap().len());
    let told = format!("the whole database is in {}: {} bytes", path.display(), backup.bytes());
    assert_eq!((backup.to_string(), backup.path()), (told, &*path));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap()) & 0o777, 0o600);
    let plain = db.folder().join("plain.sqlite");
    std::fs::copy(&path, &plain).unwrap();
    let mut copy = db.connect_to(plain.to_str().unwrap());
    assert_eq!(inspect_schema(&mut *copy).unwrap(), inspect_schema(&mut *conn).unwrap());
    let copied = format!("attach '{}' as copied; select 1", plain.to_str().unwrap());
    db.sql(&copied);
    for table in ["users", "seen"] {
        let rows = |schema: &str| db.rows(&format!("select *, typeof(1) from {schema}.{table} order by id"));
        assert_eq!(rows("copied"), rows("main"));
    }
    let left: Vec<_> = std::fs::read_dir(db.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("unfinished")), "{left:?}");
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], a_file_that_is_there_is_never_taken_away, |db| {
    let path = db.folder().join("precious");
    std::fs::write(&path, "precious").unwrap();
    let error = Migrator::registered().backup_file(&mut *db.connect(), &path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
});

case!(only = [Sqlite], a_file_that_cannot_be_written_leaves_nothing, |db| {
    db.sql("create table t (a integer)");
    let mut conn = db.connect();
    let path = db.folder().join("gone/copy.sqlite");
    let error = Migrator::registered().backup_file(&mut *conn, &path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BackupFailed, "{error}");
    assert!(!path.exists());
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], a_damaged_database_is_not_backed_up_as_if_it_were_whole, |db| {
    db.sql(
        "create table t (a integer); insert into t values (1), (null); pragma writable_schema = on; \
         update sqlite_schema set sql = 'create table t (a integer not null)' where name = 't'",
    );
    let path = db.folder().join("copy.sqlite");
    let mut conn = db.connect();
    Migrator::registered().backup_file(&mut *conn, &path).unwrap_err();
    let left: Vec<_> = std::fs::read_dir(db.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("copy")), "{left:?}");
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], a_database_in_memory_is_one_file, |db| {
    let mut conn = diesel::SqliteConnection::establish(":memory:").unwrap();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "create table t (a integer); insert into t values (7)",
    )
    .unwrap();
    let path = db.folder().join("copy.sqlite");
    Migrator::registered().backup_file(&mut conn, &path).unwrap();
    db.sql(&format!("attach '{}' as copied", path.to_str().unwrap()));
    assert_eq!(db.count("select a from copied.t"), 7);
    // inside a transaction it is refused
    conn.begin_test_transaction().unwrap();
    let error = Migrator::registered().backup_file(&mut conn, db.folder().join("other")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InTransaction, "{error}");
});

case!(only = [Postgres, MariaDb], elsewhere_the_databases_own_tool_is_named, |db| {
    let path = db.folder().join("copy");
    let error = Migrator::registered().backup_file(&mut *db.connect(), &path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("dump"), "{error}");
    assert!(!path.exists());
});
