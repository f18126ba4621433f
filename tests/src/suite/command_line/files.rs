//! The commands that write files: `init`, `new`, `merge`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::program::Program;
use crate::{TestDatabase, case};

/// The program in a fresh crate.
fn in_a_crate(db: &TestDatabase) -> Program {
    let program = Program::on(db).with("none");
    write(program.folder(), "Cargo.toml", "[package]\nname = \"my-app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    write(program.folder(), "src/main.rs", "fn main() {}\n");
    program
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Every file of the crate with its text, in order.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    all.sort();
    all
}

fn told(program: &Program) -> String {
    let folder = program.folder();
    let shown =
        |(path, text): &(PathBuf, String)| format!("==> {}\n{text}\n", path.strip_prefix(folder).unwrap().display());
    program.shown(&files(folder).iter().map(shown).collect::<String>())
}

fn snapshot(name: &str, seen: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, seen);
    });
}

case!(only = [Sqlite], a_tool_without_migrations_says_nothing_of_a_crate_that_has_some, |db| {
    let program = in_a_crate(db);
    assert!(program.done(&["check"]).contains("nothing is pending"));
    program.done(&["init"]);
    for args in [&["check"][..], &["upgrade"], &["plan"], &["current"], &["history"], &["heads"], &["verify"]] {
        let told = program.run(args);
        assert_eq!(told.code, Some(2), "{args:?}: {}{}", told.out, told.errors);
        assert!(
            told.errors.contains("my-app has 1 migration") && told.errors.contains("cargo run --bin db"),
            "{}",
            told.errors
        );
    }
    assert!(db.tables().is_empty());
    program.done(&["new", "create users"]);
    program.done(&["backups"]);
    let told = program.run(&["revision", "-m", "x", "--autogenerate"]);
    assert_eq!(told.code, Some(2), "{}", told.errors);
    assert!(told.errors.contains("migrate \"what it does\""), "{}", told.errors);
});

case!(only = [Sqlite], what_is_written_is_what_a_person_would_have_written, |db| {
    let program = in_a_crate(db);
    let seen = program.session(&[
        &["init"],
        &["new", "create users", "name:string:80:not_null", "email:string:unique:index"],
        &["new", "add age to users", "age:integer:default=0", "--table", "users"],
        &["generate", "-m", "fill in the ages"],
    ]);
    snapshot("command_line_writes", &format!("{seen}{}", told(&program)));
});

case!(only = [Sqlite], a_second_within_one_second_gets_the_next, |db| {
    let program = in_a_crate(db);
    program.done(&["init"]);
    for n in 0..5 {
        program.done(&["new", &format!("change {n}")]);
    }
    let list = fs::read_to_string(program.folder().join("src/migrations/mod.rs")).unwrap();
    let revisions: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("mod m")?.split('_').next()).collect();
    assert_eq!(revisions.len(), 6);
    assert!(revisions.is_sorted_by(|one, next| one < next), "{revisions:?}");
});

case!(only = [Sqlite], two_heads_are_asked_for_and_merged, |db| {
    let program = in_a_crate(db);
    program.done(&["init"]);
    let list = fs::read_to_string(program.folder().join("src/migrations/mod.rs")).unwrap();
    let start = list.split("mod m").nth(1).unwrap().split('_').next().unwrap().to_owned();
    program.done(&["new", "one"]);
    program.done(&["new", "other", "--head", &start]);
    let refused = program.run(&["new", "third"]);
    assert_eq!(refused.code, Some(8), "{}", refused.errors);
    assert!(refused.errors.contains("--head") && refused.errors.contains("--merge"), "{}", refused.errors);
    let seen = program.session(&[&["merge", "-m", "bring both together"], &["new", "third"], &["merge"]]);
    snapshot("command_line_merges", &seen);
});

