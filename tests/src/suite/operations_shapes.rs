//! Existence by shape: what a description made is found to be what it describes, and nothing else is.

use migrator_core::operation::{ColumnBuilder, TableBuilder};
use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Result};

use super::operations_run::{answer, migrate, migrate_in_steps, refused, schema};
use crate::{Engine, TestDatabase, case};

/// A type: how it is described, a literal of it, an expression of it.
pub(super) struct Sort {
    pub(super) name: &'static str,
    pub(super) column: fn(&mut TableBuilder, &str) -> ColumnBuilder,
    literal: fn(ColumnBuilder) -> ColumnBuilder,
    expression: fn(Engine) -> &'static str,
    has_now: bool,
}

macro_rules! sorts {
    ($($name:literal: |$t:ident, $n:ident| $column:expr, $literal:expr, $expression:expr, $has_now:literal;)*) => {
        &[$(Sort {
            name: $name,
            column: |$t, $n| $column,
            literal: |column| column.default($literal),
            expression: $expression,
            has_now: $has_now,
        },)*]
    };
}

pub(super) const SORTS: &[Sort] = sorts! {
    "small_integer": |t, n| t.small_integer(n), -7, |_| "1 + 2", false;
    "integer": |t, n| t.integer(n), 7, |_| "1 + 2", false;
    "big_integer": |t, n| t.big_integer(n), 9_007_199_254_740_993_i64, |_| "1 + 2", false;
    "string": |t, n| t.string(n, 40), "it's (a) \\ default", |_| "lower('X')", false;
    "text": |t, n| t.text(n), "it's\na::text", |_| "lower('X')", false;
    "boolean": |t, n| t.boolean(n), true, |_| "1 = 1", false;
    "float": |t, n| t.float(n), 0.5, |_| "1 + 0.5", false;
    "double": |t, n| t.double(n), 1e-9, |_| "1 + 0.5", false;
    "decimal": |t, n| t.decimal(n, 10, 2), 1.5, |_| "1 + 0.5", false;
    "date": |t, n| t.date(n), "2024-02-29", |_| "CURRENT_TIMESTAMP", true;
    "time": |t, n| t.time(n), "12:34:56", |_| "CURRENT_TIMESTAMP", true;
    "timestamp": |t, n| t.timestamp(n), "2024-02-29 12:34:56", |_| "CURRENT_TIMESTAMP", true;
    "timestamp_tz": |t, n| t.timestamp_tz(n), "2024-02-29 12:34:56+00:00", |_| "CURRENT_TIMESTAMP", true;
    "binary": |t, n| t.binary(n), migrator_core::operation::Literal::Null, of_bytes, false;
    "json": |t, n| t.json(n), "{\"a\": [1, 2]}", |_| "'[]'", false;
    "uuid": |t, n| t.uuid(n), migrator_core::operation::Literal::Null, of_uuids, false;
};

fn of_bytes(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "'\\x00ff'::bytea",
        Engine::Sqlite | Engine::MariaDb => "x'00ff'",
    }
}

fn of_uuids(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
        Engine::MariaDb => "unhex(replace(uuid(), '-', ''))",
    }
}

/// A column for each default that the type has, nullable and not.
fn describe(t: &mut TableBuilder, sort: &Sort, engine: Engine) {
    t.id();
    for (prefix, not_null) in [("a", false), ("b", true)] {
        let mut column = |name: &str, change: &dyn Fn(ColumnBuilder) -> ColumnBuilder| {
            let column = change((sort.column)(t, &format!("{prefix}_{name}")));
            if not_null { column.not_null() } else { column }
        };
        column("none", &|column| column);
        if !(not_null && matches!(sort.name, "binary" | "uuid")) {
            column("literal", &|column| (sort.literal)(column));
        }
        column("expression", &|column| column.default_sql((sort.expression)(engine)));
        if sort.has_now {
            column("now", &|column| column.default_now());
        }
    }
}

