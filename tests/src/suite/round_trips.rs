//! How much a migration sends besides its own statements, held to a number so that it does not grow unseen.

use migrator_core::prelude::*;
use migrator_core::{Event, Policy};

use super::books::user_tables;
use super::guard::own as own_sql;
use super::handmade::{Handmade, revision};
use super::session;
use crate::{Engine, TestDatabase, case};

/// A table and an index.
fn makes(number: usize) -> Handmade {
    revision(&format!("{number:03}")).up(move |op| {
        op.execute(format!("create table t_{number} (id integer, name varchar(20))"))?;
        op.execute(format!("create index i_{number} on t_{number} (name)"))?;
        Ok(())
    })
}

/// What a run of so many migrations sends, on a database of its own where one migration stands already.
fn sent(db: &TestDatabase, count: usize) -> Vec<String> {
    let db = db.another();
    let mut conn = db.connect();
    Migrator::new().with(makes(0)).run_pending(&mut *conn).unwrap();
    let seen = session::of(&mut *conn).watch();
    let report = Migrator::new().with_all((0..=count).map(makes)).run_pending(&mut *conn).unwrap();
    assert_eq!(report.steps().len(), count);
    own(seen.take())
}

/// BEGIN and COMMIT are told twice: as transactions and as statements.
fn own(mut sent: Vec<String>) -> Vec<String> {
    sent.retain(|line| !line.starts_with("transaction "));
    sent
}

case!(a_migration_sends_so_many_statements_and_no_more, |db| {
    let (few, many) = (sent(db, 3), sent(db, 13));
    let for_each = match db.engine() {
        // BEGIN, where the file is, whether others committed; two of its own; two round its verify; the histories, COMMIT
        Engine::Sqlite => 10,
        // BEGIN with the lock, what stands; two of its own; three round its verify; the histories, COMMIT
        Engine::Postgres => 9,
        // What stands; which table the first will be, that it begins, itself; the same of the second, with the table as it
        // is printed; two round its verify; the histories
        Engine::MariaDb => 11,
    };
    assert_eq!((many.len() - few.len()) / 10, for_each, "{few:#?}");
});

case!(what_a_migration_writes_into_diesels_table_is_seen_before_the_next, |db| {
    let writes = || revision("002").sends("insert into __diesel_schema_migrations (version) values ('003')");
    let all = || Migrator::new().with(makes(1)).with(writes()).with(makes(3)).with(makes(4));
    let report = all().run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps().len(), 3, "{report}");
    assert_eq!(user_tables(db), ["t_1", "t_4"]);
    if db.engine() != Engine::MariaDb {
        let other = db.another();
        let report = all().single_transaction().run_pending(&mut *other.connect()).unwrap();
        assert_eq!(report.steps().len(), 3, "{report}");
        assert_eq!(user_tables(&other), ["t_1", "t_4"]);
    }
});

case!(what_others_commit_between_two_migrations_is_seen_before_the_next, |db| {
    let (url, engine) = (db.url().to_owned(), db.engine());
    let meddles = move |event: &Event| {
        if matches!(event, Event::MigrationEnded { revision, .. } if revision.as_str() == "002") {
            let mut conn = crate::direct::open_for_tests(engine, &url).unwrap();
            session::of(&mut *conn).sql("insert into __diesel_schema_migrations (version) values ('003')");
        }
    };
    let report =
        Migrator::new().with_all((1..=4).map(makes)).observer(meddles).run_pending(&mut *db.connect()).unwrap();
    assert_eq!(report.steps().len(), 3, "{report}");
    assert_eq!(user_tables(db), ["t_1", "t_2", "t_4"]);
});

/// What undoing so many sends, all but the first of them.
fn sent_back(db: &TestDatabase, count: usize, portable: bool) -> Vec<String> {
    let db = db.another();
    let mut conn = db.connect();
    let undoes = move |number: usize| {
        makes(number).down(move |op| {
            match portable {
                true => op.drop_table(format!("t_{number}"))?,
                false => op.execute(format!("drop table t_{number}"))?,
            };
            Ok(())
        })
    };
    let migrator = Migrator::new().with_all((0..=count).map(undoes));
    migrator.run_pending(&mut *conn).unwrap();
    let seen = session::of(&mut *conn).watch();
    let report = migrator.downgrade(&mut *conn, "000").unwrap();
    assert_eq!(report.steps().len(), count);
    own(seen.take())
}

case!(an_undone_migration_sends_so_many_statements_and_no_more, |db| {
    // As SQL text, and as a portable operation, which asks besides who references the table.
    let for_each = match db.engine() {
        // BEGIN, where the file is, whether others committed; whether the table has rows, and for an operation whether it is
        // there, and whether a foreign key begins or ends in it (two); its own; the histories, COMMIT
        Engine::Sqlite => [7, 10],
        // BEGIN with the lock, what stands; which table it is, its lock, whether it has rows; its own; the histories, COMMIT
        Engine::Postgres => [8, 11],
        // The journal, and what stands before and after a definition, which commits by itself.
        Engine::MariaDb => [10, 7],
    };
    for (portable, for_each) in [false, true].into_iter().zip(for_each) {
        let (few, many) = (sent_back(db, 3, portable), sent_back(db, 13, portable));
        assert_eq!((many.len() - few.len()) / 10, for_each, "{few:#?}");
    }
});

