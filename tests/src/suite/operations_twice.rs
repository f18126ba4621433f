//! Each operation twice, each there and back.

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Result, row};

use super::operations_run::{answer, migrate, migrate_in_steps, refused, schema};
use crate::{Engine, TestDatabase, case};

type Operation = fn(&mut Operations<'_>) -> Result<Done>;

fn ground(db: &TestDatabase) {
    migrate(db, |op| {
        op.create_table("orgs", |t| {
            t.id();
            t.string("name", 80).not_null();
        })?;
        op.create_table("users", |t| {
            t.id();
            t.big_integer("org_id");
            t.string("email", 80);
            t.integer("age");
            t.text("note");
        })?;
        Ok(())
    })
    .unwrap();
}

/// Each operation, and what undoes it.
fn pairs(engine: Engine) -> Vec<(Operation, Operation)> {
    let mut pairs: Vec<(Operation, Operation)> = vec![
        (|op| op.create_table("tags", |t| drop((t.id(), t.string("name", 9).unique()))), |op| op.drop_table("tags")),
        (|op| op.rename_table("users", "people"), |op| op.rename_table("people", "users")),
        (
            |op| op.add_column("users", |t| t.string("nick", 20).not_null().default("x")),
            |op| op.drop_column("users", "nick"),
        ),
        (
            |op| op.add_column("users", |t| t.big_integer("boss").references("users", "id")),
            |op| op.drop_column("users", "boss"),
        ),
        (|op| op.rename_column("users", "email", "mail"), |op| op.rename_column("users", "mail", "email")),
        (|op| op.create_index("users", ["email", "age"]), |op| op.drop_index("users", "users_email_age_idx")),
        (|op| op.create_index("users", Index::on(["email"]).unique()), |op| op.drop_index("users", "users_email_idx")),
        (|op| op.create_index("users", ["note"]), |op| op.drop_index("users", "users_note_idx")),
        (
            |op| op.alter_column("users", "age", |c| c.set_type(ColumnType::BigInteger)),
            |op| op.alter_column("users", "age", |c| c.set_type(ColumnType::Integer)),
        ),
        (
            |op| op.alter_column("users", "email", |c| c.set_not_null()),
            |op| op.alter_column("users", "email", |c| c.drop_not_null()),
        ),
        (
            |op| op.alter_column("users", "age", |c| c.set_default(7)),
            |op| op.alter_column("users", "age", |c| c.drop_default()),
        ),
        (
            |op| op.alter_column("users", "email", |c| c.set_default_sql("lower('X')")),
            |op| op.alter_column("users", "email", |c| c.drop_default()),
        ),
        (
            |op| {
                op.add_foreign_key(
                    "users",
                    ForeignKey::on(["org_id"]).references("orgs", ["id"]).on_delete(Action::Cascade),
                )
            },
            |op| op.drop_constraint("users", "users_org_id_fkey"),
        ),
        (|op| op.add_unique("users", ["email", "age"]), |op| op.drop_constraint("users", "users_email_age_key")),
        (|op| op.add_check("users", "grown", "age > 17"), |op| op.drop_constraint("users", "grown")),
    ];
    if engine != Engine::Sqlite {
        pairs.push((
            |op| op.alter_column("users", "age", |c| c.comment("in \\years, it's said")),
            |op| op.alter_column("users", "age", |c| c.comment("")),
        ));
    }
    if engine == Engine::Postgres {
        pairs.push((|op| op.create_enum("mood", ["sad", "it's ok"]), |op| op.drop_enum("mood")));
    }
    pairs
}

case!(each_operation_twice_is_already_so_and_its_reverse_restores_the_schema, |db| {
    ground(db);
    let first = schema(db);
    for (number, (there, back)) in pairs(db.engine()).into_iter().enumerate() {
        assert_eq!(answer(db, there).unwrap(), Done::Done, "{number}");
        let then = schema(db);
        assert_eq!(answer(db, there).unwrap(), Done::Already, "{number}");
        assert_eq!(schema(db), then, "{number}");
        assert_eq!(answer(db, back).unwrap(), Done::Done, "{number}");
        assert_eq!(schema(db), first, "{number}");
        assert_eq!(answer(db, back).unwrap(), Done::Already, "{number}");
    }
});

case!(what_one_migration_made_itself_is_already_so_too, |db| {
    migrate(db, |op| {
        let create = |op: &mut Operations<'_>| {
            op.create_table("t", |t| {
                t.id();
                t.integer("a");
                t.index(["a"]);
            })
        };
        assert_eq!(create(op)?, Done::Done);
        assert_eq!(create(op)?, Done::Already);
        assert_eq!(op.create_index("t", ["a"])?, Done::Already);
        assert_eq!(op.create_index("t", Index::on(["a"]).named("other"))?, Done::Done);
        assert_eq!(op.create_index("t", Index::on(["a"]).named("other"))?, Done::Already);
        assert_eq!(op.drop_index("t", "other")?, Done::Done);
        assert_eq!(op.create_index("t", Index::on(["a"]).named("other"))?, Done::Done);
        assert_eq!(op.drop_column("t", "a")?, Done::Done);
        assert_eq!(op.create_index("t", ["a"]).unwrap_err().kind(), ErrorKind::PreconditionFailed);
        op.execute("drop table t")?;
        assert_eq!(create(op)?, Done::Done);
        op.drop_index("t", "t_a_idx")?;
        assert_eq!(op.rename_table("t", "u")?, Done::Done);
        assert_eq!(create(op)?, Done::Done);
        assert_eq!(op.drop_table("t")?, Done::Done);
        assert_eq!(create(op)?, Done::Done);
        Ok(())
    })
    .unwrap();
    assert_eq!(super::books::user_tables(db), ["t", "u"]);
});

