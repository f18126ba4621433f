//! The operations in their simple form: each twice, and what they refuse.

use std::sync::{Arc, Mutex};

use migrator_core::prelude::*;
use migrator_core::{Dialect, Done, ErrorKind, Loss, Metadata, Result};

use super::books::{applied, user_tables};
use super::handmade::{migration, revision};
use super::operations_run::migrate;
use super::session;
use crate::{Engine, TestDatabase, case};

type Operation = fn(&mut Operations<'_>) -> Result<Done>;

/// Runs operations in one migration; what each answered, and how the run ended.
fn run(
    db: &TestDatabase,
    operations: Vec<Operation>,
) -> (Vec<Result<Done, ErrorKind>>, Result<migrator_core::RunReport>) {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let noting = answers.clone();
    let all = revision("1").up(move |op| {
        for operation in &operations {
            let answer = operation(op);
            noting.lock().unwrap().push(answer.as_ref().copied().map_err(migrator_core::Error::kind));
            answer?;
        }
        Ok(())
    });
    let ended = Migrator::new().with(all).run_pending(&mut *db.connect());
    let answers = std::mem::take(&mut *answers.lock().unwrap());
    (answers, ended)
}

fn dialect(db: &TestDatabase) -> Dialect {
    match db.engine() {
        Engine::Sqlite => Dialect::Sqlite,
        Engine::Postgres => Dialect::Postgres,
        Engine::MariaDb => Dialect::MariaDb,
    }
}

case!(each_operation_twice_is_done_and_then_already_so, |db| {
    db.sql("create table users (id integer)");
    let twice: [Operation; 6] = [
        |op| op.create_table("orgs", |t| t.id()),
        |op| op.add_column("users", |t| t.string("email", 80)),
        |op| op.create_index("users", ["email"]),
        |op| op.drop_index("users", "users_email_idx"),
        |op| op.drop_column("users", "email"),
        |op| op.drop_table("orgs"),
    ];
    let operations = twice.into_iter().flat_map(|operation| [operation, operation]).collect();
    let (answers, ended) = run(db, operations);
    ended.unwrap();
    assert_eq!(answers, [Ok(Done::Done), Ok(Done::Already)].repeat(6));
    assert_eq!((user_tables(db), db.columns("users")), (vec!["users".to_owned()], vec!["id".to_owned()]));
});

case!(a_table_can_be_described_with_everything, |db| {
    let described: Operation = |op| {
        op.create_table("orgs", |t| {
            t.id();
            t.string("name", 80).not_null().unique();
        })?;
        op.create_table("users", |t| {
            t.id();
            t.big_integer("org_id").not_null().references("orgs", "id").on_delete(Action::Cascade);
            t.string("email", 255).not_null().default("nobody");
            t.integer("age").check("age >= 0").comment("in years, it's said");
            t.boolean("active").not_null().default(true);
            t.timestamp("seen_at").default_now();
            t.decimal("balance", 10, 2);
            t.text("note");
            t.unique(["org_id", "email"]);
            t.index(["age"]);
            t.check("grown_up", "age > 17");
        })
    };
    run(db, vec![described]).1.unwrap();
    db.sql("insert into orgs (name) values ('one'); insert into users (org_id, age) values (1, 30)");
    let row = db.rows("select id, org_id, email, age, balance, note from users");
    let texts = ["1", "1", "nobody", "30"].map(|text| Some(text.to_owned()));
    assert_eq!(row, [[texts.to_vec(), vec![None, None]].concat()]);
    assert_eq!(db.count("select count(*) from users where seen_at is not null and active"), 1);
});

case!(what_is_there_in_another_shape_is_a_conflict_that_shows_both, |db| {
    db.sql("create table users (id integer, age integer); create index users_age_idx on users (id)");
    let (_, ended) = run(db, vec![|op| op.create_table("users", |t| t.id())]);
    let error = ended.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ShapeConflict, "{error}");
    assert!(error.to_string().contains("wanted") && error.to_string().contains("age"), "{error}");

    let (_, ended) = run(db, vec![|op| op.create_index("users", ["age"])]);
    let error = ended.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ShapeConflict, "{error}");
    assert_eq!(db.columns("users"), ["id", "age"]);
});

