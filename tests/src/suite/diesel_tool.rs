//! Promise 11: Diesel's tool and ours see each other's applied migrations, embedded and in files.

use diesel::migration::{Migration as _, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, MigrationHarness, embed_migrations};
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Outcome};

use super::books::{DIESEL_TABLE, applied, everything, user_tables};
use super::handmade::creates;
use super::nothing_pending::assert_only_reads;
use super::session;
use super::sql_files::Folder;
use crate::{Engine, TestDatabase, case};

const EMBEDDED: EmbeddedMigrations = embed_migrations!("migrations");
const REVISIONS: [&str; 2] = ["20260101000000", "20260102000000"];

/// Diesel's own tool.
trait Tool {
    fn run(&mut self) -> Vec<String>;
    fn run_files(&mut self, files: FileBasedMigrations) -> Vec<String>;
    fn revert_last(&mut self) -> String;
    fn pending(&mut self) -> Vec<String>;
    fn listed(&mut self) -> Vec<String>;
}

fn texts(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    let mut texts: Vec<_> = versions.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

impl<C> Tool for C
where
    C: diesel::Connection + MigrationHarness<C::Backend>,
    EmbeddedMigrations: MigrationSource<C::Backend>,
    FileBasedMigrations: MigrationSource<C::Backend>,
{
    fn run(&mut self) -> Vec<String> {
        texts(&self.run_pending_migrations(EMBEDDED).unwrap())
    }

    fn run_files(&mut self, files: FileBasedMigrations) -> Vec<String> {
        texts(&self.run_pending_migrations(files).unwrap())
    }

    fn revert_last(&mut self) -> String {
        self.revert_last_migration(EMBEDDED).unwrap().to_string()
    }

    fn pending(&mut self) -> Vec<String> {
        let pending = self.pending_migrations(EMBEDDED).unwrap();
        pending.iter().map(|migration| migration.name().version().to_string()).collect()
    }

    fn listed(&mut self) -> Vec<String> {
        texts(&self.applied_migrations().unwrap())
    }
}

fn tool(db: &TestDatabase) -> Box<dyn Tool> {
    match db.engine() {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => Box::new(SqliteConnection::establish(db.url()).unwrap()),
        #[cfg(feature = "postgres")]
        Engine::Postgres => Box::new(PgConnection::establish(db.url()).unwrap()),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => Box::new(MysqlConnection::establish(db.url()).unwrap()),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => unreachable!("{other} is not compiled in"),
    }
}

fn embedded() -> Migrator {
    Migrator::new().sql_migrations(EMBEDDED)
}

case!(what_diesel_applied_is_understood, |db| {
    assert_eq!(tool(db).run(), REVISIONS);
    let before = everything(db);
    let mut conn = db.connect();
    let seen = session::of(&mut *conn).watch();
    let migrator = embedded();
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
    assert_only_reads(&seen.take());
    assert!(migrator.pending(&mut *conn).unwrap().is_empty());
    assert_eq!(migrator.current(&mut *conn).unwrap(), REVISIONS[1..]);
    let history = migrator.history(&mut *conn).unwrap();
    let told: Vec<_> = history.iter().map(|entry| (entry.revision.as_str(), entry.state.as_str())).collect();
    assert_eq!(told, REVISIONS.map(|revision| (revision, "diesel")));
    // left as it is
    assert_eq!(everything(db), before);
    assert_eq!(db.tables(), [DIESEL_TABLE, "users"]);
});

case!(what_diesel_applied_is_gone_on_with_and_undone, |db| {
    tool(db).run();
    let mut conn = db.connect();
    let migrator = embedded().with(creates("2026-01-03-000000", "orgs"));
    let report = migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), 1);
    assert_eq!(report.steps()[0].revision(), "20260103000000");
    // both sorts stand in one history, and go back from one
    let report = migrator.downgrade(&mut *conn, REVISIONS[0]).unwrap();
    assert_eq!(report.steps().len(), 2);
    assert_eq!(db.columns("users"), ["id", "name"]);
    assert_eq!(tool(db).pending(), REVISIONS[1..]);
});