/// Makes a table, has it changed by other means, and makes it again.
fn made_again(op: &mut Operations<'_>, change: fn(&mut Operations<'_>, &str) -> MigrationResult) -> MigrationResult {
    for sql in ["drop table t", "drop index t_a_idx"] {
        let create = |op: &mut Operations<'_>| {
            op.create_table("t", |t| {
                t.integer("a");
                t.index(["a"]);
            })
        };
        assert_eq!(create(op)?, Done::Done);
        change(op, sql)?;
        assert_eq!(create(op)?, Done::Done, "{sql}");
        op.drop_table("t")?;
    }
    Ok(())
}

case!(only = [Sqlite, Postgres], what_raw_sql_does_to_a_new_table_is_seen, |db| {
    migrate(db, |op| made_again(op, |op, sql| Ok(op.execute(sql).map(drop)?))).unwrap();
});

case!(
    #[cfg(feature = "sqlite")]
    only = [Sqlite],
    what_the_users_connection_does_to_a_new_table_is_seen,
    |db| {
        use diesel::connection::SimpleConnection;
        migrate(db, |op| made_again(op, |op, sql| Ok(op.connection::<SqliteConnection>()?.batch_execute(sql)?)))
            .unwrap();
    }
);

case!(a_column_can_be_described_with_its_index_key_and_check, |db| {
    ground(db);
    let add: Operation = |op| {
        op.add_column("users", |t| {
            t.big_integer("team_id");
            t.string("nick", 20);
            t.index(["nick"]);
            t.unique(["team_id", "nick"]);
            t.foreign_key(ForeignKey::on(["team_id"]).references("orgs", ["id"]));
        })
    };
    assert_eq!(answer(db, add).unwrap(), Done::Done);
    let table = schema(db).table("users").unwrap().clone();
    assert!(table.indexes.contains_key("users_nick_idx"));
    assert_eq!(table.foreign_keys.len(), 1);
    assert_eq!(answer(db, add).unwrap(), Done::Already);
});

case!(a_column_that_rows_have_no_value_for_is_refused, |db| {
    ground(db);
    db.sql("insert into users (email) values ('a')");
    let (kind, text) = refused(db, |op| op.add_column("users", |t| t.integer("points").not_null()));
    assert_eq!(kind, ErrorKind::PreconditionFailed, "{text}");
    assert_eq!(
        answer(db, |op| op.add_column("users", |t| t.integer("points").not_null().default(0))).unwrap(),
        Done::Done
    );
    let (kind, text) = refused(db, |op| op.alter_column("users", "age", |c| c.set_not_null()));
    assert_eq!(kind, ErrorKind::PreconditionFailed, "{text}");
    assert!(text.contains("1 row of users without age"), "{text}");
});

