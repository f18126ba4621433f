//! Promise 9: history that does not match the program has an error kind each, raised before anything is written.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Event, Metadata};

use super::books::{DIESEL_TABLE, HISTORY_TABLE, applied, everything};
use super::handmade::{creates, migration, revision};
use super::session;
use crate::case;

case!(a_revision_that_the_program_does_not_know_refuses_changes, |db| {
    let mut conn = db.connect();
    Migrator::new().with_all([revision("1"), revision("2"), revision("3")]).run_pending(&mut *conn).unwrap();
    let before = everything(db);
    let older = Migrator::new().with(revision("1")).with(creates("4", "four"));
    let error = older.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownRevision, "{error}");
    assert_eq!(error.exit_code(), 8);
    assert!(error.to_string().contains("2, 3"), "{error}");
    let down = older.downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(down.kind(), ErrorKind::UnknownRevision, "{down}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);

    let allowed = Migrator::new().with(revision("1")).with(creates("4", "four")).unknown_revisions(Policy::Allow);
    let report = allowed.run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), 1);
    assert_eq!(report.unknown(), ["2", "3"]);
});

case!(the_same_revision_twice_names_both_places, |db| {
    let error = Migrator::group("twice").run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateRevision, "{error}");
    let text = error.to_string();
    let places = [twice::FIRST, twice::SECOND].map(|line| format!("anomalies.rs:{line}"));
    assert!(places.iter().all(|place| text.contains(place)), "{places:?}: {text}");
    assert!(db.tables().is_empty());
});

/// Two people chose the same revision.
#[rustfmt::skip]
mod twice {
    use super::*;

    pub(super) const FIRST: u32 = line!() + 1;
    #[migration(revision = "2026-01-01-000000", group = "twice", irreversible)]
    mod one {
        fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
            Ok(())
        }
    }

    pub(super) const SECOND: u32 = line!() + 1;
    #[migration(revision = "20260101000000", group = "twice", irreversible)]
    mod other {
        fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
            Ok(())
        }
    }
}

case!(the_same_revision_by_hand_and_in_an_sql_file_is_a_duplicate, |db| {
    let folder = db.folder().join("migrations/2026-01-01-000000_create_users");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("up.sql"), "create table users (id integer)").unwrap();
    let files = diesel_migrations::FileBasedMigrations::from_path(db.folder().join("migrations")).unwrap();
    let migrator = Migrator::new().with(revision("20260101000000")).sql_migrations(files);
    let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateRevision, "{error}");
    assert!(error.to_string().contains("2026-01-01-000000_create_users"), "{error}");
    assert!(db.tables().is_empty());
});

case!(a_parent_that_is_not_there_is_a_missing_revision, |db| {
    for missing in [Metadata::new("2").down_revision("0"), Metadata::new("2").depends_on("0")] {
        let migrator = Migrator::new().with(creates("1", "a")).with(migration(missing));
        let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingRevision, "{error}");
        assert!(db.tables().is_empty());
    }
});

case!(migrations_that_follow_each_other_are_a_cycle, |db| {
    let migrator = Migrator::new()
        .with(migration(Metadata::new("1").down_revision("3")))
        .with(migration(Metadata::new("2").down_revision("1")))
        .with(migration(Metadata::new("3").down_revision("2")))
        .with(migration(Metadata::new("4").base()));
    let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cycle, "{error}");
    assert!(db.tables().is_empty());
});

case!(a_malformed_revision_is_an_invalid_revision, |db| {
    for wrong in ["", "head", "base", "a b", "ü", "a'; drop table t", &"1".repeat(51)] {
        let error = Migrator::new().with(revision(wrong)).run_pending(&mut *db.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRevision, "{wrong}: {error}");
    }
    assert!(db.tables().is_empty());
});

case!(out_of_order_is_an_error_where_it_is_refused, |db| {
    let mut conn = db.connect();
    Migrator::new().with(revision("1")).with(revision("3")).run_pending(&mut *conn).unwrap();
    let before = everything(db);
    let late = || {
        Migrator::new().with(revision("1")).with(creates("2", "late")).with(revision("3")).with(creates("4", "four"))
    };
    let error = late().out_of_order(Policy::Refuse).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfOrder, "{error}");
    assert_eq!(error.revision().unwrap(), "2");
    assert_eq!(everything(db), before);
    late().run_pending(&mut *conn).unwrap();
    assert_eq!(applied(db), ["1", "2", "3", "4"]);
});

