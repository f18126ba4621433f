//! A plan changes nothing, and says what the run then does.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::{
    Condition, Direction, ErrorKind, Event, Loss, Metadata, Outcome, Plan, Prospect, SchemaPart, inspect_schema, row,
};

use super::books::{applied, everything, told, user_tables};
use super::handmade::{creates, migration, revision};
use crate::{Engine, TestDatabase, case};

/// The statements that each migration sends, told to an observer.
type Sent = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

fn observed(migrator: Migrator) -> (Migrator, Sent) {
    let sent = Sent::default();
    let (noting, running) = (sent.clone(), Mutex::new(String::new()));
    let migrator = migrator.observer(move |event| match event {
        Event::MigrationStarted { revision, .. } => {
            *running.lock().unwrap() = revision.to_string();
            noting.lock().unwrap().insert(revision.to_string(), Vec::new());
        }
        Event::Statement { sql, number, .. } => {
            let mut all = noting.lock().unwrap();
            let statements = all.get_mut(&*running.lock().unwrap()).unwrap();
            // a migration that was begun once more with foreign keys off
            if *number == 1 {
                statements.clear();
            }
            statements.push(sql.clone());
        }
        _ => {}
    });
    (migrator, sent)
}

fn planned(plan: &Plan) -> BTreeMap<String, Vec<String>> {
    let statements = |step: &migrator_core::PlannedStep| {
        step.statements().iter().map(|statement| statement.sql().to_owned()).collect::<Vec<_>>()
    };
    plan.steps().iter().map(|step| (step.revision().to_string(), statements(step))).collect()
}

/// Plans, looks that nothing has changed, runs, and compares.
#[track_caller]
fn is_true(db: &TestDatabase, migrator: Migrator, target: &str) -> Plan {
    let (migrator, sent) = observed(migrator);
    let mut conn = db.connect();
    let before = (everything(db), inspect_schema(&mut *conn).unwrap().fingerprint());
    let plan = migrator.plan(&mut *conn, target).unwrap();
    assert_eq!((everything(db), inspect_schema(&mut *conn).unwrap().fingerprint()), before);
    assert!(plan.is_known(), "{plan}");
    match target {
        "base" => migrator.downgrade(&mut *conn, target).unwrap(),
        _ => migrator.upgrade(&mut *conn, target).unwrap(),
    };
    assert_eq!(planned(&plan), *sent.lock().unwrap());
    plan
}

/// The same, and the schema is what the plan said, but for the spelling of expressions.
#[track_caller]
fn is_true_of_the_schema(db: &TestDatabase, migrator: Migrator) -> Plan {
    let plan = is_true(db, migrator, "heads");
    let mut difference = plan.schema_after().difference(&inspect_schema(&mut *db.connect()).unwrap());
    difference.changes.retain(|change| change.part != SchemaPart::Check);
    assert!(difference.is_empty(), "{difference}\n{plan}");
    plan
}

