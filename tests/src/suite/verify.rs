//! `verify` finds what is not as it should be, writes nothing, and each remedy, run as printed, clears its finding.

use migrator_core::{Condition, Finding, FindingKind, Metadata, Remedy, VerifyReport, create_table_backup, prelude::*};

use super::books::{DIESEL_TABLE, HISTORY_TABLE, everything, user_tables};
use super::crashes::events;
use super::crashes_of_backups::kill;
use super::handmade::{creates, migration, revision};
use crate::replica::{Project, Replica};
use crate::{Engine, TestDatabase, case};

/// Looks, and sees that the database is as it was.
#[track_caller]
fn verified(db: &TestDatabase, migrator: &Migrator) -> VerifyReport {
    let before = everything(db);
    let report = migrator.verify_full(&mut *db.connect()).unwrap();
    assert_eq!(everything(db), before);
    report
}

fn kinds(report: &VerifyReport) -> Vec<FindingKind> {
    report.findings().iter().map(Finding::kind).collect()
}

/// Runs the remedy as it is printed: SQL is sent, a command is called.
#[track_caller]
fn run(db: &TestDatabase, migrator: &Migrator, finding: &Finding) {
    match finding.remedy() {
        Remedy::Sql(sql) => db.sql(sql),
        Remedy::Command(command) => {
            let mut conn = db.connect();
            match command.split_once(' ').unwrap() {
                ("stamp", target) => drop(migrator.stamp(&mut *conn, target).unwrap()),
                ("restore", id) => migrator.restore(&mut *conn, &id.parse().unwrap()).unwrap(),
                _ => panic!("{command}"),
            }
        }
        other => panic!("{other} cannot be run"),
    }
}

/// Finds just this, and after its remedy nothing.
#[track_caller]
fn assert_cleared(db: &TestDatabase, migrator: &Migrator, kind: FindingKind) -> String {
    let report = verified(db, migrator);
    assert_eq!(kinds(&report), [kind], "{report}");
    assert_eq!(report.exit_code(), 4);
    run(db, migrator, &report.findings()[0]);
    let after = verified(db, migrator);
    assert!(after.is_clean() && after.exit_code() == 0, "{after}");
    report.to_string()
}

fn users() -> Migrator {
    Migrator::new().with(creates("1", "users"))
}

/// The migrator's database after its run.
fn run_pending(db: &TestDatabase, migrator: Migrator) -> Migrator {
    migrator.run_pending(&mut *db.connect()).unwrap();
    migrator
}

case!(a_database_as_the_last_run_left_it_is_clean, |db| {
    let migrator = run_pending(db, users());
    let report = verified(db, &migrator);
    assert!(report.is_clean() && report.notes().is_empty(), "{report}");
    assert_eq!(report.to_string(), "nothing was found that is not as it should be");
    migrator.downgrade(&mut *db.connect(), "base").unwrap();
    let report = verified(db, &migrator);
    assert!(report.is_clean() && report.notes().is_empty(), "{report}");
});

