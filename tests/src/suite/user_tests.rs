//! The checks that users run on their migrations: each is passed by sound migrations, and each has a broken set that it
//! refuses, with words that say which migration and what is different.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::testing::{Checks, Failed, TestDatabase as Database};
use migrator_core::{Loss, Metadata};

use super::handmade::{Handmade, creates, migration, revision};
use crate::{Engine, TestDatabase, case};

fn database(db: &TestDatabase) -> Database {
    match db.engine() {
        Engine::Sqlite => Database::sqlite(),
        Engine::Postgres => Database::postgres(db.url()),
        Engine::MariaDb => Database::mysql(db.url()),
    }
}

fn checks(db: &TestDatabase, migrator: Migrator) -> Checks {
    Checks::new(database(db), migrator)
}

/// Users, an e-mail address, and orders that reference them.
fn sound() -> Migrator {
    let email = migration(Metadata::new("2").allow_loss(Loss::column("users", "name")))
        .up(|op| {
            op.add_column("users", |t| t.string("email", 80))?;
            op.execute("update users set email = name")?;
            op.drop_column("users", "name")?;
            Ok(())
        })
        .down(|op| {
            op.add_column("users", |t| t.string("name", 40))?;
            op.drop_column("users", "email")?;
            Ok(())
        });
    let orders = revision("3")
        .up(|op| {
            op.create_table("orders", |t| {
                t.id();
                t.big_integer("user_id").not_null().references("users", "id");
            })?;
            op.create_index("orders", ["user_id"])?;
            Ok(())
        })
        .down(|op| Ok(op.drop_table("orders").map(drop)?));
    Migrator::new().with(creates("1", "users")).with(email).with(orders)
}

fn with_users(checks: Checks, revision: &str) -> Checks {
    checks.rows_before(revision, |op| {
        op.execute("insert into users (name) values ('Ada'), ('Grace'), (null)")?;
        Ok(())
    })
}

case!(sound_migrations_pass_every_check, |db| {
    let checks = with_users(checks(db, sound()), "2");
    checks.there_is_one_head().unwrap();
    checks.every_migration_goes_up_down_and_up().unwrap();
    checks.no_data_is_lost_that_is_not_named().unwrap();
    checks.every_prefix_of_history_upgrades_to_the_head().unwrap();
    checks.a_migration_that_fails_anywhere_can_be_run_again().unwrap();
    checks.two_runners_at_once_apply_each_migration_once().unwrap();
});

case!(the_databases_of_a_check_are_dropped_also_when_it_fails, |db| {
    let engine = db.engine();
    let opened = Arc::new(Mutex::new(Vec::new()));
    let seen = opened.clone();
    let database = database(db).opened_by(move |url| {
        seen.lock().unwrap().push(url.to_owned());
        Ok(crate::direct::open_for_tests(engine, url)?)
    });
    let failing = Checks::new(database, Migrator::new().with(revision("1").sends("nonsense")));
    failing.every_migration_goes_up_down_and_up().unwrap_err();
    failing.two_runners_at_once_apply_each_migration_once().unwrap_err();
    let opened = opened.lock().unwrap().clone();
    assert!(opened.len() >= 3);
    for url in opened {
        assert!(!is_there(db, &url), "{url}");
    }
});

fn is_there(db: &TestDatabase, url: &str) -> bool {
    let name = url.rsplit('/').next().unwrap();
    match db.engine() {
        Engine::Sqlite => Path::new(url).exists(),
        Engine::Postgres => db.count(&format!("select count(*) from pg_database where datname = '{name}'")) > 0,
        Engine::MariaDb => {
            db.count(&format!("select count(*) from information_schema.schemata where schema_name = '{name}'")) > 0
        }
    }
}

/// A crate with a `schema.rs` of one table.
fn with_schema(db: &TestDatabase, columns: &str) -> Checks {
    let folder = db.folder();
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/schema.rs"), format!("diesel::table! {{ users (id) {{ {columns} }} }}")).unwrap();
    checks(db, with(creates("1", "users"))).in_crate(folder)
}

