//! The guard where statements and batches commit one by one.

use migrator_core::{Error, ErrorKind, Loss, Metadata, RunReport};

use super::shop::{contents, open, run_with};
use crate::{Engine, TestDatabase, case};

fn apart() -> Metadata {
    Metadata::new("1").transaction(false)
}

/// Walks over posts, two at a time, and sends that with the keys of the batch for `KEYS`.
fn in_batches(db: &TestDatabase, metadata: Metadata, sql: &'static str) -> Result<RunReport, Error> {
    run_with(db, metadata, move |op| {
        op.update_in_batches("posts", 2, |op, keys| {
            op.execute(sql.replace("KEYS", keys.condition()))?;
            Ok(())
        })?;
        Ok(())
    })
}

#[track_caller]
fn is_refused(db: &TestDatabase, sql: &'static str, loss: &str) {
    let db = db.another();
    open(&db);
    db.sql("update posts set title = null where id = 1");
    let before = contents(&db);
    let error = in_batches(&db, apart(), sql).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{sql}: {error}");
    assert!(error.to_string().contains(loss), "{sql}: {error}");
    assert_eq!(contents(&db), before, "{sql}: {error}");
}

case!(what_a_batch_would_lose_is_refused_and_the_batch_rolled_back, |db| {
    is_refused(db, "delete from posts where KEYS", "2 rows of posts");
    is_refused(db, "update posts set title = null where KEYS", "column title of posts with 1 value");
    is_refused(db, "delete from logs where id in (select id from posts where KEYS)", "2 rows of logs");
    is_refused(
        db,
        "update users set note = null where id in (select id from posts where KEYS)",
        "column note of users",
    );
    is_refused(db, "delete from posts where id < 3", "2 rows of posts");
});

case!(batches_before_the_one_that_would_lose_something_stand, |db| {
    open(db);
    db.sql("update posts set title = null where id < 3");
    let error = in_batches(db, apart(), "update posts set title = null, user_id = 4 where KEYS").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert_eq!(db.count("select count(*) from posts where user_id = 4"), 2, "{error}");
    assert_eq!(db.count("select count(*) from posts where title is not null"), 2, "{error}");
});

case!(what_a_batch_loses_goes_where_it_is_named, |db| {
    open(db);
    in_batches(
        db,
        apart().allow_loss(Loss::rows("posts")).allow_loss(Loss::column("tags", "post_id")),
        "delete from posts where KEYS",
    )
    .unwrap();
    assert_eq!(db.count("select count(*) from posts"), 0);
});

case!(batches_that_lose_nothing_go_through, |db| {
    for sql in [
        "update posts set title = upper(title) where KEYS",
        "update posts set title = coalesce(title, 'none') where KEYS",
        "update posts set title = null where title is null and KEYS",
        "update logs set line = 'x' where id in (select id from posts where KEYS)",
        "insert into empty_one select id, title from posts where KEYS",
        "delete from logs where id > 100 and id in (select id from posts where KEYS)",
        "update tags set post_id = 5 where post_id in (select id from posts where KEYS)",
    ] {
        let db = db.another();
        open(&db);
        in_batches(&db, apart(), sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
});

case!(keys_that_leave_the_range_of_their_batch_are_no_loss, |db| {
    db.sql(
        "create table posts (id integer primary key, title varchar(9)); insert into posts values (1, 'a'), (2, 'b')",
    );
    in_batches(db, apart(), "update posts set id = id - 100 where id > 0 and KEYS").unwrap();
    assert_eq!(db.count("select count(*) from posts where id < 0"), 2);
});

/// A trigger that empties the logs when a post changes, and one that only sets a value.
fn triggers(db: &TestDatabase, body: &str) {
    match db.engine() {
        Engine::Sqlite => db.sql(&format!("create trigger tr after update on posts begin {body}; end")),
        Engine::MariaDb => db.sql(&format!("create trigger tr after update on posts for each row {body}")),
        Engine::Postgres => db.sql(&format!(
            "create function tf() returns trigger language plpgsql as $$ begin {body}; return null; end $$; \
             create trigger tr after update on posts for each row execute function tf()"
        )),
    }
}

case!(what_triggers_take_is_seen_too, |db| {
    open(db);
    triggers(db, "delete from logs where id = new.id");
    let before = contents(db);
    for in_a_batch in [true, false] {
        let error = match in_a_batch {
            true => in_batches(db, apart(), "update posts set title = 'x' where KEYS"),
            false => run_with(db, apart(), |op| Ok(op.execute("update posts set title = 'x'").map(drop)?)),
        }
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
        assert!(error.to_string().contains("rows of logs"), "{error}");
        assert_eq!(contents(db), before);
        db.sql("delete from __diesel_schema_migrations");
        db.sql("delete from __migrator_history");
    }
});

case!(triggers_that_take_nothing_stop_no_batch, |db| {
    open(db);
    triggers(db, "update logs set line = 'seen' where id = new.id");
    in_batches(db, apart(), "update posts set title = 'x' where KEYS").unwrap();
    assert_eq!(db.count("select count(*) from logs where line = 'seen'"), 5);
});

case!(only = [Postgres, MariaDb], what_foreign_keys_take_along_is_seen_where_the_rows_themselves_are_named, |db| {
    open(db);
    let named = || apart().allow_loss(Loss::rows("users"));
    let before = contents(db);
    let error = run_with(db, named(), |op| Ok(op.execute("delete from users where id = 2").map(drop)?)).unwrap_err();
    assert!(error.to_string().contains("1 row of posts"), "{error}");
    assert_eq!(contents(db), before);
});