case!(drift_is_told_as_a_difference_and_stamp_accepts_it, |db| {
    let migrator = run_pending(db, users());
    db.sql("create index by_hand on users (name)");
    db.sql("alter table users add column age integer");
    db.sql("create table surplus (id integer primary key)");
    let told = assert_cleared(db, &migrator, FindingKind::Drift);
    for line in ["+ table surplus (id ", "  + column age ", "  + index by_hand (name)", "remedy: stamp 1"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    db.sql("drop table surplus");
    let told = assert_cleared(db, &migrator, FindingKind::Drift);
    assert!(told.contains("- table surplus (id "), "{told}");
});

case!(drift_is_not_told_where_the_schema_kept_is_of_other_revisions, |db| {
    db.sql(&format!(
        "create table {DIESEL_TABLE} (version varchar(50) primary key not null, \
         run_on timestamp not null default current_timestamp); insert into {DIESEL_TABLE} (version) values ('1')"
    ));
    let report = verified(db, &users());
    assert!(report.is_clean(), "{report}");
    assert!(report.to_string().contains("no run has kept the schema"), "{report}");
    assert!(report.to_string().contains("to keep it now, if it is as it should be: stamp 1"), "{report}");
    users().stamp(&mut *db.connect(), "1").unwrap();
    assert!(verified(db, &users()).notes().is_empty());
    let two = run_pending(db, users().with(creates("2", "orgs")));
    db.sql(&format!("insert into {DIESEL_TABLE} (version) values ('3'); create table three (id integer)"));
    let report = verified(db, &two.with(revision("3")));
    assert!(report.is_clean() && report.notes()[0].contains("other revisions"), "{report}");
});

case!(an_unknown_revision_is_found, |db| {
    run_pending(db, users().with(revision("2")));
    let older = users();
    let report = verified(db, &older);
    assert_eq!(kinds(&report), [FindingKind::UnknownRevision], "{report}");
    run(db, &older, &report.findings()[0]);
    assert!(verified(db, &older).is_clean());
});

case!(a_missing_parent_is_found, |db| {
    run_pending(db, Migrator::new().with(creates("2", "b")).with(revision("3")));
    let migrator = Migrator::new().with(revision("1")).with(migration(Metadata::new("2").down_revision("1")));
    let migrator = migrator.with(migration(Metadata::new("3").down_revision("2")));
    let refused = migrator.downgrade(&mut *db.connect(), "-1").unwrap_err();
    assert!(refused.to_string().contains("stamp(conn, \"3\")"), "{refused}");
    assert_cleared(db, &migrator, FindingKind::MissingRevision);
    assert_eq!(migrator.current(&mut *db.connect()).unwrap(), ["3"]);
});

case!(what_was_begun_and_did_not_end_is_found, |db| {
    let migrator = run_pending(db, users()).with(revision("2"));
    db.sql(&format!(
        "insert into {HISTORY_TABLE} (format, revision, direction, state, started_at, who) \
         values (1, '2', 'up', 'started', '2026-11-23T03:00:00Z', 'somebody else')"
    ));
    let told = assert_cleared(db, &migrator, FindingKind::Interrupted);
    assert!(told.contains("begun at 2026-11-23T03:00:00Z by somebody else"), "{told}");
    assert_eq!(migrator.pending(&mut *db.connect()).unwrap(), ["2"]);
});

case!(an_edited_migration_is_found, |db| {
    run_pending(db, Migrator::group("before the edit"));
    let edited = Migrator::group("after the edit");
    assert_cleared(db, &edited, FindingKind::Edited);
    let report = edited.run_pending(&mut *db.connect()).unwrap();
    assert!(report.is_empty() && report.edited().is_empty(), "{report}");
    let history = edited.history(&mut *db.connect()).unwrap();
    assert_eq!(history.last().unwrap().state, "stamped");
});

case!(only = [Postgres], an_invalid_index_is_found, |db| {
    let migrator = run_pending(db, users());
    db.sql("insert into users (name) values ('twice'), ('twice')");
    let builds = migration(Metadata::new("2").transaction(false)).up(|op| {
        op.create_index("users", Index::on(["name"]).unique().named("by_name").concurrently())?;
        Ok(())
    });
    let migrator = migrator.with(builds);
    migrator.run_pending(&mut *db.connect()).unwrap_err();
    db.sql("delete from users where id = 2");
    let report = verified(db, &migrator);
    let found = report.findings().iter().find(|finding| finding.kind() == FindingKind::InvalidIndex).unwrap();
    run(db, &migrator, found);
    assert!(!kinds(&verified(db, &migrator)).contains(&FindingKind::InvalidIndex));
});

case!(only = [Postgres], a_constraint_that_was_never_checked_is_found_also_right_after_the_run, |db| {
    let leaves =
        migration(Metadata::new("2")).sends("alter table users add constraint named check (name <> '') not valid");
    let migrator = users().with(leaves);
    let report = migrator.run_pending(&mut *db.connect()).unwrap();
    let found: Vec<_> = report.findings().iter().map(Finding::kind).collect();
    assert_eq!(found, [FindingKind::UnvalidatedConstraint]);
    assert!(report.to_string().contains("remedy: ALTER TABLE \"users\" VALIDATE CONSTRAINT \"named\""), "{report}");
    // checked now, it prints itself otherwise: that is drift, which the stamp accepts
    db.sql(&found_remedy(&report.findings()[0]));
    assert_eq!(kinds(&verified(db, &migrator)), [FindingKind::Drift]);
});

fn found_remedy(finding: &Finding) -> String {
    finding.remedy().to_string()
}

/// A table whose rows reference orgs, one of which is not there.
fn with_an_orphan(db: &TestDatabase, column: &str) -> Migrator {
    let orgs = match db.engine() {
        Engine::Sqlite => "create table orgs (id integer primary key)",
        Engine::Postgres | Engine::MariaDb => "create table orgs (id bigint primary key)",
    };
    let column = column.to_owned();
    let references = migration(Metadata::new("1")).up(move |op| {
        op.execute(orgs)?;
        let nullable = column == "nullable";
        op.create_table("users", |t| {
            t.id();
            let org = t.big_integer("org_id").references("orgs", "id");
            if !nullable {
                org.not_null();
            }
        })?;
        Ok(())
    });
    let migrator = run_pending(db, Migrator::new().with(references));
    let (off, on) = blindfold(db);
    db.sql(off);
    db.sql("insert into orgs (id) values (1)");
    db.sql("insert into users (id, org_id) values (1, 1), (2, 7)");
    db.sql(on);
    migrator
}

case!(a_broken_foreign_key_is_found_by_a_full_look_and_the_row_is_set_aside, |db| {
    let migrator = with_an_orphan(db, "not null");
    assert!(migrator.verify(&mut *db.connect()).unwrap().is_clean());
    let told = assert_cleared(db, &migrator, FindingKind::BrokenForeignKey);
    assert!(told.contains("1 row of users"), "{told}");
    assert_eq!(db.count("select count(*) from users"), 1);
    assert_eq!(db.count("select org_id from __migrator_orphans_users"), 7);
});

case!(a_reference_that_may_be_null_is_emptied, |db| {
    let migrator = with_an_orphan(db, "nullable");
    assert_cleared(db, &migrator, FindingKind::BrokenForeignKey);
    assert_eq!(db.texts("select org_id from users order by id"), [Some("1".to_owned()), None]);
    assert_eq!(db.count("select id from __migrator_orphans_users"), 2);
});

case!(only = [Sqlite], foreign_keys_are_looked_at_however_they_say_what_they_reference, |db| {
    let migrator = Migrator::new().allow_empty();
    let (off, on) = blindfold(db);
    db.sql("create table Users (id integer primary key); create table plain (a)");
    db.sql("create table keys (a references users, b references plain)");
    db.sql(off);
    db.sql("insert into keys values (1, null)");
    db.sql(on);
    let told = assert_cleared(db, &migrator, FindingKind::BrokenForeignKey);
    assert!(told.contains("1 row of keys"), "{told}");
});

/// What makes a session blind to foreign keys, and what makes it see again.
fn blindfold(db: &TestDatabase) -> (&'static str, &'static str) {
    match db.engine() {
        Engine::Sqlite => ("pragma foreign_keys = off", "pragma foreign_keys = on"),
        Engine::Postgres => ("set session_replication_role = replica", "set session_replication_role = origin"),
        Engine::MariaDb => ("set foreign_key_checks = 0", "set foreign_key_checks = 1"),
    }
}

case!(a_run_that_foreign_keys_did_not_bind_is_looked_after_in_the_tables_that_it_touched, |db| {
    let orphans = |table: &'static str| {
        move |op: &mut Operations<'_>| {
            op.execute(format!("insert into {table} (org_id) values (7)"))?;
            Ok(())
        }
    };
    let tables = migration(Metadata::new("1")).up(|op| {
        op.create_table("orgs", |t| t.id())?;
        for table in ["users", "teams"] {
            op.create_table(table, |t| {
                t.id();
                t.big_integer("org_id").references("orgs", "id");
            })?;
        }
        Ok(())
    });
    let migrator = run_pending(db, Migrator::new().with(tables));
    let mut conn = db.connect();
    conn.database().batch(blindfold(db).0).unwrap();
    let migrator = migrator.with(migration(Metadata::new("2")).up(orphans("users")));
    let report = migrator.run_pending(&mut *conn).unwrap();
    let found: Vec<_> = report.findings().iter().map(Finding::kind).collect();
    assert_eq!(found, [FindingKind::BrokenForeignKey], "{report}");
    // what a run did not touch it does not look at
    let migrator = migrator.with(migration(Metadata::new("3")).up(orphans("teams")));
    let report = migrator.run_pending(&mut *conn).unwrap();
    assert_eq!(report.findings().len(), 1, "{report}");
    assert!(report.findings()[0].what().contains("of teams"), "{report}");
    // in a session that they bind, nothing needs looking, unless a migration takes the blindfold itself
    let (off, on) = blindfold(db);
    conn.database().batch(on).unwrap();
    let migrator = migrator.with(migration(Metadata::new("4")).sends("update users set id = id"));
    assert!(migrator.run_pending(&mut *conn).unwrap().findings().is_empty());
    let takes = migration(Metadata::new("5").transaction(false)).up(move |op| {
        op.execute(off)?;
        op.execute("update users set id = id")?;
        op.execute(on)?;
        Ok(())
    });
    let migrator = migrator.with(takes);
    assert_eq!(migrator.run_pending(&mut *conn).unwrap().findings().len(), 1);
    assert_eq!(kinds(&verified(db, &migrator)), [FindingKind::BrokenForeignKey; 2]);
});

