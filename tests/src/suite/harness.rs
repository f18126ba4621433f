//! The ground that every other case stands on: what `TestDatabase` promises.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::case;

case!(a_database_is_fresh_and_empty, |db| {
    assert!(db.tables().is_empty());
    db.sql("create table t (a integer)");
    assert_eq!(db.tables(), ["t"]);
});

case!(two_databases_do_not_see_each_other, |db| {
    let other = db.another();
    db.sql("create table here (a integer)");
    other.sql("create table there (a integer)");
    assert_eq!(db.tables(), ["here"]);
    assert_eq!(other.tables(), ["there"]);
});

case!(any_value_is_read_as_text, |db| {
    db.sql(
        "create table t (i integer, b bigint, d double precision, n decimal(10, 2), s varchar(20)); \
         insert into t values (-1, 9007199254740993, 1.5, 12.25, 'é'), (null, null, null, null, null)",
    );
    let rows = db.rows("select i, b, d, n, s from t order by case when i is null then 1 else 0 end");
    let first = ["-1", "9007199254740993", "1.5", "12.25", "é"].map(|text| Some(text.to_owned()));
    assert_eq!(rows, [first.to_vec(), vec![None; 5]]);
    assert_eq!(db.count("select count(*) from t"), 2);
    assert_eq!(db.texts("select s from t where i = -1"), [Some("é".to_owned())]);
});

case!(any_name_can_be_quoted, |db| {
    for name in ["order", "a\"b", "a`b", "a.b", "Ä ö", "a'b", "a\\b"] {
        db.sql(&format!("create table {0} ({0} integer)", db.quote(name)));
        assert_eq!(db.columns(name), [name]);
    }
    assert_eq!(db.tables().len(), 7);
    assert!(db.columns("missing").is_empty());
});

case!(a_refused_statement_is_a_panic_with_its_text, |db| {
    let refused = catch_unwind(AssertUnwindSafe(|| db.sql("insert into missing values (1)"))).unwrap_err();
    let message = refused.downcast::<String>().unwrap();
    assert!(message.starts_with("insert into missing values (1): "), "{message}");
    // and the database goes on
    db.sql("create table t (a integer)");
});

case!(only = [Postgres, MariaDb], a_database_is_dropped_also_when_somebody_is_connected, |db| {
    let other = db.another();
    let name = other.name().to_owned();
    let _connected = other.connect();
    drop(other);
    let query = match db.engine() {
        crate::Engine::Postgres => "pg_database where datname",
        _ => "information_schema.schemata where schema_name",
    };
    assert_eq!(db.count(&format!("select count(*) from {query} = '{name}'")), 0);
});

case!(only = [Postgres, MariaDb], a_login_may_do_nothing_until_it_is_granted, |db| {
    db.sql("create table t (a integer)");
    let reader = db.login("reader");
    // MariaDB already refuses to connect, PostgreSQL to read.
    let read =
        || crate::direct::open(db.engine(), &reader.url).is_ok_and(|mut conn| conn.rows("select a from t").is_ok());
    assert!(!read());
    db.sql(&format!("grant select on t to {}", reader.name));
    assert!(read());
    let _connected = db.connect_to(&reader.url);
});

case!(only = [Sqlite], a_database_in_memory_is_nobody_elses, |db| {
    let _memory = db.connect_memory();
    assert!(!db.folder().join("database.sqlite").exists());
});
