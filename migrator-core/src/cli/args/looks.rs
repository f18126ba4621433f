//! What the commands take that only look.

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct History {
    /// A part of it: a:b, a:, :b, -2:b, current:
    #[arg(long, short, value_name = "A:B", allow_hyphen_values = true)]
    pub(in crate::cli) range: Option<String>,
    /// What was done to the database besides, oldest first
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Shown {
    /// A revision or the first four letters of one, head, base, label@head
    #[arg(value_name = "REV", default_value = "heads", allow_negative_numbers = true)]
    pub(in crate::cli) revision: String,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Check {
    /// Compare the database with schema.rs too: exit code 3 if they differ
    #[arg(long)]
    pub(in crate::cli) schema: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Verify {
    /// Read every row too: foreign keys, and the database's own check of its files
    #[arg(long)]
    pub(in crate::cli) full: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Completions {
    /// Which shell
    pub(in crate::cli) shell: clap_complete::Shell,
}