/// A migration that makes a table with a column and an index, and says so.
fn ensuring() -> Migrator {
    let metadata = Metadata::new("1")
        .ensures(Condition::table("users"))
        .ensures(Condition::column("users", "name"))
        .ensures(Condition::index("users", "by_name"))
        .ensures(Condition::no_table("people"))
        .ensures(Condition::empty("users"));
    Migrator::new().with(migration(metadata).up(|op| {
        op.create_table("users", |t| {
            t.id();
            t.string("name", 40).default("nobody");
            t.index(Index::on(["name"]).named("by_name"));
        })?;
        Ok(())
    }))
}

/// Runs every remedy of what is ensured, in order, until nothing of it is found.
#[track_caller]
fn assert_ensured_again(db: &TestDatabase, migrator: &Migrator) {
    for _ in 0..3 {
        let report = verified(db, migrator);
        let Some(found) = report.findings().iter().find(|finding| finding.kind() == FindingKind::Ensures) else {
            return;
        };
        run(db, migrator, found);
    }
    panic!("{}", verified(db, migrator));
}

case!(what_a_later_migration_made_untrue_is_no_finding_also_where_no_schema_is_kept, |db| {
    let without = migration(Metadata::new("2").ensures(Condition::no_column("users", "phone")));
    let adds = revision("3").up(|op| Ok(op.execute("alter table users add column phone varchar(20)").map(drop)?));
    let migrator = run_pending(db, users().with(without).with(adds));
    assert!(verified(db, &migrator).is_clean());
    db.sql(&format!("insert into {DIESEL_TABLE} (version) values ('4')"));
    let after = verified(db, &migrator);
    assert!(!kinds(&after).contains(&FindingKind::Ensures), "{after}");
});

