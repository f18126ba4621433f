//! `schema.rs` against the database: the written operations bring the one to the other, a second look finds nothing, and
//! the way back restores the schema as it was.

use migrator_core::autogenerate::{Changes, Options, Question, compare};
use migrator_core::{ErrorKind, Metadata, Prospect, Schema, inspect_schema, prelude::*};

use super::handmade::migration;
use super::interpreter;
use crate::{Engine, TestDatabase, case};

#[track_caller]
fn compared(db: &TestDatabase, schema_rs: &str, options: &Options) -> Changes {
    compare(schema_rs, &mut *db.connect(), options).unwrap()
}

fn schema(db: &TestDatabase) -> Schema {
    inspect_schema(&mut *db.connect()).unwrap()
}

/// The changes as a migration, from the text that would be written.
fn written(revision: &str, changes: &Changes) -> impl migrator_core::Migration + use<> {
    let (up, down) = (changes.up().to_vec(), changes.down().to_vec());
    migration(Metadata::new(revision))
        .up(move |op| interpreter::run(op, &up))
        .down(move |op| interpreter::run(op, &down))
}

/// Runs what is written; then nothing is different, and the way back leaves the schema as it was. Ends upgraded.
#[track_caller]
fn assert_brings_it_about(db: &TestDatabase, schema_rs: &str, options: &Options) -> Changes {
    let before = schema(db);
    let changes = compared(db, schema_rs, options);
    changes.settled().unwrap();
    assert!(!changes.is_empty());
    let told = format!("{}\n--\n{}", changes.up().join("\n"), changes.down().join("\n"));
    let migrator = Migrator::new().with(written("1", &changes)).data_loss(Policy::Allow);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{error}\n{told}"));
    let again = compared(db, schema_rs, options);
    assert!(again.is_empty(), "{again}\n{told}");
    migrator.downgrade(&mut *conn, "base").unwrap_or_else(|error| panic!("{error}\n{told}"));
    let difference = before.difference(&schema(db));
    assert!(difference.is_empty(), "{difference}\n{told}");
    migrator.run_pending(&mut *conn).unwrap_or_else(|error| panic!("{error}\n{told}"));
    changes
}

