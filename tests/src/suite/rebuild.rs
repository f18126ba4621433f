//! SQLite's table rebuild through the operations: what ALTER TABLE lacks, with a parent, its children and everything
//! that stands on them as they were.

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Loss, Metadata, Result};

use super::handmade::{migration, revision};
use super::operations_run::answer;
use super::session;
use crate::{TestDatabase, case};

type Rows = Vec<Vec<Option<String>>>;

/// Runs one operation as a migration, on this connection.
fn run_on(
    conn: &mut dyn SchemaConnection,
    metadata: Metadata,
    operation: impl Fn(&mut Operations<'_>) -> Result<Done> + Send + Sync + 'static,
) -> Result<migrator_core::RunReport> {
    let all = migration(metadata).up(move |op| {
        operation(op)?;
        Ok(())
    });
    Migrator::new().with(all).run_pending(conn)
}

fn run(
    db: &TestDatabase,
    operation: impl Fn(&mut Operations<'_>) -> Result<Done> + Send + Sync + 'static,
) -> Result<migrator_core::RunReport> {
    run_on(&mut *db.connect(), Metadata::new("1"), operation)
}

/// The stored texts, without those of the books.
fn texts(db: &TestDatabase) -> Rows {
    db.rows(
        "select type, name, tbl_name, sql from sqlite_master where name not like '\\_\\_%' escape '\\' \
         and tbl_name not like '\\_\\_%' escape '\\' and name not like 'sqlite%' order by 1, 2",
    )
}

/// A parent and whatever references it, with rows in each.
fn family(db: &TestDatabase, action: &str) {
    db.sql(&format!(
        "create table p (id integer primary key, a text, boss integer references p (id) on delete {action});
         create table child (id integer primary key, p_id integer default 2 references p (id) on delete {action});
         create table log (what);
         create trigger gone after delete on p begin delete from child; insert into log values ('p'); end;
         create trigger changed after update on child begin insert into log values ('child'); end;
         insert into p values (1, '1', 1), (2, '2', 1), (3, null, 2);
         insert into child values (1, 1), (2, 2), (3, null)"
    ));
}

fn children(db: &TestDatabase) -> Rows {
    let mut rows = db.rows("select * from child order by id");
    rows.extend(db.rows("select * from log"));
    rows
}

fn enforced(conn: &mut dyn SchemaConnection) -> Option<String> {
    session::of(conn).rows("pragma foreign_keys")[0][0].clone()
}

case!(only = [Sqlite], a_type_is_changed_and_every_row_kept, |db| {
    family(db, "cascade");
    run(db, |op| op.alter_column("p", "a", |c| c.set_type(ColumnType::Integer))).unwrap();
    assert_eq!(db.rows("select id, typeof(a), boss from p order by id").concat().len(), 9);
    assert_eq!(
        db.texts("select typeof(a) from p order by id"),
        ["integer", "integer", "null"].map(|kind| Some(kind.to_owned()))
    );
});

case!(only = [Sqlite], values_that_a_new_type_cannot_hold_are_a_loss_that_must_be_named, |db| {
    db.sql("create table p (id integer primary key, a text); insert into p values (1, '5'), (2, 'five'), (3, '05')");
    let before = db.rows("select id, quote(a) from p");
    let error = run(db, |op| op.alter_column("p", "a", |c| c.set_type(ColumnType::Integer))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss, "{error}");
    assert!(error.to_string().contains("2 values"), "{error}");
    assert_eq!(db.rows("select id, quote(a) from p"), before);
    let metadata = Metadata::new("1").allow_loss(Loss::column("p", "a"));
    let named =
        run_on(&mut *db.connect(), metadata, |op| op.alter_column("p", "a", |c| c.set_type(ColumnType::Integer)));
    let report = named.unwrap().to_string();
    assert!(report.contains("rebuild of p: 2 values are not what the old type held"), "{report}");
    assert_eq!(db.texts("select quote(a) from p order by id"), ["5", "0", "5"].map(|text| Some(text.to_owned())));
});

case!(only = [Sqlite], with_foreign_keys_on_or_off_no_child_row_changes, |db| {
    for action in ["cascade", "set null", "set default", "restrict", "no action"] {
        for keys in ["0", "1"] {
            let db = db.another();
            family(&db, action);
            let before = children(&db);
            let mut conn = db.connect();
            session::of(&mut *conn).sql(&format!("pragma foreign_keys = {keys}"));
            run_on(&mut *conn, Metadata::new("1"), |op| {
                op.alter_column("p", "a", |c| c.set_type(ColumnType::Integer))?;
                op.add_check("p", "p_a_check", "a > 0")?;
                op.alter_column("child", "p_id", |c| c.drop_default())
            })
            .unwrap();
            assert_eq!(children(&db), before, "{action}");
            assert_eq!(db.count("select count(*) from p where boss is not null"), 3, "{action}");
            assert_eq!(enforced(&mut *conn).as_deref(), Some(keys));
            assert!(db.rows("pragma foreign_key_check").is_empty());
            // the keys still bind
            let refused = "select count(*) from pragma_foreign_key_list('child') where \"table\" = 'p'";
            assert_eq!(db.count(refused), 1);
        }
    }
});

case!(only = [Sqlite], outside_a_transaction_too_no_child_row_changes, |db| {
    family(db, "cascade");
    let before = children(db);
    let mut conn = db.connect();
    session::of(&mut *conn).sql("pragma foreign_keys = on");
    run_on(&mut *conn, Metadata::new("1").transaction(false), |op| op.add_check("p", "c", "id > 0")).unwrap();
    assert_eq!((children(db), enforced(&mut *conn)), (before, Some("1".to_owned())));
});

case!(only = [Sqlite], in_the_callers_transaction_with_foreign_keys_on_it_is_refused_with_the_way_round, |db| {
    family(db, "cascade");
    let before = children(db);
    for keys in ["on", "off"] {
        let mut conn = db.connect();
        session::of(&mut *conn).sql(&format!("pragma foreign_keys = {keys}"));
        session::of(&mut *conn).begin();
        let ended = run_on(&mut *conn, Metadata::new("1"), |op| op.add_check("p", "c", "id > 0"));
        assert_eq!(session::of(&mut *conn).depth(), 1);
        match keys {
            "on" => {
                let error = ended.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InTransaction, "{error}");
                assert!(error.to_string().to_lowercase().contains("pragma foreign_keys = off"), "{error}");
                session::of(&mut *conn).rollback();
            }
            _ => {
                ended.unwrap();
                session::of(&mut *conn).commit();
            }
        }
        assert_eq!(children(db), before);
    }
    assert_eq!(db.count("select count(*) from sqlite_master where sql like '%CONSTRAINT \"c\" CHECK (id > 0)%'"), 1);
});

case!(only = [Sqlite], everything_on_a_table_stays_letter_by_letter, |db| {
    db.sql(
        "create table other (id integer primary key);
         CREATE TABLE [p] ( -- the table, (
           id INTEGER PRIMARY KEY AUTOINCREMENT,
           name VARCHAR(20) COLLATE NOCASE NOT NULL ON CONFLICT IGNORE, /* who */
           'odd type' \"my strange\" (3) DEFAULT 'it''s',
           price MONEY CHECK (p.price >= 0),
           other_id INTEGER REFERENCES other (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
           doubled AS (price * 2) STORED,
           CHECK (length(name) < 50), UNIQUE (name, price) ON CONFLICT REPLACE
         );
         CREATE TABLE w (k TEXT, n INT, PRIMARY KEY (k DESC, n)) STRICT, WITHOUT ROWID;
         CREATE UNIQUE INDEX  \"odd index\" ON p (lower(name) DESC, price) WHERE price > 1;
         CREATE INDEX by_doubled ON p(doubled);
         CREATE TABLE log (what);
         CREATE TRIGGER first AFTER INSERT ON p WHEN new.price > 3 BEGIN INSERT INTO log VALUES ('in;'); END;
         CREATE TRIGGER elsewhere AFTER INSERT ON other BEGIN UPDATE p SET price = price; END;
         CREATE VIEW dear AS SELECT name FROM p WHERE price > 1;
         CREATE VIEW broken AS SELECT x FROM nowhere;
         INSERT INTO p (name, 'odd type', price) VALUES ('Ann', x'00ff', 1), ('bob', 12, 9007199254740993);
         INSERT INTO p (name) VALUES ('gone'); DELETE FROM p WHERE name = 'gone';
         INSERT INTO w VALUES ('b', 1), ('a', 2)",
    );
    let (before, rows) =
        (texts(db), db.rows("select *, quote(price) from p union all select k, n, 3, 4, 5, 6, 7 from w"));
    let all = revision("1")
        .up(|op| {
            op.add_check("p", "added", "id > 0")?;
            op.add_check("w", "added", "n > 0")?;
            op.add_column("p", |t| t.string("email", 20).unique())?;
            Ok(())
        })
        .down(|op| {
            op.drop_column("p", "email")?;
            op.drop_constraint("w", "added")?;
            op.drop_constraint("p", "added")?;
            Ok(())
        });
    let migrator = Migrator::new().with(all);
    let mut conn = db.connect();
    migrator.run_pending(&mut *conn).unwrap();
    assert_ne!(texts(db), before);
    migrator.downgrade(&mut *conn, "base").unwrap();
    assert_eq!(texts(db), before);
    assert_eq!(db.rows("select *, quote(price) from p union all select k, n, 3, 4, 5, 6, 7 from w"), rows);
    db.sql("insert into p (name, price) values ('Di', 7)");
    assert_eq!(db.count("select max(id) from p"), 4, "a deleted id does not come back");
    assert_eq!(db.count("select count(*) from log"), 2, "the trigger runs");
});

case!(only = [Sqlite], a_column_goes_with_what_is_its_own, |db| {
    db.sql(
        "create table o (id integer primary key); create view broken as select x from nowhere;
         create table p (id integer primary key, a integer unique check (a > 0) references o (id), b, foreign key (a) references o);
         create index by_a on p (a)",
    );
    run(db, |op| op.drop_column("p", "a")).unwrap();
    assert_eq!(db.columns("p"), ["id", "b"]);
    assert_eq!(db.count("select count(*) from sqlite_master where name = 'by_a'"), 0);
});

case!(only = [Sqlite], a_column_that_others_name_stays_and_they_are_named, |db| {
    for (table, other, by) in [
        ("(id integer primary key, a, check (a > 0))", "", "CHECK (a > 0)"),
        ("(id integer, a, primary key (id, a))", "", "PRIMARY KEY (id, a)"),
        ("(id, a, b as (a + 1))", "", "AS (a + 1)"),
        ("(id, a, constraint u unique (id, a))", "", "constraint u"),
        ("(id, a unique)", "create table child (x references p (a))", "table child"),
        ("(id, a)", "create view v as select a from p", "view v"),
        ("(id, a)", "create trigger t after update of a on p begin select 1; end", "trigger t"),
        ("(id, a)", "create index i on p (id) where a > 0", "index i"),
        ("(id, a)", "create index i on p (lower(a))", "index i"),
    ] {
        let db = db.another();
        db.sql(&format!("create table p {table}; {other}"));
        let before = texts(&db);
        let error = run(&db, |op| op.drop_column("p", "a")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{table}: {error}");
        assert!(error.to_string().to_lowercase().contains(&by.to_lowercase()), "{table}: {error}");
        assert_eq!(texts(&db), before);
    }
});

case!(only = [Sqlite], what_names_a_column_follows_its_new_name_or_the_rename_is_refused, |db| {
    db.sql(
        "create table p (id integer, a text check (a <> ''), b references p (a), primary key (id, a), unique (a));
         create table child (x references p (a)); create index i on p (a) where a > 'b';
         create view v as select p.a as kept from p;
         create trigger t after update of a on p begin update child set x = new.a where x = old.a; end;
         insert into p (id, a) values (1, 'x'); insert into child values ('x')",
    );
    run(db, |op| op.rename_column("p", "a", "a new one")).unwrap();
    assert_eq!(db.columns("p"), ["id", "a new one", "b"]);
    assert_eq!(db.texts("select kept from v"), [Some("x".to_owned())]);
    db.sql("pragma foreign_keys = off; update p set \"a new one\" = 'y'");
    assert_eq!(db.texts("select x from child"), [Some("y".to_owned())]);
    assert!(db.rows("pragma foreign_key_check").is_empty());

    db.sql("create view all_of_p as select * from p; create view two as select \"a new one\" from all_of_p");
    let before = texts(db);
    let again = revision("2").up(|op| Ok(op.rename_column("p", "a new one", "z").map(drop)?));
    let one = revision("1");
    let error = Migrator::new().with(one).with(again).run_pending(&mut *db.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert!(error.to_string().contains("view two"), "{error}");
    assert_eq!(texts(db), before);
});

case!(only = [Sqlite], a_copy_that_fails_leaves_nothing_and_the_second_try_works, |db| {
    family(db, "cascade");
    let (before, rows) = (texts(db), db.rows("select * from p"));
    let not_null = |op: &mut Operations<'_>| op.alter_column("p", "a", |c| c.using("nullif(a, '2')").set_not_null());
    let error = run(db, not_null).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert_eq!((texts(db), db.rows("select * from p")), (before, rows));
    db.sql("update p set a = '3' where a is null");
    run(db, |op| op.alter_column("p", "a", |c| c.set_not_null())).unwrap();
    assert_eq!(db.count("select count(*) from p"), 3);
});

case!(only = [Sqlite], killed_in_the_middle_the_table_is_what_it_was, |db| {
    db.sql(
        "create table p (id integer primary key, a text); create index i on p (a);
         with recursive n (x) as (select 1 union all select x + 1 from n where x < 20000)
         insert into p select x, hex(randomblob(50)) from n",
    );
    let (before, rows) = (texts(db), db.rows("select count(*), sum(length(a)), max(a) from p"));
    let killed = db.another();
    let (from, to) = (db.folder().to_owned(), killed.folder().to_owned());
    let dies = revision("1").up(move |op| {
        // so that half of it is in the file before the end
        op.execute("pragma cache_size = 5")?;
        op.add_check("p", "c", "id > 0")?;
        for file in ["database.sqlite", "database.sqlite-journal"] {
            std::fs::copy(from.join(file), to.join(file))?;
        }
        Err("killed".into())
    });
    let size = std::fs::metadata(db.folder().join("database.sqlite")).unwrap().len();
    Migrator::new().with(dies).run_pending(&mut *db.connect()).unwrap_err();
    assert!(std::fs::metadata(killed.folder().join("database.sqlite")).unwrap().len() > size);
    for db in [db, &killed] {
        assert_eq!(texts(db), before);
        assert_eq!(db.rows("select count(*), sum(length(a)), max(a) from p"), rows);
        assert_eq!(db.texts("pragma integrity_check"), [Some("ok".to_owned())]);
        assert!(!db.tables().iter().any(|table| table.starts_with("__migrator_r")));
        run(db, |op| op.add_check("p", "c", "id > 0")).unwrap();
    }
});

case!(only = [Sqlite], constraints_come_go_and_come_twice, |db| {
    db.sql("create table o (id integer primary key); create table p (id integer primary key, a integer); insert into o values (1)");
    db.sql("insert into p values (1, 1)");
    let before = texts(db);
    let all = revision("1")
        .up(|op| {
            for wanted in [Done::Done, Done::Already] {
                let key = ForeignKey::on(["a"]).references("o", ["id"]).on_delete(Action::SetNull);
                assert_eq!(op.add_foreign_key("p", key)?, wanted);
                assert_eq!(op.add_unique("p", ["a"])?, wanted);
                assert_eq!(op.add_check("p", "p_a_check", "a > 0")?, wanted);
            }
            Ok(())
        })
        .down(|op| {
            for wanted in [Done::Done, Done::Already] {
                assert_eq!(op.drop_constraint("p", "p_a_check")?, wanted);
                assert_eq!(op.drop_constraint("p", "p_a_key")?, wanted);
                assert_eq!(op.drop_constraint("p", "p_a_fkey")?, wanted);
            }
            Ok(())
        });
    let migrator = Migrator::new().with(all);
    migrator.run_pending(&mut *db.connect()).unwrap();
    migrator.downgrade(&mut *db.connect(), "base").unwrap();
    assert_eq!(texts(db), before);
});

case!(only = [Sqlite], bytes_that_are_no_text_are_a_loss_where_they_become_one, |db| {
    let to_text = |op: &mut Operations<'_>| op.alter_column("p", "a", |c| c.set_type(ColumnType::Text));
    // a 0, a byte of Latin-1, one that goes on where nothing began
    for no_text in ["61003300", "636166e9", "8f", "a335"] {
        db.sql("drop table if exists p; create table p (id integer primary key, a blob)");
        db.sql(&format!("insert into p values (1, x'{no_text}'), (2, x'63c3a966c2a3e282ac'), (3, 'text'), (4, null)"));
        let error = answer(db, to_text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DataLoss, "{no_text}: {error}");
        assert!(error.to_string().contains(": 1 value"), "{no_text}: {error}");
        assert_eq!(db.count("select count(*) from p where typeof(a) = 'blob'"), 2);
        db.sql("delete from p where id = 1");
        answer(db, to_text).unwrap();
        assert_eq!(db.texts("select a from p order by id"), [Some("céf£€".to_owned()), Some("text".to_owned()), None]);
    }
});