case!(only = [Sqlite], a_branch_begins_with_a_label_and_leans_on_another, |db| {
    let program = in_a_crate(db);
    program.done(&["init"]);
    program.done(&["new", "create users", "--branch-label", "accounts"]);
    let seen = program.session(&[
        &["new", "create invoices", "--head", "base", "--branch-label", "billing"],
        &["new", "price of users", "--head", "billing@head", "--depends-on", "accounts@head"],
        &["new", "more", "--head", "billing@head", "--branch-label", "billing"],
        &["new", "more", "--head", "billing@head", "--branch-label", "with a space"],
        &["new", "more", "--head", "billing@head", "--depends-on", "nothing"],
    ]);
    let files: String = files(program.folder())
        .into_iter()
        .filter(|(path, _)| path.to_str().unwrap().contains("invoices") || path.to_str().unwrap().contains("price"))
        .map(|(_, text)| text)
        .collect();
    snapshot("command_line_labels", &program.shown(&format!("{seen}{files}")));
});

case!(only = [Sqlite], a_name_that_is_there_is_refused, |db| {
    let program = in_a_crate(db);
    program.done(&["init"]);
    program.done(&["new", "add email"]);
    let before = files(program.folder());
    let told = program.run(&["new", "Add e-mail!"]);
    assert_eq!(told.code, Some(0), "another name: {}", told.errors);
    let told = program.run(&["new", "ADD EMAIL"]);
    assert_eq!(told.code, Some(2));
    assert!(told.errors.contains("add_email"), "{}", told.errors);
    assert_eq!(files(program.folder()).len(), before.len() + 1);
});

case!(only = [Sqlite], bad_input_writes_nothing, |db| {
    let program = in_a_crate(db);
    let before = files(program.folder());
    assert_eq!(program.run(&["new", "too early"]).code, Some(2));
    assert_eq!(files(program.folder()), before);
    program.done(&["init"]);
    let before = files(program.folder());
    for (args, code, word) in [
        (&["init"][..], 2, "is there already"),
        (&["new"], 2, "message"),
        (&["new", "!!"], 2, "says nothing"),
        (&["new", "add email to users", "email:strng"], 2, "strng"),
        (&["new", "more", "email:string"], 2, "--table"),
        (&["new", "x", "--table", "users"], 2, "no column"),
        (&["new", "x", "--head", "nothing"], 1, "nothing"),
        (&["merge"], 1, "at least two"),
    ] {
        let told = program.run(args);
        assert_eq!(told.code, Some(code), "{args:?}: {}", told.errors);
        assert!(told.errors.contains(word) && told.errors.contains("remedy: "), "{args:?}: {}", told.errors);
        assert_eq!(files(program.folder()), before, "{args:?}");
    }
});

case!(only = [Sqlite], a_folder_that_is_no_crate_is_told, |db| {
    let program = Program::on(db).with("none");
    for args in [&["init"][..], &["new", "x"], &["merge"]] {
        let told = program.run(args);
        assert_eq!(told.code, Some(2), "{}", told.errors);
        assert!(told.errors.contains("is not inside a crate"), "{}", told.errors);
    }
    write(program.folder(), "Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
    assert!(program.run(&["init"]).errors.contains("is a workspace"));
    assert_eq!(files(program.folder()).len(), 1);
});

case!(only = [Sqlite], a_migration_that_does_not_parse_is_told_with_its_line, |db| {
    let program = in_a_crate(db);
    program.done(&["init"]);
    write(program.folder(), "src/migrations/broken.rs", "mod a {}\nmod b {{\n");
    let told = program.run(&["new", "x"]);
    assert_eq!(told.code, Some(1));
    assert!(told.errors.contains("src/migrations/broken.rs:"), "{}", told.errors);
});

/// Who may do everything may write everywhere.
fn is_root(folder: &Path) -> bool {
    let locked = folder.join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    let is_root = fs::write(locked.join("x"), "").is_ok();
    fs::remove_dir_all(&locked).unwrap();
    is_root
}

case!(only = [Sqlite], without_the_right_to_write_nothing_is_half_written, |db| {
    let program = in_a_crate(db);
    program.done(&["init"]);
    let migrations = program.folder().join("src/migrations");
    // A folder in the place of the new list's file stops even who may do everything.
    if is_root(program.folder()) {
        fs::create_dir(migrations.join("mod.rs.new")).unwrap();
    } else {
        fs::set_permissions(&migrations, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let before = files(program.folder());
    let told = program.run(&["new", "x"]);
    fs::set_permissions(&migrations, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(told.code, Some(1), "{}", told.errors);
    assert!(told.errors.contains("mod.rs") || told.errors.contains("Permission denied"), "{}", told.errors);
    assert_eq!(files(program.folder()), before);
});
