//! The eight conditions, as `requires`, `ensures` and `skip_if`, true and false; and `backup`, which is no condition and
//! stands with them in the metadata.

use migrator_core::prelude::*;
use migrator_core::{Condition, ErrorKind, Metadata, Outcome};

use super::books::{applied, copies, done, everything, told, user_tables};
use super::handmade::{creates, migration, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

/// `filled` with an index and a row, `bare` without either.
fn lay_out(db: &TestDatabase) {
    db.sql(
        "create table filled (id integer, name varchar(20)); create index filled_name on filled (name); \
         insert into filled values (1, 'a'); create table bare (id integer)",
    );
}

fn that_hold() -> Vec<Condition> {
    vec![
        Condition::table("filled"),
        Condition::no_table("gone"),
        Condition::column("filled", "name"),
        Condition::no_column("filled", "gone"),
        Condition::no_column("gone", "name"),
        Condition::index("filled", "filled_name"),
        Condition::no_index("filled", "gone"),
        Condition::no_index("bare", "filled_name"),
        Condition::no_index("gone", "filled_name"),
        Condition::empty("bare"),
        Condition::not_empty("filled"),
    ]
}

fn that_do_not_hold() -> Vec<Condition> {
    vec![
        Condition::table("gone"),
        Condition::no_table("filled"),
        Condition::column("filled", "gone"),
        Condition::column("gone", "name"),
        Condition::no_column("filled", "name"),
        Condition::index("filled", "gone"),
        Condition::index("bare", "filled_name"),
        Condition::index("gone", "filled_name"),
        Condition::no_index("filled", "filled_name"),
        Condition::empty("filled"),
        Condition::empty("gone"),
        Condition::not_empty("bare"),
        Condition::not_empty("gone"),
    ]
}

/// A migration for each condition, with a table each; revisions 01, 02, ..
fn one_each(conditions: Vec<Condition>, say: fn(Metadata, Condition) -> Metadata) -> Migrator {
    let numbered = (1..).zip(conditions);
    let all = numbered.map(|(number, condition)| {
        let metadata = say(Metadata::new(&format!("{number:02}")), condition);
        migration(metadata).up(move |op| {
            op.create_table(format!("made_{number:02}").as_str(), |t| t.id())?;
            Ok(())
        })
    });
    Migrator::new().with_all(all.collect::<Vec<_>>())
}

fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{number:02}")).collect()
}

case!(a_migration_runs_when_what_it_requires_holds, |db| {
    lay_out(db);
    let report = one_each(that_hold(), Metadata::requires).run_pending(&mut *db.connect()).unwrap();
    let all = numbers(that_hold().len());
    assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Applied));
    assert_eq!(applied(db), all);
    assert_eq!(user_tables(db).len(), 2 + all.len());
});

case!(what_is_required_and_does_not_hold_stops_the_run_before_anything_is_written, |db| {
    lay_out(db);
    let before = everything(db);
    let mut conn = db.connect();
    for condition in that_do_not_hold() {
        let text = condition.to_string();
        let error = one_each(vec![condition], Metadata::requires).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{text}: {error}");
        assert_eq!(error.revision().unwrap(), "01");
        assert!(error.to_string().contains(&text), "{text}: {error}");
        assert!(error.report().unwrap().is_empty());
        assert!(!error.to_string().contains("stands"), "{text}: {error}");
        assert_eq!(everything(db), before, "{text}");
        session::assert_usable(db, &mut *conn);
    }
});

case!(a_requirement_that_an_earlier_migration_of_the_run_fulfils_holds, |db| {
    let first = creates("1", "users");
    let second = migration(Metadata::new("2").requires(Condition::table("users")));
    Migrator::new().with(first).with(second).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(applied(db), ["1", "2"]);
});

case!(what_stood_before_an_unfulfilled_requirement_stands, |db| {
    let first = creates("1", "users");
    let second = migration(Metadata::new("2").requires(Condition::table("orgs")));
    let error = Migrator::new().with(first).with(second).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert_eq!(error.report().unwrap().steps().len(), 1);
    assert_eq!(applied(db), ["1"]);
    assert_eq!(user_tables(db), ["users"]);
});

case!(a_migration_stands_when_what_it_ensures_holds, |db| {
    lay_out(db);
    one_each(that_hold(), Metadata::ensures).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(applied(db), numbers(that_hold().len()));
});

case!(what_is_ensured_is_asked_after_the_migration_ran, |db| {
    let first = migration(Metadata::new("1").ensures(Condition::table("users"))).up(|op| {
        op.create_table("users", |t| t.id())?;
        Ok(())
    });
    Migrator::new().with(first).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(applied(db), ["1"]);
});