type Body = fn(&mut Operations<'_>) -> MigrationResult;

fn chain(bodies: &[Body]) -> Migrator {
    let numbered = bodies.iter().enumerate();
    let all = numbered.map(|(at, body)| {
        let metadata =
            Metadata::new(&format!("r{at:02}")).allow_loss(Loss::table("users")).allow_loss(Loss::table("orgs"));
        migration(metadata).up(*body)
    });
    Migrator::new().with_all(all)
}

/// Every portable operation, one migration each, on tables with rows.
const PORTABLE: &[Body] = &[
    |op| {
        op.create_table("orgs", |t| {
            t.id();
            t.string("name", 80).not_null().unique();
        })?;
        Ok(())
    },
    |op| {
        op.create_table("users", |t| {
            t.id();
            t.string("name", 80).not_null().default("nobody");
            t.big_integer("org_id");
            t.integer("age").default(7);
            t.boolean("active").not_null().default(true);
            t.timestamp("at").default_now();
            t.text("note");
            t.index(["age"]);
        })?;
        Ok(())
    },
    |op| {
        op.insert_rows("orgs", ["id", "name"], [row![1, "Ada"], row![2, "it's \\ Grace"]])?;
        op.insert_rows("users", ["id", "name", "org_id", "age"], [row![1, "a", 1, 20], row![2, "b", 2, 30]])?;
        Ok(())
    },
    |op| {
        op.add_column("users", |t| t.string("email", 255))?;
        op.create_index("users", ["email"])?;
        op.rename_column("users", "name", "full_name")?;
        Ok(())
    },
    |op| {
        op.alter_column("users", "age", |c| c.set_type(ColumnType::BigInteger).set_not_null())?;
        op.alter_column("users", "full_name", |c| c.drop_not_null().drop_default())?;
        op.alter_column("users", "note", |c| c.set_type(ColumnType::String(200)).set_default("none"))?;
        Ok(())
    },
    |op| {
        op.drop_index("users", "users_email_idx")?;
        op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"]).on_delete(Action::Cascade))?;
        op.add_unique("users", ["email"])?;
        op.add_check("users", "grown_up", "age > 17")?;
        Ok(())
    },
    |op| {
        op.drop_constraint("users", "grown_up")?;
        op.drop_constraint("users", "users_email_key")?;
        op.alter_column("orgs", "name", |c| c.set_type(ColumnType::String(120)))?;
        op.drop_column("users", "email")?;
        Ok(())
    },
    |op| {
        op.rename_table("orgs", "companies")?;
        op.add_column("companies", |t| {
            t.integer("size").not_null().default(1);
            t.uuid("code").unique();
        })?;
        op.insert_rows("companies", ["name"], [row!["third"]])?;
        op.create_table("visits", |t| {
            t.big_integer("company_id").references("companies", "id");
            t.date("day");
            t.primary_key(["company_id", "day"]);
        })?;
        Ok(())
    },
    |op| {
        op.drop_table("users")?;
        op.rename_column("companies", "id", "number")?;
        op.create_index("companies", Index::on(["size", "name"]).unique())?;
        Ok(())
    },
];

case!(a_plan_of_every_operation_is_what_is_sent, |db| {
    let plan = is_true_of_the_schema(db, chain(PORTABLE));
    assert_eq!(plan.steps().len(), PORTABLE.len());
    assert!(plan.steps().iter().all(|step| !step.statements().is_empty()), "{plan}");
});

case!(a_plan_of_each_operation_on_what_stands_is_what_is_sent, |db| {
    for number in 1..=PORTABLE.len() {
        is_true_of_the_schema(db, chain(&PORTABLE[..number]));
    }
});

case!(a_plan_of_the_way_down_is_what_is_sent, |db| {
    db.sql("create table users (id integer, name varchar(20)); insert into users values (1, 'a'), (2, null)");
    let adds = |revision: &str| {
        migration(Metadata::new(revision).allow_loss(Loss::column("users", "email")))
            .up(|op| {
                op.add_column("users", |t| t.string("email", 80).not_null().default("none"))?;
                op.create_index("users", ["email"])?;
                Ok(())
            })
            .down(|op| {
                op.drop_index("users", "users_email_idx")?;
                op.drop_column("users", "email")?;
                Ok(())
            })
    };
    let migrator = || Migrator::new().with(adds("2")).with(creates("1", "orgs"));
    is_true(db, migrator(), "heads");
    let plan = is_true(db, migrator(), "base");
    assert_eq!(plan.steps().iter().map(|step| step.revision().as_str()).collect::<Vec<_>>(), ["2", "1"]);
    let losses: Vec<_> = plan.losses().map(|loss| (loss.column(), loss.rows(), loss.is_allowed())).collect();
    assert_eq!(losses, [(Some("email"), 2, true)]);
});

case!(a_target_says_which_way, |db| {
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b")).with(creates("3", "c"));
    let mut conn = db.connect();
    migrator.upgrade(&mut *conn, "2").unwrap();
    let told = |target: &str| {
        let plan = migrator.plan(&mut *db.connect(), target).unwrap();
        plan.steps().iter().map(|step| format!("{} {}", step.direction(), step.revision())).collect::<Vec<_>>()
    };
    for (target, steps) in [
        ("head", vec!["up 3"]),
        ("heads", vec!["up 3"]),
        ("+1", vec!["up 3"]),
        ("current+1", vec!["up 3"]),
        ("current-1", vec!["down 2"]),
        ("head-2", vec!["down 2"]),
        ("3", vec!["up 3"]),
        ("2", vec![]),
        ("1", vec!["down 2"]),
        ("-1", vec!["down 2"]),
        ("base", vec!["down 2", "down 1"]),
    ] {
        assert_eq!(told(target), steps, "{target}");
    }
    assert_eq!(migrator.plan(&mut *conn, "4").unwrap_err().kind(), ErrorKind::UnknownTarget);
    let down = migrator.plan_downgrade(&mut *conn, "1").unwrap();
    assert_eq!(down.steps()[0].direction(), Direction::Down);
});

case!(what_the_users_connection_does_is_opaque_and_what_follows_unknown, |db| {
    let reaches = revision("2").up(|op| {
        op.create_table("before", |t| t.id())?;
        op.connection::<u8>()?;
        op.create_table("behind", |t| t.id())?;
        Ok(())
    });
    let migrator = Migrator::new().with(creates("1", "a")).with(reaches).with(creates("3", "c"));
    let plan = migrator.plan(&mut *db.connect(), "heads").unwrap();
    assert_eq!(plan.steps()[0].prospect(), &Prospect::Known);
    let Prospect::Opaque { at, .. } = plan.steps()[1].prospect() else { panic!("{plan}") };
    assert!(at.contains("plans.rs:"), "{at}");
    assert_eq!(plan.steps()[1].statements().len(), 1);
    assert!(matches!(plan.steps()[2].prospect(), Prospect::Unknown { .. }), "{plan}");
    assert!(plan.steps()[2].statements().is_empty() && !plan.is_known());
});

case!(what_raw_sql_does_is_told_and_what_hangs_on_it_is_said, |db| {
    db.sql("create table users (id integer primary key, name varchar(20))");
    let raw = revision("1").sends("create table notes (id integer primary key); insert into users values (1, 'a')");
    let plan = Migrator::new().with(raw).plan(&mut *db.connect(), "heads").unwrap();
    assert_eq!(plan.steps()[0].statements().len(), 2);
    assert!(plan.is_known());
    let hangs = || {
        revision("1").up(|op| {
            op.execute("create table notes (id integer primary key)")?;
            op.add_column("notes", |t| t.text("body"))?;
            Ok(())
        })
    };
    let plan = Migrator::new().with(hangs()).plan(&mut *db.connect(), "heads").unwrap();
    match db.engine() {
        Engine::Sqlite => assert_eq!(plan.steps()[0].statements().len(), 2, "{plan}"),
        _ => assert!(plan.steps()[0].prospect().to_string().contains("create table notes"), "{plan}"),
    }
    let apart = revision("1").up(|op| {
        op.execute("create table notes (id integer primary key)")?;
        op.add_column("users", |t| t.text("body"))?;
        op.execute("update users set body = 'none'")?;
        op.alter_column("users", "body", |c| c.set_not_null())?;
        Ok(())
    });
    let plan = is_true(db, Migrator::new().with(apart), "heads");
    let assumed: Vec<bool> = plan.steps()[0].statements().iter().map(|statement| statement.is_assumed()).collect();
    assert_eq!(assumed, [false, false, false, true], "{plan}");
});

case!(a_plan_says_what_would_fail_and_what_would_be_skipped, |db| {
    let fails = migration(Metadata::new("2").requires(Condition::table("missing")));
    let skipped = migration(Metadata::new("1").skip_if(Condition::no_table("missing")));
    let migrator = Migrator::new().with(skipped).with(fails).with(creates("3", "c"));
    let plan = migrator.plan(&mut *db.connect(), "heads").unwrap();
    assert_eq!(plan.steps()[0].outcome(), Outcome::Skipped);
    let Prospect::Fails { kind, error, .. } = plan.steps()[1].prospect() else { panic!("{plan}") };
    assert_eq!(*kind, ErrorKind::PreconditionFailed);
    assert!(error.contains("table(\"missing\")"), "{error}");
    assert!(matches!(plan.steps()[2].prospect(), Prospect::Unknown { .. }), "{plan}");
});

case!(conditions_are_asked_of_the_schema_as_it_will_be, |db| {
    let next = migration(Metadata::new("2").requires(Condition::column("a", "name")).ensures(Condition::no_table("a")))
        .up(|op| Ok(op.drop_table("a").map(drop)?));
    is_true(db, Migrator::new().with(creates("1", "a")).with(next), "heads");
});

case!(losses_and_backups_are_counted_and_nothing_is_refused_or_made, |db| {
    db.sql(
        "create table users (id integer primary key, name varchar(20)); insert into users values (1, 'a'), (2, null)",
    );
    db.sql("create table orgs (id integer primary key); insert into orgs values (1)");
    let loses = migration(Metadata::new("1").backup("orgs").allow_loss(Loss::table("orgs"))).up(|op| {
        op.drop_column("users", "name")?;
        op.drop_table("orgs")?;
        Ok(())
    });
    let before = (everything(db), db.tables());
    let plan = Migrator::new().with(loses).plan(&mut *db.connect(), "heads").unwrap();
    assert_eq!((everything(db), db.tables()), before);
    let losses: Vec<_> = plan.losses().map(|loss| (loss.table().name(), loss.rows(), loss.is_allowed())).collect();
    assert_eq!(losses, [("users", 1, false), ("orgs", 1, true)]);
    let backups: Vec<_> =
        plan.steps()[0].backups().iter().map(|backup| (backup.table().name(), backup.rows())).collect();
    assert_eq!(backups, [("orgs", 1)]);
});

case!(only = [Postgres, MariaDb], a_role_that_may_only_read_can_plan, |db| {
    let migrator = || Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
    migrator().upgrade(&mut *db.connect(), "1").unwrap();
    let reader = db.login("reader");
    for table in db.tables() {
        db.sql(&format!("grant select on {table} to {}", reader.name));
    }
    let plan = migrator().plan(&mut *db.connect_to(&reader.url), "heads").unwrap();
    assert_eq!(plan.steps().len(), 1);
    assert!(plan.steps()[0].statements()[0].sql().starts_with("CREATE TABLE"), "{plan}");
});

case!(only = [Sqlite], a_file_that_is_being_written_to_can_be_planned_on, |db| {
    let migrator = Migrator::new().with(creates("1", "a"));
    let mut conn = db.connect();
    db.sql("create table t (a integer)");
    db.sql("begin immediate; insert into t values (1)");
    assert_eq!(migrator.plan(&mut *conn, "heads").unwrap().steps().len(), 1);
    db.sql("commit");
});

/// Sends a script as its first lines say: by the database's own client, which stops at the first error.
#[track_caller]
fn send_by_client(db: &TestDatabase, script: &str) {
    let file = db.folder().join("script.sql");
    std::fs::write(&file, script).unwrap();
    let output = client(db, &file).output().unwrap_or_else(|error| panic!("the client of {:?}: {error}", db.engine()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && errors.is_empty(),
        "{}{errors}\n{script}",
        String::from_utf8_lossy(&output.stdout)
    );
}

fn client(db: &TestDatabase, file: &Path) -> Command {
    let url = db.url();
    let mut command = match db.engine() {
        Engine::Sqlite => {
            let mut command = Command::new("sqlite3");
            command.arg("-bail").arg(url.trim_start_matches("sqlite://"));
            command
        }
        Engine::Postgres => {
            let mut command = Command::new("psql");
            command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]).arg(url);
            command
        }
        Engine::MariaDb => {
            let (user, rest) = url.trim_start_matches("mysql://").split_once(':').unwrap();
            let (password, place) = rest.split_once('@').unwrap();
            let (address, name) = place.split_once('/').unwrap();
            let (host, port) = address.split_once(':').unwrap();
            let mut command = Command::new("mariadb");
            command.args(["--no-defaults", "-h", host, "-P", port, "-u", user, &format!("-p{password}"), name]);
            command
        }
    };
    command.stdin(File::open(file).unwrap());
    command
}

