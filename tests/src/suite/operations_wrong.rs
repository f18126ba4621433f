//! Descriptions that make no sense: an error before any statement is sent for them.

use std::sync::{Arc, Mutex};

use migrator_core::operation::{Literal, TableBuilder};
use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Event, Result};

use super::handmade::revision;
use super::operations_run::migrate;
use crate::case;

type Operation = fn(&mut Operations<'_>) -> Result<Done>;
type Describe = fn(&mut TableBuilder);

const LONG: &str = "a_name_of_more_than_sixty_four_letters_which_postgresql_would_cut_and_mysql_refuse";

const TABLES: &[(Describe, ErrorKind, &str)] = &[
    (|_| (), ErrorKind::Migration, "without a column"),
    (|t| drop((t.integer("a"), t.text("a"))), ErrorKind::Migration, "column a twice"),
    (|t| drop((t.integer("a"), t.text("A"))), ErrorKind::Migration, "twice"),
    (|t| drop(t.integer("")), ErrorKind::InvalidName, "empty"),
    (|t| drop(t.integer("a\0b")), ErrorKind::InvalidName, "NUL"),
    (|t| drop(t.integer("a").default("one")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.small_integer("a").default(40_000)), ErrorKind::Migration, "default of a"),
    (|t| drop(t.integer("a").default(true)), ErrorKind::Migration, "default of a"),
    (|t| drop(t.boolean("a").default(1)), ErrorKind::Migration, "default of a"),
    (|t| drop(t.string("a", 3).default("four")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.date("a").default("yesterday")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.timestamp("a").default(7)), ErrorKind::Migration, "default of a"),
    (|t| drop(t.decimal("a", 5, 2).default("much")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.date("a").default("2024-13-45")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.time("a").default("25:61:00")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.timestamp("a").default("2024-01-01 junk")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.uuid("a").default("hello")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.json("a").default("{a: 1}")), ErrorKind::Migration, "default of a"),
    (|t| drop(t.decimal("a", 5, 2).default(123_456)), ErrorKind::Migration, "default of a"),
    (|t| drop(t.double("a").default(f64::NAN)), ErrorKind::Migration, "default of a"),
    (|t| drop(t.integer("a").default_now()), ErrorKind::Migration, "default of a"),
    (|t| drop(t.custom("a", " ")), ErrorKind::Migration, "type of a is empty"),
    (|t| drop(t.integer("a").on_delete(Action::Cascade)), ErrorKind::Migration, "references nothing"),
    (|t| drop((t.integer("a"), t.index(["a", "a"]))), ErrorKind::Migration, "column a twice"),
    (
        |t| drop((t.integer("a"), t.integer("b"), t.index(["a"]), t.index(Index::on(["b"]).named("t_a_idx")))),
        ErrorKind::Migration,
        "index t_a_idx twice",
    ),
    (|t| drop(t.integer("a").not_null().default(Literal::Null)), ErrorKind::Migration, "NULL is forbidden"),
    (|t| drop((t.integer("a"), t.index(["b"]))), ErrorKind::Migration, "on b"),
    (|t| drop((t.integer("a"), t.unique(["b"]))), ErrorKind::Migration, "on b"),
    (|t| drop((t.integer("a"), t.primary_key(["b"]))), ErrorKind::Migration, "on b"),
    (|t| drop((t.integer("a"), t.index([""; 0]))), ErrorKind::Migration, "without a column"),
    (|t| drop((t.id(), t.integer("a").primary_key())), ErrorKind::Migration, "more than one primary key"),
    (|t| drop((t.id(), t.integer("a"), t.primary_key(["id", "a"]))), ErrorKind::Migration, "more than one primary key"),
    (|t| drop(t.integer("a").references("gone", "id")), ErrorKind::PreconditionFailed, "table gone is not there"),
    (|t| drop(t.integer("a").references("there", "gone")), ErrorKind::PreconditionFailed, "no column gone"),
    (|t| drop(t.integer("a").references("t", "gone")), ErrorKind::Migration, "its column gone"),
    (
        |t| drop((t.integer("a"), t.foreign_key(ForeignKey::on(["b"]).references("there", ["id"])))),
        ErrorKind::Migration,
        "on b",
    ),
    (
        |t| drop((t.integer("a"), t.foreign_key(ForeignKey::on(["a"]).references("there", ["id", "n"])))),
        ErrorKind::Migration,
        "1 columns and references 2",
    ),
];

const OPERATIONS: &[(Operation, ErrorKind, &str)] = &[
    (|op| op.create_index("there", ["gone"]), ErrorKind::PreconditionFailed, "no column gone"),
    (|op| op.create_index("gone", ["a"]), ErrorKind::PreconditionFailed, "table gone is not there"),
    (|op| op.add_unique("there", ["gone"]), ErrorKind::PreconditionFailed, "no column gone"),
    (|op| op.add_unique("there", [""; 0]), ErrorKind::Migration, "without a column"),
    (|op| op.add_column("there", |t| t.integer("a").default("x")), ErrorKind::Migration, "default of a"),
    (|op| op.add_column("there", |t| t.primary_key(["id"])), ErrorKind::Migration, "primary key"),
    (|op| op.add_column("gone", |t| t.integer("a")), ErrorKind::PreconditionFailed, "table gone is not there"),
    (
        |op| op.add_column("there", |t| t.integer("a").references("there", "gone")),
        ErrorKind::PreconditionFailed,
        "no column gone",
    ),
    (|op| op.alter_column("there", "gone", |c| c.set_not_null()), ErrorKind::PreconditionFailed, "no column gone"),
    (|op| op.alter_column("there", "n", |c| c.set_default("x")), ErrorKind::Migration, "default of n"),
    (
        |op| op.alter_column("there", "n", |c| c.set_type(ColumnType::Date).set_default(1)),
        ErrorKind::Migration,
        "default of n",
    ),
    (|op| op.alter_column("there", "n", |c| c.using("n + 1")), ErrorKind::Migration, "nothing asks for new ones"),
    (|op| op.alter_column("there", "id", |c| c.drop_not_null()), ErrorKind::Migration, "in the primary key"),
    (|op| op.alter_column("there", "small", |c| c.set_default(70_000)), ErrorKind::Migration, "default of small"),
    (|op| op.alter_column("there", "flag", |c| c.set_default(5)), ErrorKind::Migration, "default of flag"),
    (
        |op| op.alter_column("there", "word", |c| c.set_type(ColumnType::Integer)),
        ErrorKind::Migration,
        "default of word is 'abc'",
    ),
    (
        |op| op.alter_column("there", "n", |c| c.set_not_null().set_default(Literal::Null)),
        ErrorKind::Migration,
        "NULL is forbidden",
    ),
    (
        |op| op.add_column("there", |t| drop((t.integer("a"), t.integer("b").references("there", "gone")))),
        ErrorKind::PreconditionFailed,
        "no column gone",
    ),
    (
        |op| op.add_column("there", |t| drop((t.integer("a"), t.integer("word")))),
        ErrorKind::ShapeConflict,
        "column word of there",
    ),
    (|op| op.add_column("there", |t| drop((t.integer("a"), t.text("A")))), ErrorKind::Migration, "column a twice"),
    (
        |op| op.add_column("there", |t| drop((t.integer("a"), t.index(["b"])))),
        ErrorKind::PreconditionFailed,
        "no column b",
    ),
    (
        |op| op.add_column("there", |t| drop((t.integer("a"), t.unique(["b"])))),
        ErrorKind::PreconditionFailed,
        "no column b",
    ),
    (|op| op.insert_rows("there", ["n", "n"], [[1, 2]]), ErrorKind::Migration, "n twice"),
    (|op| op.rename_column("there", "gone", "x"), ErrorKind::PreconditionFailed, "no column gone"),
    (|op| op.rename_table("gone", "x"), ErrorKind::PreconditionFailed, "table gone is not there"),
    (
        |op| op.add_foreign_key("there", ForeignKey::on(["n"]).references("gone", ["id"])),
        ErrorKind::PreconditionFailed,
        "table gone is not there",
    ),
    (
        |op| op.add_foreign_key("there", ForeignKey::on(["gone"]).references("there", ["id"])),
        ErrorKind::PreconditionFailed,
        "no column gone",
    ),
    (|op| op.add_check("gone", "c", "1 = 1"), ErrorKind::PreconditionFailed, "table gone is not there"),
    (|op| op.drop_constraint("gone", "c"), ErrorKind::PreconditionFailed, "table gone is not there"),
];

/// Runs it; the error, and the statements that were sent.
fn tried(
    db: &crate::TestDatabase,
    operation: impl Fn(&mut Operations<'_>) -> Result<Done> + Send + Sync + 'static,
) -> (migrator_core::Error, Vec<String>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let noting = sent.clone();
    let error = Migrator::new()
        .with(revision("z").up(move |op| Ok(operation(op).map(drop)?)))
        .unknown_revisions(Policy::Allow)
        .observer(move |event| {
            if let Event::Statement { sql, .. } = event {
                noting.lock().unwrap().push(sql.clone());
            }
        })
        .run_pending(&mut *db.connect())
        .unwrap_err();
    // Where nothing rolls back, the failed migration is remembered.
    if db.tables().iter().any(|table| table == super::books::HISTORY_TABLE) {
        db.sql("delete from __migrator_history where revision = 'z'");
    }
    let sent = sent.lock().unwrap().clone();
    (error, sent)
}

case!(what_makes_no_sense_is_refused_before_anything_is_sent, |db| {
    migrate(db, |op| {
        op.create_table("there", |t| {
            t.id();
            t.integer("n");
            t.small_integer("small");
            t.boolean("flag");
            t.string("word", 10).default("abc");
        })?;
        Ok(())
    })
    .unwrap();
    let check = |number: usize, (error, sent): (migrator_core::Error, Vec<String>), kind: ErrorKind, told: &str| {
        assert_eq!(error.kind(), kind, "{number}: {error}");
        assert!(error.to_string().contains(told), "{number}: {told}: {error}");
        assert_eq!(sent, [""; 0], "{number}: {error}");
    };
    for (number, (describe, kind, told)) in TABLES.iter().enumerate() {
        check(number, tried(db, move |op| op.create_table("t", describe)), *kind, told);
    }
    for (number, (operation, kind, told)) in OPERATIONS.iter().enumerate() {
        check(number, tried(db, operation), *kind, told);
    }
    assert_eq!(super::books::user_tables(db), ["there"]);
});

case!(only = [Postgres, MariaDb], a_name_that_is_too_long_is_refused_and_not_cut, |db| {
    migrate(db, |op| Ok(op.create_table("there", |t| t.integer("n")).map(drop)?)).unwrap();
    let operations: [Operation; 8] = [
        |op| op.create_table(LONG, |t| t.id()),
        |op| op.create_table("t", |t| t.integer(LONG)),
        |op| op.create_table("t", |t| drop((t.integer("a"), t.check(LONG, "a > 0")))),
        |op| op.create_table("t", |t| drop((t.integer("a"), t.index(Index::on(["a"]).named(LONG))))),
        |op| op.add_column("there", |t| t.integer(LONG)),
        |op| op.rename_column("there", "n", LONG),
        |op| op.rename_table("there", LONG),
        |op| op.add_check("there", LONG, "n > 0"),
    ];
    for operation in operations {
        let (error, sent) = tried(db, operation);
        assert_eq!((error.kind(), sent), (ErrorKind::InvalidName, Vec::new()), "{error}");
    }
    // one that we make ourselves is cut, and the same each time
    migrate(db, |op| {
        let long = "c".repeat(60);
        op.create_table("t", |t| t.integer(long.as_str()))?;
        assert_eq!(op.create_index("t", [long.as_str()])?, Done::Done);
        assert_eq!(op.create_index("t", [long.as_str()])?, Done::Already);
        Ok(())
    })
    .unwrap();
});
