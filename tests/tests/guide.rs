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

#[test]
fn each_link_of_the_guide_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for after in text.split("](").skip(1) {
            let target = after.split(')').next().unwrap().split('#').next().unwrap();
            let inside = !target.is_empty() && !target.contains("://") && !target.contains(' ');
            let there = page.parent().unwrap().join(target).exists();
            assert!(!inside || there, "{}: {target}", page.display());
        }
    }
}

#[test]
fn each_page_is_listed() {
    let list = fs::read_to_string(root().join("docs/guide/README.md")).unwrap();
    for page in pages() {
        let name = page.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(name == "README.md" || list.contains(&format!("({name})")), "{name}");
    }
}