case!(an_applied_migration_that_changed_is_reported_and_refused_where_asked, |db| {
    let mut conn = db.connect();
    Migrator::group("before the edit").run_pending(&mut *conn).unwrap();
    let before = everything(db);
    let report = Migrator::group("after the edit").run_pending(&mut *conn).unwrap();
    assert!(report.is_empty());
    assert_eq!(report.edited(), ["1"]);
    assert!(report.to_string().contains("changed since applied: 1"), "{report}");
    assert_eq!(everything(db), before);

    let strict = Migrator::group("after the edit").with(creates("2", "b")).edited(Policy::Refuse);
    let error = strict.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Edited, "{error}");
    assert!(error.to_string().contains('1'), "{error}");
    assert_eq!(everything(db), before);
    Migrator::group("after the edit").with(creates("2", "b")).run_pending(&mut *conn).unwrap();
});

case!(an_edit_is_refused_also_when_nothing_is_pending, |db| {
    let mut conn = db.connect();
    Migrator::group("before the edit").run_pending(&mut *conn).unwrap();
    let error = Migrator::group("after the edit").edited(Policy::Refuse).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Edited, "{error}");
});

case!(an_edited_sql_file_is_told_from_one_that_only_moved, |db| {
    let write = |text: &str| {
        let folder = db.folder().join("migrations/1_create_users");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("up.sql"), text).unwrap();
        let files = diesel_migrations::FileBasedMigrations::from_path(db.folder().join("migrations")).unwrap();
        Migrator::new().sql_migrations(files)
    };
    let mut conn = db.connect();
    write("create table users (id integer);\n").run_pending(&mut *conn).unwrap();
    assert!(write("create table users (id integer);\n").run_pending(&mut *conn).unwrap().edited().is_empty());
    let report = write("create table users (id bigint);\n").run_pending(&mut *conn).unwrap();
    assert_eq!(report.edited(), ["1"]);
});

mod before {
    use super::*;

    #[migration(revision = "1", group = "before the edit", irreversible)]
    mod create_users {
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.create_table("users", |t| t.id())?;
            Ok(())
        }
    }
}

mod after {
    use super::*;

    #[migration(revision = "1", group = "after the edit", irreversible)]
    mod create_users {
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.create_table("people", |t| t.id())?;
            Ok(())
        }
    }
}

case!(what_diesel_applied_is_never_edited, |db| {
    db.sql(&format!(
        "create table {DIESEL_TABLE} (version varchar(50) primary key not null, \
         run_on timestamp not null default current_timestamp); insert into {DIESEL_TABLE} (version) values ('1')"
    ));
    let report = Migrator::group("after the edit").edited(Policy::Refuse).run_pending(&mut *db.connect()).unwrap();
    assert!(report.is_empty() && report.edited().is_empty());
});

case!(a_child_that_is_applied_without_the_parent_it_names_is_refused, |db| {
    let mut conn = db.connect();
    Migrator::new().with(creates("2", "b")).run_pending(&mut *conn).unwrap();
    let before = everything(db);
    let child = || migration(Metadata::new("2").down_revision("1"));
    let migrator = || Migrator::new().with(creates("1", "a")).with(child()).with(creates("3", "c"));
    let error = migrator().run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRevision, "{error}");
    assert_eq!(everything(db), before);
    // what the program does not know cannot be said to be there
    Migrator::new().with(creates("9", "z")).unknown_revisions(Policy::Allow).run_pending(&mut *conn).unwrap();
    let error = migrator().unknown_revisions(Policy::Allow).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRevision, "{error}");
    assert!(error.to_string().contains("\"2\"") && !error.to_string().contains('9'), "{error}");
    // said to be there, it is
    migrator().stamp(&mut *conn, "2").unwrap();
    migrator().unknown_revisions(Policy::Allow).run_pending(&mut *conn).unwrap();
    assert_eq!(applied(db), ["1", "2", "3", "9"]);
});