case!(what_we_applied_is_understood_by_diesel, |db| {
    let mut conn = db.connect();
    let report = embedded().run_pending(&mut *conn).unwrap();
    assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Applied));
    assert_eq!(report.steps()[0].description(), "create users");
    assert_eq!(db.texts("select name from users"), [Some("Ada; Lovelace".to_owned())]);
    let mut tool = tool(db);
    assert_eq!(tool.listed(), REVISIONS);
    assert!(tool.pending().is_empty());
    assert!(tool.run().is_empty());
    // Diesel takes one back, and we see it
    assert_eq!(tool.revert_last(), REVISIONS[1]);
    assert_eq!(embedded().pending(&mut *conn).unwrap(), REVISIONS[1..]);
    embedded().run_pending(&mut *conn).unwrap();
    assert_eq!(db.columns("users"), ["id", "name", "email"]);
    assert_eq!(applied(db), REVISIONS);
});

case!(a_rust_migration_does_not_confuse_diesel, |db| {
    let mut conn = db.connect();
    embedded().with(creates("2026-01-03-000000", "orgs")).run_pending(&mut *conn).unwrap();
    let mut tool = tool(db);
    assert_eq!(tool.listed().len(), 3);
    assert!(tool.pending().is_empty() && tool.run().is_empty());
});

case!(diesel_applies_what_comes_later_and_we_see_it, |db| {
    let mut conn = db.connect();
    embedded().upgrade(&mut *conn, "+1").unwrap();
    assert_eq!(tool(db).run(), REVISIONS[1..]);
    let report = embedded().run_pending(&mut *conn).unwrap();
    assert!(report.is_empty() && report.unknown().is_empty());
    let history = embedded().history(&mut *conn).unwrap();
    let told: Vec<_> =
        history.iter().filter(|entry| entry.state != "started").map(|entry| entry.state.as_str()).collect();
    assert_eq!(told, ["done", "diesel"]);
});

case!(file_migrations_go_both_ways, |db| {
    let folder = Folder::of(db);
    folder.add("2026-02-01-000000_create_orgs", "create table orgs (id integer);", Some("drop table orgs;"));
    assert_eq!(tool(db).run_files(folder.files()), ["20260201000000"]);
    folder.add("2026-02-02-000000_create_teams", "create table teams (id integer);", Some("drop table teams;"));
    let migrator = Migrator::new().sql_migrations(folder.files());
    let report = migrator.run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps().len(), 1);
    assert!(tool(db).run_files(folder.files()).is_empty());
    assert_eq!(user_tables(db), ["orgs", "teams"]);
    migrator.downgrade(&mut *db.connect(), "base").unwrap();
    assert_eq!(tool(db).run_files(folder.files()).len(), 2);
});

case!(outside_a_transaction_statements_are_sent_one_by_one, |db| {
    let folder = Folder::of(db);
    folder.add("1_create_users", "create table users (id integer, email varchar(40));", Some("drop table users;"));
    let script = match db.engine() {
        Engine::Sqlite => "create index users_email on users (email);\nvacuum;",
        Engine::Postgres => "create index concurrently users_email on users (email);\nvacuum users;",
        Engine::MariaDb => "create index users_email on users (email);\nanalyze table users;",
    };
    folder.add("2_index_email", script, Some("drop index users_email;"));
    folder.write("2_index_email/metadata.toml", "run_in_transaction = false\n");
    let migrator = Migrator::new().sql_migrations(folder.files());
    let mut conn = db.connect();
    let report = migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps()[1].statements(), 2);
    assert_eq!(tool(db).listed(), ["1", "2"]);
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
    session::assert_usable(db, &mut *conn);
});

case!(a_metadata_file_without_the_key_is_outside_a_transaction_as_diesel_has_it, |db| {
    let folder = Folder::of(db);
    folder.add("1_half", "create table half (id integer);\nnonsense;", Some(""));
    folder.write("1_half/metadata.toml", "\n");
    let error = Migrator::new().sql_migrations(folder.files()).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!(user_tables(db), ["half"]);
    assert!(error.to_string().contains("stands"), "{error}");
});

case!(only = [Postgres], diesels_table_is_found_where_the_search_path_finds_it, |db| {
    db.sql("create schema app");
    let url = format!("{}?options=-csearch_path%3Dapp", db.url());
    let mut by_diesel = crate::direct::open(db.engine(), &url).unwrap();
    by_diesel.batch("create table __diesel_schema_migrations (version varchar(50) primary key not null, run_on timestamp not null default current_timestamp); insert into __diesel_schema_migrations (version) values ('20260101000000')").unwrap();
    by_diesel.batch("create table users (id integer)").unwrap();
    let mut conn = db.connect_to(&url);
    let report = embedded().run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), 1);
    assert!(db.tables().is_empty(), "{:?}", db.tables());
    assert_eq!(db.count("select count(*) from app.__migrator_history"), 1);
    assert_eq!(db.count("select count(*) from app.__diesel_schema_migrations"), 2);
});
