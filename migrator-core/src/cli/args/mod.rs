//! What may be said on the command line.

mod copies;
mod files;
mod looks;
mod runs;

use std::ffi::OsString;

use clap::{ArgMatches, Args as _, FromArgMatches, Subcommand, ValueEnum};

pub(super) use copies::{Backup, Prune, Repair, Restore, Said};
pub(super) use files::{Bonds, Heading, Init, Merge, Migrate, New, Product};
pub(super) use looks::{Check, Completions, History, Shown, Verify};
pub(super) use runs::{Copied, Downgrade, Lossy, Plan, Rehearse, Revision, Upgrade};

/// The commands, to be nested in a command line of your own, as `flask db` does it.
///
/// ```no_run
/// use clap::Parser;
/// use migrator_core::{cli::DbCommand, prelude::*};
///
/// #[derive(Parser)]
/// enum App {
///     /// Serves.
///     Serve,
///     /// The database.
///     #[command(subcommand)]
///     Db(DbCommand),
/// }
///
/// fn main() -> std::process::ExitCode {
///     match App::parse() {
///         App::Serve => std::process::ExitCode::SUCCESS,
///         App::Db(command) => command.run(Migrator::registered()),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct DbCommand {
    pub(super) global: Global,
    pub(super) action: Box<Action>,
}

impl FromArgMatches for DbCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let global = Global::from_arg_matches(matches)?;
        Ok(Self { global, action: Box::new(Action::from_arg_matches(matches)?) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for DbCommand {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let command = Global::augment_args(Action::augment_subcommands(command));
        command.subcommand_required(true).arg_required_else_help(true)
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Action::has_subcommand(name)
    }
}

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Global {
    /// The database: postgres://, mysql://, sqlite:// or a file; else DATABASE_URL, also from .env
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// Answer as JSON, errors too
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Ask nothing, and take it that the answer is yes; data loss needs --allow-data-loss besides
    #[arg(long, short, global = true)]
    pub(super) yes: bool,
    /// Say nothing but what was asked for
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN")]
    pub(super) color: Option<Color>,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum Action {
    /// Lay out src/migrations and a db binary in this crate, with a first migration
    Init(Init),
    /// Write a migration file
    #[command(aliases = ["revision", "generate"])]
    New(New),
    /// Write a migration file from what differs between schema.rs and the database
    Migrate(Migrate),
    /// Apply what is pending
    #[command(alias = "run")]
    Upgrade(Upgrade),
    /// Undo migrations
    #[command(alias = "revert")]
    Downgrade(Downgrade),
    /// Undo the last migration and apply it again
    Redo(Lossy),
    /// Show what a run would do: its SQL, what it would lose, what it would lock
    Plan(Plan),
    /// Run it for real and roll it back; takes the locks of a run while it lasts
    Rehearse(Rehearse),
    /// Show where the database stands
    Current,
    /// Show the revisions, newest first, and which of them are applied
    #[command(alias = "list")]
    History(History),
    /// Show the revisions that nothing follows
    Heads,
    /// Show the revisions that several others follow
    Branches,
    /// Show one revision, or the heads
    Show(Shown),
    /// Say whether something is pending: exit code 3 if so
    #[command(alias = "pending")]
    Check(Check),
    /// Look whether the database is sound: exit code 4 with findings
    Verify(Verify),
    /// Copy every table, or those named, inside the database
    Backup(Backup),
    /// List the backups, oldest first
    Backups,
    /// Make a table what it was when a backup was made
    Restore(Restore),
    /// Drop all backups but the newest of each table
    Prune(Prune),
    /// Find out what became of a migration that was interrupted: exit code 7 while somebody must say
    Repair(Repair),
    /// Record a revision as what the database has, without running anything
    Stamp(Revision),
    /// Write a migration file that brings several heads together
    Merge(Merge),
    /// Print the completions of a shell
    Completions(Completions),
}

impl Action {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::New(_) => "new",
            Self::Migrate(_) => "migrate",
            Self::Upgrade(_) => "upgrade",
            Self::Downgrade(_) => "downgrade",
            Self::Redo(_) => "redo",
            Self::Plan(_) => "plan",
            Self::Rehearse(_) => "rehearse",
            Self::Current => "current",
            Self::History(_) => "history",
            Self::Heads => "heads",
            Self::Branches => "branches",
            Self::Show(_) => "show",
            Self::Check(_) => "check",
            Self::Verify(_) => "verify",
            Self::Backup(_) => "backup",
            Self::Backups => "backups",
            Self::Restore(_) => "restore",
            Self::Prune(_) => "prune",
            Self::Repair(_) => "repair",
            Self::Stamp(_) => "stamp",
            Self::Merge(_) => "merge",
            Self::Completions(_) => "completions",
        }
    }
}