/// Ten tables and more, every type of the table in the documentation, parents below their children.
fn shop(db: &TestDatabase) -> String {
    let (moment, uuid, json) = match db.engine() {
        Engine::Sqlite => ("TimestamptzSqlite", "Binary", "Json"),
        Engine::Postgres => ("Timestamptz", "Uuid", "Jsonb"),
        Engine::MariaDb => ("Datetime", "Binary", "Json"),
    };
    format!(
        r#"
        diesel::table! {{ items (order_id, product_id) {{
            order_id -> BigInt, product_id -> Integer, amount -> Integer, price -> Numeric,
        }} }}
        diesel::table! {{ orders (id) {{
            id -> BigInt, user_id -> BigInt, placed_at -> Timestamp, paid -> Bool, note -> Nullable<Text>,
        }} }}
        diesel::table! {{ users (id) {{
            id -> BigInt,
            #[max_length = 80]
            name -> Varchar,
            born -> Nullable<Date>, wakes -> Nullable<Time>, seen -> Nullable<{moment}>, photo -> Nullable<Binary>,
            settings -> Nullable<{json}>, token -> Nullable<{uuid}>,
        }} }}
        diesel::table! {{ products (id) {{
            id -> Integer, title -> Text, weight -> Nullable<Float>, volume -> Nullable<Double>,
            #[sql_name = "type"]
            type_ -> SmallInt,
        }} }}
        diesel::table! {{ #[sql_name = "order"] order_ (id) {{ id -> BigInt, }} }}
        diesel::table! {{ countries (code) {{
            #[max_length = 2]
            code -> Varchar, name -> Text,
        }} }}
        diesel::table! {{ addresses (id) {{
            id -> BigInt, user_id -> BigInt,
            #[max_length = 2]
            country -> Varchar,
        }} }}
        diesel::table! {{ tags (id) {{ id -> BigInt, parent_id -> Nullable<BigInt>, }} }}
        diesel::table! {{ product_tags (product_id, tag_id) {{ product_id -> Integer, tag_id -> BigInt, }} }}
        diesel::table! {{ chickens (id) {{ id -> BigInt, egg_id -> Nullable<BigInt>, }} }}
        diesel::table! {{ eggs (id) {{ id -> BigInt, chicken_id -> Nullable<BigInt>, }} }}
        diesel::joinable!(items -> orders (order_id));
        diesel::joinable!(items -> products (product_id));
        diesel::joinable!(orders -> users (user_id));
        diesel::joinable!(addresses -> users (user_id));
        diesel::joinable!(addresses -> countries (country));
        diesel::joinable!(tags -> tags (parent_id));
        diesel::joinable!(product_tags -> products (product_id));
        diesel::joinable!(product_tags -> tags (tag_id));
        diesel::joinable!(chickens -> eggs (egg_id));
        diesel::joinable!(eggs -> chickens (chicken_id));
        diesel::allow_tables_to_appear_in_same_query!(users, orders);
        "#
    )
}

case!(a_whole_schema_is_created_parents_first, |db| {
    let changes = assert_brings_it_about(db, &shop(db), &Options::default());
    let told = changes.up().join("\n");
    let place = |table: &str| told.find(&format!("create_table(\"{table}\"")).unwrap();
    assert!(place("users") < place("orders") && place("orders") < place("items"), "{told}");
    assert!(schema(db).table("items").unwrap().foreign_keys.len() == 2);
    assert_eq!(compared(db, &shop(db), &Options::default()).to_string(), "the database is as schema.rs says");
});

case!(what_is_only_in_the_database_stays_unless_asked_for, |db| {
    db.sql("create table parents (id integer primary key)");
    db.sql(
        "create table children (id integer primary key, name varchar(40) default 'x' not null, parent_id integer, \
         constraint to_parent foreign key (parent_id) references parents (id) on delete cascade)",
    );
    db.sql("create index by_name on children (name)");
    let nothing = compared(db, "", &Options::default());
    assert!(nothing.is_empty() && nothing.notes().len() == 2, "{nothing}");
    assert!(nothing.to_string().contains("children is only in the database: it stays"), "{nothing}");
    let changes = assert_brings_it_about(db, "", &Options::default().drop_unknown());
    assert!(changes.up()[0].contains("drop_table(\"children\")"), "{:?}", changes.up());
    assert!(changes.up()[0].contains("// Rows go with it: confirm by allow_loss(table(\"children\"))"));
});

/// A table with what a schema.rs does not say.
fn users(db: &TestDatabase) {
    db.sql(
        "create table users (id integer primary key, name varchar(40) default 'nobody' not null, age integer, \
         email varchar(80), born date)",
    );
    db.sql("create unique index by_email on users (email)");
    db.sql("create index by_name_and_age on users (name, age)");
}

const USERS: &str =
    "id -> Integer, name -> Text, age -> Nullable<Integer>, email -> Nullable<Text>, born -> Nullable<Date>";

/// The table with its columns said otherwise.
fn saying(columns: &str) -> String {
    format!("diesel::table! {{ users (id) {{ {columns} }} }}")
}

case!(what_a_schema_cannot_say_is_no_difference, |db| {
    users(db);
    let changes = compared(db, &saying(USERS), &Options::default());
    assert!(changes.is_empty() && changes.notes().is_empty(), "{changes}");
});

case!(a_column_comes_and_one_goes_and_comes_back_as_it_was, |db| {
    users(db);
    let text = USERS.replace(", email -> Nullable<Text>", "").replace("name -> Text, ", "");
    let changes =
        assert_brings_it_about(db, &saying(&format!("{text}, height -> Nullable<Double>")), &Options::default());
    let up = changes.up();
    assert_eq!(up[0], "op.add_column(\"users\", |t| t.double(\"height\"))?;");
    let last = up.last().unwrap();
    assert!(last.contains("// Its values go with it: confirm by allow_loss(column(\"users\", \"email\"))"), "{last}");
});

case!(a_column_that_may_not_be_null_comes_back_where_rows_are, |db| {
    db.sql(
        "create table items (id integer not null primary key, name varchar(20) not null, amount integer not null, \
            price numeric(8,2) not null, born date not null, code varchar(9) not null unique)",
    );
    db.sql("insert into items values (1, 'a', 1, 1, '2026-01-01', 'x'), (2, 'b', 2, 2, '2026-01-02', 'y')");
    let kept = "diesel::table! { items (id) { id -> Integer, code -> Text, } }";
    let changes = assert_brings_it_about(db, kept, &Options::default());
    let down = changes.down().join("\n");
    assert!(down.contains("// Its values are gone: rows that are there get '2000-01-01'."), "{down}");
    let migrator = Migrator::new().with(written("1", &changes)).data_loss(Policy::Allow);
    migrator.downgrade(&mut *db.connect(), "base").unwrap();
    assert_eq!(db.count("select count(*) from items where amount = 0 and name = ''"), 2);
    let bound = "diesel::table! { items (id) { id -> Integer, name -> Text, amount -> Integer, price -> Numeric, born -> Date, } }";
    let down = compared(db, bound, &Options::default()).down().join("\n");
    assert!(down.contains("it may not be NULL: this fails where rows are, until you say what they get"), "{down}");
});

case!(bytes_that_may_not_be_null_come_back_where_rows_are, |db| {
    let (bytes, uuid) = match db.engine() {
        Engine::Sqlite => ("blob", "binary"),
        Engine::Postgres => ("bytea", "uuid"),
        Engine::MariaDb => ("longblob", "binary(16)"),
    };
    let fixed = if db.engine() == Engine::MariaDb { ", f binary(3) not null, v varbinary(9) not null" } else { "" };
    db.sql(&format!(
        "create table items (id integer not null primary key, b {bytes} not null, u {uuid} not null{fixed})"
    ));
    let kept = "diesel::table! { items (id) { id -> Integer, } }";
    let down = compared(db, kept, &Options::default()).down().join("\n");
    assert!(!down.contains("this fails where rows are"), "{down}");
    let changes = assert_brings_it_about(db, kept, &Options::default());
    db.sql("insert into items (id) values (1)");
    let migrator = Migrator::new().with(written("1", &changes)).data_loss(Policy::Allow);
    migrator.downgrade(&mut *db.connect(), "base").unwrap();
    let length = if db.engine() == Engine::Postgres { "octet_length" } else { "length" };
    assert_eq!(db.count(&format!("select count(*) from items where {length}(b) = 0")), 1);
});

case!(a_way_back_that_needs_a_word_is_foreseen_to_fail, |db| {
    db.sql("create table orgs (id integer not null primary key)");
    db.sql(
        "create table items (id integer not null primary key, name varchar(20) not null, org_id integer not null, \
         amount integer not null, constraint items_org foreign key (org_id) references orgs (id))",
    );
    db.sql("insert into orgs values (1)");
    db.sql("insert into items values (1, 'a', 1, 5)");
    let orgs = "diesel::table! { orgs (id) { id -> Integer, } }";
    let text = format!("{orgs} diesel::table! {{ items (id) {{ id -> Integer, }} }}");
    let changes = compared(db, &text, &Options::default());
    let migrator = Migrator::new().with(written("1", &changes)).data_loss(Policy::Allow);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    let plan = migrator.plan_downgrade(&mut *conn, "base").unwrap();
    let Prospect::Fails { kind, error, .. } = plan.steps()[0].prospect() else { panic!("{plan}") };
    assert_eq!(*kind, ErrorKind::PreconditionFailed);
    assert!(error.contains("org_id is to be not null without a default"), "{plan}");
    db.sql("delete from items");
    assert!(migrator.plan_downgrade(&mut *conn, "base").unwrap().is_known());
    migrator.downgrade(&mut *conn, "base").unwrap();
});

case!(keys_of_text_and_of_bytes_are_created_and_referenced, |db| {
    let text = r#"
        diesel::table! { coupons (code) { code -> Text, percent -> SmallInt, } }
        diesel::table! { payments (id) { id -> Binary, code -> Text, } }
        diesel::table! { refunds (id) { id -> BigInt, payment -> Binary, code -> Nullable<Text>, } }
        diesel::joinable!(payments -> coupons (code));
        diesel::joinable!(refunds -> payments (payment));
        diesel::joinable!(refunds -> coupons (code));
    "#;
    assert_brings_it_about(db, text, &Options::default());
    assert_eq!(schema(db).table("refunds").unwrap().foreign_keys.len(), 2);
});

case!(what_must_hold_is_said_of_each_change, |db| {
    users(db);
    let text = USERS.replace("email -> Nullable<Text>", "height -> Nullable<Double>");
    let orders = "diesel::table! { orders (id) { id -> BigInt, } }";
    let (required, ensured) = compared(db, &format!("{}\n{orders}", saying(&text)), &Options::default()).conditions();
    let told = |all: Vec<migrator_core::Condition>| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(required), ["table(\"users\")"]);
    let after = ["table(\"orders\")", "column(\"users\", \"height\")", "no_column(\"users\", \"email\")"];
    assert_eq!(told(ensured), after);
});

case!(nullability_changes_both_ways_and_types_too, |db| {
    users(db);
    let nullable = USERS.replace("name -> Text", "name -> Nullable<Text>");
    let both = nullable.replace("age -> Nullable<Integer>", "age -> BigInt");
    let changes = assert_brings_it_about(db, &saying(&both), &Options::default());
    assert_eq!(changes.up().len(), 2, "{changes}");
    assert!(changes.up().iter().any(|line| line.contains("set_type(ColumnType::BigInteger).set_not_null()")));
});

case!(rows_that_are_there_need_a_value, |db| {
    users(db);
    db.sql("insert into users (id, age) values (1, 3), (2, null)");
    let text = saying(&format!("{}, points -> Integer", USERS.replace("age -> Nullable<Integer>", "age -> Integer")));
    let open = compared(db, &text, &Options::default());
    assert_eq!(open.questions().len(), 2, "{:?}", open.questions());
    let error = open.settled().unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Declined, 6));
    assert!(error.to_string().contains("--default users.points=<value>"), "{error}");
    let options = Options::default().value("users.points=7").unwrap().value("users.age=0").unwrap();
    assert_brings_it_about(db, &text, &options);
    assert_eq!(db.count("select points from users where id = 1"), 7);
    assert_eq!(db.count("select age from users where id = 2"), 0);
});

