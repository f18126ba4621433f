//! Changes to columns that are there: what is named changes, nothing else does, and no value unnoticed.

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Loss, Metadata};

use super::handmade::migration;
use super::operations_run::{answer, migrate, migrate_in_steps, refused, schema, sent};
use crate::{Engine, TestDatabase, case};

case!(what_is_not_named_about_a_column_stays, |db| {
    migrate(db, |op| {
        op.create_table("t", |t| {
            t.id();
            t.string("a", 20).not_null().default("x").comment("it's a").check("a <> ''");
            t.string("b", 20).unique();
            t.index(["a"]);
        })?;
        Ok(())
    })
    .unwrap();
    db.sql("insert into t (a, b) values ('one', 'two')");
    let before = schema(db).table("t").unwrap().clone();
    answer(db, |op| op.alter_column("t", "a", |c| c.set_type(ColumnType::String(40)))).unwrap();
    let mut after = schema(db).table("t").unwrap().clone();
    let changed = &mut after.columns[1];
    assert!(changed.sql_type.contains("40"), "{changed}");
    changed.sql_type.clone_from(&before.columns[1].sql_type);
    assert_eq!(after, before);
    assert_eq!(db.texts("select a from t"), [Some("one".to_owned())]);
});

/// A change of type, a value that goes through it, and one that does not.
struct Change {
    from: ColumnType,
    to: ColumnType,
    kept: &'static str,
    changed: &'static str,
}

const CHANGES: &[Change] = &[
    Change { from: ColumnType::BigInteger, to: ColumnType::Integer, kept: "2147483647", changed: "2147483648" },
    Change { from: ColumnType::Integer, to: ColumnType::SmallInteger, kept: "-32768", changed: "40000" },
    Change { from: ColumnType::Integer, to: ColumnType::Boolean, kept: "1", changed: "2" },
    Change { from: ColumnType::Integer, to: ColumnType::String(3), kept: "123", changed: "1234" },
    Change {
        from: ColumnType::BigInteger,
        to: ColumnType::Double,
        kept: "9007199254740992",
        changed: "9007199254740993",
    },
    Change { from: ColumnType::Decimal(10, 4), to: ColumnType::Decimal(10, 2), kept: "1.25", changed: "1.2345" },
    Change { from: ColumnType::Decimal(10, 2), to: ColumnType::Integer, kept: "7.00", changed: "7.50" },
    Change { from: ColumnType::Double, to: ColumnType::Float, kept: "0.1", changed: "0.123456789" },
    Change { from: ColumnType::Double, to: ColumnType::Decimal(10, 2), kept: "0.25", changed: "0.125" },
    Change { from: ColumnType::Double, to: ColumnType::Integer, kept: "3", changed: "3.5" },
    Change { from: ColumnType::String(40), to: ColumnType::String(5), kept: "'löng'", changed: "'longer'" },
    Change { from: ColumnType::Text, to: ColumnType::String(5), kept: "'löng'", changed: "'longer'" },
    Change { from: ColumnType::Text, to: ColumnType::Integer, kept: "'42'", changed: "'0042'" },
    Change { from: ColumnType::Text, to: ColumnType::Decimal(6, 2), kept: "'1.50'", changed: "'1.555'" },
    Change { from: ColumnType::String(40), to: ColumnType::Boolean, kept: "'1'", changed: "'maybe'" },
    Change {
        from: ColumnType::String(40),
        to: ColumnType::Date,
        kept: "'2024-02-29'",
        changed: "'2024-02-29 12:00:00'",
    },
    Change {
        from: ColumnType::Timestamp,
        to: ColumnType::Date,
        kept: "'2024-02-29 00:00:00'",
        changed: "'2024-02-29 12:00:00'",
    },
];

fn custom_changes(engine: Engine) -> Vec<Change> {
    let (three, none) = match engine {
        Engine::Postgres => ("timestamp(3)", "time(0)"),
        _ => ("datetime(3)", "time"),
    };
    let custom = |name: &str| ColumnType::Custom(name.to_owned());
    let mut changes = vec![
        Change {
            from: ColumnType::Timestamp,
            to: custom(three),
            kept: "'2024-02-29 12:00:00.125'",
            changed: "'2024-02-29 12:00:00.1256'",
        },
        Change { from: ColumnType::Time, to: custom(none), kept: "'12:00:00'", changed: "'12:00:00.5'" },
    ];
    if engine == Engine::Postgres {
        // cast to 6 and 15 digits
        for (from, kept, changed) in
            [(ColumnType::Float, "123456", "16777216"), (ColumnType::Double, "123456789012.125", "123456789012.1235")]
        {
            changes.push(Change { from, to: ColumnType::Decimal(20, 4), kept, changed });
        }
    }
    changes
}

