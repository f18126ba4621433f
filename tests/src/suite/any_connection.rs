//! An enum of connections, and asking for a connection by its type.

use diesel::connection::SimpleConnection;
use diesel::{MultiConnection, QueryDsl, RunQueryDsl};
use migrator_core::prelude::*;
use migrator_core::{ErrorKind, has_table};

use super::books::{applied, user_tables};
use super::handmade::{creates, revision};
use crate::{Engine, TestDatabase, case};

#[derive(MultiConnection, SchemaConnection)]
pub(super) enum AnyConnection {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Pg(PgConnection),
    #[cfg(feature = "mysql")]
    Mysql(MysqlConnection),
}

diesel::table! {
    a (id) {
        id -> BigInt,
        name -> Nullable<Text>,
    }
}

fn connect(db: &TestDatabase) -> AnyConnection {
    match db.engine() {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => AnyConnection::Sqlite(SqliteConnection::establish(db.url()).unwrap()),
        #[cfg(feature = "postgres")]
        Engine::Postgres => AnyConnection::Pg(PgConnection::establish(db.url()).unwrap()),
        #[cfg(feature = "mysql")]
        Engine::MariaDb => AnyConnection::Mysql(MysqlConnection::establish(db.url()).unwrap()),
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => unreachable!("{other} is not compiled in"),
    }
}

/// Asks for the variant's own type.
fn ask_for_the_variant(engine: Engine, op: &mut Operations<'_>) -> MigrationResult {
    let insert = "insert into a (name) values ('by the variant')";
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => op.connection::<SqliteConnection>()?.batch_execute(insert)?,
        #[cfg(feature = "postgres")]
        Engine::Postgres => op.connection::<PgConnection>()?.batch_execute(insert)?,
        #[cfg(feature = "mysql")]
        Engine::MariaDb => op.connection::<MysqlConnection>()?.batch_execute(insert)?,
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => unreachable!("{other} is not compiled in"),
    }
    Ok(())
}

case!(an_enum_of_connections_is_migrated_and_found_again_by_its_type_and_by_its_variants, |db| {
    let engine = db.engine();
    let asks = revision("2").up(move |op| {
        let any = op.connection::<AnyConnection>()?;
        any.batch_execute("insert into a (name) values ('by the enum')")?;
        let names: Vec<Option<String>> = a::table.select(a::name).order(a::id).load(any)?;
        assert_eq!(names, [Some("by the enum".to_owned())]);
        ask_for_the_variant(engine, op)
    });
    let mut conn = connect(db);
    assert!(!has_table(&mut conn, "a").unwrap());
    let report = Migrator::new().with(creates("1", "a")).with(asks).run_pending(&mut conn).unwrap();
    assert_eq!(report.steps().len(), 2);
    assert_eq!(applied(db), ["1", "2"]);
    assert_eq!(db.count("select count(*) from a"), 2);
    // the same history by a plain connection
    assert!(
        Migrator::new().with(creates("1", "a")).with(revision("2")).run_pending(&mut *db.connect()).unwrap().is_empty()
    );
});

case!(a_failure_in_an_enum_of_connections_is_rolled_back, |db| {
    let mut conn = connect(db);
    let error = Migrator::new()
        .with(creates("1", "a"))
        .with(revision("2").sends("nonsense"))
        .run_pending(&mut conn)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert_eq!((applied(db), user_tables(db)), (vec!["1".to_owned()], vec!["a".to_owned()]));
    conn.batch_execute("select 1").unwrap();
});

/// Nobody's connection.
struct Stranger;

case!(a_connection_of_another_type_names_both_types, |db| {
    let asks = || revision("1").up(|op| Ok(op.connection::<Stranger>().map(drop)?));
    let there = match db.engine() {
        Engine::Sqlite => "SqliteConnection",
        Engine::Postgres => "PgConnection",
        Engine::MariaDb => "MysqlConnection",
    };
    let error = Migrator::new().with(asks()).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("Stranger") && error.to_string().contains(there), "{error}");

    let error = Migrator::new().with(asks()).run_pending(&mut connect(db)).unwrap_err();
    let text = error.to_string();
    assert!(["Stranger", "AnyConnection", there].iter().all(|name| text.contains(name)), "{text}");
    assert!(applied(db).is_empty());
});

/// Bodies that take a connection in place of the operations.
mod direct_bodies {
    use super::*;

    #[migration(revision = "1", group = "any connection")]
    mod create_a {
        fn upgrade(conn: &mut AnyConnection) -> diesel::QueryResult<()> {
            conn.batch_execute("create table a (id bigint, name varchar(40)); ")
        }
        fn downgrade(conn: &mut AnyConnection) -> diesel::QueryResult<()> {
            conn.batch_execute("drop table a")
        }
        fn verify(conn: &mut AnyConnection) -> Result<(), String> {
            let rows: i64 = a::table.count().get_result(conn).map_err(|error| error.to_string())?;
            if rows == 0 { Ok(()) } else { Err(format!("{rows} rows")) }
        }
    }

    case!(a_body_may_take_the_enum_itself, |db| {
        let mut conn = connect(db);
        let migrator = Migrator::group("any connection");
        migrator.run_pending(&mut conn).unwrap();
        assert_eq!(user_tables(db), ["a"]);
        migrator.downgrade(&mut conn, "base").unwrap();
        assert!(user_tables(db).is_empty());
        // on another connection it says which it wants
        let error = migrator.run_pending(&mut *db.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("AnyConnection"), "{error}");
    });
}