case!(one_that_went_and_one_that_came_may_be_the_same, |db| {
    users(db);
    db.sql("insert into users (id, name) values (1, 'somebody')");
    let text = saying(&USERS.replace("name -> Text", "full_name -> Text"));
    let open = compared(db, &text, &Options::default());
    let asked = Question::Renamed { table: "users".into(), old: "name".into(), new: "full_name".into() };
    assert!(open.questions().contains(&asked), "{:?}", open.questions());
    let error = open.settled().unwrap_err();
    assert!(error.to_string().contains("--rename users.name=full_name"), "{error}");
    let renamed = Options::default().rename("users.name=full_name").unwrap();
    let changes = assert_brings_it_about(db, &text, &renamed);
    assert_eq!(changes.up(), ["op.rename_column(\"users\", \"name\", \"full_name\")?;"]);
    assert_eq!(db.texts("select full_name from users"), [Some("somebody".to_owned())]);
});

case!(one_that_went_and_one_that_came_may_be_two, |db| {
    users(db);
    let text = saying(&USERS.replace("email -> Nullable<Text>", "address -> Nullable<Text>"));
    let two = Options::default().separate("users.email=address").unwrap();
    let changes = assert_brings_it_about(db, &text, &two);
    assert_eq!(changes.up().len(), 2, "{changes}");
});