/// What stands after a script that was run by hand is what stands after a run.
#[track_caller]
fn runs_by_hand(db: &TestDatabase, migrator: &Migrator, target: &str) {
    let script = migrator.plan(&mut *db.connect(), target).unwrap().to_sql();
    send_by_client(db, &script);
    let told = migrator.plan(&mut *db.connect(), target).unwrap();
    assert!(told.is_empty(), "{told}\n{script}");
}

case!(a_script_that_is_run_by_hand_leaves_nothing_pending_and_the_same_schema, |db| {
    let other = db.another();
    let tables = "create table t (id integer primary key, name varchar(20)); insert into t values (1, 'a'), (2, 'b')";
    let migrator = chain(PORTABLE);
    for each in [db, &other] {
        each.sql(tables);
    }
    migrator.run_pending(&mut *other.connect()).unwrap();
    runs_by_hand(db, &migrator, "heads");
    let schema = |db: &TestDatabase| inspect_schema(&mut *db.connect()).unwrap();
    assert_eq!(schema(db).difference(&schema(&other)).to_string(), "");
    assert_eq!(applied(db), applied(&other));
    let done = |db: &TestDatabase| told(db).into_iter().filter(|row| row.ends_with("done")).collect::<Vec<_>>();
    assert_eq!(done(db), done(&other));
    let rows = "select name, size from companies order by number";
    assert_eq!(db.rows(rows), other.rows(rows));
    // nothing is pending: one look, and the short one
    assert!(migrator.run_pending(&mut *db.connect()).unwrap().is_empty());
    db.sql("insert into companies (name) values ('fourth')");
});

