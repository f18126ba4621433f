//! The words of every error: for somebody at three in the morning, and snapshotted, one file for each database.

use std::time::Duration;

use migrator_core::prelude::*;
use migrator_core::{Condition, Error, Metadata, create_table_backup};

use super::books::HISTORY_TABLE;
use super::handmade::{Handmade, creates, migration, revision};
use super::session;
use super::sql_files::Folder;
use crate::{Engine, TestDatabase, case};

pub(super) type Provoke = fn(&TestDatabase) -> Error;

fn all() -> Vec<(&'static str, Provoke)> {
    vec![
        ("no migration is registered", |db| run(db, &Migrator::new())),
        ("the same revision twice", |db| {
            let folder = Folder::of(db);
            folder.add("1_create_users", "select 1;", None);
            run(db, &Migrator::new().sql_migrations(folder.files()).with(revision("1")))
        }),
        ("a parent that is not there", |db| run(db, &with(migration(Metadata::new("2").down_revision("1"))))),
        ("a cycle", |db| {
            let one = migration(Metadata::new("1").down_revision("2"));
            run(db, &with(one).with(migration(Metadata::new("2").down_revision("1"))))
        }),
        ("a malformed revision", |db| run(db, &with(revision("a b")))),
        ("several heads", |db| {
            let branches = with(migration(Metadata::new("1").base())).with(migration(Metadata::new("2").base()));
            branches.upgrade(&mut *db.connect(), "head").unwrap_err()
        }),
        ("a target that names nothing", |db| one_and_two(db).upgrade(&mut *db.connect(), "nothing").unwrap_err()),
        ("a target that could mean several", |db| {
            let alike = with(revision("abcd1")).with(revision("abcd2"));
            alike.upgrade(&mut *db.connect(), "abcd").unwrap_err()
        }),
        ("a target that leads nowhere", |db| one_and_two(db).downgrade(&mut *db.connect(), "-5").unwrap_err()),
        ("a revision that the program does not know", |db| {
            one_and_two(db);
            run(db, &with(revision("1")).with(revision("3")))
        }),
        ("out of order", |db| {
            one_and_two(db);
            let late = with(revision("1")).with(revision("15")).with(revision("2"));
            run(db, &late.out_of_order(Policy::Refuse))
        }),
        ("edited", |db| {
            Migrator::group("before the edit").run_pending(&mut *db.connect()).unwrap();
            run(db, &Migrator::group("after the edit").edited(Policy::Refuse))
        }),
        ("a history of a later format", |db| {
            one_and_two(db);
            db.sql(&format!("update {HISTORY_TABLE} set format = 99"));
            run(db, &with(revision("1")).with(revision("2")).with(revision("3")))
        }),
        ("begun and not ended", |db| {
            one_and_two(db);
            db.sql(&format!(
                "insert into {HISTORY_TABLE} (format, revision, direction, state, digest, witness, started_at, who) \
                 values (1, '3', 'up', 'started', '-', '-', '2026-11-23T03:00:00Z', 'app[17] on pod-4')"
            ));
            run(db, &with(revision("1")).with(revision("2")).with(revision("4")))
        }),
        ("begun, and broken off in a statement", |db| {
            one_and_two(db);
            for (state, note) in [("started", ""), ("running", "alter table users add column age integer")] {
                db.sql(&format!(
                    "insert into {HISTORY_TABLE} (format, revision, direction, state, started_at, statements, note) \
                     values (1, '3', 'up', '{state}', '2026-11-23T03:00:00Z', 1, '{note}')"
                ));
            }
            let third = migration(Metadata::new("3").transaction(false));
            run(db, &with(revision("1")).with(revision("2")).with(third))
        }),
        ("what it requires does not hold", |db| {
            run(db, &with(creates("1", "a")).with(migration(Metadata::new("2").requires(Condition::table("users")))))
        }),
        ("what it ensures does not hold", |db| {
            run(db, &with(migration(Metadata::new("1").ensures(Condition::column("users", "email")))))
        }),
        ("verify says no", |db| run(db, &with(revision("1").verify(|_| Err("3 users have no last name".into()))))),
        ("verify writes", |db| {
            run(db, &with(revision("1").verify(|op| Ok(op.execute("delete from users").map(drop)?))))
        }),
        ("a table in another shape", |db| {
            db.sql("create table users (id integer, age integer)");
            run(db, &with(creates("1", "users")))
        }),
        ("an index in another shape", |db| {
            db.sql("create table users (id integer, age integer); create index users_age_idx on users (id)");
            run(db, &with(revision("1").up(|op| Ok(op.create_index("users", ["age"]).map(drop)?))))
        }),
        ("a table that is not there", |db| {
            run(db, &with(revision("1").up(|op| Ok(op.add_column("users", |t| t.text("note")).map(drop)?))))
        }),
        ("a table that others reference", |db| {
            db.sql(
                "create table orgs (id integer primary key); \
                 create table users (org_id integer, constraint users_org foreign key (org_id) references orgs (id))",
            );
            run(db, &with(revision("1").up(|op| Ok(op.drop_table("orgs").map(drop)?))))
        }),
        ("a table with rows dropped", |db| {
            db.sql("create table users (id integer); insert into users values (1), (2), (3)");
            run(db, &with(revision("1").up(|op| Ok(op.drop_table("users").map(drop)?))))
        }),
        ("a column with a value dropped", |db| {
            db.sql("create table users (id integer, email varchar(40)); insert into users values (1, 'a'), (2, null)");
            run(
                db,
                &with(creates("1", "a")).with(revision("2").up(|op| Ok(op.drop_column("users", "email").map(drop)?))),
            )
        }),
        ("irreversible", |db| {
            let migrator = with(migration(Metadata::new("1").irreversible()));
            migrator.run_pending(&mut *db.connect()).unwrap();
            migrator.downgrade(&mut *db.connect(), "base").unwrap_err()
        }),
        ("another one holds the lock", |db| {
            let (engine, url) = (db.engine(), db.url().to_owned());
            let nested = revision("1").up(move |_| {
                let mut conn = crate::direct::open_for_tests(engine, &url)?;
                with(revision("1")).give_up_after(Duration::from_millis(50)).run_pending(&mut *conn)?;
                Ok(())
            });
            run(db, &with(nested))
        }),
        ("inside a transaction", |db| {
            let mut conn = db.connect();
            session::of(&mut *conn).begin();
            let outside = with(migration(Metadata::new("1").transaction(false)));
            let error = outside.run_pending(&mut *conn).unwrap_err();
            session::of(&mut *conn).rollback();
            error
        }),
        ("a database that takes no writes", |db| {
            let mut conn = super::bad_input::read_only(db);
            with(revision("1")).run_pending(&mut *conn).unwrap_err()
        }),
        ("an empty name", |db| run(db, &with(revision("1").up(|op| Ok(op.create_table("", |t| t.id()).map(drop)?))))),
        ("a name with a NUL", |db| {
            run(db, &with(revision("1").up(|op| Ok(op.create_table("a\0b", |t| t.id()).map(drop)?))))
        }),
        ("a panic", |db| run(db, &with(creates("1", "a")).with(revision("2").up(|_| panic!("index out of bounds"))))),
        ("an error of its own", |db| run(db, &with(revision("1").up(|_| Err("the service is down".into()))))),
        ("a refused statement", |db| {
            let two = with(creates("1", "a")).with(creates("2", "b"));
            run(db, &two.with(revision("3").sends("create table c (id integer);\ninsert into gone\nvalues (1)")))
        }),
        ("a refused statement outside a transaction", |db| {
            run(
                db,
                &with(migration(Metadata::new("1").transaction(false)).sends("create table c (id integer); nonsense")),
            )
        }),
        ("a connection of another type", |db| {
            run(db, &with(revision("1").up(|op| Ok(op.connection::<String>().map(drop)?))))
        }),
        ("an index that cannot be built here", |db| {
            db.sql("create table users (id integer)");
            let concurrently = |op: &mut Operations<'_>| {
                op.create_index("users", Index::on(["id"]).concurrently())?;
                Ok(())
            };
            run(db, &with(revision("1").up(concurrently)))
        }),
        ("an unknown word in an SQL file", |db| {
            let folder = Folder::of(db);
            folder.add("1_create_users", "-- migrator: allow_los(table(\"users\"))\nselect 1;", None);
            run(db, &Migrator::new().sql_migrations(folder.files()))
        }),
        ("a backup of a table that is not there", |db| {
            create_table_backup(&mut *db.connect(), "users", "x").unwrap_err()
        }),
    ]
}