case!(what_is_ensured_is_found_missing_and_comes_back_as_it_was, |db| {
    let migrator = run_pending(db, ensuring());
    db.sql("insert into users (name) values ('somebody')");
    assert!(verified(db, &migrator).is_clean());
    for breaks in ["drop table users", "create table people (id integer)"] {
        db.sql(breaks);
        assert!(kinds(&verified(db, &migrator)).contains(&FindingKind::Ensures), "{breaks}");
        assert_ensured_again(db, &migrator);
    }
    assert_eq!(user_tables(db), ["people_found", "users"]);
    db.sql("drop table people_found");
    assert!(verified(db, &migrator).is_clean(), "{}", verified(db, &migrator));
    db.sql(if db.engine() == Engine::MariaDb { "drop index by_name on users" } else { "drop index by_name" });
    assert_ensured_again(db, &migrator);
    db.sql(if db.engine() == Engine::MariaDb { "drop index by_name on users" } else { "drop index by_name" });
    db.sql("alter table users drop column name");
    assert_ensured_again(db, &migrator);
    assert!(verified(db, &migrator).is_clean(), "{}", verified(db, &migrator));
});

case!(what_a_later_migration_made_untrue_is_no_finding, |db| {
    let drops = migration(Metadata::new("2")).up(|op| {
        op.drop_table("users")?;
        Ok(())
    });
    let migrator = run_pending(db, ensuring().with(drops));
    assert!(verified(db, &migrator).is_clean(), "{}", verified(db, &migrator));
});

case!(a_verify_function_is_called_and_its_words_are_the_remedy, |db| {
    let looks = creates("1", "users").verify(|op| {
        let nameless = op.count_nameless()?;
        if nameless > 0 { Err("update users set name = '' where name is null".into()) } else { Ok(()) }
    });
    let migrator = run_pending(db, Migrator::new().with(looks));
    db.sql("insert into users (name) values (null)");
    let report = verified(db, &migrator);
    assert_eq!(kinds(&report), [FindingKind::Verify], "{report}");
    db.sql(&report.findings()[0].remedy().to_string());
    assert!(verified(db, &migrator).is_clean());
});

/// What a case's `verify` asks past the portable operations.
trait CountNameless {
    fn count_nameless(&mut self) -> Result<i64, Box<dyn std::error::Error + Send + Sync>>;
}

