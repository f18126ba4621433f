//! The table of types: one `schema.rs`, one program, each type written and read through Diesel's DSL.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::prelude::*;
use migrator_core::prelude::*;

use super::operations_run::migrate;
use crate::case;

diesel::table! {
    things (id) {
        id -> BigInt,
        small -> SmallInt,
        whole -> Integer,
        big -> BigInt,
        name -> Varchar,
        note -> Text,
        active -> Bool,
        ratio -> Float,
        wide -> Double,
        price -> Numeric,
        born -> Date,
        rises -> Time,
        seen -> Timestamp,
        bytes -> Binary,
        maybe -> Nullable<Integer>,
    }
}

#[derive(Debug, Clone, PartialEq, Insertable, Queryable)]
#[diesel(table_name = things)]
struct Thing {
    #[diesel(skip_insertion)]
    id: i64,
    small: i16,
    whole: i32,
    big: i64,
    name: String,
    note: String,
    active: bool,
    ratio: f32,
    wide: f64,
    price: BigDecimal,
    born: NaiveDate,
    rises: NaiveTime,
    seen: NaiveDateTime,
    bytes: Vec<u8>,
    maybe: Option<i32>,
}

fn thing() -> Thing {
    let born = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let rises = NaiveTime::from_hms_micro_opt(12, 34, 56, 123_456).unwrap();
    Thing {
        id: 1,
        small: i16::MIN,
        whole: i32::MAX,
        big: 9_007_199_254_740_993,
        name: "it's ünï \\".to_owned(),
        note: "n".repeat(70_000),
        active: true,
        ratio: 0.1,
        wide: 1e300,
        price: "12345678.25".parse().unwrap(),
        born,
        rises,
        seen: born.and_time(rises),
        bytes: vec![0, 255, 39, 92],
        maybe: None,
    }
}

fn create(op: &mut Operations<'_>) -> MigrationResult {
    op.create_table("things", |t| {
        t.id();
        t.small_integer("small").not_null();
        t.integer("whole").not_null();
        t.big_integer("big").not_null();
        t.string("name", 40).not_null();
        t.text("note").not_null();
        t.boolean("active").not_null();
        t.float("ratio").not_null();
        t.double("wide").not_null();
        t.decimal("price", 10, 2).not_null();
        t.date("born").not_null();
        t.time("rises").not_null();
        t.timestamp("seen").not_null();
        t.binary("bytes").not_null();
        t.integer("maybe");
    })?;
    op.create_table("others", |t| {
        t.id();
        t.timestamp_tz("at").not_null();
        t.json("document").not_null();
        t.uuid("token").not_null();
    })?;
    Ok(())
}

/// What is the same program on each database, written once for its connection.
macro_rules! written_and_read {
    ($conn:expr) => {{
        let conn = $conn;
        diesel::insert_into(things::table).values(thing()).execute(conn).unwrap();
        let read: Thing = things::table.first(conn).unwrap();
        assert_eq!(read, thing());
        let found = things::table
            .filter(things::active.eq(true))
            .filter(things::seen.eq(thing().seen))
            .filter(things::price.eq(thing().price))
            .count();
        assert_eq!(found.get_result::<i64>(conn).unwrap(), 1);
        diesel::update(things::table).set(things::maybe.eq(Some(7))).execute(conn).unwrap();
        assert_eq!(things::table.select(things::maybe).first::<Option<i32>>(conn).unwrap(), Some(7));
    }};
}

fn document() -> serde_json::Value {
    serde_json::json!({ "a": [1, null, "ü"] })
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;

    diesel::table! {
        others (id) {
            id -> BigInt,
            at -> TimestamptzSqlite,
            document -> Json,
            token -> Binary,
        }
    }

    case!(only = [Sqlite], every_type_is_written_and_read_by_diesel, |db| {
        migrate(db, create).unwrap();
        let conn = &mut SqliteConnection::establish(db.url()).unwrap();
        written_and_read!(&mut *conn);
        let at = thing().seen.and_utc();
        let token = b"0123456789abcdef".to_vec();
        diesel::insert_into(others::table)
            .values((others::at.eq(at), others::document.eq(document()), others::token.eq(&token)))
            .execute(conn)
            .unwrap();
        let (_, found_at, found, bytes): (i64, chrono::DateTime<chrono::Utc>, serde_json::Value, Vec<u8>) =
            others::table.first(conn).unwrap();
        assert_eq!((found_at, found, bytes), (at, document(), token));
    });
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    diesel::table! {
        others (id) {
            id -> BigInt,
            at -> Timestamptz,
            document -> Jsonb,
            token -> Uuid,
        }
    }

    case!(only = [Postgres], every_type_is_written_and_read_by_diesel, |db| {
        migrate(db, create).unwrap();
        let conn = &mut PgConnection::establish(db.url()).unwrap();
        written_and_read!(&mut *conn);
        let at = thing().seen.and_utc();
        let token = uuid::Uuid::from_bytes(*b"0123456789abcdef");
        diesel::insert_into(others::table)
            .values((others::at.eq(at), others::document.eq(document()), others::token.eq(token)))
            .execute(conn)
            .unwrap();
        let (_, found_at, found, uuid): (i64, chrono::DateTime<chrono::Utc>, serde_json::Value, uuid::Uuid) =
            others::table.first(conn).unwrap();
        assert_eq!((found_at, found, uuid), (at, document(), token));
    });
}

#[cfg(feature = "mysql")]
mod mysql {
    use super::*;

    diesel::table! {
        others (id) {
            id -> BigInt,
            at -> Datetime,
            document -> Json,
            token -> Binary,
        }
    }

    case!(only = [MariaDb], every_type_is_written_and_read_by_diesel, |db| {
        migrate(db, create).unwrap();
        let conn = &mut MysqlConnection::establish(db.url()).unwrap();
        written_and_read!(&mut *conn);
        let (at, token) = (thing().seen, b"0123456789abcdef".to_vec());
        // MariaDB hands its JSON on as text, which Diesel's Json does not read.
        diesel::insert_into(others::table)
            .values((others::at.eq(at), others::document.eq(document()), others::token.eq(&token)))
            .execute(conn)
            .unwrap();
        let (found_at, bytes) =
            others::table.select((others::at, others::token)).first::<(NaiveDateTime, Vec<u8>)>(conn).unwrap();
        assert_eq!((found_at, bytes), (at, token));
        let found = db.texts("select document from others")[0].clone().unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&found).unwrap(), document());
    });
}