/// The whole program.
pub(super) fn program() -> clap::Command {
    let about = "Safe database migrations: see what is pending, apply it, go back, write new ones";
    let version = concat!("(migrator-core ", env!("CARGO_PKG_VERSION"), ")");
    DbCommand::augment_subcommands(clap::Command::new("db").about(about).version(version))
}

/// The arguments with a program's name before them, where they begin with a command or an option.
pub(super) fn with_program_name(mut args: Vec<OsString>) -> Vec<OsString> {
    let first = args.first().and_then(|first| first.to_str()).unwrap_or("-");
    let program = program();
    let is_command = program
        .get_subcommands()
        .any(|command| command.get_name() == first || command.get_all_aliases().any(|alias| alias == first));
    if is_command || first.starts_with('-') || first == "help" {
        args.insert(0, "db".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<DbCommand, clap::Error> {
        let args = with_program_name(args.iter().map(OsString::from).collect());
        DbCommand::from_arg_matches(&program().try_get_matches_from(args)?)
    }

    #[test]
    fn the_arguments_fit_together() {
        program().debug_assert();
    }

    #[test]
    fn a_negative_number_is_a_target() {
        for args in [&["downgrade", "-1"][..], &["db", "revert", "-1", "--yes"], &["downgrade", "--yes"]] {
            let Action::Downgrade(Downgrade { target, .. }) = *parse(args).unwrap().action else { panic!("{args:?}") };
            assert_eq!(target, "-1");
        }
        let Action::History(History { range, .. }) = *parse(&["list", "-r", "-2:head"]).unwrap().action else {
            panic!()
        };
        assert_eq!(range.as_deref(), Some("-2:head"));
    }

    #[test]
    fn it_nests_in_a_command_line_of_ones_own() {
        #[derive(clap::Parser)]
        struct App {
            #[command(subcommand)]
            command: Command,
        }
        #[derive(clap::Subcommand)]
        enum Command {
            Serve,
            #[command(subcommand)]
            Db(DbCommand),
        }
        <App as clap::CommandFactory>::command().debug_assert();
        for args in [["app", "db", "--json", "downgrade", "-2"], ["app", "db", "downgrade", "-2", "--json"]] {
            let app = <App as clap::Parser>::try_parse_from(args).unwrap();
            let Command::Db(DbCommand { global, action }) = app.command else { panic!() };
            let Action::Downgrade(asked) = *action else { panic!() };
            assert!(global.json && asked.target == "-2");
        }
        assert!(matches!(<App as clap::Parser>::try_parse_from(["app", "serve"]).unwrap().command, Command::Serve));
    }

    #[test]
    fn options_stand_before_the_command_or_after_it() {
        for args in [&["--json", "heads"][..], &["heads", "--json"]] {
            assert!(parse(args).unwrap().global.json);
        }
    }

    #[test]
    fn what_other_tools_call_otherwise_is_told() {
        for (args, instead) in [
            (&["upgrade", "head", "--sql"][..], "'plan --sql'"),
            (&["downgrade", "-1", "--sql"], "'plan TARGET --sql'"),
            (&["revert", "--all"], "'downgrade base'"),
            (&["revert", "-n", "2"], "'downgrade -2'"),
        ] {
            let told = parse(args).unwrap_err().to_string();
            assert!(told.contains(&format!("here it is {instead}")), "{told}");
        }
        parse(&["upgrade"]).unwrap();
    }

    #[test]
    fn a_mistyped_command_is_told_the_nearest() {
        let told = parse(&["db", "upgrad"]).unwrap_err().to_string();
        assert!(told.contains("'upgrade'"), "{told}");
    }
}
