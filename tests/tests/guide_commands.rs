//! The command lines of the guide, run in order as they stand there; what the pages print of them is what they print.
//!
//! A page's blocks are one session, in a folder and on a database of its own. Before a block can stand, in a comment,
//! which migrations the program has (`MIGRATIONS=branches`) and on which server the page is (`DATABASE=postgres`). In
//! what is printed, `…` stands for anything up to the end of the line, and alone on a line for any lines.

#![allow(clippy::unwrap_used, reason = "a page that cannot be read is a failed test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")).unwrap();
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| !page.ends_with("README.md"));
    pages.sort();
    pages
}

/// A command, and what the page says it prints.
struct Step {
    command: String,
    printed: Vec<String>,
    migrations: String,
}

struct Page {
    steps: Vec<Step>,
    database: String,
}

fn read(page: &Path) -> Page {
    let text = fs::read_to_string(page).unwrap();
    let (mut steps, mut database): (Vec<Step>, _) = (Vec::new(), "sqlite".to_owned());
    let (mut inside, mut migrations, mut indent) = (false, String::new(), "");
    for line in text.lines() {
        if !inside {
            // A block may stand in a list.
            indent = &line[..line.len() - line.trim_start().len()];
        }
        let line = line.strip_prefix(indent).unwrap_or(line);
        if let Some(words) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
            let word = |name: &str| words.split(' ').find_map(|word| word.strip_prefix(name)).map(str::to_owned);
            migrations = word("MIGRATIONS=").unwrap_or_default();
            database = word("DATABASE=").unwrap_or(database);
        } else if line == "```console" {
            inside = true;
        } else if line == "```" {
            (inside, migrations) = (false, if inside { String::new() } else { migrations });
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { command: command.to_owned(), printed: Vec::new(), migrations: migrations.clone() });
        } else if let Some(step) = steps.last_mut().filter(|_| inside) {
            step.printed.push(line.to_owned());
        }
    }
    Page { steps, database }
}

/// A server's database of the page's own, dropped with this; none where the server is not there.
struct Database {
    server: Option<String>,
    url: String,
}

impl Database {
    fn of(engine: &str, page: &str) -> Option<Self> {
        if engine == "sqlite" {
            return Some(Self { server: None, url: "app.db".to_owned() });
        }
        let variable = format!("MIGRATOR_TEST_{}_URL", engine.to_uppercase());
        let compiled = match engine {
            "postgres" => cfg!(feature = "postgres"),
            _ => cfg!(feature = "mysql"),
        };
        let Some(server) = std::env::var(&variable).ok().filter(|_| compiled) else {
            let required = std::env::var("MIGRATOR_TEST_REQUIRE").unwrap_or_default();
            assert!(!required.contains(engine), "{variable} is not set");
            eprintln!("LEFT OUT: {page} needs {engine}: tests/run starts one");
            return None;
        };
        let name = format!("guide_{}_{}", page.replace(['-', '.'], "_"), std::process::id());
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        sql(&server, &format!("create database {name}"));
        Some(Self { server: Some(server), url })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            sql(server, &format!("drop database {}", self.url.rsplit_once('/').unwrap().1));
        }
    }
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_command-line")
}

fn sql(url: &str, statement: &str) {
    let status = Command::new(program()).env("SQL", statement).env("DATABASE_URL", url).status().unwrap();
    assert!(status.success(), "{url}: {statement}");
}

/// `db` and `sqlite3`, as a reader has them.
fn tools(folder: &Path) {
    let scripts = [
        ("db", format!("exec {} \"$@\"\n", program())),
        ("sqlite3", format!("DATABASE_URL=$1 SQL=$2 exec {}\n", program())),
    ];
    for (name, text) in scripts {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn run(step: &Step, folder: &Path, database: &Database) -> String {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    // Bash itself says that a program was aborted.
    shell.args(["-c", &format!("{{ {}\n}} 2>&1", step.command)]).current_dir(folder).env("PATH", path);
    shell.env("DATABASE_URL", &database.url).env("MIGRATIONS", &step.migrations);
    let output = shell.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { told } else { format!("{told}{}\n", output.status) }
}

fn is_as_written(written: &[String], printed: &[&str]) -> bool {
    let Some((first, rest)) = written.split_first() else { return printed.is_empty() };
    if first == "…" {
        return (0..=printed.len()).any(|skipped| is_as_written(rest, &printed[skipped..]));
    }
    let same = |line: &&str| match first.split_once('…') {
        Some((start, end)) => line.len() >= start.len() + end.len() && line.starts_with(start) && line.ends_with(end),
        None => line == first,
    };
    printed.first().is_some_and(same) && is_as_written(rest, &printed[1..])
}

#[test]
fn each_page_has_commands_and_prints_what_they_print() {
    let mut wrong = String::new();
    for path in pages() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let page = read(&path);
        assert!(!page.steps.is_empty(), "{name} has no ```console block");
        let Some(database) = Database::of(&page.database, name) else { continue };
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        tools(&folder.path().join("bin"));
        for step in &page.steps {
            let told = run(step, folder.path(), &database);
            let printed: Vec<&str> = told.lines().map(str::trim_end).collect();
            if !is_as_written(&step.printed, &printed) {
                wrong += &format!("# {name}\n$ {}\n{}\n", step.command, printed.join("\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "these print otherwise than the pages say:\n{wrong}");
}
