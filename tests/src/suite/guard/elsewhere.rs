//! The look afterwards is the caller's, whatever a migration made of the session.

use migrator_core::{Error, ErrorKind, RunReport};

use super::shop::{open, own, run};
use crate::{TestDatabase, case};

/// What a migration may leave of a session: by the role it sees less, by the others other tables, or nothing of itself.
const LEFT: [&str; 7] = [
    "set role ROLE",
    "set local role ROLE",
    "set search_path = pg_catalog",
    "set local search_path = nowhere",
    "set row_security = off",
    "set statement_timeout = '20s'",
    "reset all",
];

fn role(db: &TestDatabase) -> String {
    let role = db.login("role").name;
    db.sql(&format!("grant {role} to current_user"));
    role
}

fn left_with(db: &TestDatabase, left: &str, sql: &str, by_text: bool) -> Result<RunReport, Error> {
    let sql = format!("{sql}; {left}");
    run(db, move |op| if by_text { Ok(op.execute(&sql).map(drop)?) } else { own(op, &sql) })
}

case!(only = [Postgres], what_is_lost_is_seen_whatever_a_migration_makes_of_the_session, |db| {
    open(db);
    let role = role(db);
    for left in LEFT.map(|left| left.replace("ROLE", &role)) {
        for (sql, by_text) in [("delete from logs where id = 1", true), ("update users set note = null", false)] {
            let error = left_with(db, &left, sql, by_text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DataLoss, "{sql}; {left}, by text: {by_text}: {error}");
        }
    }
});

case!(only = [Postgres], what_loses_nothing_goes_through_whatever_a_migration_makes_of_the_session, |db| {
    for left in LEFT {
        let db = db.another();
        open(&db);
        let sql = "update users set note = 'x'; update posts set title = 'y' where id > 1; create table new (id int)";
        let left = left.replace("ROLE", &role(&db));
        left_with(&db, &left, sql, false).unwrap_or_else(|error| panic!("{left}: {error}"));
    }
});