case!(an_operation_on_a_missing_table_is_a_failed_precondition, |db| {
    let on_gone: [Operation; 3] = [
        |op| op.add_column("gone", |t| t.integer("a")),
        |op| op.drop_column("gone", "a"),
        |op| op.create_index("gone", ["a"]),
    ];
    for operation in on_gone {
        let (_, ended) = run(db, vec![operation]);
        let error = ended.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
        assert!(error.to_string().contains("table gone is not there"), "{error}");
    }
    assert_eq!(run(db, vec![|op| op.drop_index("gone", "a")]).0, [Ok(Done::Already)]);
});

case!(a_table_that_others_reference_is_not_dropped, |db| {
    db.sql(
        "create table orgs (id integer primary key); \
         create table users (org_id integer, constraint users_org foreign key (org_id) references orgs (id))",
    );
    let error = run(db, vec![|op| op.drop_table("orgs")]).1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert!(error.to_string().contains("users (users_org)"), "{error}");
    assert_eq!(user_tables(db), ["orgs", "users"]);
});

case!(only = [Sqlite], a_table_that_others_reference_stays_whether_keys_are_enforced_or_not, |db| {
    db.sql(
        "create table Orgs (id integer primary key); create table users (org_id integer references orGs (id)); \
         create table alone (id integer); create view seen as select 1 as one",
    );
    for enforced in ["off", "on"] {
        let mut conn = db.connect();
        session::of(&mut *conn).sql(&format!("pragma foreign_keys = {enforced}"));
        let drops = revision("1").up(|op| Ok(op.drop_table("orgs").map(drop)?));
        let error = Migrator::new().with(drops).run_pending(&mut *conn).unwrap_err();
        assert!(error.to_string().contains("referenced by users (org_id)"), "{error}");
    }
    assert_eq!(
        run(db, vec![|op| op.drop_table("Alone"), |op| op.drop_table("seen")]).0,
        [Ok(Done::Done), Ok(Done::Already)]
    );
    assert_eq!(user_tables(db), ["Orgs", "users"]);
});

fn with_rows(db: &TestDatabase) {
    db.sql(
        "create table users (id integer, email varchar(40)); \
         insert into users values (1, 'a@example.org'), (2, null), (3, 'c@example.org')",
    );
}