impl CountNameless for Operations<'_> {
    fn count_nameless(&mut self) -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
        use migrator_core::diesel::prelude::*;
        use migrator_core::diesel::{dsl::sql, select, sql_types::BigInt};
        let nameless = sql::<BigInt>("(select count(*) from users where name is null)");
        Ok(match self.dialect() {
            migrator_core::Dialect::Sqlite => select(nameless).get_result(self.connection::<SqliteConnection>()?)?,
            #[cfg(feature = "postgres")]
            migrator_core::Dialect::Postgres => select(nameless).get_result(self.connection::<PgConnection>()?)?,
            #[cfg(feature = "mysql")]
            _ => select(nameless).get_result(self.connection::<MysqlConnection>()?)?,
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            _ => unreachable!("no such database is compiled in"),
        })
    }
}

case!(a_verify_function_that_writes_is_refused_and_nothing_is_written, |db| {
    let writes = creates("1", "users").verify(|op| {
        // the first run lets it pass: there is nothing to take yet
        if op.has_table("later")? {
            op.execute("insert into users (name) values ('from verify')")?;
        }
        Ok(())
    });
    let migrator = run_pending(db, Migrator::new().with(writes));
    db.sql("create table later (id integer)");
    let report = verified(db, &migrator);
    assert!(kinds(&report).contains(&FindingKind::Verify), "{report}");
    assert_eq!(db.count("select count(*) from users"), 0);
});

case!(only = [Sqlite], a_connection_that_may_not_write_is_found, |db| {
    let migrator = run_pending(db, Migrator::new().with(creates("1", "users").verify(|_| Ok(()))));
    let mut conn = db.connect();
    conn.database().batch("pragma query_only = 1").unwrap();
    let report = migrator.verify(&mut *conn).unwrap();
    assert_eq!(kinds(&report), [FindingKind::ReadOnly], "{report}");
    conn.database().batch("create table other (id integer)").expect_err("what the caller set stays");
    conn.database().batch(&report.findings()[0].remedy().to_string()).unwrap();
    assert!(migrator.verify(&mut *conn).unwrap().is_clean());
});

case!(only = [Postgres], a_database_that_takes_no_writes_is_found, |db| {
    let migrator = run_pending(db, users());
    db.sql(&format!("alter database {} set default_transaction_read_only = on", db.quote(db.name())));
    assert_cleared(db, &migrator, FindingKind::ReadOnly);
});

case!(only = [Postgres, MariaDb], a_missing_privilege_is_found, |db| {
    let migrator = run_pending(db, users());
    let login = db.login("reader");
    match db.engine() {
        Engine::MariaDb => db.sql(&format!("grant select on {}.* to {}", db.quote(db.name()), login.name)),
        _ => {
            db.sql("revoke create on schema public from public");
            db.sql(&format!("grant select on all tables in schema public to {}", login.name));
        }
    }
    let report = migrator.verify(&mut *db.connect_to(&login.url)).unwrap();
    assert_eq!(kinds(&report), [FindingKind::Privilege], "{report}");
    db.sql(&report.findings()[0].remedy().to_string());
    assert!(migrator.verify(&mut *db.connect_to(&login.url)).unwrap().is_clean());
});

case!(only = [Sqlite], an_index_that_does_not_fit_its_table_is_found, |db| {
    let migrator = run_pending(db, users());
    db.sql("insert into users (name) values ('a'), ('b')");
    db.sql("create index by_name on users (name)");
    migrator.stamp(&mut *db.connect(), "1").unwrap();
    db.sql("pragma writable_schema = on");
    let text = "update sqlite_schema set sql = replace(sql, '(name)', '(id)') where name = 'by_name'";
    db.sql(text);
    // as SQLite does itself, so that every connection reads the text again
    db.sql(&format!("pragma schema_version = {}", db.count("pragma schema_version") + 1));
    db.sql("pragma writable_schema = off");
    migrator.stamp(&mut *db.connect(), "1").unwrap();
    assert!(migrator.verify(&mut *db.connect()).unwrap().is_clean(), "only a full look reads the file");
    assert_cleared(db, &migrator, FindingKind::Damage);
});