case!(a_schema_rs_that_is_what_the_migrations_make_passes, |db| {
    with_schema(db, "id -> BigInt, name -> Nullable<Varchar>,").schema_rs_is_what_the_migrations_make().unwrap();
    // And a crate that has none.
    checks(db, sound()).in_crate(db.folder().join("src")).schema_rs_is_what_the_migrations_make().unwrap();
});

type Provoke = fn(&TestDatabase) -> Failed;

fn broken() -> Vec<(&'static str, Provoke)> {
    vec![
        ("two heads", |db| {
            let heads = with(migration(Metadata::new("1").base())).with(migration(Metadata::new("2").base()));
            checks(db, heads).there_is_one_head().unwrap_err()
        }),
        ("a cycle", |db| {
            let one = migration(Metadata::new("1").down_revision("2"));
            let cycle = with(one).with(migration(Metadata::new("2").down_revision("1")));
            checks(db, cycle).there_is_one_head().unwrap_err()
        }),
        ("a downgrade that leaves a table", |db| {
            let leaves = creates("2", "orders").down(|_| Ok(()));
            up_and_down(db, with(creates("1", "users")).with(leaves))
        }),
        ("a downgrade that leaves a column and an index", |db| {
            let leaves = revision("2").up(|op| {
                op.add_column("users", |t| t.integer("age"))?;
                op.create_index("users", ["age"])?;
                Ok(())
            });
            up_and_down(db, with(creates("1", "users")).with(leaves))
        }),
        ("a downgrade that takes what the upgrade did not bring", |db| {
            let takes = migration(Metadata::new("2").allow_loss(Loss::table("users")))
                .down(|op| Ok(op.drop_table("users").map(drop)?));
            up_and_down(db, with(creates("1", "users")).with(takes))
        }),
        ("a downgrade that gives a column another type", |db| {
            let alters = revision("2")
                .up(|op| Ok(op.alter_column("users", "name", |c| c.set_type(ColumnType::Text)).map(drop)?))
                .down(|op| Ok(op.alter_column("users", "name", |c| c.set_type(ColumnType::String(99))).map(drop)?));
            up_and_down(db, with(creates("1", "users")).with(alters))
        }),
        ("a downgrade that deletes rows", |db| {
            let deletes = revision("2").down(|op| Ok(op.execute("delete from users where name = 'Ada'").map(drop)?));
            up_and_down_with_users(db, with(creates("1", "users")).with(deletes))
        }),
        ("a downgrade that does not bring values back", |db| {
            let changes = revision("2").sends("update users set name = upper(name)");
            up_and_down_with_users(db, with(creates("1", "users")).with(changes))
        }),
        ("a second upgrade that does otherwise than the first", |db| {
            let runs = AtomicUsize::new(0);
            let changes = creates("2", "orders").up(move |op| {
                let column = ["a", "b"][runs.fetch_add(1, Ordering::Relaxed) % 2];
                op.create_table("orders", |t| t.integer(column))?;
                Ok(())
            });
            up_and_down(db, with(creates("1", "users")).with(changes))
        }),
        ("a downgrade that fails", |db| {
            let fails = revision("2").down(|op| Ok(op.execute("delete from nowhere").map(drop)?));
            up_and_down(db, with(creates("1", "users")).with(fails))
        }),
        ("an upgrade that nobody has written yet", |db| {
            up_and_down(db, with(revision("1").up(|op| Ok(op.unwritten().map(drop)?))))
        }),
        ("an upgrade that deletes rows", |db| {
            let deletes = revision("2").sends("delete from users where name is not null");
            lost(db, with(creates("1", "users")).with(deletes))
        }),
        ("an upgrade that drops a table", |db| {
            lost(db, with(creates("1", "users")).with(revision("2").sends("drop table users")))
        }),
        ("an upgrade that empties a column", |db| {
            lost(db, with(creates("1", "users")).with(revision("2").sends("update users set name = null")))
        }),
        ("a prefix that does not get to the head", |db| {
            // What it works with is there when it runs for the first time, and not when it runs elsewhere later.
            let runs = AtomicUsize::new(0);
            let goes_on = revision("2").up(move |op| match runs.fetch_add(1, Ordering::Relaxed) {
                0 => Ok(()),
                _ => Ok(op.execute("insert into work values (1)").map(drop)?),
            });
            let migrator = with(creates("1", "users")).with(goes_on);
            checks(db, migrator).every_prefix_of_history_upgrades_to_the_head().unwrap_err()
        }),
        ("a prefix that gets to another head", |db| {
            let runs = AtomicUsize::new(0);
            let counts = revision("2").up(move |op| {
                let column = if runs.fetch_add(1, Ordering::Relaxed) == 0 { "first" } else { "later" };
                Ok(op.create_table("orders", |t| t.integer(column)).map(drop)?)
            });
            let migrator = with(creates("1", "users")).with(counts);
            checks(db, migrator).every_prefix_of_history_upgrades_to_the_head().unwrap_err()
        }),
        ("an upgrade that cannot be run again after a failure", |db| {
            let tried = AtomicUsize::new(0);
            let once = revision("2").up(move |op| {
                if tried.fetch_add(1, Ordering::Relaxed) > 0 {
                    return Err("the file to import was moved away".into());
                }
                op.execute("insert into users (name) values ('Ada')")?;
                Ok(())
            });
            again(db, with(creates("1", "users")).with(once))
        }),
        ("an upgrade that does something else when it is run again", |db| {
            let tried = AtomicUsize::new(0);
            let twice = revision("2").up(move |op| {
                let first = tried.fetch_add(1, Ordering::Relaxed) == 0;
                op.create_table(if first { "orders" } else { "invoices" }, |t| t.id())?;
                Ok(())
            });
            again(db, with(creates("1", "users")).with(twice))
        }),
        ("a failure with two runners", |db| {
            let migrator = with(revision("1").sends("nonsense"));
            checks(db, migrator).two_runners_at_once_apply_each_migration_once().unwrap_err()
        }),
        ("a file that is not registered", |db| {
            let folder = db.folder();
            fs::create_dir_all(folder.join("src/migrations")).unwrap();
            fs::create_dir_all(folder.join("migrations/2026-11-23-100000_orders")).unwrap();
            let text = "#[migration(revision = \"1\")]\nmod a {}\n/// More.\n#[migration(revision = \"7\")]\nmod b {}";
            fs::write(folder.join("src/migrations/users.rs"), text).unwrap();
            fs::write(folder.join("migrations/2026-11-23-100000_orders/up.sql"), "select 1").unwrap();
            let checks = checks(db, with(revision("1"))).in_crate(folder);
            checks.every_migration_file_is_registered().unwrap_err()
        }),
        ("a schema.rs that says otherwise", |db| {
            let other = with_schema(db, "id -> BigInt, name -> Text, email -> Nullable<Text>,");
            other.schema_rs_is_what_the_migrations_make().unwrap_err()
        }),
        ("a schema.rs without a table and with another key", |db| {
            let folder = db.folder();
            fs::create_dir_all(folder.join("src/db")).unwrap();
            let text = "diesel::table! { users (id, name) { id -> BigInt, name -> Nullable<Varchar>, } }";
            fs::write(folder.join("src/db/schema.rs"), text).unwrap();
            let migrator = with(creates("1", "users")).with(creates("2", "orders"));
            let checks = checks(db, migrator).in_crate(folder).schema_in("src/db/schema.rs");
            checks.schema_rs_is_what_the_migrations_make().unwrap_err()
        }),
        ("a schema.rs that is not there", |db| {
            let checks = checks(db, with(creates("1", "users"))).schema_in("nowhere/schema.rs");
            checks.schema_rs_is_what_the_migrations_make().unwrap_err()
        }),
        ("rows before a revision that is none", |db| {
            with_users(checks(db, sound()), "77").every_migration_goes_up_down_and_up().unwrap_err()
        }),
        ("rows that cannot be inserted", |db| {
            with_users(checks(db, sound()), "1").every_migration_goes_up_down_and_up().unwrap_err()
        }),
    ]
}