fn run(db: &TestDatabase, migrator: &Migrator) -> Error {
    migrator.run_pending(&mut *db.connect()).unwrap_err()
}

fn with(migration: Handmade) -> Migrator {
    Migrator::new().with(migration)
}

fn one_and_two(db: &TestDatabase) -> Migrator {
    let migrator = with(revision("1")).with(revision("2"));
    migrator.run_pending(&mut *db.connect()).unwrap();
    migrator
}

/// The text without what differs from run to run.
fn steady(db: &TestDatabase, text: &str) -> String {
    let folder = db.folder().to_str().unwrap();
    let text = text.replace(db.url(), "<database>").replace(db.name(), "<database>").replace(folder, "<folder>");
    let text = without_ids(&text);
    let (before, after) = ("lock was not got in ", " holds it");
    match (text.find(before), text.find(after)) {
        (Some(from), Some(to)) => format!("{}<time>: <who>{}", &text[..from + before.len()], &text[to..]),
        _ => text,
    }
}

/// The ids of backups.
fn without_ids(text: &str) -> String {
    let parts = text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit());
    let is_id = |part: &str| part.len() >= 24 && part[..24].bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.map(|part| if is_id(part) { format!("<id>{}", &part[24..]) } else { part.to_owned() }).collect()
}

case!(every_error_says_what_happened_what_stands_and_what_to_do, |db| assert_texts(db, "errors", &all()));

/// Each on a database of its own.
#[track_caller]
pub(super) fn assert_texts(db: &TestDatabase, subject: &str, all: &[(&str, Provoke)]) {
    let mut texts = String::new();
    for (what, provoke) in all {
        let db = db.another();
        let error = provoke(&db);
        texts += &format!(
            "# {what}\n{:?} (exit code {})\n{}\n\n",
            error.kind(),
            error.exit_code(),
            steady(&db, &error.to_string())
        );
    }
    let name = match db.engine() {
        Engine::Sqlite => format!("{subject}_on_sqlite"),
        Engine::Postgres => format!("{subject}_on_postgres"),
        Engine::MariaDb => format!("{subject}_on_mariadb"),
    };
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, texts);
    });
}

case!(debug_shows_the_same_words_to_the_person_at_the_terminal, |db| {
    let error = run(db, &Migrator::new());
    assert_eq!(format!("{error:?}"), format!("NoMigrations: {error}"));
});
