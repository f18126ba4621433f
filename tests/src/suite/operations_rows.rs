//! Rows inserted by a migration.

use migrator_core::operation::Row;
use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, row};

use super::operations_run::{answer, migrate, refused};
use crate::{Engine, TestDatabase, case};

fn users(db: &TestDatabase) {
    migrate(db, |op| {
        op.create_table("users", |t| {
            t.id();
            t.string("name", 5);
            t.boolean("active").not_null().default(true);
            t.float("ratio");
            t.double("wide");
            t.decimal("price", 10, 2);
            t.date("born");
            t.time("rises");
            t.timestamp("seen");
            t.binary("bytes");
            t.json("document");
            t.uuid("token");
            t.small_integer("small");
        })?;
        Ok(())
    })
    .unwrap();
}

case!(rows_of_every_type_are_inserted_and_found_again, |db| {
    users(db);
    let insert = |op: &mut Operations<'_>| {
        let columns = [
            "id", "name", "active", "ratio", "wide", "price", "born", "rises", "seen", "bytes", "document", "token",
            "small",
        ];
        let token = b"0123456789abcdef";
        let none: Option<&str> = None;
        op.insert_rows(
            "users",
            columns,
            [
                row![
                    1,
                    "it's\\",
                    false,
                    0.1_f32,
                    0.1,
                    "1.55",
                    "2024-02-29",
                    "12:34:56.5",
                    "2024-02-29 12:34:56.123",
                    b"\x00\xff'",
                    "{\"a\": \"b\"}",
                    token,
                    7_i16
                ],
                row![2, none, true, none, 1e300, 3, none, none, none, none, none, none, none],
            ],
        )
    };
    assert_eq!(answer(db, insert).unwrap(), Done::Done);
    assert_eq!(answer(db, insert).unwrap(), Done::Already);
    assert_eq!(db.count("select count(*) from users"), 2);
    assert_eq!(db.texts("select name from users order by id"), [Some("it's\\".to_owned()), None]);
    assert_eq!(db.count("select count(*) from users where active and id = 2 and price = 3"), 1);
    assert_eq!(db.count("select count(*) from users where price * 100 = 155"), 1);
    assert_eq!(db.count("select length(bytes) from users where id = 1"), 3);
});

case!(a_row_that_is_there_is_left_and_the_others_are_inserted, |db| {
    users(db);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    let insert = |op: &mut Operations<'_>| {
        op.insert_rows("users", ["id", "name"], [row![1, "Ada"], row![2, "ada"], row![3, "Ada"], row![3, "Ada"]])
    };
    assert_eq!(answer(db, insert).unwrap(), Done::Done);
    assert_eq!(db.count("select count(*) from users"), 3);
    assert_eq!(answer(db, insert).unwrap(), Done::Already);
    // another letter case is another value, and NULL is found
    let by_name = |op: &mut Operations<'_>| {
        op.insert_rows("users", ["name", "small"], [row!["Ada", None::<i32>], row!["ADA", None::<i32>]])
    };
    assert_eq!(answer(db, by_name).unwrap(), Done::Done);
    assert_eq!(answer(db, by_name).unwrap(), Done::Already);
    assert_eq!(db.count("select count(*) from users"), 4);
});

case!(a_table_counts_on_behind_the_rows_that_were_inserted, |db| {
    users(db);
    answer(db, |op| op.insert_rows("users", ["id", "name"], [row![1, "a"], row![7, "b"]])).unwrap();
    db.sql("insert into users (name) values ('c')");
    assert_eq!(db.count("select id from users where name = 'c'"), 8);
});

case!(a_value_that_does_not_fit_is_refused_and_not_cut, |db| {
    users(db);
    if db.engine() == Engine::Sqlite {
        return;
    }
    let error = answer(db, |op| op.insert_rows("users", ["name"], [row!["longer than five"]])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!(db.count("select count(*) from users"), 0);
});

case!(rows_that_do_not_fit_their_columns_are_refused, |db| {
    users(db);
    assert_eq!(refused(db, |op| op.insert_rows("users", ["id", "name"], [row![1]])).0, ErrorKind::Migration);
    assert_eq!(refused(db, |op| op.insert_rows("users", ["nick"], [row![1]])).0, ErrorKind::PreconditionFailed);
    assert_eq!(refused(db, |op| op.insert_rows("gone", ["id"], [row![1]])).0, ErrorKind::PreconditionFailed);
    assert_eq!(refused(db, |op| op.insert_rows("users", [""; 0], [row![]])).0, ErrorKind::Migration);
    assert_eq!(answer(db, |op| op.insert_rows("users", ["id"], Vec::<Row>::new())).unwrap(), Done::Already);
});

case!(ten_thousand_rows_take_few_statements, |db| {
    users(db);
    let insert = |op: &mut Operations<'_>| {
        op.insert_rows("users", ["id", "name"], (1..=10_000).map(|number| row![number, format!("{}", number % 999)]))?;
        Ok(())
    };
    let report = migrate(db, insert).unwrap();
    assert!(report.steps()[0].statements() <= 60, "{}", report.steps()[0].statements());
    assert_eq!(db.count("select count(*) from users"), 10_000);
    db.sql("delete from users where id > 9990");
    assert_eq!(migrate(db, insert).unwrap().steps()[0].statements(), 1);
    assert_eq!(db.count("select count(*) from users"), 10_000);
});
