//! The crate's `schema.rs` beside the database.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::autogenerate::{Changes, Options, compare_file};
use crate::cli::failure::{Failure, Result};
use crate::cli::project::{Project, read};
use crate::connection::SchemaConnection;

/// A `schema.rs`, and how people write its path.
pub(super) struct SchemaFile {
    path: PathBuf,
    pub(super) shown: String,
}

impl SchemaFile {
    /// The one that was named, else that of diesel.toml, else `src/schema.rs`; none where it is not there.
    pub(super) fn of(project: &Project, named: Option<&Path>) -> Option<Self> {
        let path = named.map_or_else(|| project.schema_file(), Path::to_owned);
        let shown = project.shown(&path);
        path.is_file().then_some(Self { path, shown })
    }

    /// The same, and an error where it is not there.
    pub(super) fn required(project: &Project, named: Option<&Path>) -> Result<Self> {
        let missing = || {
            let path = named.map_or_else(|| project.schema_file(), Path::to_owned);
            if path.is_dir() {
                let what = format!("{} is a directory", project.shown(&path));
                return Failure::usage(what, "name the file: --schema, or print_schema.file in diesel.toml");
            }
            Failure::usage(
                format!("there is no {}", project.shown(&path)),
                "write one with diesel print-schema, or say where it is: --schema, or print_schema.file in diesel.toml",
            )
        };
        Self::of(project, named).ok_or_else(missing)
    }

    pub(super) fn compared(&self, conn: &mut dyn SchemaConnection, options: &Options) -> Result<Changes> {
        Ok(compare_file(&self.shown, &read(&self.path)?, conn, options)?)
    }

    /// What is different, and what mends it from either side. A database that is behind its migrations is to be upgraded
    /// before anything else.
    pub(super) fn difference(&self, conn: &mut dyn SchemaConnection, is_behind: bool) -> Result<Difference> {
        let changes = self.compared(conn, &Options::default())?;
        let lines: String = changes.to_string().lines().map(|line| format!("\n  {line}")).collect();
        let mended = match is_behind {
            true => "  the database is behind its migrations: upgrade first".to_owned(),
            false => format!(
                "  to mend {0}: diesel print-schema > {0}; to mend the database: migrate \"what changed\"",
                self.shown
            ),
        };
        let told = format!("{} differs from the database:{lines}\n{mended}", self.shown);
        Ok(Difference { told: (!changes.differences().is_empty()).then_some(told), unread: changes.unread().to_vec() })
    }
}

/// What a comparison found.
pub(super) struct Difference {
    /// None where nothing is different.
    pub(super) told: Option<String>,
    /// Columns that could not be compared.
    pub(super) unread: Vec<String>,
}

/// What changes say, for programs.
pub(super) fn told(changes: &Changes) -> Value {
    let texts = |all: Vec<String>| -> Value { all.into() };
    let (required, ensured) = changes.conditions();
    json!({
        "upgrade": changes.up(),
        "downgrade": changes.down(),
        "requires": texts(required.iter().map(ToString::to_string).collect()),
        "ensures": texts(ensured.iter().map(ToString::to_string).collect()),
        "changes": texts(changes.to_string().lines().map(str::to_owned).collect()),
        "notes": changes.notes(),
    })
}
