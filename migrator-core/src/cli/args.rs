//! What may be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::UnknownArgumentValueParser;
use clap::{ArgAction, ArgMatches, Args as _, FromArgMatches, Subcommand, ValueEnum};

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

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Init {
    /// The database that the crate is for; else the one that the URL names, else SQLite
    #[arg(long, value_name = "PRODUCT")]
    pub(super) database: Option<Product>,
}

/// A database, as the feature of Diesel is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Product {
    Sqlite,
    Postgres,
    Mysql,
}

/// What a new file says of itself.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Heading {
    /// What it does, in a few words
    pub(super) message: Option<String>,
    /// The same, as Alembic's users write it
    #[arg(long = "message", short = 'm', conflicts_with = "message", value_name = "MESSAGE")]
    pub(super) said: Option<String>,
    /// The revision that it follows, where there are several heads; base for a line of its own
    #[arg(long, value_name = "REV", conflicts_with = "merge")]
    pub(super) head: Option<String>,
    /// Follow all heads, so that they become one
    #[arg(long)]
    pub(super) merge: bool,
    #[command(flatten)]
    pub(super) bonds: Bonds,
}

/// What binds a migration to others besides what it follows.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Bonds {
    /// A name for the branch that begins here; may be said several times
    #[arg(long = "branch-label", value_name = "LABEL")]
    pub(super) labels: Vec<String>,
    /// A revision that must be applied first, of another branch; may be said several times
    #[arg(long, value_name = "REV")]
    pub(super) depends_on: Vec<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct New {
    #[command(flatten)]
    pub(super) heading: Heading,
    /// Columns: email:string:255, price:decimal:10:2, org_id:big_integer:not_null:references=orgs
    #[arg(value_name = "COLUMN")]
    pub(super) columns: Vec<String>,
    /// The table that the columns are for; else the message tells it ("create users", "add email to users")
    #[arg(long, value_name = "TABLE")]
    pub(super) table: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    pub(super) heading: Heading,
    /// The schema.rs; else what diesel.toml names, else src/schema.rs
    #[arg(long, value_name = "FILE")]
    pub(super) schema: Option<PathBuf>,
    /// Drop tables that are only in the database; unless said they stay
    #[arg(long)]
    pub(super) drop_unknown: bool,
    /// What rows that are there get in a column that may not be NULL
    #[arg(long = "default", value_name = "TABLE.COLUMN=VALUE")]
    pub(super) values: Vec<String>,
    /// A column that bears another name now
    #[arg(long = "rename", value_name = "TABLE.OLD=NEW")]
    pub(super) renames: Vec<String>,
    /// Two columns of which one goes and the other comes
    #[arg(long = "separate", value_name = "TABLE.OLD=NEW")]
    pub(super) separate: Vec<String>,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Heading {
    /// The message, wherever it was said.
    pub(super) fn text(&self) -> Option<&str> {
        self.said.as_deref().or(self.message.as_deref())
    }
}

/// What a command may be told that may take data away.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Lossy {
    /// Let data be lost that no migration names
    #[arg(long)]
    pub(super) allow_data_loss: bool,
    /// Copy first what would be lost, or all tables
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "destructive")]
    pub(super) backup: Option<Copied>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Copied {
    Destructive,
    All,
}

/// What other tools have as an option and this one says otherwise: whoever types it is told.
fn elsewhere(instead: &'static str) -> UnknownArgumentValueParser {
    UnknownArgumentValueParser::suggest(format!("here it is '{instead}'"))
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Upgrade {
    /// head, heads, +2, a revision or its first letters, label@head
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    pub(super) target: String,
    #[command(flatten)]
    pub(super) lossy: Lossy,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("plan --sql"))]
    sql: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Downgrade {
    /// -1, base, a revision or its first letters, label@-1
    #[arg(default_value = "-1", allow_negative_numbers = true)]
    pub(super) target: String,
    #[command(flatten)]
    pub(super) lossy: Lossy,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("plan TARGET --sql"))]
    sql: Option<String>,
    #[arg(long, short, hide = true, value_parser = elsewhere("downgrade -2"))]
    number: Option<String>,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("downgrade base"))]
    all: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Plan {
    /// Where the run would go: a target of upgrade, or of downgrade
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    pub(super) target: String,
    /// As a script with the history rows, for somebody who must run it by hand
    #[arg(long, conflicts_with = "html")]
    pub(super) sql: bool,
    /// End with the exit code that the run would end with where nobody is asked: 6 for a loss that nobody named
    #[arg(long)]
    pub(super) check: bool,
    /// As one page, written to that file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Rehearse {
    /// Where the run goes: a target of upgrade, or of downgrade
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    pub(super) target: String,
    /// Let data be lost that no migration names: it is there again afterwards
    #[arg(long)]
    pub(super) allow_data_loss: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct History {
    /// A part of it: a:b, a:, :b, -2:b, current:
    #[arg(long, short, value_name = "A:B", allow_hyphen_values = true)]
    pub(super) range: Option<String>,
    /// What was done to the database besides, oldest first
    #[arg(long, short)]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Revision {
    /// A revision or the first four letters of one, head, base, label@head
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(super) revision: String,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Shown {
    /// A revision or the first four letters of one, head, base, label@head
    #[arg(value_name = "REV", default_value = "heads", allow_negative_numbers = true)]
    pub(super) revision: String,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Check {
    /// Compare the database with schema.rs too: exit code 3 if they differ
    #[arg(long)]
    pub(super) schema: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Repair {
    /// What became of what the database does not tell
    #[arg(long = "as", value_name = "WHAT")]
    pub(super) said: Option<Said>,
}

/// What a person found out about an interrupted migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Said {
    /// What is in doubt was not done, or is undone: do it again
    RunAgain,
    /// The statement in doubt was done
    StatementDone,
    /// The schema is where the migration ends
    Finished,
    /// The schema is where the migration begins
    NotBegun,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Verify {
    /// Read every row too: foreign keys, and the database's own check of its files
    #[arg(long)]
    pub(super) full: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Backup {
    /// The label of the copies
    #[arg(long, value_name = "P")]
    pub(super) prefix: Option<String>,
    /// Only this table, schema.table where it is in another schema; may be said several times
    #[arg(long = "table", value_name = "T")]
    pub(super) tables: Vec<String>,
    /// The whole database as one file, on SQLite
    #[arg(long, value_name = "F", conflicts_with_all = ["prefix", "tables"])]
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Restore {
    /// The backup, as backups lists it
    pub(super) id: String,
    /// Let rows go that the backup does not have
    #[arg(long)]
    pub(super) allow_data_loss: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Prune {
    /// How many of each table stay
    #[arg(long, value_name = "N")]
    pub(super) keep: usize,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Merge {
    /// The revisions that become one; all heads, unless said
    #[arg(value_name = "REV")]
    pub(super) revisions: Vec<String>,
    /// What it says of itself
    #[arg(long, short)]
    pub(super) message: Option<String>,
    #[command(flatten)]
    pub(super) bonds: Bonds,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Completions {
    /// Which shell
    pub(super) shell: clap_complete::Shell,
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
