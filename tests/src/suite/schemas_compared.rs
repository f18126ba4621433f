//! Two looks at a database: the fingerprint says whether anything is different, the difference says what.

use migrator_core::{Schema, inspect_schema, prelude::*};

use super::handmade::creates;
use crate::{TestDatabase, case};

fn schema(db: &TestDatabase) -> Schema {
    inspect_schema(&mut *db.connect()).unwrap()
}

case!(what_is_done_and_undone_leaves_the_fingerprint_and_the_books_are_no_part_of_it, |db| {
    db.sql("create table users (id integer primary key, name varchar(40) not null)");
    let before = schema(db);
    let migrator = Migrator::new().with(creates("1", "orgs"));
    migrator.run_pending(&mut *db.connect()).unwrap();
    let between = schema(db);
    assert_ne!(between.fingerprint(), before.fingerprint());
    assert!(before.difference(&between).to_string().starts_with("+ table orgs (id "));
    migrator.downgrade(&mut *db.connect(), "base").unwrap();
    assert_eq!(schema(db).fingerprint(), before.fingerprint());
    assert!(before.difference(&schema(db)).is_empty());
});

case!(each_kind_of_change_is_told, |db| {
    db.sql("create table orgs (id integer primary key)");
    db.sql("create table users (id integer primary key, name varchar(40), org_id integer, gone integer)");
    let before = schema(db);
    db.sql("alter table users drop column gone");
    db.sql("alter table users add column email varchar(255) default 'none'");
    db.sql("create unique index by_email on users (email)");
    db.sql("create table notes (id integer primary key)");
    let told = before.difference(&schema(db)).to_string();
    for line in [
        "+ table notes (id ",
        "table users",
        "  - column gone ",
        "  + column email ",
        "  + index by_email (email) unique",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains("orgs"), "{told}");
});
