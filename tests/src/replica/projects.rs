//! What replicas migrate.

use std::time::Duration;

use diesel_migrations::FileBasedMigrations;
use migrator_core::prelude::*;
use migrator_core::{Backups, Condition, Error, Loss, Metadata, create_table_backup, row};

use crate::Engine;
use crate::suite::handmade::{Handmade, migration};

/// The migrations of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Project {
    /// Some of everything.
    Shop,
    /// Each migration leaves a row each time it runs; one is outside a transaction.
    Counted,
    /// The same in transactions only.
    Pooled,
    /// An index on `rows`, built while others write.
    Concurrent,
    /// Three seconds of work, and a lock timeout of one.
    Slow,
    /// The same outside a transaction.
    SlowOutside,
    /// A definition that takes its server two seconds, and a row after it.
    LongDefinition,
    /// A folder of SQL that seeds rows in one file and deletes them in a later one.
    Seeded,
    /// Rows through its own connection between others, outside a transaction.
    OwnRows,
    /// Steps that lose something, with a backup before each.
    BackedUp,
    /// No migrations: a backup of `users`.
    OneBackup,
    /// A backup of every table.
    AllBackups,
    /// The oldest backup put back.
    Restore,
    /// SQLite's file copied beside itself.
    FileBackup,
}

const ALL: [(Project, &str); 14] = [
    (Project::Shop, "shop"),
    (Project::Counted, "counted"),
    (Project::Pooled, "pooled"),
    (Project::Concurrent, "concurrent"),
    (Project::Slow, "slow"),
    (Project::SlowOutside, "slow-outside"),
    (Project::LongDefinition, "long-definition"),
    (Project::Seeded, "seeded"),
    (Project::OwnRows, "own-rows"),
    (Project::BackedUp, "backed-up"),
    (Project::OneBackup, "one-backup"),
    (Project::AllBackups, "all-backups"),
    (Project::Restore, "restore"),
    (Project::FileBackup, "file-backup"),
];

/// Where its files stand.
pub(crate) const SEEDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeded");

impl Project {
    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(project, _)| *project == self).unwrap().1
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known)| *known == name).map(|(project, _)| *project)
    }

    /// What its process does, and what it says of it.
    pub(super) fn act(self, engine: Engine, url: &str, conn: &mut dyn SchemaConnection) -> Result<String, Error> {
        let migrator = self.migrator(engine);
        match self {
            Self::OneBackup => create_table_backup(conn, "users", "one").map(|backup| backup.to_string()),
            Self::AllBackups => migrator.backup(conn, "all").map(|made| format!("{made:?}")),
            Self::Restore => {
                let oldest = migrator.backups(conn)?.remove(0);
                migrator.restore(conn, &oldest.id()).map(|()| oldest.to_string())
            }
            Self::FileBackup => {
                migrator.backup_file(conn, std::path::Path::new(&copy_of(url))).map(|made| made.to_string())
            }
            _ => migrator.run_pending(conn).map(|report| report.to_string()),
        }
    }

    pub(crate) fn migrator(self, engine: Engine) -> Migrator {
        match self {
            Self::Shop => Migrator::new().with_all(shop(engine)),
            Self::Counted => Migrator::new().with_all(counted(4, Some(3))),
            Self::Pooled => Migrator::new().with_all(counted(5, None)),
            Self::Concurrent => Migrator::new().with_all(concurrent()),
            Self::Slow => Migrator::new().with(slow(true)).lock_timeout(Duration::from_secs(1)),
            Self::LongDefinition => Migrator::new().with(long_definition()),
            Self::Seeded => Migrator::new().sql_migrations(FileBasedMigrations::from_path(SEEDED).unwrap()),
            Self::OwnRows => Migrator::new().with(own_rows(engine)),
            Self::BackedUp => Migrator::new().with_all(losing()).backup_before(Backups::Destructive),
            Self::OneBackup | Self::AllBackups | Self::Restore | Self::FileBackup => Migrator::new().allow_empty(),
            Self::SlowOutside => Migrator::new().with(slow(false)).lock_timeout(Duration::from_secs(1)),
        }
    }
}

/// The file that a copy of this file is made in.
pub(crate) fn copy_of(url: &str) -> String {
    format!("{url}.copy")
}

fn own_rows(engine: Engine) -> Handmade {
    migration(Metadata::new("1").transaction(false)).up(move |op| {
        op.create_table("notes", |t| t.id())?;
        op.execute("insert into notes (id) values (1)")?;
        through_its_own(engine, op, "insert into notes (id) values (10)")?;
        op.execute("update notes set id = 2 where id = 1")?;
        through_its_own(engine, op, "insert into notes (id) values (11)")
    })
}

fn losing() -> Vec<Handmade> {
    let shrinks = Metadata::new("1").allow_loss(Loss::column("users", "age"));
    let drops = Metadata::new("2").allow_loss(Loss::table("posts")).backup("users");
    vec![
        migration(shrinks).up(|op| {
            op.drop_column("users", "age")?;
            Ok(())
        }),
        migration(drops).sends("update users set name = 'x' where id = 1; drop table posts"),
    ]
}