case!(only = [Sqlite, Postgres], what_is_ensured_and_does_not_hold_takes_the_migration_back, |db| {
    lay_out(db);
    let before = everything(db);
    let mut conn = db.connect();
    for condition in that_do_not_hold() {
        let text = condition.to_string();
        let error = one_each(vec![condition], Metadata::ensures).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PostconditionFailed, "{text}: {error}");
        assert!(error.to_string().contains(&text), "{text}: {error}");
        assert_eq!(everything(db), before, "{text}");
        session::assert_usable(db, &mut *conn);
    }
});

case!(only = [MariaDb], what_is_ensured_and_does_not_hold_interrupts_where_nothing_can_be_taken_back, |db| {
    for condition in that_do_not_hold() {
        let text = condition.to_string();
        let db = db.another();
        lay_out(&db);
        let mut conn = db.connect();
        let migrator = one_each(vec![condition], Metadata::ensures);
        let error = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{text}: {error}");
        assert!(error.to_string().contains(&text), "{text}: {error}");
        assert_eq!(user_tables(&db), ["bare", "filled", "made_01"]);
        assert!(applied(&db).is_empty());
        session::assert_usable(&db, &mut *conn);
        // and nobody goes on over it
        let again = migrator.run_pending(&mut *conn).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Interrupted, "{text}: {again}");
    }
});

case!(a_migration_whose_skip_if_holds_is_recorded_without_running, |db| {
    lay_out(db);
    let mut conn = db.connect();
    let migrator = one_each(that_hold(), Metadata::skip_if);
    let report = migrator.run_pending(&mut *conn).unwrap();
    assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Skipped));
    assert!(report.steps().iter().all(|step| step.statements() == 0));
    assert_eq!(applied(db), numbers(that_hold().len()));
    assert_eq!(user_tables(db), ["bare", "filled"]);
    assert!(told(db).iter().all(|row| row.ends_with("up skipped")), "{:?}", told(db));
    // the history says why
    let history = migrator.history(&mut *conn).unwrap();
    for (entry, condition) in history.iter().zip(that_hold()) {
        let (note, why) = (entry.note.as_deref().unwrap_or_default(), condition.to_string());
        assert!(note.contains(&why), "{why}: {note}");
        assert_eq!(entry.state, "skipped");
    }
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
});

case!(a_migration_whose_skip_if_does_not_hold_runs, |db| {
    lay_out(db);
    let report = one_each(that_do_not_hold(), Metadata::skip_if).run_pending(&mut *db.connect()).unwrap();
    assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Applied));
    assert_eq!(applied(db), numbers(that_do_not_hold().len()));
    assert_eq!(user_tables(db).len(), 2 + that_do_not_hold().len());
});

case!(several_reasons_to_skip_must_all_hold, |db| {
    lay_out(db);
    let both = Metadata::new("1").skip_if(Condition::table("filled")).skip_if(Condition::table("bare"));
    let one = Metadata::new("2").skip_if(Condition::table("filled")).skip_if(Condition::table("gone"));
    let report = Migrator::new().with(migration(both)).with(migration(one)).run_pending(&mut *db.connect()).unwrap();
    let outcomes: Vec<_> = report.steps().iter().map(migrator_core::StepReport::outcome).collect();
    assert_eq!(outcomes, [Outcome::Skipped, Outcome::Applied]);
});

case!(the_children_of_a_skipped_migration_follow, |db| {
    lay_out(db);
    let skipped = migration(Metadata::new("1").skip_if(Condition::table("filled"))).up(|_| Err("not to be run".into()));
    let child = migration(Metadata::new("2").down_revision("1")).sends("create table child (id integer)");
    let migrator = Migrator::new().with(skipped).with(child);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(done(db, "2"), 1);
    assert_eq!(told(db)[0], "1 up skipped");
    assert_eq!(user_tables(db), ["bare", "child", "filled"]);
    assert_eq!(migrator.current(&mut *conn).unwrap(), ["2"]);
});

case!(a_skipped_migration_asks_for_nothing_else, |db| {
    lay_out(db);
    let metadata = Metadata::new("1")
        .skip_if(Condition::table("filled"))
        .requires(Condition::table("gone"))
        .ensures(Condition::table("gone"))
        .backup("gone");
    let skipped = migration(metadata).verify(|_| Err("not to be asked".into()));
    Migrator::new().with(skipped).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(told(db), ["1 up skipped"]);
});