case!(only = [MariaDb], a_table_whose_file_is_damaged_is_found, |db| {
    let migrator = run_pending(db, users());
    // InnoDB looks after itself, and MyISAM mends a table when it opens it
    db.sql("create table notes (id integer not null, name varchar(40) not null) engine = CSV");
    db.sql("insert into notes values (1, 'a'), (2, 'b'), (3, 'c'); flush tables notes");
    migrator.stamp(&mut *db.connect(), "1").unwrap();
    let folder = db.texts("select @@datadir").remove(0).unwrap();
    let file = std::path::Path::new(&folder).join(db.name()).join("notes.CSV");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("{} is not ours to damage: not tried", file.display());
        return;
    };
    std::fs::write(&file, text + "4;torn\n").unwrap();
    db.sql("flush tables notes");
    assert_cleared(db, &migrator, FindingKind::Damage);
    assert_eq!(db.count("select count(*) from notes"), 3);
});

/// A table with a key, changed since its backup was made.
fn changed_since_its_backup(db: &TestDatabase) {
    db.sql(
        "create table orgs (id integer primary key); create table users (id integer primary key, org integer, \
         constraint of_org foreign key (org) references orgs (id)); insert into users values (1, null)",
    );
    create_table_backup(&mut *db.connect(), "users", "x").unwrap();
    db.sql("alter table users add column more integer");
}

case!(only = [MariaDb], a_restore_that_broke_off_between_the_table_and_its_keys_is_found, |db| {
    let undisturbed = db.another();
    changed_since_its_backup(&undisturbed);
    let events = events(&Replica::of(&undisturbed, Project::Restore).run());
    let killed = (1..events).rev().map(|event| {
        let db = db.another();
        changed_since_its_backup(&db);
        kill(&db, Project::Restore, event);
        db
    });
    let keyless = |db: &TestDatabase| has(db, "users") && !shows(db, "CONSTRAINT");
    let db = &{ killed }.find(keyless).unwrap();
    let text = assert_cleared(db, &Migrator::new().allow_empty(), FindingKind::UnfinishedRestore);
    assert!(text.contains("remedy: restore "), "{text}");
    assert!(shows(db, "CONSTRAINT") && !shows(db, "more"));
});

case!(only = [MariaDb], a_restore_that_is_refused_half_way_is_found, |db| {
    // rows that came since, a trigger that would go besides, and nothing that is lost
    let (rows, besides, nothing) = ("insert into users values (2, 2)", "z_keeps", "a_keeps");
    for (changes, keeps, found) in [(rows, nothing, true), ("do 0", besides, true), ("do 0", nothing, false)] {
        let db = db.another();
        let trigger = |name: &str, table: &str| {
            db.sql(&format!("create trigger {name} before insert on {table} for each row set new.n = new.n"));
        };
        db.sql("create table users (id integer primary key, n integer); insert into users values (1, 1)");
        db.sql("create table others (n integer)");
        let mut triggers = ["watch", keeps];
        triggers.sort_unstable();
        triggers.iter().for_each(|name| trigger(name, "users"));
        let backup = create_table_backup(&mut *db.connect(), "users", "x").unwrap();
        // its name is another table's now
        db.sql("drop trigger watch");
        trigger("watch", "others");
        db.sql(changes);
        let restore = || migrator_core::Restore::new(&backup.id()).discard_newer_rows().run(&mut *db.connect());
        let error = restore().unwrap_err();
        assert!(error.to_string().contains("users is not as it was"), "{error}");
        let migrator = Migrator::new().allow_empty();
        let report = migrator.verify(&mut *db.connect()).unwrap();
        let unfinished = kinds(&report).contains(&FindingKind::UnfinishedRestore);
        assert_eq!(unfinished, found, "{changes}, {keeps}: {report}");
        db.sql("drop trigger watch");
        restore().unwrap();
        assert!(migrator.verify(&mut *db.connect()).unwrap().is_clean());
    }
});

fn has(db: &TestDatabase, table: &str) -> bool {
    db.tables().iter().any(|there| there == table)
}

fn shows(db: &TestDatabase, word: &str) -> bool {
    db.rows("show create table users").concat().iter().flatten().any(|text| text.contains(word))
}

/// What clears one is seen in that case: its remedy is run as printed, and a second look finds nothing.
const CLEARED: [&str; 4] = ["assert_cleared(", "is_clean()", "remedy()", "run(db"];

case!(each_kind_of_finding_has_a_case_that_provokes_and_clears_it, |db| {
    let cases: Vec<&str> = include_str!("verify.rs").split("\ncase!(").skip(1).collect();
    for kind in FindingKind::ALL {
        let words = format!("FindingKind::{kind:?}");
        let says = |case: &&&str| case.contains(&words) && CLEARED.iter().any(|clears| case.contains(clears));
        assert!(cases.iter().any(|case| says(&case)), "{}: no case for {kind:?}", db.engine());
    }
});