case!(a_script_of_the_way_down_undoes_a_run, |db| {
    let migrator = Migrator::new().with(creates("1", "a")).with(creates("2", "b"));
    migrator.run_pending(&mut *db.connect()).unwrap();
    runs_by_hand(db, &migrator, "base");
    assert!(applied(db).is_empty() && user_tables(db).is_empty());
});

case!(a_script_ends_before_what_it_cannot_stand_for, |db| {
    db.sql("create table users (id integer primary key, name varchar(20)); insert into users values (1, 'a')");
    let loses = revision("2").up(|op| Ok(op.drop_table("users").map(drop)?));
    let migrator = Migrator::new().with(creates("1", "a")).with(loses).with(creates("3", "c"));
    let script = migrator.plan(&mut *db.connect(), "heads").unwrap().to_sql();
    assert!(script.contains("STOP before 2"), "{script}");
    send_by_client(db, &script);
    assert_eq!(applied(db), ["1"]);
    assert_eq!(user_tables(db), ["a", "users"]);
});

case!(a_page_of_a_plan_needs_nothing_beside_it, |db| {
    let evil = revision("1").up(|op| {
        op.create_table("<script>alert(1)</script>", |t| t.id())?;
        Ok(())
    });
    let page = Migrator::new().with(evil).plan(&mut *db.connect(), "heads").unwrap().to_html();
    assert!(page.starts_with("<!doctype html>") && page.contains("&lt;script&gt;alert(1)"), "{page}");
    for outside in ["<script", "http://", "https://", "<link", "<img", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}: {page}");
    }
});