fn column_of(db: &TestDatabase, column_type: &ColumnType, values: &[&str]) {
    if db.tables().iter().any(|table| table == "t") {
        db.sql("drop table t");
    }
    answer(db, |op| op.create_table("t", |t| t.id())).unwrap();
    db.sql("drop table t");
    let name = match (db.engine(), column_type) {
        (_, ColumnType::SmallInteger) => "smallint".to_owned(),
        (_, ColumnType::Integer) => "integer".to_owned(),
        (_, ColumnType::BigInteger) => "bigint".to_owned(),
        (_, ColumnType::String(length)) => format!("varchar({length})"),
        (_, ColumnType::Text) => "text".to_owned(),
        (_, ColumnType::Decimal(precision, scale)) => format!("decimal({precision},{scale})"),
        (_, ColumnType::Float) => "real".to_owned(),
        (_, ColumnType::Double) => "double precision".to_owned(),
        (Engine::MariaDb, ColumnType::Timestamp) => "datetime(6)".to_owned(),
        (Engine::MariaDb, ColumnType::Time) => "time(6)".to_owned(),
        (_, ColumnType::Timestamp) => "timestamp".to_owned(),
        (_, ColumnType::Time) => "time".to_owned(),
        (_, other) => panic!("{other:?}"),
    };
    let values = values.iter().map(|value| format!("({value})")).collect::<Vec<_>>().join(", ");
    db.sql(&format!("create table t (a {name}); insert into t values {values}, (null)"));
}

case!(only = [Postgres, MariaDb], a_type_that_cannot_hold_a_value_is_a_loss_and_one_that_can_is_none, |db| {
    let customs = custom_changes(db.engine());
    for Change { from, to, kept, changed } in CHANGES.iter().chain(&customs) {
        let change = |to: &ColumnType| {
            let to = to.clone();
            move |op: &mut Operations<'_>| op.alter_column("t", "a", |c| c.set_type(to.clone()))
        };
        column_of(db, from, &[kept, changed]);
        let refused_as = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| refused(db, change(to))));
        let Ok((kind, text)) = refused_as else { panic!("{from:?} to {to:?} was not refused") };
        assert_eq!(kind, ErrorKind::DataLoss, "{from:?} to {to:?}: {text}");
        assert!(text.contains("1 value") && text.contains("allow_loss(column(\"t\", \"a\"))"), "{text}");

        column_of(db, from, &[kept]);
        let done = answer(db, change(to)).unwrap_or_else(|error| panic!("{from:?} to {to:?}: {error}"));
        assert_eq!(done, Done::Done, "{from:?} to {to:?}");
        assert_eq!(answer(db, change(to)).unwrap(), Done::Already, "{from:?} to {to:?}");
        assert_eq!(db.count("select count(a) from t"), 1);
    }
});

case!(only = [Postgres, MariaDb], a_loss_by_type_that_is_named_goes_through, |db| {
    column_of(db, &ColumnType::Decimal(10, 4), &["1.2345"]);
    let rounds = migration(Metadata::new("1").allow_loss(Loss::column("t", "a"))).up(|op| {
        op.alter_column("t", "a", |c| c.set_type(ColumnType::Decimal(10, 2)))?;
        Ok(())
    });
    Migrator::new().with(rounds).unknown_revisions(Policy::Allow).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(db.texts("select a from t where a is not null"), [Some("1.23".to_owned())]);
});

case!(a_change_says_how_old_values_become_new_ones, |db| {
    db.sql("create table t (id integer, a varchar(20)); insert into t values (1, '7 apples'), (2, null)");
    let using = match db.engine() {
        Engine::Sqlite => "cast(substr(a, 1, 1) as integer)",
        Engine::Postgres => "substr(a, 1, 1)::integer",
        Engine::MariaDb => "cast(substr(a, 1, 1) as signed)",
    };
    answer(db, move |op| op.alter_column("t", "a", |c| c.set_type(ColumnType::Integer).using(using))).unwrap();
    assert_eq!(db.count("select a from t where id = 1"), 7);
});

