//! What the commands take that write files.

use std::path::PathBuf;

use clap::{ArgAction, ValueEnum};

use super::runs::elsewhere;

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Init {
    /// The database that the crate is for; else the one that the URL names, else SQLite
    #[arg(long, value_name = "PRODUCT")]
    pub(in crate::cli) database: Option<Product>,
}

/// A database, as the feature of Diesel is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Product {
    Sqlite,
    Postgres,
    Mysql,
}

/// What a new file says of itself.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Heading {
    /// What it does, in a few words
    pub(in crate::cli) message: Option<String>,
    /// The same, as Alembic's users write it
    #[arg(long = "message", short = 'm', conflicts_with = "message", value_name = "MESSAGE")]
    pub(in crate::cli) said: Option<String>,
    /// The revision that it follows, where there are several heads; base for a line of its own
    #[arg(long, value_name = "REV", conflicts_with = "merge")]
    pub(in crate::cli) head: Option<String>,
    /// Follow all heads, so that they become one
    #[arg(long)]
    pub(in crate::cli) merge: bool,
    #[command(flatten)]
    pub(in crate::cli) bonds: Bonds,
}

/// What binds a migration to others besides what it follows.
#[derive(Debug, Clone, Default, clap::Args)]
pub(in crate::cli) struct Bonds {
    /// A name for the branch that begins here; may be said several times
    #[arg(long = "branch-label", value_name = "LABEL")]
    pub(in crate::cli) labels: Vec<String>,
    /// A revision that must be applied first, of another branch; may be said several times
    #[arg(long, value_name = "REV")]
    pub(in crate::cli) depends_on: Vec<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct New {
    #[command(flatten)]
    pub(in crate::cli) heading: Heading,
    /// Columns: email:string:255, price:decimal:10:2, org_id:big_integer:not_null:references=orgs
    #[arg(value_name = "COLUMN")]
    pub(in crate::cli) columns: Vec<String>,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("migrate \"what it does\""))]
    autogenerate: Option<String>,
    /// The table that the columns are for; else the message tells it ("create users", "add email to users")
    #[arg(long, value_name = "TABLE")]
    pub(in crate::cli) table: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Migrate {
    #[command(flatten)]
    pub(in crate::cli) heading: Heading,
    /// The schema.rs; else what diesel.toml names, else src/schema.rs
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) schema: Option<PathBuf>,
    /// Drop tables that are only in the database; unless said they stay
    #[arg(long)]
    pub(in crate::cli) drop_unknown: bool,
    /// What rows that are there get in a column that may not be NULL
    #[arg(long = "default", value_name = "TABLE.COLUMN=VALUE")]
    pub(in crate::cli) values: Vec<String>,
    /// A column that bears another name now
    #[arg(long = "rename", value_name = "TABLE.OLD=NEW")]
    pub(in crate::cli) renames: Vec<String>,
    /// Two columns of which one goes and the other comes
    #[arg(long = "separate", value_name = "TABLE.OLD=NEW")]
    pub(in crate::cli) separate: Vec<String>,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

impl Heading {
    /// The message, wherever it was said.
    pub(in crate::cli) fn text(&self) -> Option<&str> {
        self.said.as_deref().or(self.message.as_deref())
    }
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Merge {
    /// The revisions that become one; all heads, unless said
    #[arg(value_name = "REV")]
    pub(in crate::cli) revisions: Vec<String>,
    /// What it says of itself
    #[arg(long, short)]
    pub(in crate::cli) message: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) bonds: Bonds,
}
