//! SQL migrations: what their leading comments say, and folders that are not as they should be.

use std::fs;
use std::path::PathBuf;

use diesel_migrations::FileBasedMigrations;
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Outcome};

use super::books::{applied, copies, told, user_tables};
use super::handmade::creates;
use crate::{TestDatabase, case};

/// A folder of SQL migrations, in the case's own folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn of(db: &TestDatabase) -> Self {
        let folder = db.folder().join("migrations");
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(super) fn add(&self, directory: &str, up: &str, down: Option<&str>) {
        self.write(&format!("{directory}/up.sql"), up);
        if let Some(down) = down {
            self.write(&format!("{directory}/down.sql"), down);
        }
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn files(&self) -> FileBasedMigrations {
        FileBasedMigrations::from_path(&self.0).unwrap()
    }

    fn migrator(&self) -> Migrator {
        Migrator::new().sql_migrations(self.files())
    }
}

case!(a_folder_without_down_sql_is_irreversible, |db| {
    let folder = Folder::of(db);
    folder.add("1_create_users", "create table users (id integer);", None);
    folder.add("2_create_orgs", "create table orgs (id integer);", Some("drop table orgs;"));
    let mut conn = db.connect();
    folder.migrator().run_pending(&mut *conn).unwrap();
    let error = folder.migrator().downgrade(&mut *conn, "base").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Irreversible, "{error}");
    assert_eq!(applied(db), ["1", "2"]);
    folder.migrator().downgrade(&mut *conn, "-1").unwrap();
    assert_eq!(user_tables(db), ["users"]);
});

case!(comments_say_what_the_attribute_says, |db| {
    let folder = Folder::of(db);
    folder.add("1_create_users", "-- migrator: requires(no_table(\"users\"))\n-- migrator: ensures(table(\"users\"), empty(\"users\"))\ncreate table users (id integer);", Some("drop table users;"));
    folder.add("2_never", "-- migrator: skip_if(table(\"users\"))\nnonsense;", Some("select 1;"));
    folder.add(
        "3_fill",
        "-- migrator: backup(\"users\")\ninsert into users values (1);",
        Some("-- migrator: allow_loss(rows(\"users\"))\ndelete from users;"),
    );
    let mut conn = db.connect();
    let report = folder.migrator().run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps()[1].outcome(), Outcome::Skipped);
    assert_eq!(copies(db).len(), 1);
    assert!(told(db).contains(&"2 up skipped".to_owned()));

    folder.add("4_refused", "-- migrator: requires(empty(\"users\"))\nselect 1;", None);
    let error = folder.migrator().run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert_eq!(error.revision().unwrap(), "4");
});

case!(comments_place_a_file_in_the_graph, |db| {
    let folder = Folder::of(db);
    folder.add("1_base", "create table a (id integer);", None);
    folder.add(
        "2_other_base",
        "-- migrator: down_revision = none\n-- migrator: branch_label = \"billing\"\ncreate table b (id integer);",
        None,
    );
    folder.add("3_merge", "-- migrator: down_revision = [\"1\", \"2\"]\ncreate table c (id integer);", None);
    let mut conn = db.connect();
    let migrator = folder.migrator();
    assert_eq!(migrator.heads().unwrap(), ["3"]);
    migrator.upgrade(&mut *conn, "billing").unwrap();
    assert_eq!(applied(db), ["2"]);
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(applied(db), ["1", "2", "3"]);
});

case!(an_unknown_word_is_an_error_with_file_and_line, |db| {
    let folder = Folder::of(db);
    folder.add(
        "1_create_users",
        "-- Creates the users.\n-- migrator: require(table(\"orgs\"))\ncreate table users (id integer);",
        None,
    );
    let error = folder.migrator().with(creates("2", "b")).run_pending(&mut *db.connect()).unwrap_err();
    assert!(error.to_string().contains("1_create_users/up.sql:2:"), "{error}");
    assert!(error.to_string().contains("require"), "{error}");
    assert!(db.tables().is_empty());

    let db = db.another();
    let folder = Folder::of(&db);
    folder.add(
        "1_create_users",
        "create table users (id integer);",
        Some("-- migrator: allow_loss(tables(\"users\"))\ndrop table users;"),
    );
    let error = folder.migrator().run_pending(&mut *db.connect()).unwrap_err();
    assert!(error.to_string().contains("1_create_users/down.sql:1:"), "{error}");
    assert!(db.tables().is_empty());
});

case!(an_empty_file_is_an_error_before_anything_runs, |db| {
    let folder = Folder::of(db);
    folder.add("1_create_users", "create table users (id integer);", None);
    folder.add("2_empty", "", None);
    let error = folder.migrator().run_pending(&mut *db.connect()).unwrap_err();
    assert!(error.to_string().contains("2_empty"), "{error}");
    assert!(db.tables().is_empty());
});

case!(an_error_in_a_file_names_the_statement, |db| {
    let folder = Folder::of(db);
    folder.add(
        "1_create_users",
        "create table users (id integer);\n\n-- the second\ninsert into gone values (1);",
        None,
    );
    let error = folder.migrator().run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!((error.kind(), error.revision().unwrap().as_str()), (ErrorKind::Database, "1"));
    assert!(error.statement().unwrap().contains("insert into gone values (1)"), "{error}");
});

case!(hyphens_in_a_directory_are_dropped_as_diesel_drops_them, |db| {
    let folder = Folder::of(db);
    folder.add("2026-11-23-031600_create_users", "create table users (id integer);", None);
    let report = folder.migrator().run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps()[0].revision(), "20261123031600");
    assert_eq!(report.to_string(), "applied 20261123031600  create users");
});
