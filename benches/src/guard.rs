//! What the guard adds: a thousand migrations on a database of a thousand tables, with it and with every loss allowed.

use std::fmt::Write;

use migrator_core::{Metadata, Policy, prelude::*};

use crate::Answer;
use crate::connection::{self, Connected};
use crate::place::{Engine, Place};
use crate::project;
use crate::race::{Sample, Side, goal, goal_sent, print, race, timed};

const ROUNDS: usize = 5;

/// How many tables stand before, and how many migrations there are, unless `BENCH_MIGRATIONS` says another number.
const COUNT: usize = 1_000;

/// How many rows each table has that is there before.
const ROWS: usize = 20;

/// What a migration does, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// A new table with an index, as text.
    Tables,
    /// A column and rows more for a table that is there, and values changed, as text.
    Rows,
    /// The same rows and values through the user's own connection.
    Own,
}

pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    let count = project::number_of(COUNT);
    for place in places {
        for (body, title) in [
            (Body::Tables, "new tables, SQL text"),
            (Body::Rows, "old tables, SQL text"),
            (Body::Own, "old tables, the user's own connection"),
        ] {
            if std::env::var("BENCH_BODIES").is_ok_and(|only| !only.split(',').any(|one| format!("{body:?}") == one)) {
                continue;
            }
            // There is no rolling back, and so no look at what cannot be read but at the schema.
            if body == Body::Own && place.engine == Engine::MariaDb {
                continue;
            }
            let side = |name, policy| Side::new(name, move || applied(place, body, policy, count));
            let sides = vec![side("with the guard", Policy::Refuse), side("without", Policy::Allow)];
            let standings = race(sides, rounds.unwrap_or(ROUNDS))?;
            let [with, without] = &standings[..] else { continue };
            print(
                &format!("guard, {}, {count} migrations on {count} tables, {title}", place.name),
                &standings,
                without,
            );
            match place.engine {
                Engine::Sqlite => goal("with to without", with.to(without), 1.3),
                Engine::Postgres => {
                    goal("with to without", with.to(without), 1.15);
                    goal_sent("more sent for each migration", with, without, count, 2.0);
                }
                Engine::MariaDb => {}
            }
        }
    }
    Ok(())
}

fn applied(place: &Place, body: Body, policy: Policy, count: usize) -> Answer<Sample> {
    let database = place.fresh()?;
    let (mut conn, sent) = connection::counted(&database)?;
    fill(&mut *conn, count)?;
    let migrations = (1..=count).map(|number| One {
        metadata: Metadata::new(&format!("{number:05}")),
        checksum: format!("r1:{number:032x}"),
        engine: place.engine,
        body,
        number,
    });
    let migrator = migrations.fold(Migrator::new(), Migrator::with).data_loss(policy);
    let before = sent.so_far();
    timed(|| {
        let ran = migrator.run_pending(&mut *conn)?.steps().len();
        if ran != count {
            return Err(format!("{ran} migrations ran, not {count}").into());
        }
        Ok(Some(sent.so_far() - before))
    })
}

/// The tables that stand before.
fn fill(conn: &mut dyn Connected, count: usize) -> Answer<()> {
    let rows = (1..=ROWS).map(|row| format!("({row}, 'name {row}', {row})")).collect::<Vec<_>>().join(", ");
    for chunk in (1..=count).collect::<Vec<_>>().chunks(100) {
        let mut sql = "BEGIN;\n".to_owned();
        for number in chunk {
            write!(
                sql,
                "CREATE TABLE old_{number:05} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100), amount INTEGER);\n\
                 INSERT INTO old_{number:05} VALUES {rows};\n"
            )?;
        }
        conn.batch(&(sql + "COMMIT"))?;
    }
    Ok(())
}

struct One {
    metadata: Metadata,
    checksum: String,
    engine: Engine,
    body: Body,
    number: usize,
}

impl One {
    fn sql(&self) -> String {
        let number = self.number;
        let rows = format!(
            "INSERT INTO old_{number:05} VALUES (100, 'new', 1);\n\
             UPDATE old_{number:05} SET amount = amount + 1 WHERE id < 5"
        );
        match self.body {
            Body::Tables => format!(
                "CREATE TABLE new_{number:05} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100));\n\
                 CREATE INDEX new_{number:05}_name ON new_{number:05} (name)"
            ),
            Body::Rows => {
                format!("ALTER TABLE old_{number:05} ADD COLUMN note INTEGER;\n{}", rows.replace("1)", "1, 2)"))
            }
            Body::Own => rows,
        }
    }
}

impl Migration for One {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        if self.body == Body::Own {
            return own(op, self.engine, &self.sql());
        }
        op.execute(self.sql())?;
        Ok(())
    }

    fn downgrade(&self, _: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn checksum(&self) -> Option<&str> {
        Some(&self.checksum)
    }

    fn has_verify(&self) -> bool {
        false
    }
}

/// Sends it through the user's own connection.
fn own(op: &mut Operations<'_>, engine: Engine, sql: &str) -> MigrationResult {
    let conn: &mut dyn Connected = match engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => op.connection::<diesel::SqliteConnection>()?,
        #[cfg(feature = "postgres")]
        Engine::Postgres => op.connection::<diesel::PgConnection>()?,
        #[cfg(feature = "mysql")]
        Engine::MariaDb => op.connection::<diesel::MysqlConnection>()?,
        #[allow(unreachable_patterns, reason = "with every feature there is no other")]
        other => return Err(format!("{other:?}: built without its feature").into()),
    };
    conn.batch(sql).map_err(|error| error.to_string().into())
}