fn with(migration: Handmade) -> Migrator {
    Migrator::new().with(migration)
}

fn up_and_down(db: &TestDatabase, migrator: Migrator) -> Failed {
    checks(db, migrator).every_migration_goes_up_down_and_up().unwrap_err()
}

fn up_and_down_with_users(db: &TestDatabase, migrator: Migrator) -> Failed {
    with_users(checks(db, migrator), "2").every_migration_goes_up_down_and_up().unwrap_err()
}

fn lost(db: &TestDatabase, migrator: Migrator) -> Failed {
    with_users(checks(db, migrator), "2").no_data_is_lost_that_is_not_named().unwrap_err()
}

fn again(db: &TestDatabase, migrator: Migrator) -> Failed {
    checks(db, migrator).a_migration_that_fails_anywhere_can_be_run_again().unwrap_err()
}

/// MySQL names the database with the table.
fn without_names_of_databases(text: &str) -> String {
    let mut parts = text.split("migrator_test_");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        told + "<database>" + part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_')
    })
}

case!(only = [Sqlite], a_crate_without_files_of_migrations_has_all_of_them, |db| {
    let in_code = |folder| checks(db, with(creates("1", "users"))).in_crate(folder);
    in_code(db.folder()).every_migration_file_is_registered().unwrap();
    let said = in_code(db.folder()).migrations_in("src/db").every_migration_file_is_registered();
    assert!(said.is_err(), "a place that was said holds some");
});