case!(a_rename_of_what_is_not_there_is_refused, |db| {
    users(db);
    let options = Options::default().rename("users.nobody=somebody").unwrap();
    let error = compare(&saying(USERS), &mut *db.connect(), &options).unwrap_err();
    assert!(error.to_string().contains("no column users.nobody"), "{error}");
    assert_eq!(Options::default().rename("users").unwrap_err().kind(), ErrorKind::InvalidName);
});

case!(a_view_and_another_key_are_told_and_left, |db| {
    users(db);
    db.sql("create view adults as select id, name from users where age > 17");
    let text = format!(
        "{} diesel::table! {{ adults (id) {{ id -> Integer, name -> Text, }} }}",
        saying(USERS).replace("users (id)", "users (id, name)")
    );
    let changes = compared(db, &text, &Options::default());
    assert!(changes.is_empty(), "{changes}");
    let told = changes.to_string();
    assert!(told.contains("adults is a view") && told.contains("the primary key of users is (id)"), "{told}");
});

case!(only = [Postgres], types_of_the_database_are_compared_by_name, |db| {
    db.sql("create type mood as enum ('sad', 'ok'); create schema billing");
    db.sql("create table users (id bigint primary key, mood mood not null, tags text[] not null, place inet)");
    let text = r#"
        pub mod sql_types {
            #[derive(diesel::sql_types::SqlType)]
            #[diesel(postgres_type(name = "mood"))]
            pub struct Mood;
        }
        diesel::table! {
            use diesel::sql_types::*;
            use super::sql_types::Mood;
            users (id) { id -> BigInt, mood -> Mood, tags -> Array<Nullable<Text>>, place -> Nullable<Inet>, }
        }
        diesel::table! { billing.invoices (id) { id -> BigInt, moods -> Array<Nullable<crate::sql_types::Mood>>, } }
    "#;
    let changes = assert_brings_it_about(db, text, &Options::default());
    assert_eq!(changes.up().len(), 1, "{changes}");
});

