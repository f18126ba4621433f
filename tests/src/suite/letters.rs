//! Letters that not every character set has: in our own tables, and in what the catalogue tells of a column.

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, create_table_backup, restore_table_backup, row};

use super::operations_run::{answer, migrate, refused};
use crate::{Engine, TestDatabase, case};

const BOOKS: [&str; 3] = ["__migrator_history", "__migrator_backups", "__migrator_schema"];

fn set_letters(db: &TestDatabase, letters: &str) {
    if db.engine() == Engine::MariaDb {
        db.sql(&format!("alter database {} character set {letters}", db.name()));
    }
}

fn snowman(db: &TestDatabase) {
    migrate(db, |op| {
        op.create_table("☃", |t| drop((t.id(), t.string("日本", 9))))?;
        op.insert_rows("☃", ["日本"], [row!["x"]])?;
        Ok(())
    })
    .unwrap();
    let made = create_table_backup(&mut *db.connect(), "☃", "日本 ☃").unwrap();
    db.sql("delete from `☃`");
    restore_table_backup(&mut *db.connect(), &made).unwrap();
    assert_eq!(db.texts("select `日本` from `☃`"), [Some("x".to_owned())]);
}

case!(only = [MariaDb], our_own_tables_take_every_letter_whatever_the_database_is_set_to, |db| {
    set_letters(db, "latin1");
    snowman(db);
    for book in BOOKS {
        let narrow = format!(
            "select count(*) from information_schema.columns where table_schema = database() \
             and table_name = '{book}' and character_set_name <> 'utf8mb4'"
        );
        assert_eq!(db.count(&narrow), 0, "{book}");
    }
});

case!(only = [MariaDb], our_tables_of_an_older_version_learn_to_take_every_letter, |db| {
    set_letters(db, "latin1");
    answer(db, |op| op.create_table("t", |t| t.id())).unwrap();
    create_table_backup(&mut *db.connect(), "t", "first").unwrap();
    for book in BOOKS {
        db.sql(&format!("alter table {book} convert to character set latin1"));
    }
    snowman(db);
    assert_eq!(db.count("select count(*) from __migrator_backups where label in ('first', '日本 ☃')"), 2);
});

case!(only = [MariaDb], a_default_that_the_catalogue_cannot_print_goes_through_every_change, |db| {
    set_letters(db, "utf8mb4");
    db.sql(
        "create table t (id int primary key, em varchar(20) default '🎉', by_ varbinary(20) default x'00ff27', \
         up varchar(30) default ' on update x', tx text default ('🎉?'), \
         at timestamp null default null on update current_timestamp, \
         moment varchar(60) default concat(' on update ', 'current_timestamp'))",
    );
    let columns = ["em", "by_", "up", "tx", "at", "moment"];
    let defaults = || {
        db.sql("delete from t; insert into t (id) values (1)");
        db.rows("select em, hex(by_), up, tx, at, moment from t")
    };
    let before = defaults();
    for column in columns {
        assert_eq!(answer(db, move |op| op.alter_column("t", column, |c| c.comment("said"))).unwrap(), Done::Done);
        assert_eq!(answer(db, move |op| op.alter_column("t", column, |c| c.comment("said"))).unwrap(), Done::Already);
    }
    answer(db, |op| op.alter_column("t", "em", |c| c.set_type(ColumnType::Text))).unwrap();
    answer(db, |op| op.alter_column("t", "up", |c| c.set_type(ColumnType::String(40)))).unwrap();
    assert_eq!(defaults(), before);
    let updates = "select count(*) from information_schema.columns where table_schema = database() \
                   and table_name = 't' and extra like 'on update%'";
    assert_eq!(db.count(updates), 1);
});

case!(a_party_is_no_other_shape_the_second_time, |db| {
    set_letters(db, "utf8mb4");
    let party = |op: &mut Operations<'_>| {
        op.create_table("t", |t| {
            t.id();
            t.string("a", 9).default("🎉");
            t.text("b").default("🎉'\\");
            t.text("c").comment("🎉");
        })
    };
    assert_eq!(answer(db, party).unwrap(), Done::Done);
    assert_eq!(answer(db, party).unwrap(), Done::Already);
    let set = |op: &mut Operations<'_>| op.alter_column("t", "c", |c| c.set_default("🎉 ?").comment("a 🎉"));
    assert_eq!(answer(db, set).unwrap(), Done::Done);
    assert_eq!(answer(db, set).unwrap(), Done::Already);
});

case!(only = [MariaDb], what_cannot_be_said_again_is_refused, |db| {
    set_letters(db, "utf8mb4");
    db.sql(
        "create table t (id int primary key, e enum('a', '🎉') default '🎉', f varchar(9) default (upper('🎉')), \
         g varchar(9) as (concat(f, '🎉')) stored)",
    );
    for column in ["e", "f", "g"] {
        let (kind, text) = refused(db, move |op| op.alter_column("t", column, |c| c.comment("said")));
        assert_eq!(kind, ErrorKind::Unsupported, "{text}");
        assert!(text.contains("prints ?"), "{text}");
    }
    answer(db, |op| op.alter_column("t", "f", |c| c.set_default("x").comment("said"))).unwrap();
});
