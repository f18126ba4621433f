//! The examples, run as a reader runs them; what the README prints of them is what they print.

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

#[test]
fn the_service_survives_the_loss_of_a_replica() {
    let Ok(server) = std::env::var("MIGRATOR_TEST_POSTGRES_URL") else {
        let required = std::env::var("MIGRATOR_TEST_REQUIRE").unwrap_or_default();
        assert!(!required.contains("postgres"), "MIGRATOR_TEST_POSTGRES_URL is not set");
        eprintln!("LEFT OUT: examples/service needs PostgreSQL: tests/run starts one");
        return;
    };
    let database = format!("service_{}", std::process::id());
    let sql = |statement: String| {
        let done = Command::new("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", &server, "-c", &statement]).status();
        assert!(done.unwrap().success(), "{statement}");
    };
    sql(format!("create database {database}"));
    let url = format!("{}/{database}", server.rsplit_once('/').unwrap().0);
    let output = example("service", Some("demo")).env("DATABASE_URL", url).output().unwrap();
    let told = told(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("replica 0: killed"), "{told}");
    assert!(told.contains("5 replicas ended well"), "{told}");
    assert_eq!(told.matches("serving 2000 orders").count(), 5, "{told}");
    assert_eq!(told.matches("applied 20261123123000").count(), 1, "{told}");
    sql(format!("drop database {database} with (force)"));
}
