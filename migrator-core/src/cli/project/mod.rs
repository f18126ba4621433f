//! The crate that the command line stands in: its manifest, its migrations, and how files in it change.

mod changes;
mod keys;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::{Failure, Result};

pub(super) use changes::Changes;
pub(super) use sources::Sources;

/// A crate.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) root: PathBuf,
    pub(super) manifest: String,
    diesel_toml: String,
}

impl Project {
    /// The crate of the working directory, or of the nearest directory above it.
    pub(super) fn here() -> Result<Self> {
        let here = std::env::current_dir().map_err(|error| Failure::file(Path::new("."), &error))?;
        let root = here.ancestors().find(|folder| folder.join("Cargo.toml").is_file());
        let root = root.ok_or_else(|| no_crate(&here))?.to_owned();
        let manifest = read(&root.join("Cargo.toml"))?;
        if !manifest.lines().any(|line| line.trim() == "[package]") {
            return Err(no_package(&root, &manifest));
        }
        let diesel_toml = fs::read_to_string(root.join("diesel.toml")).unwrap_or_default();
        Ok(Self { root, manifest, diesel_toml })
    }

    /// The package's name.
    pub(super) fn name(&self) -> String {
        keys::text_of(&self.manifest, "package.name").unwrap_or_else(|| "app".to_owned())
    }

    /// The name of its library, as Rust writes it.
    pub(super) fn library(&self) -> Option<String> {
        let named = keys::text_of(&self.manifest, "lib.name");
        self.root.join("src/lib.rs").is_file().then(|| named.unwrap_or_else(|| self.name()).replace('-', "_"))
    }

    pub(super) fn says(&self, key: &str) -> bool {
        keys::has(&self.manifest, key)
    }

    /// Where migrations in Rust are: what diesel.toml names, if that is inside `src`, else `src/migrations`.
    pub(super) fn folder(&self) -> PathBuf {
        let named = keys::text_of(&self.diesel_toml, "migrations_directory.dir").map(|dir| self.root.join(dir));
        let inside = named.filter(|dir| dir.starts_with(self.root.join("src")));
        inside.unwrap_or_else(|| self.root.join("src/migrations"))
    }

    /// Where Diesel's own tool writes the schema: what diesel.toml names, else `src/schema.rs`.
    pub(super) fn schema_file(&self) -> PathBuf {
        let named = keys::text_of(&self.diesel_toml, "print_schema.file");
        self.root.join(named.as_deref().unwrap_or("src/schema.rs"))
    }

    /// The file that lists them: `src/migrations/mod.rs` or `src/migrations.rs`.
    pub(super) fn module_file(&self) -> Result<PathBuf> {
        let folder = self.folder();
        let candidates = [folder.join("mod.rs"), folder.with_extension("rs")];
        candidates.into_iter().find(|file| file.is_file()).ok_or_else(|| {
            Failure::usage(
                format!("there is no {}", self.shown(&folder.join("mod.rs"))),
                "run init first: it lays out the migrations of this crate",
            )
        })
    }

    /// A path as people write it: from the crate's directory.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

pub(super) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Failure::file(path, &error))
}

fn no_crate(here: &Path) -> Failure {
    Failure::usage(
        format!("{} is not inside a crate: there is no Cargo.toml", here.display()),
        "change to the directory of your crate, or make one with cargo new",
    )
}

fn no_package(root: &Path, manifest: &str) -> Failure {
    if !manifest.lines().any(|line| line.trim() == "[workspace]") {
        let what = format!("{} is no crate's: it has no line [package]", root.join("Cargo.toml").display());
        return Failure::usage(
            what,
            "mend it (cargo check says what is wrong), or change to the directory of your crate",
        );
    }
    Failure::usage(
        format!("{} is a workspace, not a crate", root.display()),
        "change to the directory of the crate that holds the migrations",
    )
}
