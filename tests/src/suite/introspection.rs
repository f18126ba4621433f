//! What stands in a database, in a fixed number of catalogue queries.

use migrator_core::{TableName, inspect_schema};

use super::books::{DIESEL_TABLE, HISTORY_TABLE};
use super::handmade::creates;
use super::session;
use crate::case;

case!(only = [Sqlite], what_a_virtual_table_keeps_for_itself_is_no_column, |db| {
    db.sql("create virtual table words using fts5(word, place unindexed)");
    let schema = inspect_schema(&mut *db.connect()).unwrap();
    let columns = &schema.table("words").unwrap().columns;
    assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["word", "place"]);
});

case!(the_number_of_catalogue_queries_does_not_grow_with_the_tables, |db| {
    let mut sent = Vec::new();
    for tables in [1, 40] {
        for number in 0..tables {
            db.sql(&format!("create table if not exists t{number} (id integer primary key, parent integer, name varchar(20), foreign key (parent) references t{number} (id))"));
            if tables > 1 {
                db.sql(&format!("create index i{number} on t{number} (name)"));
            }
        }
        let mut conn = db.connect();
        let seen = session::of(&mut *conn).watch();
        let schema = inspect_schema(&mut *conn).unwrap();
        assert_eq!(schema.tables.len(), tables);
        sent.push(seen.take().len());
    }
    assert_eq!(sent[0], sent[1]);
});

case!(a_table_is_shown_with_its_columns_keys_and_indexes, |db| {
    db.sql(
        "create table orgs (id integer primary key, name varchar(40) not null unique); \
         create table users (id integer not null, org_id integer not null, email varchar(80) default 'nobody', \
         primary key (id, org_id), constraint users_org foreign key (org_id) references orgs (id) on delete cascade); \
         create index users_email on users (email)",
    );
    let schema = inspect_schema(&mut *db.connect()).unwrap();
    let users = schema.table("users").unwrap();
    let names: Vec<_> = users.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "org_id", "email"]);
    assert_eq!(users.primary_key, ["id", "org_id"]);
    assert_eq!(users.indexes["users_email"].columns, ["email"]);
    let [key] = users.foreign_keys.as_slice() else { panic!("{:?}", users.foreign_keys) };
    assert_eq!((key.columns.as_slice(), &key.references), (&["org_id".to_owned()][..], &TableName::from("orgs")));
    assert!(key.on_delete.eq_ignore_ascii_case("cascade"));
    let orgs = schema.table("orgs").unwrap();
    // MariaDB keeps a unique constraint as the index that holds it
    let uniques = orgs.uniques.len() + orgs.indexes.values().filter(|index| index.unique).count();
    assert_eq!(uniques, 1);
});

case!(the_books_are_no_part_of_the_schema, |db| {
    let mut conn = db.connect();
    migrator_core::Migrator::new().with(creates("1", "users")).run_pending(&mut *conn).unwrap();
    let schema = inspect_schema(&mut *conn).unwrap();
    let names: Vec<_> = schema.tables.keys().map(|name| name.name().to_owned()).collect();
    assert_eq!(names, ["users"]);
    assert_eq!(db.tables(), [DIESEL_TABLE, HISTORY_TABLE, "__migrator_schema", "users"]);
});