case!(an_expression_that_makes_null_of_values_is_a_loss_of_them, |db| {
    db.sql("create table t (id integer, a varchar(20)); insert into t values (1, 'one'), (2, ''), (3, null)");
    let change = |column: &'static str, using: &'static str| {
        let body = move |op: &mut Operations<'_>| {
            if column == "own" {
                op.add_column("t", |t| t.string("own", 20).default("filled"))?;
            }
            op.alter_column("t", column, |c| c.set_type(ColumnType::String(30)).using(using))
        };
        answer(db, body).map(drop)
    };
    let error = change("a", "nullif(a, '')").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("using makes NULL of 1 value"), "{error}");
    assert!(error.to_string().contains(r#"allow_loss(column("t", "a"))"#), "{error}");
    assert_eq!(db.texts("select a from t order by id").len(), 3);
    assert_eq!(db.count("select count(a) from t"), 2);
    change("own", "null").unwrap();
    change("a", "coalesce(a, 'none')").unwrap();
});

case!(a_column_of_the_migration_itself_goes_again_with_what_was_put_into_it, |db| {
    db.sql("create table t (id integer, a varchar(20)); insert into t values (1, 'one'), (2, 'two')");
    let filled = |op: &mut Operations<'_>| {
        op.add_column("t", |t| t.string("own", 20))?;
        op.execute("update t set own = a; insert into t (id, own) values (3, 'three')")?;
        op.execute("update t set a = own where id = 3")
    };
    answer(db, move |op| filled(op).and_then(|_| op.drop_column("t", "own"))).unwrap();
    assert_eq!(db.count("select count(a) from t"), 3);
    let renamed = move |op: &mut Operations<'_>| {
        filled(op)?;
        op.execute("alter table t rename column own to other")?;
        op.execute("alter table t rename column a to own")?;
        op.drop_column("t", "own")
    };
    assert_eq!(answer(db, renamed).unwrap_err().kind(), ErrorKind::DataLoss);
});

case!(nulls_that_the_expression_fills_are_none, |db| {
    db.sql("create table t (a integer)");
    db.sql("insert into t values (1), (null)");
    let change = |op: &mut Operations<'_>| {
        op.alter_column("t", "a", |c| c.set_type(ColumnType::BigInteger).using("coalesce(a, 0)").set_not_null())
    };
    assert_eq!(answer(db, change).unwrap(), Done::Done);
    assert_eq!(answer(db, change).unwrap(), Done::Already);
    assert_eq!(db.count("select sum(a) from t"), 1);
    // the type may stay
    db.sql("create table u (a integer)");
    db.sql("insert into u values (1), (null)");
    let change = |op: &mut Operations<'_>| op.alter_column("u", "a", |c| c.using("coalesce(a, 7)").set_not_null());
    assert_eq!(answer(db, change).unwrap(), Done::Done);
    assert_eq!(answer(db, change).unwrap(), Done::Already);
    assert_eq!(db.count("select sum(a) from u"), 8);
});

case!(only = [Postgres], a_moment_is_of_utc_whatever_the_sessions_zone, |db| {
    db.sql("create table t (a timestamp); insert into t values ('2024-02-29 12:00:00')");
    let set_type = |to: ColumnType| {
        move |op: &mut Operations<'_>| {
            op.execute("set local time zone 'Asia/Tokyo'")?;
            op.alter_column("t", "a", |c| c.set_type(to.clone()))?;
            Ok(())
        }
    };
    migrate(db, set_type(ColumnType::TimestampTz)).unwrap();
    assert_eq!(db.count("select extract(epoch from a)::bigint from t"), 1_709_208_000);
    migrate(db, set_type(ColumnType::Timestamp)).unwrap();
    assert_eq!(db.texts("select a::text from t"), [Some("2024-02-29 12:00:00".to_owned())]);
});