case!(losses_by_raw_sql_are_told, |db| {
    db.sql(
        "create table users (id integer primary key, name varchar(20)); insert into users values (1, 'a'), (2, null)",
    );
    db.sql("create table orgs (id integer primary key); insert into orgs values (1)");
    let loses = revision("1")
        .sends("alter table users drop column name; delete from users; drop table orgs; drop table if exists missing");
    let plan = Migrator::new().with(loses).plan(&mut *db.connect(), "heads").unwrap();
    let losses: Vec<_> = plan.losses().map(|loss| (loss.table().name(), loss.column(), loss.rows())).collect();
    assert_eq!(losses, [("users", Some("name"), 1), ("orgs", None, 1)], "{plan}");
    assert!(plan.to_string().contains("rows of users go"), "{plan}");
});

case!(a_plan_reads_as_it_is_kept, |db| {
    db.sql("create table orgs (id integer primary key); insert into orgs values (1)");
    db.sql(
        "create table users (id integer primary key, name varchar(20)); insert into users values (1, 'a'), (2, null)",
    );
    let second = migration(Metadata::new("2").description("Users lose their names").backup("users")).up(|op| {
        op.drop_column("users", "name")?;
        op.create_index("users", ["id"])?;
        Ok(())
    });
    let third = revision("3").sends("update users set id = id + 10; delete from orgs");
    let fourth = migration(Metadata::new("4").requires(Condition::table("missing")));
    let migrator = Migrator::new().with(creates("1", "pets")).with(second).with(third).with(fourth);
    let plan = migrator.with(creates("5", "last")).plan(&mut *db.connect(), "heads").unwrap();
    // where somebody wants to look at the page
    if let Ok(folder) = std::env::var("MIGRATOR_SHOW_PLANS") {
        std::fs::write(format!("{folder}/{}.html", db.engine()), plan.to_html()).unwrap();
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("plan_on_{}", db.engine().name()), plan.to_string());
    });
});