case!(a_downgrade_asks_none_of_the_three, |db| {
    let metadata = Metadata::new("1")
        .requires(Condition::no_table("users"))
        .ensures(Condition::table("users"))
        .skip_if(Condition::table("other"));
    let users = migration(metadata)
        .sends("create table users (id integer)")
        .down(|op| {
            op.drop_table("users")?;
            Ok(())
        })
        .verify(|op| if op.has_table("users")? { Ok(()) } else { Err("verify is asked on the way up".into()) });
    let migrator = Migrator::new().with(users);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    db.sql("create table other (id integer)");
    let report = migrator.downgrade(&mut *conn, "base").unwrap();
    assert_eq!(report.steps()[0].outcome(), Outcome::Reverted);
    assert_eq!(user_tables(db), ["other"]);
    assert!(applied(db).is_empty());
    assert_eq!(told(db).last().unwrap(), "1 down done");
});

case!(a_declared_backup_is_taken_both_ways, |db| {
    lay_out(db);
    let emptied = migration(Metadata::new("1").backup("filled")).sends("update filled set name = 'b'").down(|op| {
        op.execute("update filled set name = 'a'")?;
        Ok(())
    });
    let migrator = Migrator::new().with(emptied);
    let mut conn = db.connect();
    let up = migrator.run_pending(&mut *conn).unwrap();
    let [copy] = copies(db).try_into().unwrap();
    let copied = format!("select name from {copy}");
    assert_eq!(db.texts(&copied), [Some("a".to_owned())]);
    assert!(up.to_string().contains(copy.rsplit('.').next().unwrap()), "{up}");

    migrator.downgrade(&mut *conn, "base").unwrap();
    let second = copies(db).into_iter().find(|other| *other != copy).unwrap();
    let copied = format!("select name from {second}");
    assert_eq!(db.texts(&copied), [Some("b".to_owned())]);
    assert_eq!(copies(db).len(), 2);
});

case!(a_backup_of_a_table_that_is_not_there_stops_the_migration, |db| {
    let error = Migrator::new()
        .with(migration(Metadata::new("1").backup("gone")).sends("create table t (id integer)"))
        .run_pending(&mut *db.connect())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert!(user_tables(db).is_empty());
    assert!(copies(db).is_empty());
    assert!(applied(db).is_empty());
});

case!(verify_is_asked_before_the_commit_and_may_only_read, |db| {
    let refused = creates("1", "users")
        .verify(|op| if op.has_table("users")? { Err("users is not as it should be".into()) } else { Ok(()) });
    let mut conn = db.connect();
    let error = Migrator::new().with(refused).run_pending(&mut *conn).unwrap_err();
    let transactional = db.engine() != Engine::MariaDb;
    let kind = if transactional { ErrorKind::PostconditionFailed } else { ErrorKind::Interrupted };
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains("users is not as it should be"), "{error}");
    assert_eq!(user_tables(db).is_empty(), transactional);
    assert!(applied(db).is_empty());
    session::assert_usable(db, &mut *conn);

    let db = db.another();
    let writes = revision("1").verify(|op| {
        op.execute("create table sneaked (id integer)")?;
        Ok(())
    });
    let mut conn = db.connect();
    let error = Migrator::new().with(writes).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    assert!(user_tables(&db).is_empty());
    session::of(&mut *conn).sql("create table writable_again (id integer)");
});

/// The same words in the attribute.
mod in_the_attribute {
    use super::*;

    /// Creates users.
    #[migration(
        revision = "1",
        group = "conditions",
        requires(no_table("users")),
        ensures(table("users"), empty("users"))
    )]
    mod create_users {
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.create_table("users", |t| t.id())?;
            Ok(())
        }
        fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.drop_table("users")?;
            Ok(())
        }
    }

    #[migration(
        revision = "2",
        group = "conditions",
        irreversible,
        skip_if(table("users"), no_column("users", "email"))
    )]
    mod skipped {
        fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
            Err("not to be run".into())
        }
    }

    #[migration(
        revision = "3",
        group = "conditions",
        irreversible,
        requires(column("users", "email")),
        backup("users")
    )]
    mod refused {
        fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
            Ok(())
        }
    }

    case!(conditions_say_the_same_in_the_attribute, |db| {
        let mut conn = db.connect();
        let error = Migrator::group("conditions").run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
        assert_eq!(error.revision().unwrap(), "3");
        assert!(error.to_string().contains(r#"column("users", "email")"#), "{error}");
        assert_eq!(applied(db), ["1", "2"]);
        assert!(told(db).contains(&"2 up skipped".to_owned()));
        assert!(copies(db).is_empty());
    });
}
