//! One command from its arguments to its exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches as _;
use clap::error::ErrorKind as Wrong;

use super::args::{self, DbCommand};
use super::commands;
use super::database_url::DatabaseUrl;
use super::failure::{Failure, Result, USAGE};
use super::opener::{self, Access, Opener};
use super::progress::Progress;
use super::screen::Screen;
use super::signals::Signals;
use crate::connection::{SchemaConnection, ServerInfo};
use crate::runner::Migrator;

/// What a command works with.
pub(super) struct Session<'a> {
    pub(super) screen: Screen<'a>,
    opener: Option<Opener<'a>>,
    url_option: Option<String>,
}

/// A connection, and what it is connected to.
pub(super) struct Connected {
    pub(super) conn: Box<dyn SchemaConnection>,
    pub(super) server: ServerInfo,
    pub(super) host: Option<String>,
}

/// Reads the arguments, and runs what they say.
pub(super) fn start(migrator: Migrator, args: Vec<OsString>, opener: Opener<'_>, mut screen: Screen<'_>) -> ExitCode {
    if args.iter().any(|arg| arg == "--json") {
        screen.answer_as_json();
    }
    let parsed = args::program().try_get_matches_from(args).and_then(|matches| DbCommand::from_arg_matches(&matches));
    match parsed {
        Ok(command) => go_on(command, migrator, opener, screen),
        Err(wrong) => not_understood(&wrong, screen),
    }
}

/// Runs a command that was understood.
pub(super) fn go_on(command: DbCommand, migrator: Migrator, opener: Opener<'_>, mut screen: Screen<'_>) -> ExitCode {
    let DbCommand { global, action } = command;
    screen.set(&global);
    let name = action.name();
    let mut session = Session { screen, opener: Some(opener), url_option: global.database_url };
    let outcome = commands::run(&mut session, *action, migrator);
    session.screen.end(Some(name), outcome)
}

/// Help that was asked for is an answer; anything else is a wrong use.
fn not_understood(wrong: &clap::Error, mut screen: Screen<'_>) -> ExitCode {
    match wrong.kind() {
        Wrong::DisplayHelp | Wrong::DisplayVersion => {
            screen.print(&wrong.to_string());
            ExitCode::SUCCESS
        }
        // Somebody who said nothing is told what there is to say.
        Wrong::DisplayHelpOnMissingArgumentOrSubcommand if !screen.answers_as_json() => {
            screen.advise(wrong.to_string().trim_end());
            ExitCode::from(USAGE)
        }
        _ => screen.end(None, Err(Failure::not_understood(wrong))),
    }
}

impl Session<'_> {
    /// The URL that was named, if one was.
    pub(super) fn url(&self) -> Result<Option<DatabaseUrl>> {
        let text = DatabaseUrl::find(self.url_option.as_deref())?;
        match (text, &self.opener) {
            // A program that opens the connection itself may have a notation of its own.
            (Some(text), Some(Opener::ByProgram(_))) => {
                Ok(Some(DatabaseUrl::parse(&text).unwrap_or_else(|_| DatabaseUrl::opaque(&text))))
            }
            (text, _) => text.as_deref().map(DatabaseUrl::parse).transpose(),
        }
    }

    /// Whether there is a database to look at.
    pub(super) fn names_database(&self) -> Result<bool> {
        Ok(self.opener.as_ref().is_some_and(|opener| !opener.needs_url()) || self.url()?.is_some())
    }

    pub(super) fn connect(&mut self, access: Access) -> Result<Connected> {
        let url = self.url()?;
        let opener = self.opener.take().unwrap_or(Opener::ByUrl);
        let mut conn = opener.open(url.as_ref(), access)?;
        let mut server = conn.database().server().map_err(|error| opener::no_database(url.as_ref(), error))?;
        if let Some(file) = opener::stood_in_for(url.as_ref(), access) {
            server.database = file;
        }
        let host = url.as_ref().and_then(DatabaseUrl::host).map(str::to_owned);
        Ok(Connected { conn, server, host })
    }

    /// The same, and says first where it is: before anything is asked or done.
    pub(super) fn connect_to_change(&mut self) -> Result<Connected> {
        let connected = self.connect(Access::Change)?;
        self.screen.say(&connected.to_string());
        Ok(connected)
    }

    /// Signals from here on are for the run.
    pub(super) fn hear(&mut self) -> Signals {
        // In this order: between them a signal ends the program, and is not lost.
        let signals = Signals::hear();
        self.screen.leave_signals();
        signals
    }

    /// The migrator as it runs for somebody who watches, and may interrupt.
    pub(super) fn watched(&self, migrator: Migrator, signals: &Signals) -> Migrator {
        self.showing(migrator.stop_when(signals.asked()))
    }

    /// The migrator telling how far it is, where that is to be seen.
    pub(super) fn showing(&self, migrator: Migrator) -> Migrator {
        if !self.screen.shows_progress() {
            return migrator;
        }
        let progress = Arc::new(Progress::default());
        migrator.observer(move |event| progress.tell(event))
    }
}

impl std::fmt::Display for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.server.place(self.host.as_deref()))
    }
}
