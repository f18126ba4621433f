//! The files of migrations in a crate, and whether the program has what they say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::failed::Failed;
use crate::attributes::{self, Found};
use crate::migration::Migration;
use crate::name::RevisionId;
use crate::registry;
use crate::runner::Migrator;

/// Where migrations lie unless the crate says otherwise.
const USUAL: [&str; 3] = ["src/migrations", "src/migrations.rs", "migrations"];

/// A migration that a file speaks of.
struct Written {
    file: PathBuf,
    revision: RevisionId,
    group: Option<String>,
}

pub(super) fn check(migrator: &Migrator, base: &Path, said: Option<&Path>) -> Result<(), Failed> {
    let places = match said {
        Some(place) => vec![base.join(place)],
        None => USUAL.iter().map(|place| base.join(place)).filter(|place| place.exists()).collect(),
    };
    let mut written = Vec::new();
    for place in &places {
        collect(place, &mut written)?;
    }
    if let (Some(place), true) = (said, written.is_empty()) {
        return Err(Failed::new(format!("no migration is written in {}", base.join(place).display())));
    }
    let known = migrator.revisions()?;
    let missing: Vec<&Written> = written.iter().filter(|one| !is_registered(one, &known)).collect();
    if missing.is_empty() { Ok(()) } else { Err(not_registered(&missing, base)) }
}

fn is_registered(written: &Written, known: &BTreeSet<RevisionId>) -> bool {
    match &written.group {
        None => known.contains(&written.revision),
        Some(group) => registry::linked(group).any(|other| *other.metadata().revision() == written.revision),
    }
}

fn not_registered(missing: &[&Written], base: &Path) -> Failed {
    let line = |one: &&Written| {
        let file = one.file.strip_prefix(base).unwrap_or(&one.file);
        format!("\n  {} in {}", one.revision, file.display())
    };
    let lines: String = missing.iter().map(line).collect();
    Failed::new(format!(
        "the migrator does not have{lines}\n  a file that no `mod` names is not compiled, and a crate that is named nowhere is not linked"
    ))
}

fn collect(place: &Path, written: &mut Vec<Written>) -> Result<(), Failed> {
    if place.is_dir() {
        if place.join("up.sql").is_file() {
            written.extend(of_folder(place));
            return Ok(());
        }
        let entries = fs::read_dir(place).and_then(|all| all.map(|entry| Ok(entry?.path())).collect());
        let mut entries: Vec<PathBuf> = entries.map_err(|error| unreadable(place, &error))?;
        entries.sort();
        return entries.iter().try_for_each(|entry| collect(entry, written));
    }
    if place.extension().is_some_and(|extension| extension == "rs") {
        written.extend(of_rust(place)?);
    }
    Ok(())
}

/// A folder of SQL is named for its version, up to the first underscore.
fn of_folder(folder: &Path) -> Option<Written> {
    let name = folder.file_name()?.to_str()?;
    let revision = RevisionId::new(name.split('_').next()?);
    Some(Written { file: folder.join("up.sql"), revision, group: None })
}

fn of_rust(file: &Path) -> Result<Vec<Written>, Failed> {
    let text = fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let found = attributes::of(&text).map_err(|error| {
        let line = error.span().start().line;
        Failed::new(format!("{}:{line}: {error}", file.display()))
    })?;
    let written = |found: Found| Written {
        file: file.to_owned(),
        revision: found.metadata.revision().clone(),
        group: found.group,
    };
    Ok(found.into_iter().map(written).collect())
}

fn unreadable(place: &Path, error: &std::io::Error) -> Failed {
    Failed::new(format!("{}: {error}", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_sql_is_its_version() {
        let revision = of_folder(Path::new("migrations/2026-11-23-090000_create_users")).unwrap().revision;
        assert_eq!(revision, "20261123090000");
    }
}