case!(rows_that_break_a_new_constraint_are_counted_before, |db| {
    ground(db);
    db.sql("insert into users (org_id, email, age) values (1, 'a', 3), (2, 'a', 30)");
    let breaking: [(Operation, &str); 3] = [
        (|op| op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"])), "2 rows of users"),
        (|op| op.add_unique("users", ["email"]), "1 value of email in several rows of users"),
        (|op| op.add_check("users", "grown", "age > 17"), "1 row of users"),
    ];
    for (operation, told) in breaking {
        let (kind, text) = refused(db, operation);
        assert_eq!(kind, ErrorKind::PreconditionFailed, "{text}");
        assert!(text.contains(told), "{text}");
    }
});

case!(a_table_that_others_reference_is_dropped_after_they_let_go, |db| {
    ground(db);
    answer(db, |op| {
        op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"]).named("users_org"))
    })
    .unwrap();
    let (kind, text) = refused(db, |op| op.drop_table("orgs"));
    assert_eq!(kind, ErrorKind::PreconditionFailed, "{text}");
    assert!(text.contains("users ("), "{text}");
    answer(db, |op| op.drop_constraint("users", "users_org")).unwrap();
    assert_eq!(answer(db, |op| op.drop_table("orgs")).unwrap(), Done::Done);
});

case!(only = [Postgres], an_invalid_index_of_a_failed_build_is_built_again, |db| {
    db.sql("create table users (email text); insert into users values ('a'), ('a')");
    let build = |op: &mut Operations<'_>| {
        op.create_index("users", Index::on(["email"]).unique().concurrently())?;
        Ok(())
    };
    let error = migrate_in_steps(db, build).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    let invalid = "select count(*) from pg_index where indrelid = 'users'::regclass and not indisvalid";
    assert_eq!(db.count(invalid), 1);
    db.sql("delete from users");
    // The migration that failed is not this one.
    db.sql("delete from __migrator_history");
    let report = migrate_in_steps(db, build).unwrap();
    assert_eq!((db.count(invalid), report.steps()[0].statements()), (0, 2));
    assert!(report.steps()[0].notes()[0].contains("invalid"), "{report}");
});

case!(only = [Postgres], a_foreign_key_is_added_online, |db| {
    ground(db);
    let add = |op: &mut Operations<'_>| {
        op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"]).online())?;
        Ok(())
    };
    // as a run that was killed between the two steps left it
    db.sql("alter table users add constraint users_org_id_fkey foreign key (org_id) references orgs (id) not valid");
    let unchecked = "select count(*) from pg_constraint where contype = 'f' and not convalidated";
    assert_eq!(db.count(unchecked), 1);
    migrate_in_steps(db, add).unwrap();
    assert_eq!(db.count(unchecked), 0);
    answer(db, |op| op.drop_constraint("users", "users_org_id_fkey")).unwrap();
    assert_eq!(migrate_in_steps(db, add).unwrap().steps()[0].statements(), 2);
    assert_eq!(db.count(unchecked), 0);
});

case!(only = [Postgres], enums_are_types_of_their_own, |db| {
    let create: Operation = |op| op.create_enum("mood", ["sad", "ok"]);
    answer(db, create).unwrap();
    let (kind, text) = refused(db, |op| op.create_enum("mood", ["ok", "sad"]));
    assert_eq!(kind, ErrorKind::ShapeConflict, "{text}");
    assert_eq!(answer(db, |op| op.add_enum_value("mood", "happy")).unwrap(), Done::Done);
    assert_eq!(answer(db, |op| op.add_enum_value("mood", "happy")).unwrap(), Done::Already);
    assert_eq!(refused(db, |op| op.add_enum_value("temper", "x")).0, ErrorKind::PreconditionFailed);
    let table: Operation = |op| op.create_table("people", |t| t.custom("mood", "mood").not_null().default("ok"));
    assert_eq!(answer(db, table).unwrap(), Done::Done);
    assert_eq!(answer(db, table).unwrap(), Done::Already);
    answer(db, |op| op.insert_rows("people", ["mood"], [row!["happy"]])).unwrap();
    assert_eq!(db.texts("select mood::text from people"), [Some("happy".to_owned())]);
});

case!(only = [Sqlite, MariaDb], enums_are_unsupported_where_they_are_no_types, |db| {
    let (kind, text) = refused(db, |op| op.create_enum("mood", ["sad", "ok"]));
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(text.contains("custom(") && text.contains("check"), "{text}");
    assert_eq!(refused(db, |op| op.add_enum_value("mood", "ok")).0, ErrorKind::Unsupported);
});
