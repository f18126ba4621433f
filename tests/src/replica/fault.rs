//! Death at a chosen moment, of the process or of its server, as the system's `kill -9` brings it: nothing is cleaned up.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use diesel::connection::{Connection, InstrumentationEvent};
use migrator_core::SchemaConnection;

/// What happens at which moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault {
    event: Option<usize>,
    /// The process dies itself, unless it is to run a command.
    kills: Option<(String, String)>,
}

impl Fault {
    /// `[<event> [before|during <command>]]`
    pub(super) fn of(arguments: &[String]) -> Self {
        let event = arguments.first().map(|event| event.parse().unwrap());
        let kills = arguments.get(1).cloned().zip(arguments.get(2).cloned());
        Self { event, kills }
    }

    fn strike(&self) {
        match &self.kills {
            None => die(),
            Some((moment, command)) => {
                let mut killer = Command::new("bash");
                killer.args(["-c", command]);
                let killed = thread::spawn(move || killer.status().unwrap().success());
                assert!(moment == "during" || killed.join().unwrap(), "{command}");
            }
        }
    }
}

/// How much has happened on a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Events(Arc<AtomicUsize>);

impl Events {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// The moment before each statement that may change something, which is the one after the statement before it; BEGIN and
    /// COMMIT are statements too.
    fn see(&self, event: &InstrumentationEvent<'_>, fault: &Fault) {
        let InstrumentationEvent::StartQuery { query, .. } = event else { return };
        if reads(&query.to_string()) {
            return;
        }
        if Some(self.0.fetch_add(1, Ordering::SeqCst) + 1) == fault.event {
            fault.strike();
        }
    }
}

/// Counts from here on, and strikes at the fatal event.
pub(super) fn watch(conn: &mut dyn SchemaConnection, fault: Fault) -> Events {
    let events = Events::default();
    let seeing = events.clone();
    let hook = move |event: InstrumentationEvent<'_>| seeing.see(&event, &fault);
    let any = conn.as_any();
    #[cfg(feature = "sqlite")]
    if let Some(conn) = any.downcast_mut::<diesel::SqliteConnection>() {
        conn.set_instrumentation(hook);
        return events;
    }
    #[cfg(feature = "postgres")]
    if let Some(conn) = any.downcast_mut::<diesel::PgConnection>() {
        conn.set_instrumentation(hook);
        return events;
    }
    #[cfg(feature = "mysql")]
    if let Some(conn) = any.downcast_mut::<diesel::MysqlConnection>() {
        conn.set_instrumentation(hook);
        return events;
    }
    panic!("none of Diesel's connections: {}", any.is::<()>())
}

/// Whether a statement only looks.
fn reads(sql: &str) -> bool {
    let looks = ["SELECT", "SHOW", "EXPLAIN", "/*M!100000 SET STATEMENT"];
    let pragma = sql.starts_with("PRAGMA") && !sql.contains('=');
    pragma || looks.iter().any(|word| sql.trim_start().starts_with(word))
}

fn die() -> ! {
    let me = std::process::id().to_string();
    Command::new("kill").args(["-9", &me]).status().unwrap();
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}
