//! The guide's pages name what is there: each kind of error has an entry, and each link leads somewhere.

#![allow(clippy::unwrap_used, reason = "a page that cannot be read is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs/guide")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The variants of `ErrorKind`, as its file has them.
fn kinds() -> Vec<String> {
    let text = fs::read_to_string(root().join("migrator-core/src/error/kind.rs")).unwrap();
    let (_, after) = text.split_once("pub enum ErrorKind {").unwrap();
    let (body, _) = after.split_once("\n}").unwrap();
    let variants = body.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    variants.map(|line| line.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn each_kind_of_error_has_an_entry() {
    let page = fs::read_to_string(root().join("docs/guide/troubleshooting.md")).unwrap();
    let missing: Vec<String> =
        kinds().into_iter().filter(|kind| !page.lines().any(|line| line == format!("## {kind}"))).collect();
    assert!(kinds().len() > 30 && missing.is_empty(), "without an entry: {missing:?}");
}

/// What a reader reads: the guide, and what stands beside it.
fn documents() -> Vec<PathBuf> {
    let beside = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md", "benches/README.md"];
    let mut all: Vec<PathBuf> = beside.iter().map(|name| root().join(name)).collect();
    all.extend(fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    all.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    all.extend(pages());
    all
}

/// What a heading is linked by: in small letters, words joined by hyphens, other signs left out.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ' ');
    headings
        .map(|line| line.to_lowercase().chars().filter(|letter| kept(*letter)).collect::<String>().replace(' ', "-"))
        .collect()
}

#[test]
fn each_link_leads_somewhere() {
    for page in documents() {
        let text = fs::read_to_string(&page).unwrap();
        for after in text.split("](").skip(1) {
            let target = after.split(')').next().unwrap();
            if target.contains("://") || target.contains(' ') {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let there = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(there.exists(), "{}: {target}", page.display());
            let leads = anchor.is_empty() || anchors(&fs::read_to_string(&there).unwrap()).contains(&anchor.to_owned());
            assert!(leads, "{}: {target} names no heading", page.display());
        }
    }
}

#[test]
fn an_error_names_its_entry() {
    let error = migrator_core::Migrator::new().heads().unwrap_err();
    let (file, anchor) =
        error.kind().entry().split_once('#').map(|(file, anchor)| (root().join(file), anchor.to_owned())).unwrap();
    assert!(anchors(&fs::read_to_string(file).unwrap()).contains(&anchor));
    let last = format!("\n  more: migrator's guide, page troubleshooting, under {}", error.kind());
    assert!(format!("{error:#}").ends_with(&last), "{error:#}");
    assert!(!error.to_string().contains("more:"), "{error}");
}

#[test]
fn each_page_is_listed() {
    let list = fs::read_to_string(root().join("docs/guide/README.md")).unwrap();
    for page in pages() {
        let name = page.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(name == "README.md" || list.contains(&format!("({name})")), "{name}");
    }
}
