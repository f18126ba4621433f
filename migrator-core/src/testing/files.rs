//! The files of migrations in a crate, and whether the program has what they say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::failed::Failed;
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
        collect(place, &mut written).map_err(|error| Failed::new(format!("{}: {error}", place.display())))?;
    }
    if written.is_empty() {
        let what =
            format!("no file of migrations below {}: say where they lie, `migrations = \"src/..\"`", base.display());
        return Err(Failed::new(what));
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

fn collect(place: &Path, written: &mut Vec<Written>) -> std::io::Result<()> {
    if place.is_dir() {
        if place.join("up.sql").is_file() {
            written.extend(of_folder(place));
            return Ok(());
        }
        let mut entries: Vec<PathBuf> =
            fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| collect(entry, written));
    }
    if place.extension().is_some_and(|extension| extension == "rs") {
        let text = fs::read_to_string(place)?;
        written.extend(attributes(&text).into_iter().filter_map(|attribute| of_attribute(place, &attribute)));
    }
    Ok(())
}

/// A folder of SQL is named for its version, up to the first underscore.
fn of_folder(folder: &Path) -> Option<Written> {
    let name = folder.file_name()?.to_str()?;
    let revision = RevisionId::new(name.split('_').next()?);
    Some(Written { file: folder.join("up.sql"), revision, group: None })
}

fn of_attribute(file: &Path, attribute: &str) -> Option<Written> {
    let revision = RevisionId::new(&value_of(attribute, "revision")?);
    Some(Written { file: file.to_owned(), revision, group: value_of(attribute, "group") })
}

/// What stands between the parentheses of each `#[migration(..)]`, comments left out.
fn attributes(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let starts = code.match_indices("migration(").filter(|(at, _)| is_attribute(&code[..*at]));
    starts.map(|(at, word)| inside(&code[at + word.len()..])).collect()
}

/// Whether what stands before is `#[`, or that and a path: `#[migrator_core::`.
fn is_attribute(before: &str) -> bool {
    let path = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':' | ' ');
    before.trim_end_matches(path).ends_with("#[")
}

/// Up to the parenthesis that closes, those within texts not counted.
fn inside(text: &str) -> String {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    let goes_on = |letter: &char| {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        depth > 0
    };
    text.chars().take_while(goes_on).collect()
}

/// The text that a word of the attribute is given: `word = "text"`.
fn value_of(attribute: &str, word: &str) -> Option<String> {
    let attribute = attribute.replace("\\\"", "");
    let pieces: Vec<&str> = attribute.split('"').collect();
    // Code and texts take turns.
    let gives = |code: &str| {
        let name = code.trim_end().strip_suffix('=')?.trim_end().strip_suffix(word)?;
        name.chars().next_back().is_none_or(|letter| !letter.is_alphanumeric() && letter != '_').then_some(())
    };
    let at = pieces.iter().step_by(2).position(|code| gives(code).is_some())?;
    pieces.get(2 * at + 1).map(|text| (*text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_read_past_comments_texts_and_other_words() {
        let text = "// #[migration(revision = \"0\")]\n#[migration(\n    description = \"a ) revision = \",\n    \
            down_revision = \"1\",\n    revision=\"2\", requires(table(\"t\")), group = \"g\"\n)]\nmod a {}\n\
            fn migration(revision: u8) {}\n#[migrator_core::migration(revision = \"3\")] mod b {}";
        let all = attributes(text);
        let values: Vec<_> = all.iter().map(|one| (value_of(one, "revision"), value_of(one, "group"))).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(values, [(text("2"), text("g")), (text("3"), None)]);
    }

    #[test]
    fn a_folder_of_sql_is_its_version() {
        let revision = of_folder(Path::new("migrations/2026-11-23-090000_create_users")).unwrap().revision;
        assert_eq!(revision, "20261123090000");
    }
}