fn create(op: &mut Operations<'_>, sort: &Sort, engine: Engine) -> Result<Done> {
    // MariaDB's DATETIME reads no zone.
    op.create_table(format!("of_{}", sort.name), |t| describe(t, sort, engine))
}

fn sorts(engine: Engine) -> impl Iterator<Item = &'static Sort> {
    let zoned = engine == Engine::MariaDb;
    SORTS.iter().filter(move |sort| !(zoned && sort.name == "timestamp_tz"))
}

case!(every_type_with_every_default_is_found_as_it_was_made, |db| {
    let engine = db.engine();
    let every = move |wanted: Done| {
        move |op: &mut Operations<'_>| {
            for sort in sorts(engine) {
                let done = create(op, sort, engine)?;
                assert_eq!(done, wanted, "{}", sort.name);
            }
            Ok(())
        }
    };
    migrate(db, every(Done::Done)).unwrap();
    let report = migrate(db, every(Done::Already)).unwrap();
    assert_eq!(report.steps()[0].statements(), 0);
});

case!(a_column_of_another_type_is_a_conflict_and_of_the_same_none, |db| {
    let engine = db.engine();
    migrate(db, move |op| {
        for sort in SORTS {
            op.create_table(sort.name, |t| (sort.column)(t, "a"))?;
        }
        Ok(())
    })
    .unwrap();
    migrate(db, move |op| {
        for found in SORTS {
            for wanted in SORTS {
                let answer = op.add_column(found.name, |t| (wanted.column)(t, "a")).map_err(|error| error.kind());
                let is_same = found.name == wanted.name
                    || engine == Engine::MariaDb
                        && found.name.starts_with("timestamp")
                        && wanted.name.starts_with("timestamp");
                let expected = if is_same { Ok(Done::Already) } else { Err(ErrorKind::ShapeConflict) };
                assert_eq!(answer, expected, "{} is there, {} is wanted", found.name, wanted.name);
            }
        }
        Ok(())
    })
    .unwrap();
});