case!(only = [Postgres], not_null_is_proved_by_a_check_outside_a_transaction, |db| {
    db.sql("create table t (a integer); insert into t values (1)");
    // as a run that was killed between two steps left it
    db.sql("alter table t add constraint t_a_not_null check (a is not null) not valid");
    let forbid = |op: &mut Operations<'_>| {
        op.alter_column("t", "a", |c| c.set_not_null())?;
        Ok(())
    };
    let statements = sent(db, true, forbid);
    assert_eq!(statements.len(), 5, "{statements:?}");
    assert!(statements[1].contains("NOT VALID") && statements[2].contains("VALIDATE"), "{statements:?}");
    let table = schema(db).table("t").unwrap().clone();
    assert!(table.checks.is_empty() && !table.columns[0].nullable);
    assert_eq!(sent(db, true, forbid), [""; 0]);
    migrate_in_steps(db, |op| Ok(op.alter_column("t", "a", |c| c.drop_not_null()).map(drop)?)).unwrap();
    assert_eq!(sent(db, false, forbid).len(), 1);
});

/// All that MariaDB keeps of a table, as it prints it.
fn shown(db: &TestDatabase) -> String {
    db.rows("show create table t")[0][1].clone().unwrap()
}

case!(only = [MariaDb], engine_charset_and_the_rest_of_a_column_survive_each_alteration, |db| {
    db.sql(
        "create table t (
            id bigint not null auto_increment primary key,
            a varchar(20) character set latin1 collate latin1_general_cs not null default 'it''s' comment 'it''s a' check (a <> ''),
            b datetime(3) default current_timestamp(3) on update current_timestamp(3) comment 'b',
            n int, c int generated always as (n + 1) stored comment 'c',
            d varchar(20) default lower('X') invisible,
            e json,
            f decimal(10,2) default 1.50,
            g timestamp null
        ) engine = Aria default charset = utf8mb3 collate = utf8mb3_bin comment = 'a table' row_format = page",
    );
    let before = shown(db);
    type Alteration = fn(&mut Operations<'_>) -> MigrationResult;
    let there_and_back: [(Alteration, Alteration); 8] = [
        (
            |op| Ok(op.alter_column("t", "a", |c| c.set_type(ColumnType::String(40))).map(drop)?),
            |op| Ok(op.alter_column("t", "a", |c| c.set_type(ColumnType::String(20))).map(drop)?),
        ),
        (
            |op| Ok(op.alter_column("t", "a", |c| c.drop_not_null().comment("other")).map(drop)?),
            |op| Ok(op.alter_column("t", "a", |c| c.set_not_null().comment("it's a")).map(drop)?),
        ),
        (
            |op| Ok(op.alter_column("t", "b", |c| c.set_type(ColumnType::Timestamp)).map(drop)?),
            |op| {
                Ok(op.alter_column("t", "b", |c| c.set_type(ColumnType::Custom("datetime(3)".to_owned()))).map(drop)?)
            },
        ),
        (
            |op| Ok(op.alter_column("t", "c", |c| c.comment("other")).map(drop)?),
            |op| Ok(op.alter_column("t", "c", |c| c.comment("c")).map(drop)?),
        ),
        (
            |op| Ok(op.alter_column("t", "d", |c| c.comment("other")).map(drop)?),
            |op| Ok(op.alter_column("t", "d", |c| c.comment("")).map(drop)?),
        ),
        (
            |op| Ok(op.alter_column("t", "e", |c| c.comment("other")).map(drop)?),
            |op| Ok(op.alter_column("t", "e", |c| c.comment("")).map(drop)?),
        ),
        (
            |op| Ok(op.alter_column("t", "f", |c| c.drop_default()).map(drop)?),
            |op| Ok(op.alter_column("t", "f", |c| c.set_default(1.5)).map(drop)?),
        ),
        (|op| Ok(op.rename_table("t", "u").map(drop)?), |op| Ok(op.rename_table("u", "t").map(drop)?)),
    ];
    for (number, (there, back)) in there_and_back.into_iter().enumerate() {
        migrate(db, there).unwrap_or_else(|error| panic!("{number}: {error}"));
        if number < 7 {
            assert_ne!(shown(db), before, "{number}");
        }
        migrate(db, back).unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(shown(db), before, "{number}");
    }
    db.sql("insert into t (a) values ('x')");
    migrate(db, |op| Ok(op.alter_column("t", "id", |c| c.comment("counted")).map(drop)?)).unwrap();
    db.sql("insert into t (a) values ('y')");
    assert_eq!(db.count("select max(id) from t"), 2);
});