case!(only = [MariaDb], unsigned_and_enums_are_read, |db| {
    db.sql("create table users (id bigint unsigned auto_increment primary key, mood enum('sad', 'ok') not null, n tinyint)");
    let text = r#"
        pub mod sql_types {
            #[derive(diesel::sql_types::SqlType)]
            #[diesel(mysql_type(name = "Enum"))]
            pub struct UsersMoodEnum;
        }
        diesel::table! {
            use diesel::sql_types::*;
            use super::sql_types::UsersMoodEnum;
            users (id) { id -> Unsigned<Bigint>, mood -> UsersMoodEnum, n -> Nullable<Tinyint>, }
        }
        diesel::table! { notes (id) { id -> Unsigned<Integer>, user_id -> Unsigned<Bigint>, text -> Text, } }
        diesel::joinable!(notes -> users (user_id));
    "#;
    let changes = assert_brings_it_about(db, text, &Options::default());
    assert!(changes.unread().is_empty(), "{changes}");
    let changes = compared(db, &text.replace("mood ->", "temper ->"), &Options::default());
    assert!(changes.unread()[0].starts_with("users.temper is of type Enum, which schema.rs"), "{changes}");
});

case!(what_the_books_hold_never_appears, |db| {
    Migrator::new().with(migration(Metadata::new("1"))).run_pending(&mut *db.connect()).unwrap();
    let text = "diesel::table! { __diesel_schema_migrations (version) { version -> Text, run_on -> Timestamp, } }";
    let changes = compared(db, text, &Options::default().drop_unknown());
    assert!(changes.is_empty(), "{changes}");
});