case!(the_tables_that_a_plan_would_copy_are_those_that_the_run_copies, |db| {
    db.sql("create table users (id integer primary key); insert into users values (1), (2)");
    db.sql("create table empty (id integer primary key)");
    match db.engine() {
        Engine::Sqlite => db.sql("create virtual table words using fts5(word); insert into words values ('a')"),
        Engine::Postgres => db.sql(
            "create table days (day integer) partition by range (day); insert into users values (3);
             create table first partition of days for values from (1) to (10);
             create schema other; create table other.second partition of days for values from (10) to (20);
             insert into days values (1), (2), (11)",
        ),
        Engine::MariaDb => db.sql(
            "create table days (day integer) partition by range (day) (partition first values less than (10));
             insert into days values (1), (2)",
        ),
    }
    let copied = Arc::new(Mutex::new(Vec::new()));
    let noting = copied.clone();
    let migrator = Migrator::new()
        .with(creates("1", "made"))
        .with(creates("2", "more"))
        .backup_before(migrator_core::Backups::AllTables)
        .observer(move |event| {
            if let Event::BackupMade { table, rows, .. } = event {
                noting.lock().unwrap().push((table.clone(), *rows));
            }
        });
    let plan = migrator.plan(&mut *db.connect(), "heads").unwrap();
    let backups = plan.steps().iter().flat_map(|step| step.backups());
    let mut planned: Vec<_> = backups.map(|backup| (backup.table().clone(), backup.rows())).collect();
    migrator.run_pending(&mut *db.connect()).unwrap();
    let mut copied = copied.lock().unwrap().clone();
    planned.sort();
    copied.sort();
    assert_eq!(planned, copied);
    assert!(copied.len() > 4, "{copied:?}");
});