/// Portable operations, raw SQL, rows through the user's own connection, a copy, and steps outside a transaction.
fn shop(engine: Engine) -> Vec<Handmade> {
    vec![
        tables(),
        migration(Metadata::new("02")).sends(
            "create table tags (id integer primary key, label varchar(20) not null); \
             insert into tags values (1, 'a'), (2, 'b'); \
             create index tags_label on tags (label); \
             update tags set label = 'c' where id = 2; \
             alter table tags add column note varchar(20); \
             update tags set note = label; \
             insert into tags values (3, 'd', null)",
        ),
        columns(),
        migration(Metadata::new("04")).up(move |op| rows_of_its_own(engine, op)),
        outside(engine),
        names(),
    ]
}

fn counted(last: usize, outside: Option<usize>) -> Vec<Handmade> {
    let counts = |number: usize| {
        let metadata = Metadata::new(&format!("{number:02}")).transaction(outside != Some(number));
        migration(metadata).up(move |op| {
            op.execute(format!("insert into ran values ({number})"))?;
            op.create_table(format!("made_{number:02}"), |t| t.id())?;
            Ok(())
        })
    };
    let first = migration(Metadata::new("00")).sends("create table ran (number integer)");
    [first].into_iter().chain((1..=last).map(counts)).collect()
}

fn concurrent() -> Vec<Handmade> {
    let makes = migration(Metadata::new("01")).sends("create table beside (id integer)");
    let indexes =
        migration(Metadata::new("02").transaction(false)).sends("create index concurrently rows_name on rows (name)");
    vec![makes, indexes]
}

fn long_definition() -> Handmade {
    migration(Metadata::new("01").transaction(false))
        .sends("create table slept as select sleep(2) as a; insert into slept values (7)")
}

fn slow(transaction: bool) -> Handmade {
    migration(Metadata::new("01").transaction(transaction)).up(|op| {
        op.create_table("slow", |t| t.id())?;
        std::thread::sleep(Duration::from_secs(3));
        op.execute("insert into slow (id) values (1)")?;
        Ok(())
    })
}

fn tables() -> Handmade {
    migration(Metadata::new("01")).up(|op| {
        op.create_table("orgs", |t| {
            t.id();
            t.string("name", 40).not_null().unique();
        })?;
        op.create_table("users", |t| {
            t.id();
            t.big_integer("org_id").references("orgs", "id");
            t.string("name", 40).not_null();
            t.integer("age");
            t.index(["name"]);
        })?;
        op.insert_rows("orgs", ["id", "name"], [row![1, "red"], row![2, "blue"]])?;
        let ages = [row![1, 1, "Ada", 36], row![2, 1, "Grace", 85], row![3, 2, "Edsger", 72]];
        op.insert_rows("users", ["id", "org_id", "name", "age"], ages)?;
        Ok(())
    })
}

fn columns() -> Handmade {
    let metadata = Metadata::new("03").backup("users").allow_loss(Loss::column("users", "age"));
    migration(metadata).up(|op| {
        if !op.column_exists("users", "email")? {
            op.add_column("users", |t| t.string("email", 255))?;
        }
        op.execute("update users set email = name")?;
        op.drop_column("users", "age")?;
        op.rename_column("users", "name", "full_name")?;
        op.alter_column("users", "email", |c| c.set_not_null())?;
        Ok(())
    })
}

fn rows_of_its_own(engine: Engine, op: &mut Operations<'_>) -> MigrationResult {
    op.add_column("orgs", |t| t.integer("members").not_null().default(0))?;
    let statements = ["insert into tags values (4, 'e', null)", "update orgs set members = members + 2 where id = 1"];
    statements.iter().try_for_each(|sql| through_its_own(engine, op, sql))
}

fn through_its_own(engine: Engine, op: &mut Operations<'_>, sql: &str) -> MigrationResult {
    use crate::direct::Direct;
    match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => op.connection::<SqliteConnection>()?.batch(sql)?,
        #[cfg(feature = "postgres")]
        Engine::Postgres => op.connection::<PgConnection>()?.batch(sql)?,
        #[cfg(feature = "mysql")]
        Engine::MariaDb => op.connection::<MysqlConnection>()?.batch(sql)?,
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        _ => unreachable!("not compiled in"),
    }
    Ok(())
}

fn outside(engine: Engine) -> Handmade {
    migration(Metadata::new("05").transaction(false)).up(move |op| {
        op.execute("create table log (id integer primary key, note varchar(20))")?;
        op.execute("insert into log values (1, 'begun'); insert into log values (2, null)")?;
        let concurrently = if engine == Engine::Postgres { "concurrently" } else { "" };
        op.execute(format!("create index {concurrently} log_note on log (note)"))?;
        op.execute("update log set note = 'more' where note is null; alter table log add column place integer")?;
        op.create_table("places", |t| t.id())?;
        op.insert_rows("places", ["id"], [row![7], row![8]])?;
        op.execute("update log set place = 7")?;
        Ok(())
    })
}

fn names() -> Handmade {
    let check = |op: &mut Operations<'_>| match op.has_table("drafts")? {
        false => Ok(()),
        true => Err("drafts is still there".into()),
    };
    migration(Metadata::new("06").requires(Condition::table("tags")).ensures(Condition::table("posts")))
        .up(|op| {
            op.create_table("drafts", |t| {
                t.id();
                t.text("body");
            })?;
            op.rename_table("drafts", "posts")?;
            op.create_table("drafts", |t| t.id())?;
            op.drop_table("drafts")?;
            op.execute("insert into posts (id, body) values (1, 'one')")?;
            op.add_check("posts", "posts_body_given", "body <> ''")?;
            Ok(())
        })
        .verify(check)
}
