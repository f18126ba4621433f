//! A module uses what is below it, and what stands to its left on its own line: docs/architecture.md.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest line to the highest. A module may use every lower line, and its neighbours to the left.
const LINES: [&[&str]; 6] = [
    &["digest", "nearest", "count", "name", "report", "error"],
    &["schema", "operation", "metadata", "dialect", "event", "trace", "sql", "connection"],
    &["graph", "diff", "guard", "attributes"],
    &["conditions", "history", "backup", "operations", "migration", "registry"],
    &["verify", "plan", "runner", "autogenerate"],
    &["functions", "cli", "testing"],
];

/// The backends see the two lowest lines; above those, the list of them is seen, and none of them by its name.
const BACKEND: &str = "backend";
const BACKEND_SEES: usize = 2;
const PRODUCTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

/// Contents pages, not modules: they name everything.
const CONTENTS: [&str; 2] = ["lib", "prelude"];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrator-core/src")
}

/// `history` of `src/history/book.rs`; `backend/sqlite` is `backend`.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(sources()).unwrap();
    let first = inside.components().next().unwrap();
    Path::new(first.as_os_str()).with_extension("").to_str().unwrap().to_owned()
}

#[test]
fn every_name_in_a_line_is_a_module() {
    let is_there = |name: &&str| sources().join(name).is_dir() || sources().join(format!("{name}.rs")).is_file();
    let gone: Vec<_> = LINES.concat().into_iter().filter(|name| !is_there(name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules named as `crate::module`, outside tests and comments, each with the line of its first mention.
fn used_by(text: &str) -> BTreeMap<String, usize> {
    let code = text.split("\nmod tests {").next().unwrap_or_default();
    let said = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
    let code = code.lines().map(said).collect::<Vec<_>>().join("\n");
    let mut used = BTreeMap::new();
    for (at, root) in code.match_indices("crate::") {
        let number = code[..at].lines().count().max(1);
        for name in first_names(&code[at + root.len()..]) {
            used.entry(name).or_insert(number);
        }
    }
    used
}

/// `a` of `a::B`; `a` and `b` of `{a::B, b::{C, D}}`, in however many lines. What begins with a capital is no module.
fn first_names(path: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for letter in path.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(String::new()),
            _ if letter.is_whitespace() && depth > 0 => {}
            _ if letter.is_alphanumeric() || matches!(letter, '_' | ':' | ',') => {
                names.last_mut().unwrap().push(letter);
            }
            _ => break,
        }
        if depth == 0 && (letter == '}' || letter == ',') {
            break;
        }
    }
    let first = |path: String| path.split(':').next().unwrap_or_default().to_owned();
    names.into_iter().map(first).filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

/// The line of a module, from the lowest, and its place on it.
fn place(module: &str) -> Option<(usize, usize)> {
    LINES
        .iter()
        .enumerate()
        .find_map(|(line, modules)| modules.iter().position(|other| *other == module).map(|position| (line, position)))
}

fn may_use(module: &str, used: &str) -> bool {
    if module == used {
        return true;
    }
    if used == BACKEND {
        return place(module).is_some_and(|(own, _)| own >= BACKEND_SEES);
    }
    let Some((line, position)) = place(used) else { return false };
    if module == BACKEND {
        return line < BACKEND_SEES;
    }
    place(module).is_some_and(|(own, at)| line < own || (line == own && position < at))
}

#[test]
fn a_module_uses_what_is_below_it_and_to_its_left() {
    let mut all = Vec::new();
    files(&sources(), &mut all);
    let modules: BTreeSet<_> =
        all.iter().map(|file| module_of(file)).filter(|name| !CONTENTS.contains(&name.as_str())).collect();
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for file in all {
        let module = module_of(&file);
        let inside = file.strip_prefix(sources()).unwrap();
        if CONTENTS.contains(&module.as_str()) || inside.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        looked_at += 1;
        if module != BACKEND && place(&module).is_none() {
            wrong.push(format!("{module} has no line: say in docs/architecture.md and here where it stands"));
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        if module != BACKEND && PRODUCTS.iter().any(|product| text.contains(&format!("{BACKEND}::{product}"))) {
            wrong.push(format!("{}: {module} names a backend", inside.display()));
        }
        for (used, line) in used_by(&text) {
            // what is no module is an item re-exported at the root
            if modules.contains(&used) && !may_use(&module, &used) {
                wrong.push(format!("{}:{line}: {module} uses {used}", inside.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(looked_at > 200, "only {looked_at} files were looked at");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_use_is_read_wherever_it_stands() {
    let text = "use crate::name::TableName;\nuse crate::{\n    error,\n    sql::{\n        cli,\n        split,\n    },\n    Loss, plan,\n};\n// crate::runner\nlet x = crate::graph::Graph::new(crate::digest::of());\nuse crate::Result;\n#[cfg(test)]\nmod tests { use crate::cli; }";
    let used: Vec<_> = used_by(text).into_keys().collect();
    assert_eq!(used, ["digest", "error", "graph", "name", "plan", "sql"]);
    assert!(may_use("graph", "metadata") && !may_use("metadata", "graph") && !may_use("backend", "graph"));
}
