//! What a person sees who tries each command, snapshotted.

use super::program::Program;
use crate::{TestDatabase, case};

fn snapshot(db: &TestDatabase, name: &str, seen: &str) {
    let name = format!("command_line_{name}_on_{}", db.engine().name());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, seen);
    });
}

case!(the_words_of_each_command, |db| {
    let program = Program::on(db);
    let seen = program.session(&[
        &["current"],
        &["check"],
        &["history"],
        &["plan"],
        &["upgrade", "+1"],
        &["check"],
        &["upgrade"],
        &["upgrade"],
        &["current"],
        &["history"],
        &["history", "-r", "current:"],
        &["heads"],
        &["branches"],
        &["show", "head"],
        &["plan", "-1"],
        &["downgrade"],
        &["redo"],
        &["downgrade", "base"],
        &["stamp", "head"],
        &["check"],
    ]);
    snapshot(db, "words", &seen);
});

case!(the_words_of_branches, |db| {
    let seen = Program::on(db).with("branches").session(&[
        &["heads"],
        &["branches"],
        &["upgrade", "head"],
        &["upgrade"],
        &["history"],
        &["current"],
        &["downgrade"],
        &["downgrade", "orders@-1"],
        &["show", "orders"],
    ]);
    snapshot(db, "branches", &seen);
});

case!(a_template_does_not_run, |db| {
    let program = Program::on(db).with("template");
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(1));
    assert!(told.errors.contains("still the template"), "{}", told.errors);
    assert_eq!(db.tables().iter().filter(|table| !table.starts_with("__")).count(), 1);
});

case!(words_of_other_tools_mean_the_same, |db| {
    let program = Program::on(db);
    program.done(&["run"]);
    assert_eq!(program.done(&["pending"]).lines().count(), 1);
    program.done(&["revert"]);
    assert_eq!(program.run(&["pending"]).code, Some(3));
    assert!(program.done(&["list"]).contains("(pending)"));
});

case!(quiet_says_only_what_was_asked_for, |db| {
    let program = Program::on(db);
    let told = program.run(&["upgrade", "--quiet"]);
    assert_eq!((told.code, told.errors.as_str()), (Some(0), ""));
    assert_eq!(program.done(&["--quiet", "current"]), "20260102000000 Add an e-mail address to users. (head)\n");
});

case!(completions_are_those_of_every_command, |db| {
    let program = Program::on(db);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(program.done(&["completions", shell]).contains("downgrade"), "{shell}");
    }
});

case!(only = [Sqlite], a_program_that_opens_the_connection_itself_is_given_the_url, |db| {
    let program = Program::on(db);
    let url = format!("own:{}", db.url());
    let mut command = program.command(&["upgrade"]);
    let told = super::program::Told::of(command.env("OPENED_BY_PROGRAM", "1").env("DATABASE_URL", url));
    assert_eq!(told.code, Some(0), "{}", told.errors);
    assert_eq!(db.columns("users"), ["id", "name", "email"]);
});

case!(the_url_comes_from_the_option_the_environment_or_dotenv, |db| {
    let program = Program::on(db);
    std::fs::write(program.folder().join(".env"), format!("# mine\nexport DATABASE_URL='{}' # here\n", db.url()))
        .unwrap();
    let deeper = program.folder().join("deeper");
    std::fs::create_dir(&deeper).unwrap();
    let mut without = program.command(&["upgrade", "+1"]);
    let told = super::program::Told::of(without.env_remove("DATABASE_URL").current_dir(&deeper));
    assert_eq!(told.code, Some(0), "{}", told.errors);
    let mut other = program.command(&["current"]);
    assert_eq!(super::program::Told::of(other.env("DATABASE_URL", "oracle://x")).code, Some(2));
    let option = program.run(&["current", "--database-url", db.url()]);
    assert!(option.out.starts_with("20260101000000"), "{}", option.errors);
});
