//! Nobody gets between a copy and the step that it was made for: what was written is in the table or in a backup.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use migrator_core::prelude::*;
use migrator_core::{Backups, Loss, Metadata};

use super::books::{copies, user_tables};
use super::handmade::{Handmade, migration};
use crate::{TestDatabase, case};

/// Runs a migration while another session writes as fast as it can; the numbers that its database said it had.
fn hammered(db: &TestDatabase, migration: Handmade) -> BTreeSet<i64> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut number, mut written) = (100_000, BTreeSet::new());
            while !over.load(Ordering::SeqCst) {
                if !db.refuses(&format!("insert into logs (id, line) values ({number}, 'late')")) {
                    written.insert(number);
                }
                number += 1;
            }
            written
        });
        while db.count("select count(*) from logs where id >= 100000") == 0 {
            thread::yield_now();
        }
        let migrator = Migrator::new().with(migration).backup_before(Backups::Destructive);
        let ended = migrator.run_pending(&mut *db.connect());
        over.store(true, Ordering::SeqCst);
        ended.unwrap();
        writer.join().unwrap()
    })
}

/// What is in the table and in every copy of it.
fn kept(db: &TestDatabase) -> BTreeSet<i64> {
    let standing = user_tables(db).into_iter().filter(|table| table == "logs");
    let numbers = |table: String| {
        let texts = db.texts(&format!("select id from {table} where id >= 100000"));
        texts.into_iter().flatten().map(|text| text.parse::<i64>().unwrap())
    };
    standing.chain(copies(db)).flat_map(numbers).collect()
}

fn filled(db: &TestDatabase) {
    db.sql("create table logs (id integer primary key, line varchar(40), more integer)");
    let rows: Vec<_> = (0..20_000).map(|id| format!("({id}, 'line {id}', 1)")).collect();
    db.sql(&format!("insert into logs values {}", rows.join(", ")));
}

fn loses(loss: Loss) -> Handmade {
    migration(Metadata::new("1").allow_loss(loss).transaction(false))
}

#[track_caller]
fn nothing_is_lost(db: &TestDatabase, migration: Handmade) {
    filled(db);
    let written = hammered(db, migration);
    let kept = kept(db);
    let lost: Vec<_> = written.difference(&kept).collect();
    assert!(lost.is_empty(), "{} of {} are nowhere: {lost:?}", lost.len(), written.len());
    let mut conn = db.connect();
    let migrator = Migrator::registered();
    let backups = migrator.backups(&mut *conn).unwrap();
    assert!(!backups.is_empty());
    let newest = backups.last().unwrap();
    migrator_core::Restore::new(&newest.id()).discard_newer_rows().run(&mut *conn).unwrap();
    assert_eq!(db.count("select count(*) from logs"), i64::try_from(newest.rows()).unwrap());
}

case!(only = [MariaDb], nobody_gets_between_a_copy_and_the_drop_of_its_table, |db| {
    nothing_is_lost(db, loses(Loss::table("logs")).sends("drop table logs"));
});

case!(only = [MariaDb], nobody_gets_between_a_copy_and_a_portable_drop, |db| {
    let drops = loses(Loss::table("logs")).up(|op| {
        op.drop_table("logs")?;
        Ok(())
    });
    nothing_is_lost(db, drops);
});

case!(only = [MariaDb], nobody_gets_between_a_copy_and_the_rows_that_go, |db| {
    nothing_is_lost(db, loses(Loss::rows("logs")).sends("delete from logs"));
});

case!(only = [MariaDb], nobody_gets_between_a_copy_and_a_table_that_is_emptied, |db| {
    nothing_is_lost(db, loses(Loss::rows("logs")).sends("truncate table logs"));
});
