//! Promise 10: any name a database allows works, and no name or label can inject SQL.

use migrator_core::prelude::*;
use migrator_core::{
    Condition, Done, ErrorKind, Loss, Metadata, TableName, column_exists, create_table_backup, has_table,
    inspect_schema,
};

use super::books::{applied, copies, user_tables};
use super::handmade::{migration, revision};
use crate::{Engine, TestDatabase, case};

const TRAILING_SPACE: &str = "trailing ";

/// Names that a careless tool trips over.
fn odd_names() -> Vec<String> {
    let odd = [
        "a\"b",
        "a.b",
        "order",
        "ünï",
        TRAILING_SPACE,
        " leading",
        "a`b",
        "a'b",
        "a\\b",
        "a\\'b",
        "Users",
        "a b",
        "&a",
        "a;b--c",
        "%s{}$1?",
        "x'); drop table victim; --",
        "x\"; drop table victim; --",
        "x`; drop table victim; -- ",
    ];
    let mut names: Vec<_> = odd.map(str::to_owned).to_vec();
    names.push("n".repeat(63));
    names
}

/// What this database takes, and what it does not.
fn allowed(db: &TestDatabase) -> Vec<String> {
    let allowed = |name: &String| db.engine() != Engine::MariaDb || !name.ends_with(' ');
    odd_names().into_iter().filter(allowed).collect()
}

/// Makes, fills, copies and empties a table, a column and an index of that name, by way of every operation.
fn through_every_operation(name: &str) -> Migrator {
    let (table, column) = (name.to_owned(), name.to_owned());
    let made = migration(Metadata::new("1").requires(Condition::no_table(name)).ensures(Condition::column(name, name)))
        .up(move |op| {
            let made = op.create_table(&table, |t| {
                t.id();
                t.string(&column, 40).default("it's");
            })?;
            assert_eq!(made, Done::Done);
            assert!(op.has_table(&table)? && op.column_exists(&table, &column)?);
            op.add_column(&table, |t| t.integer("extra"))?;
            op.create_index(&table, [column.as_str()])?;
            assert_eq!(op.create_index(&table, [column.as_str()])?, Done::Already);
            Ok(())
        })
        .down({
            let table = name.to_owned();
            move |op| {
                op.drop_table(&table)?;
                Ok(())
            }
        });
    let (table, column) = (name.to_owned(), name.to_owned());
    let emptied =
        Metadata::new("2").backup(name).allow_loss(Loss::column(name, name)).requires(Condition::not_empty(name));
    let emptied = migration(emptied).up(move |op| {
        let backup = op.create_table_backup(&table, &column)?;
        assert_eq!((backup.table(), backup.label(), backup.rows()), (&TableName::from(&table), column.as_str(), 2));
        Ok(())
    });
    Migrator::new().with(made).with(emptied)
}

case!(any_name_the_database_allows_goes_through_every_function_and_operation, |db| {
    db.sql("create table victim (id integer)");
    let mut conn = db.connect();
    for name in allowed(db) {
        let migrator = through_every_operation(&name);
        assert!(!has_table(&mut *conn, &name).unwrap(), "{name}");
        assert!(!column_exists(&mut *conn, &name, &name).unwrap(), "{name}");
        migrator.upgrade(&mut *conn, "1").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(db.columns(&name), ["id", &name, "extra"]);
        let quoted = db.quote(&name);
        db.sql(&format!("insert into {quoted} (extra) values (1), (2)"));
        assert_eq!(db.count(&format!("select count(*) from {quoted} where {quoted} = 'it''s'")), 2, "{name}");

        assert!(has_table(&mut *conn, &name).unwrap(), "{name}");
        assert!(column_exists(&mut *conn, &name, &name).unwrap(), "{name}");
        let schema = inspect_schema(&mut *conn).unwrap();
        let table = schema.tables.values().find(|table| table.name.name() == name).unwrap();
        assert!(table.columns.iter().any(|column| column.name == name), "{name}");
        assert!(table.indexes.values().any(|index| index.columns == [name.clone()]), "{name}");
        let backup = create_table_backup(&mut *conn, &name, &name).unwrap();
        assert_eq!((backup.label(), backup.rows()), (name.as_str(), 2));

        migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(copies(db).len(), 3, "{name}");
        let downgraded = migrator.downgrade(&mut *conn, "base").unwrap_err();
        assert_eq!(downgraded.kind(), ErrorKind::DataLoss, "{name}: {downgraded}");
        db.sql(&format!("delete from {quoted}"));
        migrator.downgrade(&mut *conn, "base").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(user_tables(db), ["victim"], "{name}");
        for copy in copies(db) {
            db.sql(&format!("drop table {copy}"));
        }
    }
});