case!(a_parent_that_only_order_implies_runs_late, |db| {
    let mut conn = db.connect();
    Migrator::new().with(creates("2", "b")).run_pending(&mut *conn).unwrap();
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b")).with(creates("3", "c"));
    let report = migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().iter().map(|step| step.revision().as_str()).collect::<Vec<_>>(), ["1", "3"]);
    assert!(report.steps()[0].is_out_of_order());
});

case!(a_history_of_a_later_format_is_refused, |db| {
    let mut conn = db.connect();
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    db.sql(&format!("update {HISTORY_TABLE} set format = 99"));
    let before = everything(db);
    let error = Migrator::new().with(creates("1", "a")).with(creates("2", "b")).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HistoryFormat, "{error}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
});

case!(a_table_of_somebody_elses_in_the_historys_name_is_refused, |db| {
    let mut conn = db.connect();
    db.sql(&format!("create table {HISTORY_TABLE} (id integer, event varchar(20))"));
    db.sql(&format!("insert into {HISTORY_TABLE} values (1, 'logged in')"));
    let before = everything(db);
    let migrator = Migrator::new().with(creates("1", "a"));
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HistoryFormat, "{error}");
    assert!(error.to_string().contains("no column"), "{error}");
    assert_eq!(everything(db), before);
    session::assert_usable(db, &mut *conn);
});

case!(only = [Sqlite], what_is_no_database_is_told_without_statements_of_the_librarys_own, |_db| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    std::fs::write(&path, "these are notes, and no database at all".repeat(50)).unwrap();
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let error = Migrator::new().with(creates("1", "a")).run_pending(&mut conn).unwrap_err();
    assert_eq!((error.kind(), error.statement()), (ErrorKind::Database, None), "{error}");
    assert!(error.to_string().contains("state: nothing was written\n  remedy: look whether"), "{error}");
});

case!(tables_without_a_history_are_gone_on_with_and_another_shape_names_stamp, |db| {
    db.sql("create table users (id integer, age integer)");
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("1", "orgs")).with(creates("2", "users"));
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ShapeConflict, "{error}");
    assert!(error.to_string().contains("stamp"), "{error}");
    assert_eq!(applied(db), ["1"]);
    assert_eq!(db.columns("users"), ["id", "age"]);
    migrator.stamp(&mut *conn, "heads").unwrap();
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(a_migration_that_was_begun_and_did_not_end_stops_the_next_run, |db| {
    // what a kill -9 leaves behind, outside a transaction
    let mut conn = db.connect();
    Migrator::new().with(creates("1", "a")).run_pending(&mut *conn).unwrap();
    db.sql(&format!(
        "insert into {HISTORY_TABLE} (format, revision, direction, state, started_at, who) \
         values (1, '2', 'up', 'started', '2026-11-23T03:00:00Z', 'somebody else')"
    ));
    db.sql(&format!(
        "insert into {HISTORY_TABLE} (format, revision, direction, state, started_at, statements, note) \
         values (1, '2', 'up', 'running', '2026-11-23T03:00:01Z', 1, 'create table b (id integer)')"
    ));
    let before = everything(db);
    let outside = migration(Metadata::new("2").transaction(false)).sends("create table b (id integer)");
    let migrator = Migrator::new().with(creates("1", "a")).with(outside);
    let error = migrator.run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert_eq!(error.exit_code(), 7);
    assert!(error.to_string().contains("create table b"), "{error}");
    assert_eq!(everything(db), before);
    // said to be done by hand
    migrator.stamp(&mut *conn, "heads").unwrap();
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(an_anomaly_is_told_to_the_observer_before_it_is_an_error, |db| {
    let mut conn = db.connect();
    Migrator::new().with(revision("1")).with(revision("2")).run_pending(&mut *conn).unwrap();
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noting = told.clone();
    let older = Migrator::new().with(revision("1")).with(revision("3")).observer(move |event| {
        if let Event::DatabaseAhead { revisions, .. } = event {
            noting.lock().unwrap().extend(revisions.iter().map(ToString::to_string));
        }
    });
    older.run_pending(&mut *conn).unwrap_err();
    assert_eq!(*told.lock().unwrap(), ["2"]);
});