case!(dropping_a_table_with_rows_is_a_loss_that_says_how_to_mean_it, |db| {
    with_rows(db);
    let error = run(db, vec![|op| op.drop_table("users")]).1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(error.exit_code(), 6);
    let text = error.to_string();
    for part in [
        "users",
        "3 rows",
        r#"allow_loss(table("users"))"#,
        r#"backup("users")"#,
        "Policy::Allow",
        r#"Migrator::allow_loss("1""#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(db.count("select count(*) from users"), 3);
    assert!(applied(db).is_empty());
});

case!(dropping_a_column_with_values_is_a_loss_that_says_how_to_mean_it, |db| {
    with_rows(db);
    let error = run(db, vec![|op| op.drop_column("users", "email")]).1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    let text = error.to_string();
    for part in ["email", "users", "2 values", r#"allow_loss(column("users", "email"))"#] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(db.columns("users"), ["id", "email"]);
});

case!(a_loss_that_is_named_goes_through, |db| {
    let drops_column =
        |metadata: Metadata| migration(metadata).up(|op| Ok(op.drop_column("users", "email").map(drop)?));
    let drops_table = |metadata: Metadata| migration(metadata).up(|op| Ok(op.drop_table("users").map(drop)?));
    let email = || Loss::column("users", "email");
    let users = || Loss::table("users");
    let ways: Vec<(Migrator, usize)> = vec![
        (Migrator::new().with(drops_column(Metadata::new("1").allow_loss(email()))), 1),
        (Migrator::new().with(drops_column(Metadata::new("1"))).allow_loss("1", email()), 1),
        (Migrator::new().with(drops_column(Metadata::new("1"))).data_loss(Policy::Allow), 1),
        // who gives the table up gives its columns up
        (Migrator::new().with(drops_column(Metadata::new("1").allow_loss(users()))), 1),
        (Migrator::new().with(drops_table(Metadata::new("1").allow_loss(users()))), 0),
        (Migrator::new().with(drops_table(Metadata::new("1"))).allow_loss("1", users()), 0),
        (Migrator::new().with(drops_table(Metadata::new("1"))).data_loss(Policy::Allow), 0),
    ];
    for (migrator, columns) in ways {
        let db = db.another();
        with_rows(&db);
        migrator.run_pending(&mut *db.connect()).unwrap();
        assert_eq!(db.columns("users").len(), columns);
    }
});

case!(a_loss_that_names_something_else_does_not_go_through, |db| {
    with_rows(db);
    let drops = |metadata: Metadata| migration(metadata).up(|op| Ok(op.drop_table("users").map(drop)?));
    for migrator in [
        Migrator::new().with(drops(Metadata::new("1").allow_loss(Loss::table("orgs")))),
        Migrator::new().with(drops(Metadata::new("1").allow_loss(Loss::column("users", "email")))),
        Migrator::new().with(drops(Metadata::new("1").allow_loss(Loss::rows("users")))),
        Migrator::new().with(drops(Metadata::new("1"))).allow_loss("2", Loss::table("users")),
    ] {
        let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    }
    assert_eq!(db.count("select count(*) from users"), 3);
});

case!(a_named_loss_covers_both_ways, |db| {
    let metadata = Metadata::new("1").allow_loss(Loss::table("users"));
    let users =
        migration(metadata).sends("create table users (id integer)").down(|op| Ok(op.drop_table("users").map(drop)?));
    let migrator = Migrator::new().with(users);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    db.sql("insert into users values (1)");
    migrator.downgrade(&mut *conn, "base").unwrap();
    assert!(user_tables(db).is_empty());
});

case!(what_a_migration_added_itself_is_no_loss, |db| {
    db.sql("create table t (a integer)");
    db.sql("insert into t values (1), (2)");
    migrate(db, |op| {
        op.add_column("t", |t| t.integer("n").not_null().default(2))?;
        op.drop_column("t", "n")?;
        op.create_table("own", |t| t.integer("a"))?;
        op.insert_rows("own", ["a"], [[1]])?;
        op.drop_table("own")?;
        Ok(())
    })
    .unwrap();
    // an old column under the new one's name is an old one
    let error = migrate(db, |op| {
        op.add_column("t", |t| t.integer("b").default(2))?;
        op.rename_column("t", "b", "c")?;
        op.rename_column("t", "a", "b")?;
        op.drop_column("t", "b")?;
        Ok(())
    })
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
});

case!(what_holds_nothing_is_no_loss, |db| {
    db.sql("create table bare (id integer); create table users (id integer, email varchar(40)); insert into users values (1, null)");
    let operations: Vec<Operation> = vec![|op| op.drop_table("bare"), |op| op.drop_column("users", "email")];
    run(db, operations).1.unwrap();
    assert_eq!(db.columns("users"), ["id"]);
});

case!(execute_sends_several_statements_one_by_one, |db| {
    let script = "create table t (id integer, note varchar(40)); -- a comment; with a semicolon\n\
                  insert into t values (1, 'a;b'), (2, 'it''s');\n/* another; one */ select * from t; delete from t where id = 2;";
    let report = Migrator::new().with(revision("1").sends(script)).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps()[0].statements(), 4);
    assert_eq!(db.texts("select note from t"), [Some("a;b".to_owned())]);
});

case!(execute_sends_a_trigger_with_its_body_as_one_statement, |db| {
    let script = match db.engine() {
        Engine::Sqlite => {
            "create table t (id integer); create table log (id integer);
             create trigger t_log after insert on t begin
                insert into log values (new.id); insert into log values (case when new.id > 0 then 0 end);
             end;
             insert into t values (1);"
        }
        Engine::Postgres => {
            "create table t (id integer); create table log (id integer);
             create function note() returns trigger language plpgsql as $body$
             begin insert into log values (new.id); insert into log values (0); return new; end;
             $body$;
             create trigger t_log after insert on t for each row execute function note();
             insert into t values (1);"
        }
        Engine::MariaDb => {
            "create table t (id integer); create table log (id integer);
             create trigger t_log after insert on t for each row begin
                insert into log values (new.id); if new.id > 0 then insert into log values (0); end if;
             end;
             insert into t values (1);"
        }
    };
    Migrator::new().with(revision("1").sends(script)).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.texts("select id from log order by id"), [Some("0".to_owned()), Some("1".to_owned())]);
});

