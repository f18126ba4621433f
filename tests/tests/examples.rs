//! The examples, run as a reader runs them; what the README prints of them is what they print.

#![allow(clippy::unwrap_used, reason = "an example that cannot be run is a failed test")]

use std::path::Path;
use std::process::{Command, Output};

/// Built already where `tests/run` says so, else by cargo as the README says.
fn example(name: &str, word: Option<&str>) -> Command {
    let mut command = match std::env::var("MIGRATOR_TEST_PROGRAMS") {
        Ok(folder) => Command::new(Path::new(&folder).join(name)),
        Err(_) => {
            let mut cargo = Command::new(env!("CARGO"));
            let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
            cargo.args(["run", "--quiet", "--package", name, "--manifest-path"]).arg(manifest).arg("--");
            cargo
        }
    };
    command.args(word);
    command
}

fn told(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    without_names_of_copies(&text)
}

/// A copy's name is another one each time.
fn without_names_of_copies(text: &str) -> String {
    let mut parts = text.split("__migrator_b_");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| told + "__migrator_b_…" + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}

/// The text blocks of the README, in order.
fn blocks_of_the_readme() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```text\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_quickstart_prints_what_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let run = |word| example("quickstart", word).current_dir(&folder).env_remove("DATABASE_URL").output().unwrap();
    let blocks = blocks_of_the_readme();
    let first = run(None);
    assert!(first.status.success(), "{}", told(&first));
    assert_eq!(told(&first), blocks[0]);
    assert_eq!(told(&run(None)), blocks[1]);
    let undone = run(Some("undo"));
    assert!(!undone.status.success());
    assert_eq!(told(&undone), blocks[2]);
}

/// A PostgreSQL database of a test's own; none, said aloud, where there is no server.
struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    fn new(example: &str) -> Option<Self> {
        let Ok(server) = std::env::var("MIGRATOR_TEST_POSTGRES_URL") else {
            let required = std::env::var("MIGRATOR_TEST_REQUIRE").unwrap_or_default();
            assert!(!required.contains("postgres"), "MIGRATOR_TEST_POSTGRES_URL is not set");
            eprintln!("LEFT OUT: examples/{example} needs PostgreSQL: tests/run starts one");
            return None;
        };
        let name = format!("{}_{}", example.replace('-', "_"), std::process::id());
        let database = Self { server, name };
        database.sql(&format!("create database {}", database.name));
        Some(database)
    }

    fn sql(&self, statement: &str) {
        let done = Command::new("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", &self.server, "-c", statement]).status();
        assert!(done.unwrap().success(), "{statement}");
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server.rsplit_once('/').unwrap().0, self.name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.sql(&format!("drop database {} with (force)", self.name));
    }
}

/// What an example prints that ends well.
fn prints(mut example: Command) -> String {
    let output = example.output().unwrap();
    let told = told(&output);
    assert!(output.status.success(), "{told}");
    told
}

#[test]
fn the_service_survives_the_loss_of_a_replica() {
    let Some(database) = Postgres::new("service") else { return };
    let mut service = example("service", Some("demo"));
    service.env("DATABASE_URL", database.url());
    let told = prints(service);
    assert!(told.contains("replica 0: killed"), "{told}");
    assert!(told.contains("5 replicas ended well"), "{told}");
    assert_eq!(told.matches("serving 2000 orders").count(), 5, "{told}");
    assert_eq!(told.matches("applied 20261123123000").count(), 1, "{told}");
}

#[test]
fn a_project_of_diesel_is_adopted() {
    let mut adopt = example("adopt-existing", None);
    adopt.env_remove("DATABASE_URL");
    let wanted = "diesel_migrations applied 2\npending for migrator: 20261123160000\napplied 20261123160000  From here on \
                  in Rust, in the same history: it follows the newest SQL file before its revision.\npending for \
                  diesel_migrations: 0\n";
    assert_eq!(prints(adopt), wanted);
}

#[test]
fn the_branches_of_a_team_are_merged() {
    let told = prints(example("team-branches", None));
    assert!(told.contains("2000") && told.contains("3000"), "{told}");
    let applied: Vec<&str> = told.lines().filter(|line| line.starts_with("applied")).collect();
    assert_eq!(applied.len(), 4, "{told}");
    assert!(applied[3].starts_with("applied 4000"), "{told}");
}

#[test]
fn the_same_migrations_run_on_every_database_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut multi = example("multi-database", None);
    multi.arg(folder.path().join("app.db"));
    let postgres = Postgres::new("multi-database");
    multi.args(postgres.as_ref().map(Postgres::url));
    let told = prints(multi);
    assert_eq!(told.matches("1 table, accounts: house").count(), 1 + usize::from(postgres.is_some()), "{told}");
}

#[test]
fn a_table_is_changed_while_others_write() {
    let Some(database) = Postgres::new("zero-downtime") else { return };
    let mut zero_downtime = example("zero-downtime", None);
    zero_downtime.env("DATABASE_URL", database.url());
    assert_eq!(prints(zero_downtime).matches("applied").count(), 4);
}

#[test]
fn a_backfill_that_is_killed_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut backfill = example("backfill", Some("demo"));
    backfill.current_dir(&folder).env_remove("DATABASE_URL");
    let told = prints(backfill);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "10000 of 40000: killed", "{told}");
    // Of what the killed one did after it said so, one batch may stand.
    assert!(["12000 of 40000", "14000 of 40000"].contains(&lines[1]), "{told}");
    assert_eq!(lines.last(), Some(&"0 people without initials, 0 not met just once"), "{told}");
}

#[test]
fn a_migration_is_written_from_a_schema_file() {
    let told = prints(example("autogenerate", None));
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/autogenerate");
    let file = crate_folder.join("src/migrations/m20261123121703_authors_and_pages.rs");
    let written = std::fs::read_to_string(file).unwrap();
    let (_, statements) = told.split_once("upgrade:\n").unwrap();
    let (up, rest) = statements.split_once("\n\ndowngrade:\n").unwrap();
    let (down, _) = rest.split_once("\n\n").unwrap();
    for line in up.lines().chain(down.lines()) {
        assert!(written.contains(&format!("        {line}\n")), "{line}");
    }
    assert!(told.ends_with("the database is as schema.rs says\n"), "{told}");

    // The command line finds nothing to write either.
    let folder = tempfile::tempdir().unwrap();
    for (words, wanted) in [("upgrade", "verified"), ("migrate nothing", "the database is as schema.rs says")] {
        let mut program = example("autogenerate", None);
        program.args(words.split(' ')).current_dir(&crate_folder).env("DATABASE_URL", folder.path().join("books.db"));
        let told = prints(program);
        assert!(told.contains(wanted), "{told}");
    }
}

#[test]
fn a_pool_of_asynchronous_connections_migrates() {
    let Some(database) = Postgres::new("async-pool") else { return };
    for (first_line, visit) in [("applied 20261123140000  Count visits.", 1), ("nothing is pending", 2)] {
        let mut pool = example("async-pool", None);
        pool.env("DATABASE_URL", database.url());
        assert_eq!(prints(pool), format!("{first_line}\nvisit {visit}\n"));
    }
}
