//! What the commands take that put things right: copies of tables, and what was interrupted.

use std::path::PathBuf;

use clap::ValueEnum;

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Repair {
    /// What became of what the database does not tell
    #[arg(long = "as", value_name = "WHAT")]
    pub(in crate::cli) said: Option<Said>,
}

/// What a person found out about an interrupted migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Said {
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
pub(in crate::cli) struct Backup {
    /// The label of the copies
    #[arg(long, value_name = "P")]
    pub(in crate::cli) prefix: Option<String>,
    /// Only this table, schema.table where it is in another schema; may be said several times
    #[arg(long = "table", value_name = "T")]
    pub(in crate::cli) tables: Vec<String>,
    /// The whole database as one file, on SQLite
    #[arg(long, value_name = "F", conflicts_with_all = ["prefix", "tables"])]
    pub(in crate::cli) file: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Restore {
    /// The backup, as backups lists it
    pub(in crate::cli) id: String,
    /// Let rows go that the backup does not have
    #[arg(long)]
    pub(in crate::cli) allow_data_loss: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Prune {
    /// How many of each table stay
    #[arg(long, value_name = "N")]
    pub(in crate::cli) keep: usize,
}
