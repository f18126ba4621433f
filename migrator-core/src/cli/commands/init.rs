//! `init`.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::args::{Init, Product};
use crate::cli::draft::{Draft, listed};
use crate::cli::failure::{Failure, Result};
use crate::cli::project::{Changes, Project, Sources, read};
use crate::cli::session::Session;
use crate::dialect::Dialect;
use crate::runner::Migrator;

pub(super) fn init(session: &Session<'_>, asked: &Init) -> Result<Answer> {
    let project = Project::here()?;
    if let Ok(there) = project.module_file() {
        let what = format!("{} is there already", project.shown(&there));
        return Err(Failure::usage(what, "write a migration with new"));
    }
    let url = session.url()?;
    let product = asked.database.unwrap_or_else(|| product_of(url.map(|url| url.dialect())));
    let sources = Sources::read(&project, &Migrator::new())?;
    let first = Draft::new("start", Vec::new(), &sources)?.doing_nothing();
    let mut changes = Changes::default();
    let folder = project.folder();
    changes
        .create(folder.join("mod.rs"), listed("//! The migrations of this crate, oldest first.\n", &first.file_stem()));
    changes.create(folder.join(first.file_stem()).with_extension("rs"), first.text());
    changes.create(project.root.join("src/bin/db.rs"), program(&project));
    let manifest = manifest(&project, product);
    if manifest != project.manifest {
        changes.replace(project.root.join("Cargo.toml"), project.manifest.clone(), manifest);
    }
    if project.library().is_some() {
        let lib = project.root.join("src/lib.rs");
        let before = read(&lib)?;
        let after = with_module(&before);
        changes.replace(lib, before, after);
    }
    let names_database = session.names_database()?;
    if !names_database && product == Product::Sqlite && !project.root.join(".env").exists() {
        changes.create(project.root.join(".env"), format!("DATABASE_URL={}.db\n", project.name()));
    }
    changes.make()?;
    Ok(told(&project, &changes, product, names_database))
}

fn product_of(dialect: Option<Dialect>) -> Product {
    match dialect {
        Some(Dialect::Postgres) => Product::Postgres,
        Some(Dialect::MySql | Dialect::MariaDb) => Product::Mysql,
        Some(Dialect::Sqlite) | None => Product::Sqlite,
    }
}

fn told(project: &Project, changes: &Changes, product: Product, names_database: bool) -> Answer {
    let files: Vec<String> = changes.paths().map(|path| project.shown(path)).collect();
    let mut next = vec![
        "cargo run --bin db -- upgrade".to_owned(),
        "cargo run --bin db -- new \"create users\" name:string:80:not_null".to_owned(),
    ];
    if !names_database && product != Product::Sqlite {
        next.insert(0, "export DATABASE_URL=..., or write it into .env".to_owned());
    }
    if changes.paths().all(|path| !path.ends_with("Cargo.toml")) && !project.manifest.contains("\"cli\"") {
        next.insert(0, "in Cargo.toml: turn on the feature `cli` of migrator-core".to_owned());
    }
    let notes = notes(project, changes);
    let said: String = notes.iter().map(|note| format!("\nnote: {note}")).collect();
    let text = format!("{}{said}\nnext:\n  {}", files.join("\n"), next.join("\n  "));
    Answer::new(text, json!({"files": files, "notes": notes, "next": next}))
}

/// What was put into files that are not migrations, and why.
fn notes(project: &Project, changes: &Changes) -> Vec<String> {
    let name = project.name();
    let changed = |file: &str| changes.paths().any(|path| path == project.root.join(file));
    let mut notes = Vec::new();
    if changed("Cargo.toml") && !depends(project) {
        notes.push("Cargo.toml has the dependency migrator-core now".to_owned());
    }
    if changed("Cargo.toml") && needs_default(project) {
        notes.push(format!(
            "Cargo.toml says default-run = {name:?} now: there are two programs, and plain `cargo run` starts that one"
        ));
    }
    if changed(".env") {
        notes.push(format!(".env names the database: the file {name}.db; take it out if the environment does"));
    }
    notes
}

/// The program `db`: it links the crate's library where there is one, else the module itself.
fn program(project: &Project) -> String {
    let link = match project.library() {
        Some(library) => format!("// Links the migrations of this crate.\nuse {library} as _;\n"),
        None => {
            let path = project.shown(&project.folder());
            let path = path.strip_prefix("src/").unwrap_or(&path).to_owned();
            format!("#[path = \"../{path}/mod.rs\"]\nmod migrations;\n")
        }
    };
    let (before, after) =
        if project.library().is_some() { (String::new(), link + "\n") } else { (link + "\n", String::new()) };
    format!(
        "//! The database of this crate from the command line: `cargo run --bin db -- --help`.\n\n{before}\
         use std::process::ExitCode;\n\nuse migrator_core::{{Migrator, cli}};\n{after}{gap}\
         fn main() -> ExitCode {{\n    cli::run(Migrator::registered())\n}}\n",
        gap = if after.is_empty() { "\n" } else { "" }
    )
}

fn with_module(lib: &str) -> String {
    let header =
        lib.lines().take_while(|line| line.starts_with("//!") || line.starts_with("#![") || line.is_empty()).count();
    let mut lines: Vec<&str> = lib.lines().collect();
    lines.insert(header, "pub mod migrations;");
    if lines
        .get(header + 1)
        .is_some_and(|next| !next.is_empty() && !next.starts_with("pub mod") && !next.starts_with("mod "))
    {
        lines.insert(header + 1, "");
    }
    lines.join("\n") + "\n"
}

/// The manifest with the dependency, and the program that plain `cargo run` goes on to start.
fn manifest(project: &Project, product: Product) -> String {
    let mut text = project.manifest.clone();
    if !depends(project) {
        text = with_dependency(&text, product);
    }
    if needs_default(project) {
        text = with_default(&text, &project.name());
    }
    text
}

fn depends(project: &Project) -> bool {
    project.says("dependencies.migrator-core") || project.says("dependencies.migrator_core")
}

/// Whether `cargo run` would not know which of two programs to start.
fn needs_default(project: &Project) -> bool {
    project.root.join("src/main.rs").is_file() && !project.says("package.default-run")
}

/// Below the package's name.
fn with_default(manifest: &str, name: &str) -> String {
    let mut lines: Vec<&str> = manifest.lines().collect();
    let line = format!("default-run = {name:?}");
    let package = lines.iter().position(|line| line.trim() == "[package]").unwrap_or_default();
    let named = lines[package..].iter().position(|line| line.trim_start().starts_with("name")).unwrap_or_default();
    lines.insert(package + named + 1, &line);
    lines.join("\n") + "\n"
}

fn with_dependency(manifest: &str, product: Product) -> String {
    let feature = match product {
        Product::Sqlite => "bundled",
        Product::Postgres => "postgres",
        Product::Mysql => "mysql",
    };
    let version = env!("CARGO_PKG_VERSION_MAJOR").to_owned() + "." + env!("CARGO_PKG_VERSION_MINOR");
    let line = format!("migrator-core = {{ version = \"{version}\", features = [\"cli\", \"{feature}\"] }}\n");
    match manifest.split_once("[dependencies]\n") {
        Some((before, after)) => format!("{before}[dependencies]\n{line}{after}"),
        None => format!("{}\n\n[dependencies]\n{line}", manifest.trim_end()),
    }
}
