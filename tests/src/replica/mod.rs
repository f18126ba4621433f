//! A process of its own that migrates: what the cases about crashes and herds start, and kill.

#![allow(clippy::redundant_closure_for_method_calls, reason = "`|t| t.id()` is how a migration is written")]

mod fault;
mod projects;
mod proxy;

use std::env;
use std::process::{Child, Command, ExitCode, Output, Stdio};

use crate::{Engine, TestDatabase, direct, program};

use fault::Fault;
pub(crate) use projects::{Project, SEEDED, copy_of};
pub(crate) use proxy::Proxy;

/// How a replica is started.
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    engine: Engine,
    url: String,
    project: Project,
    dies_at: Option<usize>,
    kills: Option<(String, Moment)>,
}

/// When a server is killed that a replica works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the statement.
    Before,
    /// While it is under way, or soon after.
    During,
}

impl Replica {
    /// One that migrates this database and ends.
    pub(crate) fn of(db: &TestDatabase, project: Project) -> Self {
        Self { engine: db.engine(), url: db.url().to_owned(), project, dies_at: None, kills: None }
    }

    /// The same, killed by itself (`kill -9`) at the n-th thing that happens on its connection.
    pub(crate) fn that_dies_at(self, event: usize) -> Self {
        Self { dies_at: Some(event), ..self }
    }

    /// The same, which runs a command of the shell at the n-th thing that happens, and goes on.
    pub(crate) fn that_kills_at(self, event: usize, moment: Moment, killer: String) -> Self {
        Self { dies_at: Some(event), kills: Some((killer, moment)), ..self }
    }

    /// The same through another address.
    pub(crate) fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    fn command(&self) -> Command {
        let mut command = program("replica");
        command.args([self.engine.name(), &self.url, self.project.name()]);
        command.args(self.dies_at.map(|event| event.to_string()));
        if let Some((killer, moment)) = &self.kills {
            command.args([if *moment == Moment::Before { "before" } else { "during" }, killer]);
        }
        command
    }

    /// Until it has ended, or died.
    #[track_caller]
    pub(crate) fn run(&self) -> Output {
        self.command().output().unwrap()
    }

    /// In the background.
    #[track_caller]
    pub(crate) fn start(&self) -> Child {
        self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// What the helper program does: `replica <engine> <url> <project> [<event to die at> [before|during <command to run instead>]]`.
///
/// It prints the report, or the error, and how much happened on its connection.
pub fn replica() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [engine, url, project, rest @ ..] = arguments.as_slice() else {
        eprintln!("replica <engine> <url> <project> [<event to die at> [before|during <command to run instead>]]");
        return ExitCode::from(2);
    };
    let engine = Engine::named(engine).unwrap();
    let mut conn = direct::open_for_tests(engine, url).unwrap();
    let events = fault::watch(&mut *conn, Fault::of(rest));
    let ended = Project::named(project).unwrap().act(engine, url, &mut *conn);
    println!("events: {}", events.count());
    match ended {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::from(error.exit_code())
        }
    }
}