case!(only = [MariaDb], a_constraint_is_dropped_by_what_it_is, |db| {
    db.sql(
        "create table p (id int primary key) engine = InnoDB; \
         create table t (a int check (a > 0), b int, constraint u unique (b), constraint c check (b > 0), \
         constraint f foreign key (b) references p (id)) engine = InnoDB",
    );
    for name in ["f", "c", "u", "a"] {
        assert_eq!(answer(db, move |op| op.drop_constraint("t", name)).unwrap(), Done::Done, "{name}");
        assert_eq!(answer(db, move |op| op.drop_constraint("t", name)).unwrap(), Done::Already, "{name}");
    }
    let table = schema(db).table("t").unwrap().clone();
    assert!(table.checks.is_empty() && table.foreign_keys.is_empty() && table.indexes.is_empty(), "{table:?}");
});

case!(only = [MariaDb], a_column_takes_its_foreign_key_along, |db| {
    migrate(db, |op| {
        op.create_table("p", |t| t.id())?;
        op.create_table("t", |t| {
            t.id();
            t.big_integer("p_id").references("p", "id");
            t.integer("b");
            t.unique(["p_id", "b"]);
        })?;
        op.drop_column("t", "p_id")?;
        Ok(())
    })
    .unwrap();
    assert_eq!(db.columns("t"), ["id", "b"]);
    assert!(schema(db).table("t").unwrap().indexes.is_empty());
});

case!(only = [MariaDb], a_long_text_is_indexed_by_its_beginning, |db| {
    let create = |op: &mut Operations<'_>| {
        op.create_table("t", |t| {
            t.text("note");
            t.string("long", 2000);
            t.string("short", 80);
            t.index(["note", "short"]);
        })
    };
    answer(db, create).unwrap();
    answer(db, |op| op.create_index("t", ["long"])).unwrap();
    let indexes = schema(db).table("t").unwrap().indexes.clone();
    assert_eq!(indexes["t_note_short_idx"].columns, ["note(191)", "short"]);
    assert_eq!(indexes["t_long_idx"].columns, ["long(191)"]);
    assert_eq!(answer(db, create).unwrap(), Done::Already);
    assert_eq!(answer(db, |op| op.create_index("t", ["long"])).unwrap(), Done::Already);
});

case!(only = [MariaDb], an_action_that_is_silently_another_is_unsupported, |db| {
    answer(db, |op| op.create_table("p", |t| t.id())).unwrap();
    let (kind, text) = refused(db, |op| {
        op.create_table("t", |t| t.big_integer("p_id").default(1).references("p", "id").on_delete(Action::SetDefault))
    });
    assert_eq!(kind, ErrorKind::Unsupported, "{text}");
});

case!(values_made_by_an_expression_keep_the_indexes_of_their_column, |db| {
    db.sql("create table t (id integer primary key, a integer, b integer, s varchar(20))");
    db.sql("create index t_a on t (a); create unique index t_b_a on t (b, a desc); create index t_s on t (s, b)");
    db.sql("insert into t values (1, 7, 1, 'x'), (2, 8, 1, 'y')");
    let before = schema(db).table("t").unwrap().indexes.clone();
    assert_eq!(before.len(), 3);
    let (a, s) = match db.engine() {
        Engine::MariaDb => ("concat('n', a)", "ascii(s)"),
        Engine::Postgres => ("'n' || a", "ascii(s)"),
        Engine::Sqlite => ("'n' || a", "unicode(s)"),
    };
    answer(db, move |op| op.alter_column("t", "a", |c| c.set_type(ColumnType::String(9)).using(a))).unwrap();
    answer(db, move |op| op.alter_column("t", "s", |c| c.set_type(ColumnType::Integer).using(s))).unwrap();
    assert_eq!(schema(db).table("t").unwrap().indexes, before);
    assert_eq!(db.texts("select a from t order by id"), ["n7", "n8"].map(|text| Some(text.to_owned())));
    assert_eq!(db.count("select sum(s) from t"), 241);
    assert!(db.refuses("insert into t values (3, 'n7', 1, 1)"));
});
