//! What a subscriber of `tracing` is told of a run.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Once;
use std::time::Duration;

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Loss, Metadata};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Subscriber};

use super::handmade::{creates, migration, revision};
use crate::{TestDatabase, case};

/// What this thread is told, while somebody listens: a line for each event, indented by the spans that it stands in.
///
/// One subscriber serves the process. Subscribers that come and go, one for each case, would race: `tracing` keeps for
/// each place in the code whether anybody wants to know of it.
struct Listener;

thread_local! {
    static HEARD: RefCell<Option<Heard>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    depth: usize,
    /// Whether a line is kept for what is only `debug` too; else of that only what the cases here send.
    closely: bool,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() != "duration" {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }
}

fn write(what: &str, fields: &Fields) {
    with_heard(|heard| heard.lines.push(format!("{}{what}{}", "  ".repeat(heard.depth), fields.0)));
}

fn with_heard(act: impl FnOnce(&mut Heard)) {
    HEARD.with_borrow_mut(|heard| heard.as_mut().map(act));
}

impl Subscriber for Listener {
    fn register_callsite(&self, _: &'static tracing::Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        let ours = metadata.target().starts_with("migrator_core") || metadata.target() == "application";
        ours && HEARD.with_borrow(Option::is_some)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        write(&format!("[{}]", span.metadata().name()), &fields);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let level = *event.metadata().level();
        let closely = HEARD.with_borrow(|heard| heard.as_ref().is_some_and(|heard| heard.closely));
        if closely || level != Level::DEBUG || fields.0.contains("create table") {
            write(level.as_str(), &fields);
        }
    }

    fn enter(&self, _: &Id) {
        with_heard(|heard| heard.depth += 1);
    }

    fn exit(&self, _: &Id) {
        with_heard(|heard| heard.depth -= 1);
    }
}

/// What is told while something is done, line by line.
fn told(act: impl FnOnce()) -> Vec<String> {
    listening(Heard::default(), act)
}

fn listening(heard: Heard, act: impl FnOnce()) -> Vec<String> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
    HEARD.set(Some(heard));
    act();
    let heard = HEARD.take().unwrap();
    assert_eq!(heard.depth, 0, "a span was not left");
    heard.lines
}

fn run(db: &TestDatabase, migrator: &Migrator) -> Vec<String> {
    told(|| drop(migrator.run_pending(&mut *db.connect()).unwrap()))
}

case!(a_span_is_round_each_migration_and_what_it_logs, |db| {
    let logs = revision("1").up(|op| {
        tracing::info!(target: "application", "counting users");
        op.execute("create table users (id integer)")?;
        Ok(())
    });
    let losing = migration(Metadata::new("2").allow_loss(Loss::table("users")));
    let lines = run(db, &Migrator::new().with(logs).with(losing));
    let wanted = [
        "[migration] revision=1 direction=up",
        "  INFO message=counting users",
        "  DEBUG message=statement number=1 sql=\"create table users (id integer)\"",
        "  INFO message=migration ended revision=1 outcome=applied",
        "[migration] revision=2 direction=up",
        "  WARN message=the migration loses what it names losses=\"table(\\\"users\\\")\"",
        "  INFO message=migration ended revision=2 outcome=applied",
    ];
    assert_eq!(lines, wanted);
});

case!(nothing_is_told_when_nothing_is_pending, |db| {
    let migrator = Migrator::new().with(creates("1", "users"));
    migrator.run_pending(&mut *db.connect()).unwrap();
    let closely = Heard { closely: true, ..Heard::default() };
    assert_eq!(listening(closely, || drop(migrator.run_pending(&mut *db.connect()).unwrap())), [""; 0]);
});

case!(a_wait_and_a_refused_loss_are_warnings, |db| {
    let (engine, url) = (db.engine(), db.url().to_owned());
    let meets_the_lock = creates("1", "users").down(move |_| {
        let mut conn = crate::direct::open_for_tests(engine, &url)?;
        let other = Migrator::new().with(revision("1")).with(revision("2"));
        let error = other.give_up_after(Duration::from_millis(50)).run_pending(&mut *conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockTimeout);
        Ok(())
    });
    let migrator = Migrator::new().with(meets_the_lock);
    migrator.run_pending(&mut *db.connect()).unwrap();
    let lines = told(|| drop(migrator.downgrade(&mut *db.connect(), "base").unwrap()));
    assert_eq!(lines[0], "[migration] revision=1 direction=down");
    assert!(lines[1].starts_with("  WARN message=waiting for the migration lock holder="), "{lines:?}");
    assert_eq!(lines[2..], ["  INFO message=migration ended revision=1 outcome=reverted"]);

    db.sql("create table orders (id integer); insert into orders values (1)");
    let drops = Migrator::new().with(revision("2").up(|op| Ok(op.drop_table("orders").map(drop)?)));
    let lines = told(|| drop(drops.run_pending(&mut *db.connect()).unwrap_err()));
    let warned = lines.last().unwrap();
    assert!(warned.starts_with("  WARN message=a loss was refused what="), "{lines:?}");
});