/// What a run of so many in one transaction sends, on a database of its own where one migration stands already.
fn sent_in_one(db: &TestDatabase, count: usize) -> Vec<String> {
    let db = db.another();
    let mut conn = db.connect();
    Migrator::new().with(makes(0)).run_pending(&mut *conn).unwrap();
    let seen = session::of(&mut *conn).watch();
    let all = Migrator::new().with_all((0..=count).map(makes)).single_transaction();
    assert_eq!(all.run_pending(&mut *conn).unwrap().steps().len(), count);
    own(seen.take())
}

case!(a_migration_in_one_transaction_sends_so_many_statements_and_no_more, |db| {
    if db.engine() == Engine::MariaDb {
        return;
    }
    let (few, many) = (sent_in_one(db, 3), sent_in_one(db, 13));
    // Where it can be gone back to; two of its own; three round its verify; the histories, and that it stands. Where others
    // may write to Diesel's table meanwhile, it is looked at.
    let for_each = if db.engine() == Engine::Sqlite { 8 } else { 9 };
    assert_eq!((many.len() - few.len()) / 10, for_each, "{few:#?}");
});

/// A row more and values changed in a table that is there, as text or through the user's own connection.
fn changes(number: usize, by_own: bool) -> Handmade {
    let sql = format!(
        "insert into old_{number} values (100, 'new', 1); update old_{number} set amount = amount + 1 where id < 5"
    );
    revision(&format!("{number:03}")).up(move |op| {
        if by_own {
            return own_sql(op, &sql);
        }
        op.execute(&sql)?;
        Ok(())
    })
}

/// How many statements each of ten such migrations sends, with the guard and with every loss allowed.
fn sent_for_old(db: &TestDatabase, by_own: bool, policy: Policy) -> usize {
    let sent = |count: usize| {
        let db = db.another();
        for number in 0..=count {
            db.sql(&format!("create table old_{number} (id integer primary key, name varchar(9), amount integer)"));
            db.sql(&format!("insert into old_{number} values (1, 'a', 1), (2, 'b', 2)"));
        }
        let mut conn = db.connect();
        let first = || changes(0, by_own);
        Migrator::new().with(first()).run_pending(&mut *conn).unwrap();
        let seen = session::of(&mut *conn).watch();
        let all = Migrator::new().with_all((0..=count).map(|number| changes(number, by_own))).data_loss(policy);
        assert_eq!(all.run_pending(&mut *conn).unwrap().steps().len(), count);
        own(seen.take())
    };
    let (few, many) = (sent(3), sent(13));
    (many.len() - few.len()) / 10
}

case!(only = [Sqlite, Postgres], the_guard_adds_so_many_statements_to_a_migration_of_old_tables_and_no_more, |db| {
    let more =
        [false, true].map(|by_own| sent_for_old(db, by_own, Policy::Refuse) - sent_for_old(db, by_own, Policy::Allow));
    // As text, and through the user's own connection.
    let wanted = match db.engine() {
        // Where old rows end, and what a change of them reaches; what stood, what has moved, and whether it has a NULL
        Engine::Sqlite => [6, 6],
        // What a change of its rows reaches; what was touched is asked together with two questions that are asked anyway, so
        // that what is left is whether a row of it has a NULL, for one of these
        _ => [1, 0],
    };
    assert_eq!(more, wanted);
});

/// What is sent after the last commit of a run of one migration, in a database of so many tables.
fn sent_afterwards(db: &TestDatabase, tables: usize) -> Vec<String> {
    let db = db.another();
    for number in 0..tables {
        let references = number.checked_sub(1).map(|parent| format!(", foreign key (id) references old_{parent} (id)"));
        let references = references.unwrap_or_default();
        db.sql(&format!("create table old_{number} (id integer primary key, name varchar(20){references})"));
        db.sql(&format!("create index by_name_{number} on old_{number} (name)"));
    }
    let mut conn = db.connect();
    Migrator::new().with(makes(0)).run_pending(&mut *conn).unwrap();
    let seen = session::of(&mut *conn).watch();
    Migrator::new().with(makes(0)).with(makes(1)).run_pending(&mut *conn).unwrap();
    let mut sent = own(seen.take());
    let record =
        sent.iter().rposition(|sql| sql.contains("INSERT INTO") && sql.contains("__migrator_history")).unwrap();
    sent.split_off(record + 1)
}

case!(the_schema_is_kept_in_so_many_statements_however_many_tables_there_are, |db| {
    let (few, many) = (sent_afterwards(db, 1), sent_afterwards(db, 40));
    assert_eq!(few.len(), many.len(), "{many:#?}");
    let wanted = match db.engine() {
        // COMMIT; the schema; whether its table is there and two writes in a transaction of their own; whether keys are
        // enforced; the settings, and one of them put back
        Engine::Sqlite => 10,
        // COMMIT; four questions for the schema; where its table is, and two writes in a transaction of their own; what is
        // unsound, whether keys are enforced; the settings put back
        Engine::Postgres => 14,
        // The same without transactions, and the product and the books of backups asked for by each that wants to know.
        Engine::MariaDb => 29,
    };
    assert_eq!(few.len(), wanted, "{few:#?}");
});
