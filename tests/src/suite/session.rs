//! The session that the code under test works in, seen and steered from Diesel's side.

use std::sync::{Arc, Mutex};

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, InstrumentationEvent, TransactionManager};
use migrator_core::SchemaConnection;

use crate::direct::Direct;
use crate::{Engine, TestDatabase};

/// What Diesel was asked to send, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    /// What was sent since the last time, one line each.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note(&self, event: &InstrumentationEvent<'_>) {
        let line = match event {
            InstrumentationEvent::StartQuery { query, .. } => query.to_string(),
            InstrumentationEvent::BeginTransaction { depth, .. } => format!("transaction {depth}"),
            _ => return,
        };
        self.0.lock().unwrap().push(line);
    }
}

/// A Diesel connection in the hands of the code under test.
pub(super) trait Session {
    /// Sends SQL in this session.
    fn sql(&mut self, statements: &str);

    /// A query's rows in this session.
    fn rows(&mut self, query: &str) -> Vec<Vec<Option<String>>>;

    /// How many transactions Diesel thinks are open.
    fn depth(&mut self) -> u32;

    fn begin(&mut self);

    fn begin_test(&mut self);

    fn rollback(&mut self);

    fn commit(&mut self);

    /// Notes from here on what is sent.
    fn watch(&mut self) -> Seen;
}

impl<C> Session for C
where
    C: Direct + Connection<TransactionManager = AnsiTransactionManager>,
{
    fn sql(&mut self, statements: &str) {
        self.batch(statements).unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    fn rows(&mut self, query: &str) -> Vec<Vec<Option<String>>> {
        Direct::rows(self, query).unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    fn depth(&mut self) -> u32 {
        let status = AnsiTransactionManager::transaction_manager_status_mut(self);
        status.transaction_depth().unwrap().map_or(0, std::num::NonZero::get)
    }

    fn begin(&mut self) {
        AnsiTransactionManager::begin_transaction(self).unwrap();
    }

    fn begin_test(&mut self) {
        self.begin_test_transaction().unwrap();
    }

    fn rollback(&mut self) {
        AnsiTransactionManager::rollback_transaction(self).unwrap();
    }

    fn commit(&mut self) {
        AnsiTransactionManager::commit_transaction(self).unwrap();
    }

    fn watch(&mut self) -> Seen {
        let seen = Seen::default();
        let noting = seen.clone();
        self.set_instrumentation(move |event: InstrumentationEvent<'_>| noting.note(&event));
        seen
    }
}

/// The session behind a connection of `TestDatabase::connect`.
pub(super) fn of(conn: &mut dyn SchemaConnection) -> &mut dyn Session {
    let name = conn.type_name();
    let any = conn.as_any();
    #[cfg(feature = "sqlite")]
    if any.is::<diesel::SqliteConnection>() {
        return any.downcast_mut::<diesel::SqliteConnection>().unwrap();
    }
    #[cfg(feature = "postgres")]
    if any.is::<diesel::PgConnection>() {
        return any.downcast_mut::<diesel::PgConnection>().unwrap();
    }
    #[cfg(feature = "mysql")]
    if any.is::<diesel::MysqlConnection>() {
        return any.downcast_mut::<diesel::MysqlConnection>().unwrap();
    }
    panic!("{name} is none of Diesel's connections: {}", any.is::<()>())
}

/// Whether the database, not Diesel, has a transaction open in this session.
pub(super) fn is_in_transaction(db: &TestDatabase, conn: &mut dyn SchemaConnection) -> bool {
    let session = of(conn);
    match db.engine() {
        // A second BEGIN is refused.
        Engine::Sqlite => {
            let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.sql("begin; rollback")));
            refused.is_err()
        }
        Engine::Postgres => {
            let rows = session.rows("select pg_backend_pid()");
            let process = rows[0][0].clone().unwrap();
            let state = format!("select state from pg_stat_activity where pid = {process}");
            db.texts(&state) != [Some("idle".to_owned())]
        }
        Engine::MariaDb => session.rows("select @@in_transaction")[0][0].as_deref() != Some("0"),
    }
}

/// Nothing open, by Diesel's count and by the database's, and a statement goes through.
#[track_caller]
pub(super) fn assert_usable(db: &TestDatabase, conn: &mut dyn SchemaConnection) {
    assert_eq!(of(conn).depth(), 0, "Diesel counts a transaction");
    assert!(!is_in_transaction(db, conn), "the database has a transaction open");
    assert_eq!(of(conn).rows("select 1"), [[Some("1".to_owned())]]);
}
