//! The command line inside your own binary.
//!
//! ```no_run
//! use migrator_core::{cli, prelude::*};
//!
//! fn main() -> std::process::ExitCode {
//!     cli::run(Migrator::registered())
//! }
//! ```
//!
//! That is a whole program: `db upgrade`, `db downgrade`, `db new "add email to users"`, `db history` and the rest; `db
//! --help` lists them. The database is named by `--database-url`, else by `DATABASE_URL`, also from `.env`.
//! [`with_connection`] is the same where the program opens the connection itself; [`DbCommand`] nests in a program that
//! has a command line of its own; [`run_from`] runs one command in process.
//!
//! Exit codes: 0 done; 1 failed; 2 usage; 3 `check` found something pending; 4 `verify` found something; 5 the lock was
//! not got; 6 refused; 7 an interrupted migration needs `repair`; 8 the history does not match the program.

mod answer;
mod args;
mod commands;
mod database_url;
mod draft;
mod failure;
mod opener;
mod progress;
mod project;
mod screen;
mod session;
mod signals;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::connection::SchemaConnection;
use crate::runner::Migrator;

pub use args::DbCommand;
use opener::Opener;
use screen::Screen;

/// A whole `main`: reads the arguments of the process, runs the command, says how it ended.
///
/// ```no_run
/// use migrator_core::{cli, prelude::*};
///
/// fn main() -> std::process::ExitCode {
///     cli::run(Migrator::registered())
/// }
/// ```
pub fn run(migrator: Migrator) -> ExitCode {
    session::start(migrator, std::env::args_os().collect(), Opener::by_url(), Screen::terminal())
}

/// The same, where the program opens the connection itself: it is given the database's URL, empty where none was named.
///
/// ```no_run
/// use migrator_core::{SchemaConnection, cli, prelude::*};
///
/// fn main() -> std::process::ExitCode {
///     cli::with_connection(Migrator::registered(), |url| {
///         let conn = SqliteConnection::establish(url)?;
///         Ok::<Box<dyn SchemaConnection>, diesel::ConnectionError>(Box::new(conn))
///     })
/// }
/// ```
pub fn with_connection<E>(
    migrator: Migrator,
    open: impl FnOnce(&str) -> Result<Box<dyn SchemaConnection>, E>,
) -> ExitCode
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    session::start(migrator, std::env::args_os().collect(), Opener::by_program(open), Screen::terminal())
}

/// One command in process, with everything it says written to `out` and nothing asked.
///
/// The arguments begin with the program's name, as those of a process do; where the first is a command or an option
/// already, it may be left out.
///
/// ```
/// use migrator_core::{cli, migrations, prelude::*};
/// # #[migration(revision = "1", irreversible)]
/// # mod create_users { fn upgrade(op: &mut Operations<'_>) -> MigrationResult { op.create_table("users", |t| t.id())?; Ok(()) } }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let migrator = Migrator::new().with_all(migrations![create_users]);
/// let mut out = Vec::new();
/// let code = cli::run_from(migrator, ["db", "heads"], &mut out);
/// assert_eq!(code, std::process::ExitCode::SUCCESS);
/// assert_eq!(String::from_utf8(out)?, "1 create users\n");
/// # Ok(())
/// # }
/// ```
pub fn run_from<A: Into<OsString>>(
    migrator: Migrator,
    args: impl IntoIterator<Item = A>,
    out: &mut dyn Write,
) -> ExitCode {
    let args = args::with_program_name(args.into_iter().map(Into::into).collect());
    session::start(migrator, args, Opener::by_url(), Screen::writing_to(out))
}

impl DbCommand {
    /// Runs the command and says how it ended.
    pub fn run(self, migrator: Migrator) -> ExitCode {
        session::go_on(self, migrator, Opener::by_url(), Screen::terminal())
    }

    /// The same, where the program opens the connection itself: see [`with_connection`].
    pub fn run_with_connection<E>(
        self,
        migrator: Migrator,
        open: impl FnOnce(&str) -> Result<Box<dyn SchemaConnection>, E>,
    ) -> ExitCode
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        session::go_on(self, migrator, Opener::by_program(open), Screen::terminal())
    }
}
