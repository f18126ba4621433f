//! What the commands take that run migrations, foresee a run, or record one.

use std::path::PathBuf;

use clap::builder::UnknownArgumentValueParser;
use clap::{ArgAction, ValueEnum};

/// What a command may be told that may take data away.
#[derive(Debug, Clone, Default, clap::Args)]
pub(in crate::cli) struct Lossy {
    /// Let data be lost that no migration names
    #[arg(long)]
    pub(in crate::cli) allow_data_loss: bool,
    /// Copy first what would be lost, or all tables
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "destructive")]
    pub(in crate::cli) backup: Option<Copied>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Copied {
    Destructive,
    All,
}

/// What other tools have as an option and this one says otherwise: whoever types it is told.
pub(super) fn elsewhere(instead: &'static str) -> UnknownArgumentValueParser {
    UnknownArgumentValueParser::suggest(format!("here it is '{instead}'"))
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Upgrade {
    /// head, heads, +2, a revision or its first letters, label@head
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    pub(in crate::cli) target: String,
    #[command(flatten)]
    pub(in crate::cli) lossy: Lossy,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("plan --sql"))]
    sql: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Downgrade {
    /// -1, base, a revision or its first letters, label@-1
    #[arg(default_value = "-1", allow_negative_numbers = true)]
    pub(in crate::cli) target: String,
    #[command(flatten)]
    pub(in crate::cli) lossy: Lossy,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("plan TARGET --sql"))]
    sql: Option<String>,
    #[arg(long, short, hide = true, value_parser = elsewhere("downgrade -2"))]
    number: Option<String>,
    #[arg(long, hide = true, action = ArgAction::SetTrue, value_parser = elsewhere("downgrade base"))]
    all: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Plan {
    /// Where the run would go: a target of upgrade, or of downgrade
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    pub(in crate::cli) target: String,
    /// As a script with the history rows, for somebody who must run it by hand
    #[arg(long, conflicts_with = "html")]
    pub(in crate::cli) sql: bool,
    /// End with the exit code that the run would end with where nobody is asked: 6 for a loss that nobody named
    #[arg(long)]
    pub(in crate::cli) check: bool,
    /// As one page, written to that file
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) html: Option<PathBuf>,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Rehearse {
    /// Where the run goes: a target of upgrade, or of downgrade
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    pub(in crate::cli) target: String,
    /// Let data be lost that no migration names: it is there again afterwards
    #[arg(long)]
    pub(in crate::cli) allow_data_loss: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Revision {
    /// A revision or the first four letters of one, head, base, label@head
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(in crate::cli) revision: String,
}
