//! Digests see every difference between values, those too that the database calls equal.

use migrator_core::{ErrorKind, create_table_backup, restore_table_backup};

use super::books::said;
use crate::{Engine, TestDatabase, case};

/// A column's type, a value, and another that is not the same.
type Pair = (&'static str, &'static str, &'static str);

const SQLITE: &[Pair] = &[
    ("", "1", "1.0"),
    ("", "1", "'1'"),
    ("", "'abc'", "x'616263'"),
    ("", "'abc'", "'ABC'"),
    ("text collate nocase", "'abc'", "'ABC'"),
    ("", "null", "''"),
    ("", "''", "x''"),
    ("", "9007199254740993", "9007199254740992"),
    ("", "9007199254740993", "9007199254740992.0"),
    ("", "'1e400'", "1e400"),
    ("", "0.0", "-0.0"),
    ("", "0.1", "0.10000000000000002"),
    ("", "cast(x'ff' as text)", "cast(x'fe' as text)"),
    ("", "cast(x'610062' as text)", "cast(x'610063' as text)"),
    ("real", "1e400", "1.7976931348623157e308"),
    ("blob", "zeroblob(1000)", "zeroblob(1001)"),
];

const POSTGRES: &[Pair] = &[
    ("numeric", "1.0", "1.00"),
    ("numeric", "'NaN'", "0"),
    ("numeric", "9007199254740993", "9007199254740992"),
    ("float8", "'0'", "'-0'"),
    ("float8", "'NaN'", "'Infinity'"),
    ("float8", "0.1", "0.10000000000000002"),
    ("real", "'0'", "'-0'"),
    ("text", "'1e400'", "'1E400'"),
    ("text", "''", "null"),
    ("text", "'a'", "'a '"),
    ("char(5)", "'a'", "'b'"),
    ("varchar(20)", "'ü'", "'u'"),
    ("bytea", "'\\x00'", "'\\x0000'"),
    ("json", "'{\"a\":1}'", "'{\"a\": 1}'"),
    ("jsonb", "'{\"a\":1.0}'", "'{\"a\":1.00}'"),
    ("interval", "'1 day'", "'24 hours'"),
    ("interval", "'1 month'", "'30 days'"),
    ("timetz", "'10:00+00'", "'11:00+01'"),
    ("timestamptz", "'2024-01-01 10:00:00.000001+00'", "'2024-01-01 10:00:00+00'"),
    ("timestamp(3)", "'2024-01-01 10:00:00.001'", "'2024-01-01 10:00:00.002'"),
    ("date", "'infinity'", "'-infinity'"),
    ("integer[]", "'{1,2}'", "'{2,1}'"),
    ("integer[]", "'[0:1]={1,2}'", "'{1,2}'"),
    ("float8[]", "'{0}'", "'{-0}'"),
    ("numeric[]", "'{1.0}'", "'{1.00}'"),
    ("text[]", "'{null}'", "'{\"null\"}'"),
    ("inet", "'10.0.0.1/8'", "'10.0.0.1/16'"),
    ("uuid", "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
    ("bit(3)", "'101'", "'100'"),
    ("numrange", "'[1.0,2)'", "'[1.00,2)'"),
    ("boolean", "true", "false"),
    ("xml", "'<a/>'", "'<a></a>'"),
];

const MARIADB: &[Pair] = &[
    ("double", "0.1e0", "0.10000000000000002e0"),
    ("float", "1.1", "1.1000001"),
    ("decimal(30,5)", "9007199254740993", "9007199254740992"),
    ("varchar(20)", "'a'", "'A'"),
    ("varchar(20)", "'a'", "'a '"),
    ("varchar(20)", "'ü'", "'u'"),
    ("varchar(20)", "''", "null"),
    ("varchar(20)", "'1e400'", "'1E400'"),
    ("longtext", "'a'", "'A'"),
    ("longblob", "x'00'", "x'0000'"),
    ("varbinary(20)", "x'61'", "x'6100'"),
    ("bigint unsigned", "18446744073709551615", "18446744073709551614"),
    ("datetime(6)", "'2024-01-01 10:00:00.000001'", "'2024-01-01 10:00:00'"),
    ("timestamp(6) null", "'2024-10-27 00:30:00'", "'2024-10-27 01:30:00'"),
    ("time(6)", "'-10:00:00'", "'10:00:00'"),
    ("date", "'2024-02-29'", "'2024-03-01'"),
    ("year", "2024", "2025"),
    ("bit(9)", "b'100000001'", "b'000000001'"),
    ("enum('a','b')", "'a'", "'b'"),
    ("set('a','b')", "'a'", "'a,b'"),
    ("json", "'{\"a\":1}'", "'{\"a\": 1}'"),
    ("point", "st_geomfromtext('point(0 1)')", "st_geomfromtext('point(1 0)')"),
    ("tinyint(1)", "true", "false"),
];

fn pairs(db: &TestDatabase) -> &'static [Pair] {
    match db.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
        Engine::MariaDb => MARIADB,
    }
}

