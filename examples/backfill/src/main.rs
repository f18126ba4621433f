//! A column filled for rows that are there, some at a time: a run that is killed on the way goes on at the batch where it
//! stopped. `cargo run -p backfill -- demo` kills one and runs another; without the word, one run.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use diesel::prelude::*;
use migrator_core::Event;
use migrator_core::prelude::*;

/// So many rows are there before the backfill.
const PEOPLE: i32 = 40_000;

/// So many commit together: little enough that nobody waits long behind them.
const BATCH: usize = 2_000;

diesel::table! {
    people (id) {
        id -> BigInt,
        name -> Text,
        initials -> Nullable<Text>,
        touched -> Integer,
    }
}

#[migration(revision = "20261123180000", irreversible)]
mod create_people {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("people", |t| {
            t.id();
            t.string("name", 80).not_null();
        })?;
        Ok(())
    }
}

// First the column, empty, which takes a moment.
/// Add initials.
#[migration(revision = "20261123181500", allow_loss(column("people", "initials"), column("people", "touched")))]
mod add_initials {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("people", |t| t.string("initials", 8))?;
        // How often a row was met; only here, to show that it is once.
        op.add_column("people", |t| t.integer("touched").not_null().default(0))?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("people", "touched")?;
        op.drop_column("people", "initials")?;
        Ok(())
    }
}

// Not in one great transaction: each batch commits together with the journal row that says so.
/// Fill the initials.
#[migration(revision = "20261123183000", transaction = false)]
mod fill_initials {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.update_in_batches("people", BATCH, |op, keys| {
            op.execute(format!(
                "UPDATE people SET initials = substr(name, 1, 1) || substr(name, instr(name, ' ') + 1, 1), \
                 touched = touched + 1 WHERE {keys}"
            ))?;
            Ok(())
        })?;
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        // What an older program does not look at may stand.
        Ok(())
    }
}

fn migrator() -> Migrator {
    Migrator::registered()
}

fn run(file: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut conn = SqliteConnection::establish(file)?;
    migrator().upgrade(&mut conn, "20261123180000")?;
    if people::table.count().get_result::<i64>(&mut conn)? == 0 {
        let numbers = format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {PEOPLE})");
        let insert = "INSERT INTO people (name) SELECT 'Ada' || n || ' Lovelace' || n FROM n";
        diesel::sql_query(format!("{numbers} {insert}")).execute(&mut conn)?;
    }
    let telling = migrator().observer(|event| {
        if let Event::Progress { done, total, .. } = event {
            println!("{done} of {total}");
            // As if there were more of them.
            sleep(Duration::from_millis(20));
        }
    });
    println!("{}", telling.run_pending(&mut conn)?);
    let without: i64 = people::table.filter(people::initials.is_null()).count().get_result(&mut conn)?;
    let twice: i64 = people::table.filter(people::touched.ne(1)).count().get_result(&mut conn)?;
    println!("{without} people without initials, {twice} not met just once");
    Ok(())
}

/// One run that is killed when a quarter is done, as `kill -9` does, and one that goes on.
fn demo(file: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let program = std::env::current_exe()?;
    let mut killed = Command::new(program).env("DATABASE_URL", file).stdout(Stdio::piped()).spawn()?;
    let told = BufReader::new(killed.stdout.take().ok_or("the first run says nothing")?);
    for line in told.lines() {
        let line = line?;
        if line.starts_with(&(PEOPLE / 4).to_string()) {
            killed.kill()?;
            println!("{line}: killed");
            break;
        }
    }
    killed.wait()?;
    run(file)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let file = std::env::var("DATABASE_URL").unwrap_or_else(|_| "backfill.db".to_owned());
    match std::env::args().nth(1).as_deref() {
        Some("demo") => demo(&file),
        _ => run(&file),
    }
}

#[cfg(test)]
mod tests {
    use migrator_core::Loss;
    use migrator_core::testing::{TestDatabase, migration_tests};

    migration_tests!(
        database = TestDatabase::sqlite(),
        // The way back of the backfill leaves what it wrote.
        migrator = super::migrator()
            .allow_loss("20261123183000", Loss::column("people", "initials"))
            .allow_loss("20261123183000", Loss::column("people", "touched")),
        migrations = "src",
        rows_before("20261123181500") = |op| {
            op.execute("INSERT INTO people (name) VALUES ('Ada Lovelace'), ('Grace Hopper')")?;
            Ok(())
        }
    );
}