case!(an_index_may_have_any_name, |db| {
    db.sql("create table victim (id integer, other integer)");
    let mut conn = db.connect();
    for name in allowed(db) {
        let index = name.clone();
        let metadata = Metadata::new("1")
            .ensures(Condition::index("victim", &name))
            .requires(Condition::no_index("victim", &name));
        let made = migration(metadata)
            .up(move |op| {
                let wanted = Index::on(["other"]).named(&index);
                assert_eq!(op.create_index("victim", wanted.clone())?, Done::Done);
                assert_eq!(op.create_index("victim", wanted)?, Done::Already);
                Ok(())
            })
            .down({
                let index = name.clone();
                move |op| {
                    assert_eq!(op.drop_index("victim", &index)?, Done::Done);
                    assert_eq!(op.drop_index("victim", &index)?, Done::Already);
                    Ok(())
                }
            });
        let migrator = Migrator::new().with(made);
        migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{name}: {error}"));
        let schema = inspect_schema(&mut *conn).unwrap();
        assert!(schema.table("victim").unwrap().indexes.contains_key(&name), "{name}");
        migrator.downgrade(&mut *conn, "base").unwrap_or_else(|error| panic!("{name}: {error}"));
    }
});

case!(a_column_of_any_name_can_be_added_and_dropped, |db| {
    db.sql("create table victim (id integer); insert into victim values (1)");
    let mut conn = db.connect();
    for name in allowed(db) {
        let column = name.clone();
        let (up, down) = (name.clone(), name.clone());
        let made = migration(Metadata::new("1").requires(Condition::no_column("victim", &name)))
            .up(move |op| {
                assert_eq!(op.add_column("victim", |t| t.integer(&up))?, Done::Done);
                assert_eq!(op.add_column("victim", |t| t.integer(&up))?, Done::Already);
                Ok(())
            })
            .down(move |op| {
                assert_eq!(op.drop_column("victim", &down)?, Done::Done);
                assert_eq!(op.drop_column("victim", &down)?, Done::Already);
                Ok(())
            });
        let migrator = Migrator::new().with(made);
        migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(db.columns("victim"), ["id".to_owned(), column.clone()]);
        db.sql(&format!("update victim set {} = 1", db.quote(&column)));
        let refused = migrator.downgrade(&mut *conn, "base").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::DataLoss, "{name}: {refused}");
        db.sql(&format!("update victim set {} = null", db.quote(&column)));
        migrator.downgrade(&mut *conn, "base").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(db.columns("victim"), ["id"]);
    }
});

case!(no_label_name_or_text_can_inject_sql, |db| {
    db.sql("create table victim (id integer); insert into victim values (1)");
    let mut conn = db.connect();
    for (number, text) in odd_names().into_iter().enumerate() {
        let backup = create_table_backup(&mut *conn, "victim", &text).unwrap();
        assert_eq!(backup.label(), text);
        // through the history: a description, the reason of a skip, an error
        let number = format!("{number:02}");
        let reason = Condition::no_table(format!("{text}?").as_str());
        let skipped = migration(Metadata::new(&format!("{number}.1")).description(&text).skip_if(reason.clone()));
        let migrator = Migrator::new().with(skipped).unknown_revisions(Policy::Allow);
        migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{text}: {error}"));
        let history = migrator.history(&mut *conn).unwrap();
        let note = history.iter().rev().find_map(|entry| entry.note.clone()).unwrap();
        assert!(note.contains(&reason.to_string()), "{text}: {note}");
        let failing = revision(&format!("{number}.2")).up(move |_| Err(text.clone().into()));
        let error = Migrator::new().with(failing).unknown_revisions(Policy::Allow).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Migration, "{error}");
    }
    assert_eq!(db.count("select count(*) from victim"), 1);
});

