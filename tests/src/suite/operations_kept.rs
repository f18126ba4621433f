//! What a change of a column leaves as it is: checks, collations, and columns that only look like ours.

use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind};

use super::operations_run::{answer, migrate_in_steps, refused, schema, sent};
use crate::{TestDatabase, case};

fn longer(op: &mut Operations<'_>) -> migrator_core::Result<Done> {
    op.alter_column("p", "k", |c| c.set_type(ColumnType::String(9)).using("concat('n', k)"))
}

fn checks(db: &TestDatabase) -> usize {
    schema(db).table("p").unwrap().checks.len()
}

case!(only = [MariaDb], values_are_not_changed_by_an_expression_under_a_check, |db| {
    for (definition, named) in [
        ("k int, constraint big check (k > 5)", "the check big"),
        ("k int, j int, constraint both_ check (k > j)", "the check both_"),
        ("k int, j int check (j <> 3), g int as (k + 1) stored", "the generated column g"),
    ] {
        db.sql(&format!("drop table if exists p; create table p (id int primary key, {definition})"));
        db.sql("insert into p (id, k) values (1, 7)");
        let before = checks(db);
        let (kind, text) = refused(db, longer);
        assert_eq!(kind, ErrorKind::Unsupported, "{text}");
        assert!(text.contains(named), "{text}");
        assert_eq!((checks(db), db.count("select k from p")), (before, 7));
    }
    db.sql("drop table p; create table p (id int primary key, k int, j int check (j <> 3)); insert into p values (1, 7, 1)");
    assert_eq!(answer(db, longer).unwrap(), Done::Done);
    assert_eq!(db.texts("select k from p"), [Some("n7".to_owned())]);
    assert_eq!(checks(db), 1);
});

case!(only = [MariaDb], a_column_of_the_users_is_not_taken_for_half_of_a_change, |db| {
    for definition in ["p_k_new varchar(9)", "P_K_New varchar(9) as (concat('x', k)) stored"] {
        db.sql(&format!("drop table if exists p; create table p (id int primary key, k int, {definition})"));
        db.sql("insert into p (id, k) values (1, 7)");
        let (kind, text) = refused(db, longer);
        assert_eq!(kind, ErrorKind::Unsupported, "{text}");
        assert!(text.to_lowercase().contains("has a column p_k_new"), "{text}");
        assert_eq!(db.count("select k from p"), 7);
    }
});

case!(only = [MariaDb], half_of_another_change_is_begun_again, |db| {
    db.sql("create table p (id int primary key, k int); insert into p values (1, 7)");
    let statements = sent(db, true, |op| {
        longer(op)?;
        Ok(())
    });
    assert_eq!(statements.len(), 3, "{statements:?}");
    db.sql("drop table p; create table p (id int primary key, k int); insert into p values (1, 7)");
    db.sql(&statements[0]);
    let rest = sent(db, true, |op| {
        longer(op)?;
        Ok(())
    });
    assert_eq!(rest, statements[1..]);
    db.sql("drop table p; create table p (id int primary key, k int); insert into p values (1, 7)");
    db.sql(&statements[..2].join(";"));
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::String(9)).using("concat('m', k)"))).unwrap();
    assert_eq!(db.texts("select k from p"), [Some("m7".to_owned())]);
    assert_eq!(db.columns("p"), ["id", "k"]);
    assert_eq!(schema(db).table("p").unwrap().column("k").unwrap().comment, None);
});

case!(only = [MariaDb], a_check_named_like_a_column_stays_the_tables, |db| {
    db.sql("create table p (id int primary key, k int, j int check (j > 0), constraint k check (k > 5))");
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::BigInteger))).unwrap();
    answer(db, |op| op.alter_column("p", "j", |c| c.set_type(ColumnType::BigInteger))).unwrap();
    assert_eq!(checks(db), 2);
    assert!(db.refuses("insert into p values (1, 4, 1)") && db.refuses("insert into p values (1, 7, 0)"));
    answer(db, |op| op.drop_constraint("p", "k")).unwrap();
    answer(db, |op| op.drop_constraint("p", "j")).unwrap();
    assert_eq!(checks(db), 0);
});

case!(only = [Postgres], a_check_of_the_users_is_not_taken_for_half_of_a_change, |db| {
    db.sql("create table p (k text, constraint p_k_not_null check (k <> '')); insert into p values ('a')");
    migrate_in_steps(db, |op| {
        op.alter_column("p", "k", |c| c.set_not_null())?;
        Ok(())
    })
    .unwrap();
    assert_eq!(checks(db), 1);
    assert!(db.refuses("insert into p values ('')") && db.refuses("insert into p values (null)"));
});

case!(only = [Postgres], a_collation_goes_along_to_another_type, |db| {
    db.sql("create table p (k varchar(5) collate \"C\", j varchar(5)); create index on p (k)");
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::Text))).unwrap();
    answer(db, |op| op.alter_column("p", "j", |c| c.set_type(ColumnType::Text))).unwrap();
    let table = schema(db);
    let table = table.table("p").unwrap();
    assert_eq!(table.column("k").unwrap().collation.as_deref(), Some("C"));
    assert_eq!(table.column("j").unwrap().collation, None);
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::Integer).using("1"))).unwrap();
});

case!(only = [MariaDb], an_index_goes_along_with_values_made_by_an_expression, |db| {
    let definition = "id int primary key, k varchar(20), s text, key i (k(5), id), fulltext f (k), key l (s(9))";
    db.sql(&format!("create table p ({definition}); insert into p values (1, 'seven', 'x')"));
    let indexes = || {
        db.texts(
            "select concat_ws(' ', index_name, index_type, column_name, sub_part) \
        from information_schema.statistics where table_schema = database() and table_name = 'p' order by 1",
        )
    };
    let before = indexes();
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::String(30)).using("upper(k)"))).unwrap();
    answer(db, |op| op.alter_column("p", "s", |c| c.set_type(ColumnType::Binary).using("upper(s)"))).unwrap();
    assert_eq!(indexes(), before);
    // a length where the new type needs one, none where it takes none
    answer(db, |op| op.drop_index("p", "f")).unwrap();
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::Integer).using("length(k)"))).unwrap();
    answer(db, |op| op.alter_column("p", "k", |c| c.set_type(ColumnType::Text).using("repeat('a', k)"))).unwrap();
    answer(db, |op| op.alter_column("p", "s", |c| c.set_type(ColumnType::String(4)).using("s"))).unwrap();
    assert_eq!(
        indexes(),
        ["i BTREE id", "i BTREE k 191", "l BTREE s", "PRIMARY BTREE id"].map(|text| Some(text.to_owned()))
    );
});

case!(only = [MariaDb], what_new_values_could_not_have_again_is_named_and_nothing_is_sent, |db| {
    for (definition, named) in [
        ("id int, k int primary key", "the primary key"),
        ("id int primary key, k int, key i (k) comment 'of mine'", "the index i"),
        ("id int primary key, k int, key i (k), foreign key f (k) references q (id)", "f"),
        ("id int primary key, k int, unique key u (k)", "the foreign key "),
    ] {
        db.sql("drop table if exists r; drop table if exists p; create table if not exists q (id int primary key)");
        db.sql("insert ignore into q values (7)");
        db.sql(&format!("create table p ({definition}); insert into p (id, k) values (1, 7)"));
        if definition.contains("unique") {
            db.sql("create table r (k int references p (k))");
        }
        let (kind, text) = refused(db, longer);
        assert_eq!(kind, ErrorKind::Unsupported, "{text}");
        assert!(text.contains(named), "{named}: {text}");
    }
});