case!(only = [MariaDb], execute_understands_delimiter, |db| {
    let script = "create table t (id integer);\nDELIMITER //\ncreate procedure fill() begin insert into t values (1); insert into t values (2); end//\nDELIMITER ;\ncall fill();";
    Migrator::new().with(revision("1").sends(script)).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from t"), 2);
});

case!(an_empty_script_is_nothing, |db| {
    let empty = revision("1").up(|op| {
        op.execute("")?;
        op.execute("  -- nothing\n")?;
        op.execute(";;")?;
        Ok(())
    });
    let report = Migrator::new().with(empty).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps()[0].statements(), 0);
});

case!(execute_names_the_statement_that_was_refused, |db| {
    let error = Migrator::new()
        .with(revision("1").sends("create table t (id integer); insert into t values (1); insert into gone values (2)"))
        .run_pending(&mut *db.connect())
        .unwrap_err();
    assert_eq!((error.kind(), error.statement()), (ErrorKind::Database, Some("insert into gone values (2)")));
});

case!(execute_for_sends_on_one_database_and_says_so_on_the_others, |db| {
    let ours = dialect(db);
    let script = revision("1").up(move |op| {
        assert_eq!(op.dialect(), ours);
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MariaDb, Dialect::MySql] {
            let table = format!("create table for_{dialect:?} (id integer)").to_lowercase();
            let done = op.execute_for(dialect, table)?;
            assert_eq!(done == Done::Done, dialect == ours, "{dialect}");
        }
        Ok(())
    });
    let report = Migrator::new().with(script).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(user_tables(db), [format!("for_{ours:?}").to_lowercase()]);
    assert_eq!(report.steps()[0].statements(), 1);
    assert_eq!(report.steps()[0].notes().len(), 3, "{report}");
});

case!(questions_are_answered_inside_a_migration, |db| {
    let asks = revision("1").up(|op| {
        assert!(!op.has_table("users")? && !op.column_exists("users", "id")?);
        op.create_table("users", |t| t.id())?;
        assert!(op.has_table("users")? && op.column_exists("users", "id")? && !op.column_exists("users", "name")?);
        Ok(())
    });
    Migrator::new().with(asks).run_pending(&mut *db.connect()).unwrap();
});

case!(what_a_database_lacks_is_unsupported_with_a_way_round, |db| {
    db.sql("create table users (id integer, email varchar(40))");
    let (lacks, way): (Vec<Operation>, &str) = match db.engine() {
        Engine::Sqlite => (
            vec![|op| op.create_index("users", Index::on(["email"]).concurrently()), |op| {
                op.create_index("users", Index::on(["email"]).using("gin"))
            }],
            "SQLite",
        ),
        Engine::Postgres => (vec![|op| op.create_index("users", Index::on(["email"]).concurrently())], "transaction"),
        Engine::MariaDb => (
            vec![|op| op.create_index("users", Index::on(["email"]).concurrently()), |op| {
                op.create_index("users", Index::on(["email"]).filter("email is not null"))
            }],
            "MariaDB",
        ),
    };
    for operation in lacks {
        let error = run(db, vec![operation]).1.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(way) && error.to_string().contains("remedy"), "{error}");
    }
    assert_eq!(db.columns("users"), ["id", "email"]);
});

case!(only = [Postgres], an_index_is_built_concurrently_outside_a_transaction, |db| {
    db.sql("create table users (id integer, email varchar(40))");
    let metadata = Metadata::new("1").transaction(false);
    let builds = migration(metadata).up(|op| {
        let index = Index::on(["email"]).concurrently();
        assert_eq!(op.create_index("users", index.clone())?, Done::Done);
        assert_eq!(op.create_index("users", index)?, Done::Already);
        Ok(())
    });
    Migrator::new().with(builds).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.count("select count(*) from pg_index where indrelid = 'users'::regclass and indisvalid"), 1);
});

case!(a_table_described_wrongly_is_an_error_and_nothing_is_sent, |db| {
    let wrong: [Operation; 2] = [
        |op| op.create_table("users", |_| ()),
        |op| {
            op.create_table("users", |t| {
                t.integer("a");
                t.integer("a");
            })
        },
    ];
    for operation in wrong {
        let error = run(db, vec![operation]).1.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Migration, "{error}");
    }
    assert!(user_tables(db).is_empty());
});