case!(a_table_of_another_shape_is_a_conflict_that_prints_both, |db| {
    type Describe = fn(&mut TableBuilder);
    let made: Describe = |t| {
        t.id();
        t.string("email", 80).not_null();
        t.integer("age").default(18);
    };
    answer(db, move |op| op.create_table("users", made)).unwrap();
    let others: [(&str, Describe); 8] = [
        ("email", |t| drop((t.id(), t.integer("age").default(18)))),
        ("nick", |t| drop((t.id(), t.string("email", 80).not_null(), t.integer("age").default(18), t.text("nick")))),
        ("81", |t| drop((t.id(), t.string("email", 81).not_null(), t.integer("age").default(18)))),
        ("null", |t| drop((t.id(), t.string("email", 80), t.integer("age").default(18)))),
        ("17", |t| drop((t.id(), t.string("email", 80).not_null(), t.integer("age").default(17)))),
        ("primary key", |t| {
            t.big_integer("id").not_null();
            t.string("email", 80).not_null().primary_key();
            t.integer("age").default(18);
        }),
        ("unique", |t| drop((t.id(), t.string("email", 80).not_null().unique(), t.integer("age").default(18)))),
        ("foreign key", |t| {
            t.id();
            t.string("email", 80).not_null();
            t.integer("age").default(18);
            t.foreign_key(ForeignKey::on(["id"]).references("users", ["id"]));
        }),
    ];
    for (named, other) in others {
        let (kind, text) = refused(db, move |op| op.create_table("users", other));
        assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
        for part in [named, "wanted:", "found:", "stamp"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    assert_eq!(answer(db, move |op| op.create_table("users", made)).unwrap(), Done::Already);
});

case!(the_databases_own_spellings_are_the_same_shape, |db| {
    db.sql(match db.engine() {
        Engine::Sqlite => {
            "create table t (a int4, b character varying(255) not null, c bool default false, d DECIMAL(10, 2))"
        }
        Engine::Postgres => {
            "create table t (a int4, b character varying(255) not null, c bool default false, d decimal(10, 2))"
        }
        Engine::MariaDb => {
            "create table t (a int(11), b char varying(255) not null, c bool default false, d dec(10, 2))"
        }
    });
    let same = |op: &mut Operations<'_>| {
        op.create_table("t", |t| {
            t.integer("a");
            t.string("b", 255).not_null();
            t.boolean("c").default(false);
            t.decimal("d", 10, 2);
        })
    };
    assert_eq!(answer(db, same).unwrap(), Done::Already);
});

case!(an_index_or_constraint_of_that_name_that_is_another_is_a_conflict, |db| {
    answer(db, |op| {
        op.create_table("t", |t| {
            t.integer("a");
            t.integer("b");
            t.index(Index::on(["a"]).named("i"));
            t.check("c", "a > 0");
        })
    })
    .unwrap();
    type Other = fn(&mut Operations<'_>) -> Result<Done>;
    let others: [Other; 3] = [
        |op| op.create_index("t", Index::on(["b"]).named("i")),
        |op| op.create_index("t", Index::on(["a", "b"]).named("i")),
        |op| op.create_index("t", Index::on(["a"]).unique().named("i")),
    ];
    for other in others {
        let (kind, text) = refused(db, other);
        assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
        assert!(text.contains("wanted:") && text.contains("found:"), "{text}");
    }
});

case!(a_check_of_a_column_that_names_another_is_found_again, |db| {
    db.sql("create table t (id integer primary key, first integer)");
    let adds = |op: &mut Operations<'_>| op.add_column("t", |t| t.integer("last").check("first > 5"));
    assert_eq!(answer(db, adds).unwrap(), Done::Done);
    assert_eq!(answer(db, adds).unwrap(), Done::Already);
    let without = |op: &mut Operations<'_>| op.add_column("t", |t| t.integer("last").check("id > 5"));
    let (kind, text) = refused(db, without);
    assert!(kind == ErrorKind::ShapeConflict && text.contains("check of last"), "{text}");
});

// What a crash between CREATE TABLE and its indexes leaves, where nothing rolls it back.
case!(what_a_column_is_held_to_is_part_of_its_shape, |db| {
    migrate(db, |op| {
        op.create_table("others", |t| t.id())?;
        op.create_table("t", |t| drop((t.id(), t.integer("plain"), t.big_integer("other"))))?;
        Ok(())
    })
    .unwrap();
    type Describe = fn(&mut TableBuilder) -> ColumnBuilder;
    let wanted: [(Describe, &str); 3] = [
        (|t| t.integer("plain").unique(), "unique"),
        (|t| t.big_integer("other").references("others", "id"), "foreign key"),
        (|t| t.integer("plain").check("plain > 5"), "check of plain"),
    ];
    for (describe, told) in wanted {
        let (kind, text) = refused(db, move |op| op.add_column("t", describe));
        assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
        assert!(text.contains(told), "{text}");
    }
    let whole = |op: &mut Operations<'_>, more: fn(&mut TableBuilder)| {
        op.create_table("t", |t| {
            t.id();
            t.integer("plain");
            t.big_integer("other");
            more(t);
        })
    };
    assert_eq!(answer(db, move |op| whole(op, |_| ())).unwrap(), Done::Already);
    let (kind, text) = refused(db, move |op| whole(op, |t| t.check("grown", "plain > 17")));
    assert!(kind == ErrorKind::ShapeConflict && text.contains("grown"), "{text}");
    migrate(db, |op| {
        let key = ForeignKey::on(["other"]).references("others", ["id"]);
        op.add_foreign_key("t", key)?;
        Ok(())
    })
    .unwrap();
    let (kind, text) = refused(db, move |op| whole(op, |_| ()));
    assert!(kind == ErrorKind::ShapeConflict && text.contains("foreign key"), "{text}");
});

case!(only = [Sqlite, Postgres], a_unique_constraint_that_nobody_described_is_another_shape, |db| {
    db.sql("create table t (a integer unique)");
    let (kind, text) = refused(db, |op| op.create_table("t", |t| t.integer("a")));
    assert!(kind == ErrorKind::ShapeConflict && text.contains("unique"), "{text}");
});

case!(a_generated_column_is_no_plain_one, |db| {
    db.sql("create table t (a integer, b integer generated always as (a + 1) stored)");
    let (kind, text) = refused(db, |op| op.add_column("t", |t| t.integer("b")));
    assert!(kind == ErrorKind::ShapeConflict && text.contains("generated"), "{text}");
});

case!(only = [Sqlite, Postgres], the_order_of_an_index_is_part_of_it, |db| {
    db.sql("create table t (a integer)");
    db.sql("create index i on t (a desc)");
    let (kind, text) = refused(db, |op| op.create_index("t", Index::on(["a"]).named("i")));
    assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
});

case!(only = [Sqlite], a_column_of_a_strict_table_has_one_of_its_five_types, |db| {
    db.sql("create table t (a text) strict");
    type Describe = fn(&mut TableBuilder) -> ColumnBuilder;
    let columns: [Describe; 5] = [
        |t| t.string("s", 10),
        |t| t.boolean("b").not_null().default(true),
        |t| t.uuid("u"),
        |t| t.decimal("d", 10, 2),
        |t| t.timestamp("m"),
    ];
    for describe in columns {
        assert_eq!(answer(db, move |op| op.add_column("t", describe)).unwrap(), Done::Done);
        assert_eq!(answer(db, move |op| op.add_column("t", describe)).unwrap(), Done::Already);
    }
    let widened = |op: &mut Operations<'_>| op.alter_column("t", "a", |c| c.set_type(ColumnType::String(20)));
    assert_eq!(answer(db, widened).unwrap(), Done::Already);
    let numbered = |op: &mut Operations<'_>| op.alter_column("t", "b", |c| c.set_type(ColumnType::BigInteger));
    assert_eq!(answer(db, numbered).unwrap(), Done::Already);
});

case!(only = [Sqlite], the_number_of_a_row_has_64_bits_already, |db| {
    db.sql("create table t (id integer primary key, a text)");
    let widened = |op: &mut Operations<'_>| op.alter_column("t", "id", |c| c.set_type(ColumnType::BigInteger));
    assert_eq!(answer(db, widened).unwrap(), Done::Already);
});

case!(a_name_in_other_letters_is_renamed_once, |db| {
    db.sql("create table t (a integer)");
    let renamed = |op: &mut Operations<'_>| op.rename_column("t", "a", "A");
    assert_eq!(answer(db, renamed).unwrap(), Done::Done);
    assert_eq!(answer(db, renamed).unwrap(), Done::Already);
});

case!(a_reference_to_what_is_no_key_is_refused_before_rows_come, |db| {
    db.sql("create table parents (id integer primary key, n integer)");
    db.sql("create table children (n integer)");
    let key = || ForeignKey::on(["n"]).references("parents", ["n"]);
    let tries: [fn(&mut Operations<'_>) -> Result<Done>; 2] = [
        |op| op.create_table("more", |t| t.integer("n").references("parents", "n")),
        |op| op.add_column("children", |t| t.integer("m").references("parents", "n")),
    ];
    for tried in tries {
        refused(db, tried);
    }
    refused(db, move |op| op.add_foreign_key("children", key()));
    migrate(db, |op| Ok(op.add_unique("parents", ["n"]).map(drop)?)).unwrap();
    assert_eq!(answer(db, move |op| op.add_foreign_key("children", key())).unwrap(), Done::Done);
});

case!(indexes_that_a_table_lacks_are_created, |db| {
    db.sql("create table t (a integer, b integer); create index t_a_idx on t (a)");
    let create = |op: &mut Operations<'_>| {
        op.create_table("t", |t| {
            t.integer("a");
            t.integer("b");
            t.index(["a"]);
            t.index(["b"]);
        })
    };
    assert_eq!(answer(db, create).unwrap(), Done::Done);
    assert_eq!(indexes(db), ["t_a_idx", "t_b_idx"]);
    assert_eq!(answer(db, create).unwrap(), Done::Already);
});

fn indexes(db: &TestDatabase) -> Vec<String> {
    super::operations_run::schema(db).table("t").unwrap().indexes.keys().cloned().collect()
}

case!(json_defaults_are_compared_by_what_they_say, |db| {
    let create = |default: &'static str| {
        move |op: &mut Operations<'_>| {
            op.create_table("t", |t| {
                t.id();
                t.json("a").default(default);
            })
        }
    };
    answer(db, create(r#"{"b": [1, 2.50, "\u00fc"], "a": null}"#)).unwrap();
    let same = r#"{"a":null,"b":[1,2.5,"ü"]}"#;
    assert_eq!(answer(db, create(same)).unwrap(), Done::Already);
    let set =
        |default: &'static str| move |op: &mut Operations<'_>| op.alter_column("t", "a", |c| c.set_default(default));
    assert_eq!(answer(db, set(same)).unwrap(), Done::Already);
    let (kind, text) = refused(db, create(r#"{"a":null,"b":[1,2.6,"ü"]}"#));
    assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
    assert_eq!(answer(db, set(r#"{"a":null}"#)).unwrap(), Done::Done);
    assert_eq!(answer(db, set(r#" {"a" : null}"#)).unwrap(), Done::Already);
});

case!(a_table_in_other_letters_is_renamed_once, |db| {
    db.sql("create table parents (id integer primary key, a integer)");
    db.sql("create table children (id integer primary key, n integer references parents (id))");
    db.sql("create view shown as select a from parents");
    db.sql("insert into parents values (1, 7)");
    let renamed = |op: &mut Operations<'_>| op.rename_table("parents", "Parents");
    assert_eq!(answer(db, renamed).unwrap(), Done::Done);
    assert_eq!(answer(db, renamed).unwrap(), Done::Already);
    assert_eq!(answer(db, |op| op.rename_table("Parents", "Parents")).unwrap(), Done::Already);
    assert!(db.tables().contains(&"Parents".to_owned()), "{:?}", db.tables());
    let keys = schema(db).table("children").unwrap().foreign_keys.clone();
    assert_eq!(keys[0].references, "Parents".into());
    if db.engine() != Engine::MariaDb {
        assert_eq!(db.count("select a from shown"), 7);
    }
    migrate_in_steps(db, |op| Ok(op.rename_table("Parents", "parents").map(drop)?)).unwrap();
    assert!(db.tables().contains(&"parents".to_owned()), "{:?}", db.tables());
    let (kind, text) = refused(db, |op| op.rename_table("parents", "children"));
    assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
});

case!(a_primary_key_is_no_constraint_to_drop, |db| {
    db.sql("create table t (id integer not null, a integer, constraint t_pkey primary key (id))");
    let name = if db.engine() == Engine::MariaDb { "PRIMARY" } else { "t_pkey" };
    let (kind, text) = refused(db, move |op| op.drop_constraint("t", name));
    assert_eq!(kind, ErrorKind::Unsupported, "{text}");
    assert!(text.contains("is the primary key of t"), "{text}");
    assert_eq!(answer(db, |op| op.drop_constraint("t", "gone")).unwrap(), Done::Already);
    let planned = super::handmade::revision("z").up(move |op| Ok(op.drop_constraint("t", name).map(drop)?));
    let migrator = Migrator::new().with(planned).unknown_revisions(Policy::Allow);
    let plan = migrator.plan(&mut *db.connect(), "heads").unwrap().to_string();
    assert!(plan.contains("is the primary key of t"), "{plan}");
});

case!(a_unique_column_is_let_go_by_the_usual_name, |db| {
    answer(db, |op| {
        op.create_table("t", |t| {
            t.integer("a").unique();
        })
    })
    .unwrap();
    let let_go = |op: &mut Operations<'_>| op.drop_constraint("t", "t_a_key");
    assert_eq!(answer(db, let_go).unwrap(), Done::Done);
    assert_eq!(answer(db, let_go).unwrap(), Done::Already);
    db.sql("insert into t values (1), (1)");
});