case!(a_view_is_not_a_table, |db| {
    db.sql("create table users (id integer); create view seen as select id from users");
    let mut conn = db.connect();
    assert!(!has_table(&mut *conn, "seen").unwrap());
    assert!(!column_exists(&mut *conn, "seen", "id").unwrap());
    let schema = inspect_schema(&mut *conn).unwrap();
    assert!(schema.table("seen").is_none());
    let error = create_table_backup(&mut *conn, "seen", "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
});

case!(a_missing_table_has_no_columns, |db| {
    assert!(!column_exists(&mut *db.connect(), "gone", "id").unwrap());
});

case!(a_name_is_taken_letter_by_letter, |db| {
    db.sql("create table axb (cxd integer); create table pct (id integer)");
    let mut conn = db.connect();
    for other in ["a_b", "a%", "%", "axb ", "\"axb\"", "main.axb", "public.axb", "axb--"] {
        assert!(!has_table(&mut *conn, other).unwrap(), "{other}");
        assert!(!column_exists(&mut *conn, other, "cxd").unwrap(), "{other}");
    }
    for other in ["c_d", "c%", "%", "\"cxd\""] {
        assert!(!column_exists(&mut *conn, "axb", other).unwrap(), "{other}");
    }
    // PostgreSQL never folds a quoted name
    assert_eq!(has_table(&mut *conn, "AXB").unwrap(), db.engine() == Engine::Sqlite);
});

case!(a_name_that_the_database_does_not_allow_is_an_invalid_name, |db| {
    let mut wrong = vec![String::new(), "a\0b".to_owned()];
    match db.engine() {
        Engine::Sqlite => {}
        Engine::Postgres => wrong.extend(["n".repeat(64), "ü".repeat(32)]),
        Engine::MariaDb => wrong.extend(["n".repeat(65), TRAILING_SPACE.to_owned()]),
    }
    db.sql("create table users (id integer)");
    let mut conn = db.connect();
    for name in wrong {
        let bodies: [fn(&mut Operations<'_>, &str) -> MigrationResult; 4] = [
            |op, name| Ok(op.create_table(name, |t| t.id()).map(drop)?),
            |op, name| Ok(op.create_table("fine", |t| t.integer(name)).map(drop)?),
            |op, name| Ok(op.add_column("users", |t| t.integer(name)).map(drop)?),
            |op, name| Ok(op.create_index("users", Index::on(["id"]).named(name)).map(drop)?),
        ];
        for body in bodies {
            let wrong = name.clone();
            let error =
                Migrator::new().with(revision("1").up(move |op| body(op, &wrong))).run_pending(&mut *conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidName, "{name:?}: {error}");
            assert_eq!(user_tables(db), ["users"]);
            assert_eq!(db.columns("users"), ["id"]);
            assert!(applied(db).is_empty());
        }
        let error = create_table_backup(&mut *conn, &name, "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidName, "{name:?}: {error}");
        // nothing of such a name can be there
        assert!(!has_table(&mut *conn, &name).unwrap(), "{name:?}");
        assert!(!column_exists(&mut *conn, "users", &name).unwrap(), "{name:?}");
    }
    assert!(copies(db).is_empty());
});

case!(only = [Postgres], a_name_that_would_be_cut_is_not_taken_for_the_cut_one, |db| {
    let cut = "n".repeat(63);
    db.sql(&format!("create table {cut} ({cut} integer)"));
    let long = "n".repeat(64);
    let mut conn = db.connect();
    assert!(!has_table(&mut *conn, &long).unwrap());
    assert!(!column_exists(&mut *conn, &cut, &long).unwrap());
});

case!(only = [Postgres], a_schema_is_honoured, |db| {
    db.sql("create schema billing; create schema \"a.b\"; create table billing.users (id integer, email varchar(20)); insert into billing.users values (1)");
    let mut conn = db.connect();
    assert!(has_table(&mut *conn, ("billing", "users")).unwrap());
    assert!(!has_table(&mut *conn, "users").unwrap());
    assert!(!has_table(&mut *conn, "billing.users").unwrap());
    assert!(column_exists(&mut *conn, ("billing", "users"), "email").unwrap());
    assert!(!column_exists(&mut *conn, "users", "email").unwrap());
    let backup = create_table_backup(&mut *conn, ("billing", "users"), "x").unwrap();
    assert_eq!((backup.rows(), backup.copy().schema()), (1, Some("migrator_backup")));

    let metadata = Metadata::new("1").requires(Condition::table(("billing", "users"))).backup(("billing", "users"));
    let everywhere = migration(metadata).up(|op| {
        let table = ("a.b", "or\"ders");
        assert_eq!(op.create_table(table, |t| t.id())?, Done::Done);
        assert_eq!(op.create_table(table, |t| t.id())?, Done::Already);
        assert_eq!(op.add_column(table, |t| t.integer("amount"))?, Done::Done);
        assert_eq!(op.create_index(table, ["amount"])?, Done::Done);
        assert_eq!(op.create_index(table, ["amount"])?, Done::Already);
        assert_eq!(op.drop_index(table, "or\"ders_amount_idx")?, Done::Done);
        assert_eq!(op.drop_column(table, "amount")?, Done::Done);
        assert!(op.has_table(table)?);
        let loss = op.drop_table(("billing", "users")).unwrap_err();
        assert!(loss.to_string().contains(r#"allow_loss(table(("billing", "users")))"#), "{loss}");
        assert_eq!(op.drop_table(table)?, Done::Done);
        Ok(())
    });
    Migrator::new().with(everywhere).run_pending(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from billing.users"), 1);
});

case!(only = [Postgres], a_plain_name_is_found_as_the_search_path_finds_it, |db| {
    db.sql("create schema billing; create table billing.users (id integer)");
    let mut conn = db.connect();
    super::session::of(&mut *conn).sql("set search_path = billing, public");
    assert!(has_table(&mut *conn, "users").unwrap());
    assert!(column_exists(&mut *conn, "users", "id").unwrap());
});

case!(only = [Sqlite], a_database_without_schemas_says_so, |db| {
    let mut conn = db.connect();
    assert!(!has_table(&mut *conn, ("billing", "users")).unwrap());
    let placed = revision("1").up(|op| {
        op.create_table(("billing", "users"), |t| t.id())?;
        Ok(())
    });
    let error = Migrator::new().with(placed).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(user_tables(db).is_empty());
});

case!(only = [Sqlite], a_name_that_sqlite_keeps_for_itself_is_an_invalid_name, |db| {
    let reserved = revision("1").up(|op| {
        op.create_table("sqlite_mine", |t| t.id())?;
        Ok(())
    });
    let error = Migrator::new().with(reserved).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidName, "{error}");
    // only tables and indexes, not columns
    let column = revision("1").up(|op| {
        op.create_table("mine", |t| t.integer("sqlite_mine"))?;
        Ok(())
    });
    Migrator::new().with(column).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.columns("mine"), ["sqlite_mine"]);
});

case!(only = [Sqlite], main_is_the_file_that_was_opened, |db| {
    db.sql("create table orgs (id integer primary key); create table users (id integer primary key, a integer)");
    db.sql("insert into users values (1, 2)");
    let users = || ("main", "users");
    let metadata = Metadata::new("1")
        .requires(Condition::column(users(), "a"))
        .requires(Condition::not_empty(users()))
        .backup(users())
        .allow_loss(Loss::table(("Main", "people")));
    let placed = migration(metadata).up(move |op| {
        assert!(op.has_table(users())? && op.column_exists(users(), "a")?);
        op.add_column(users(), |t| t.integer("org_id").references(("main", "orgs"), "id"))?;
        op.create_index(users(), ["a"])?;
        op.alter_column(users(), "a", |c| c.set_type(ColumnType::Text))?;
        op.insert_rows(users(), ["id", "a"], [[2, 3]])?;
        op.rename_table(users(), "people")?;
        assert_eq!(op.rename_table(users(), "people")?, Done::Already);
        assert_eq!(op.drop_table(("MAIN", "people"))?, Done::Done);
        op.create_table(("main", "pets"), |t| t.id())?;
        Ok(())
    });
    let migrator = Migrator::new().with(placed);
    let plan = migrator.plan(&mut *db.connect(), "heads").unwrap();
    assert!(plan.steps()[0].statements().iter().all(|statement| !statement.sql().contains("main")), "{plan}");
    migrator.run_pending(&mut *db.connect()).unwrap();
    assert_eq!(user_tables(db), ["orgs", "pets"]);
    let mut conn = db.connect();
    assert!(has_table(&mut *conn, ("main", "pets")).unwrap());
    create_table_backup(&mut *conn, ("main", "pets"), "x").unwrap();
    // what is no schema here is not "dropped already" there
    let other = revision("2").up(|op| Ok(op.drop_table(("other", "pets")).map(drop)?));
    let error = Migrator::new().with(other).unknown_revisions(Policy::Allow).run_pending(&mut *conn).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
});
