//! The program of `src/bin/command-line.rs`, started in a case's folder, and what it said.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{TestDatabase, program};

/// The program with its surroundings: a folder, a database, a set of migrations.
pub(super) struct Program {
    folder: PathBuf,
    url: String,
    hidden: Vec<(String, &'static str)>,
    migrations: String,
    no_color: &'static str,
}

/// What it said, and how it ended.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) out: String,
    pub(super) errors: String,
    pub(super) code: Option<i32>,
}

impl Program {
    pub(super) fn on(db: &TestDatabase) -> Self {
        let folder = db.folder().join("project");
        std::fs::create_dir_all(&folder).unwrap();
        let mut hidden = vec![(folder.display().to_string(), "<folder>")];
        hidden.push((db.url().to_owned(), "<database>"));
        hidden.push((db.name().to_owned(), "<database>"));
        let host = db.url().split_once("://").and_then(|(_, rest)| rest.split('/').next());
        let host = host.map(|host| host.rsplit('@').next().unwrap_or(host).to_owned());
        hidden.extend(host.map(|host| (host, "<host>")));
        Self { folder, url: db.url().to_owned(), hidden, migrations: String::new(), no_color: "" }
    }

    /// The same with another set of migrations.
    pub(super) fn with(mut self, migrations: &str) -> Self {
        self.migrations = migrations.to_owned();
        self
    }

    /// The same where NO_COLOR is set.
    pub(super) fn without_colour(&self) -> Self {
        let Self { folder, url, hidden, migrations, .. } = self;
        let (folder, url, hidden, migrations) = (folder.clone(), url.clone(), hidden.clone(), migrations.clone());
        Self { folder, url, hidden, migrations, no_color: "1" }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = program("command-line");
        command.args(args).current_dir(&self.folder).env("DATABASE_URL", &self.url);
        command.env("MIGRATIONS", &self.migrations).env("NO_COLOR", self.no_color);
        command
    }

    #[track_caller]
    pub(super) fn run(&self, args: &[&str]) -> Told {
        Told::of(&mut self.command(args))
    }

    /// The same, and it must end well.
    #[track_caller]
    pub(super) fn done(&self, args: &[&str]) -> String {
        let told = self.run(args);
        assert_eq!(told.code, Some(0), "{args:?}: {}{}", told.out, told.errors);
        told.out
    }

    /// As a person would see it in the terminal.
    pub(super) fn session(&self, commands: &[&[&str]]) -> String {
        let mut seen = String::new();
        for args in commands {
            let Told { out, errors, code } = self.run(args);
            let words: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
            let _ = writeln!(seen, "$ db {}\n{out}{errors}=> {}\n", words.join(" "), code.unwrap_or(-1));
        }
        self.shown(&seen)
    }

    /// Without what is another each time.
    pub(super) fn shown(&self, text: &str) -> String {
        let text = self.hidden.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        without_numbers_of_versions(&without_revisions_of_today(&without_times(&text)))
    }
}

impl Told {
    #[track_caller]
    pub(super) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let told = Self { out: text(&output.stdout), errors: text(&output.stderr), code: output.status.code() };
        told.assert_names_what_can_be_typed();
        told
    }

    /// Whoever reads it sits at a terminal: no call that only a program can make is a remedy.
    #[track_caller]
    fn assert_names_what_can_be_typed(&self) {
        for call in ["(conn", "Restore::new", "Repair::", ".data_loss("] {
            assert!(!self.out.contains(call) && !self.errors.contains(call), "{call}: {}{}", self.out, self.errors);
        }
    }
}

fn quoted(arg: &str) -> String {
    if arg.contains(' ') { format!("{arg:?}") } else { arg.to_owned() }
}

/// `SQLite 3.53.2, database` says no version.
fn without_numbers_of_versions(text: &str) -> String {
    let product = |line: &str| ["SQLite ", "PostgreSQL ", "MariaDB "].into_iter().find(|name| line.starts_with(name));
    let shown = |line: &str| match (product(line), line.find([',']), line.find(" at ")) {
        (Some(name), Some(comma), at) => {
            let rest = &line[at.unwrap_or(comma)..];
            let rest = rest.split_once(", user ").map_or(rest.to_owned(), |(rest, _)| format!("{rest}, user <user>"));
            format!("{name}<version>{rest}")
        }
        _ => line.to_owned(),
    };
    text.lines().map(|line| shown(line) + "\n").collect()
}

/// When a file was written.
fn without_times(text: &str) -> String {
    let shown = |line: &str| match line.split_once("Create Date: ") {
        Some((before, _)) => format!("{before}Create Date: <time>\n"),
        None => line.to_owned() + "\n",
    };
    text.lines().map(shown).collect()
}

/// Fourteen digits that the clock gave, numbered by their order.
fn without_revisions_of_today(text: &str) -> String {
    let mut found: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| digits.len() == 14 && !digits.starts_with("202601"))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .iter()
        .enumerate()
        .fold(text.to_owned(), |text, (index, digits)| text.replace(digits, &format!("<now {index}>")))
}