/// One table for all pairs: its own column for each, so that one backup shows them all.
fn create(db: &TestDatabase) -> String {
    let columns: Vec<_> = pairs(db).iter().enumerate().map(|(at, (kind, ..))| format!("c{at} {kind}")).collect();
    let values: Vec<_> = pairs(db).iter().map(|(_, value, _)| *value).collect();
    db.sql(&format!("create table t (id integer primary key, {})", columns.join(", ")));
    format!("insert into t values (1, {})", values.join(", "))
}

case!(every_kind_of_value_is_backed_up_and_put_back_as_it_was, |db| {
    let insert = create(db);
    db.sql(&insert);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    for change in ["drop table t", "delete from t", "select 1"] {
        if change != "select 1" {
            db.sql(change);
        }
        restore_table_backup(&mut *conn, &backup).unwrap_or_else(|error| panic!("{change}: {error}"));
        let again = create_table_backup(&mut *conn, "t", "x").unwrap();
        assert_eq!(again.digest(), backup.digest(), "{change}");
    }
});

case!(a_value_changed_to_one_that_is_called_equal_is_seen, |db| {
    let insert = create(db);
    db.sql(&insert);
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    let copy = said(db, backup.copy());
    for (at, (kind, value, other)) in pairs(db).iter().enumerate() {
        db.sql(&format!("update {copy} set c{at} = {other}"));
        let error = restore_table_backup(&mut *conn, &backup).expect_err(&format!("{kind}: {value} and {other}"));
        assert_eq!(error.kind(), ErrorKind::IntegrityFailed, "{kind}: {error}");
        db.sql(&format!("update {copy} set c{at} = {value}"));
    }
    restore_table_backup(&mut *conn, &backup).unwrap();
});

case!(two_rows_that_exchange_a_value_are_seen, |db| {
    db.sql("create table t (a integer, b varchar(10)); insert into t values (1, 'x'), (2, 'y'), (3, 'x')");
    let mut conn = db.connect();
    let backup = create_table_backup(&mut *conn, "t", "x").unwrap();
    let copy = said(db, backup.copy());
    db.sql(&format!("update {copy} set b = case a when 1 then 'y' else 'x' end where a < 3"));
    let error = restore_table_backup(&mut *conn, &backup).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IntegrityFailed, "{error}");
    // the order of rows is no part of a table
    db.sql(&format!("delete from {copy}; insert into {copy} values (3, 'x'), (2, 'y'), (1, 'x')"));
    restore_table_backup(&mut *conn, &backup).unwrap();
    assert_eq!(db.count("select count(*) from t"), 3);
});

case!(
    #[cfg(feature = "postgres")]
    only = [Postgres],
    a_session_in_another_style_makes_the_same_digest,
    |db| {
        use diesel::connection::{Connection, SimpleConnection};
        db.sql(
            "create table t (a timestamptz[], b float8[], c interval[], d bytea[]); insert into t values \
            ('{2024-01-02 03:04:05+00}', '{0.1}', '{1 day 2:00}', '{\\\\x00ff}')",
        );
        let first = create_table_backup(&mut *db.connect(), "t", "x").unwrap();
        let mut conn = diesel::PgConnection::establish(db.url()).unwrap();
        conn.batch_execute(
            "set datestyle = 'SQL, DMY'; set intervalstyle = 'sql_standard'; set timezone = 'Asia/Kolkata'; \
         set extra_float_digits = -5; set bytea_output = 'escape'",
        )
        .unwrap();
        let second = create_table_backup(&mut conn, "t", "x").unwrap();
        assert_eq!(first.digest(), second.digest());
        restore_table_backup(&mut conn, &first).unwrap();
        let settings = "select current_setting('datestyle') || current_setting('timezone') || current_setting('bytea_output') \
                    || current_setting('extra_float_digits') || current_setting('search_path') as text";
        assert_eq!(setting(&mut conn, settings), "SQL, DMYAsia/Kolkataescape-5\"$user\", public");
    }
);

#[cfg(feature = "postgres")]
fn setting(conn: &mut diesel::PgConnection, sql: &str) -> String {
    use diesel::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Told {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    diesel::sql_query(sql).get_result::<Told>(conn).unwrap().text
}
