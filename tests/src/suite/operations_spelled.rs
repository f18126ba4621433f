//! What a database spells in its own way is found to be what it was described as.

use migrator_core::operation::{ColumnBuilder, TableBuilder};
use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind};

use super::operations_run::{answer, migrate_in_steps, refused};
use crate::{Engine, TestDatabase, case};

type Described = fn(&mut TableBuilder) -> ColumnBuilder;

const DEFAULTS: &[Described] = &[
    |t| t.time("a").default("08:30"),
    |t| t.timestamp("a").default("2024-02-29"),
    |t| t.timestamp("a").default("2024-02-29 12:34"),
    |t| t.timestamp_tz("a").default("2024-02-29"),
    |t| t.timestamp_tz("a").default("2024-02-29 12:34"),
    |t| t.double("a").default(-0.0),
    |t| t.decimal("a", 10, 2).default("1.005"),
    |t| t.float("a").default(16_777_217),
    |t| t.float("a").default(1.0 / 3.0),
    |t| t.integer("a").default_sql("NULL"),
    |t| t.string("a", 9).default_sql("NULL"),
];

const OF_POSTGRES: &[Described] = &[
    |t| t.json("a").default("{\"a\":1,\"b\":2}"),
    |t| t.uuid("a").default("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
    |t| t.timestamp("a").default("2024-02-29T12:34:00Z"),
    |t| t.timestamp("a").default("2024-02-29 12:34:00+00"),
];

fn customs(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => {
            &["VARCHAR(10) COLLATE NOCASE", "\"my type\"", "INTEGER GENERATED ALWAYS AS (id + 1) VIRTUAL"]
        }
        Engine::Postgres => &[
            "varchar(10)[]",
            "float",
            "float(20)",
            "char",
            "decimal(7)",
            "varbit",
            "int[3]",
            "nchar(3)",
            "serial",
            "public.\"Mood\"",
            "text COLLATE \"C\"",
        ],
        Engine::MariaDb => &[
            "INT UNSIGNED",
            "BIGINT UNSIGNED",
            "TINYINT",
            "MEDIUMINT",
            "YEAR",
            "BIT",
            "REAL",
            "DECIMAL",
            "NUMERIC(5)",
            "DEC(5,2) UNSIGNED",
            "CHAR",
            "BINARY",
            "enum('a', 'b')",
            "NATIONAL VARCHAR(5)",
            "INT AS (id + 1) VIRTUAL",
        ],
    }
}

fn twice(
    db: &TestDatabase,
    name: &str,
    operation: impl Fn(&mut Operations<'_>) -> migrator_core::Result<Done> + Copy + Send + Sync + 'static,
) {
    assert_eq!(answer(db, operation).unwrap_or_else(|error| panic!("{name}: {error}")), Done::Done, "{name}");
    assert_eq!(answer(db, operation).unwrap_or_else(|error| panic!("{name}: {error}")), Done::Already, "{name}");
}

case!(a_default_in_another_spelling_is_the_same, |db| {
    let more = if db.engine() == Engine::Postgres { OF_POSTGRES } else { &[] };
    for (number, described) in DEFAULTS.iter().chain(more).enumerate() {
        twice(db, &format!("default {number}"), move |op| {
            op.create_table(format!("d{number}"), |t| drop((t.id(), described(t))))
        });
    }
});

case!(a_type_in_another_spelling_is_the_same, |db| {
    if db.engine() == Engine::Postgres {
        db.sql("create type public.\"Mood\" as enum ('good', 'bad')");
    }
    db.sql("create table added (id integer)");
    for (number, custom) in customs(db.engine()).iter().enumerate() {
        twice(db, custom, move |op| {
            op.create_table(format!("c{number}"), |t| drop((t.big_integer("id"), t.custom("a", *custom))))
        });
        let in_steps = migrate_in_steps(db, move |op| {
            op.create_table(format!("c{number}"), |t| drop((t.big_integer("id"), t.custom("a", *custom))))?;
            Ok(())
        });
        in_steps.unwrap_or_else(|error| panic!("{custom}: {error}"));
        twice(db, custom, move |op| op.add_column("added", |t| t.custom(format!("a{number}"), *custom)));
    }
    assert!(!db.tables().iter().any(|table| table.contains("probe")));
});

case!(only = [Postgres, MariaDb], a_change_in_another_spelling_is_sent_once, |db| {
    db.sql("create table t (id integer primary key, a integer, b date, c timestamp null default null)");
    let custom = match db.engine() {
        Engine::Postgres => "decimal(7)",
        _ => "INT UNSIGNED",
    };
    twice(db, custom, move |op| op.alter_column("t", "a", |c| c.set_type(ColumnType::Custom(custom.to_owned()))));
    twice(db, "a day", |op| op.alter_column("t", "b", |c| c.set_default_sql("'2024-01-01'")));
    twice(db, "now", |op| op.alter_column("t", "c", |c| c.set_default_sql("CURRENT_TIMESTAMP")));
    twice(db, "a moment", |op| op.alter_column("t", "c", |c| c.set_default_sql("'2024-01-01'")));
    twice(db, "not now", |op| op.alter_column("t", "c", |c| c.set_default_sql("now() + interval '1' day")));
    let other = answer(db, |op| op.alter_column("t", "c", |c| c.set_default_sql("now() + interval '2' day")));
    assert_eq!(other.unwrap(), Done::Done);
});

case!(what_is_of_another_shape_in_any_spelling_is_refused, |db| {
    db.sql("create table t (id integer, a integer default 7, b varchar(10), c varchar(10) default 'x')");
    let (custom, collated) = match db.engine() {
        Engine::Sqlite => ("INTEGER UNSIGNED", "VARCHAR(10) COLLATE NOCASE"),
        Engine::Postgres => ("int[3]", "varchar(10) COLLATE \"C\""),
        Engine::MariaDb => ("INT UNSIGNED", "VARCHAR(10) COLLATE utf8mb4_bin"),
    };
    let wanted: [fn(&mut TableBuilder, &'static str, &'static str) -> ColumnBuilder; 4] = [
        |t, custom, _| t.custom("a", custom).default(7),
        |t, _, collated| t.custom("b", collated),
        |t, _, _| t.string("c", 10).default("X"),
        |t, _, _| t.string("c", 10),
    ];
    for (number, described) in wanted.into_iter().enumerate() {
        let (kind, text) = refused(db, move |op| op.add_column("t", |t| described(t, custom, collated)));
        assert_eq!(kind, ErrorKind::ShapeConflict, "{number}: {text}");
    }
});