case!(each_check_says_which_migration_and_what_is_different, |db| {
    let mut texts = String::new();
    for (what, provoke) in broken() {
        let text = provoke(db).to_string().replace(&db.folder().display().to_string(), "<crate>");
        let text = without_names_of_databases(&text);
        texts += &format!("# {what}\n{text}\n\n");
    }
    let name = match db.engine() {
        Engine::Sqlite => "user_tests_on_sqlite",
        Engine::Postgres => "user_tests_on_postgres",
        Engine::MariaDb => "user_tests_on_mariadb",
    };
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, texts);
    });
});

case!(only = [Sqlite], many_migrations_are_checked_in_seconds, |db| {
    let mut migrator = Migrator::new();
    // A hundred of them with MIGRATOR_TEST_LONG=1, and then the times are told.
    let long = std::env::var_os("MIGRATOR_TEST_LONG").is_some();
    for number in 100..if long { 200 } else { 115 } {
        let name = format!("table_{number}");
        let dropped = name.clone();
        let table = revision(&number.to_string())
            .up(move |op| {
                op.create_table(name.as_str(), |t| {
                    t.id();
                    t.string("name", 40).not_null();
                })?;
                op.create_index(name.as_str(), ["name"])?;
                Ok(())
            })
            .down(move |op| Ok(op.drop_table(dropped.as_str()).map(drop)?));
        migrator = migrator.with(table);
    }
    let checks = checks(db, migrator);
    let mut told = String::new();
    let mut timed = |name: &str, check: &dyn Fn() -> Result<(), Failed>| {
        let since = std::time::Instant::now();
        check().unwrap();
        told += &format!("{name}: {:.1?}\n", since.elapsed());
    };
    timed("up, down, up", &|| checks.every_migration_goes_up_down_and_up());
    timed("losses", &|| checks.no_data_is_lost_that_is_not_named());
    timed("prefixes", &|| checks.every_prefix_of_history_upgrades_to_the_head());
    timed("failures", &|| checks.a_migration_that_fails_anywhere_can_be_run_again());
    timed("two runners", &|| checks.two_runners_at_once_apply_each_migration_once());
    if long {
        println!("{told}");
    }
});

case!(only = [Postgres, MariaDb], a_server_that_is_absent_is_a_failed_check, |db| {
    let url = match db.engine() {
        Engine::Postgres => "postgres://nobody:secret@127.0.0.1:1/postgres",
        _ => "mysql://nobody:secret@127.0.0.1:1/mysql",
    };
    let nowhere = match db.engine() {
        Engine::Postgres => Database::postgres(url),
        _ => Database::mysql(url),
    };
    let failed = Checks::new(nowhere, sound()).every_migration_goes_up_down_and_up().unwrap_err().to_string();
    assert!(failed.contains("does not let this program in"), "{failed}");
    assert!(!failed.contains("secret"), "{failed}");
});
