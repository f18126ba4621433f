//! What a person sees who tries each command, snapshotted.

use super::json::document;
use super::program::Program;
use super::terminal::Terminal;
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
    for args in [&["plan"][..], &["plan", "--sql"], &["plan", "--html", "plan.html"]] {
        assert_eq!(program.run(args).code, Some(1), "{args:?}");
    }
    assert!(program.run(&["plan"]).out.contains("fails: this is still the template"));
    assert_eq!(program.run(&["plan", "20260102000000"]).code, Some(0));
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(1));
    assert!(told.errors.contains("still the template"), "{}", told.errors);
});

case!(what_is_foreseen_to_fail_is_not_begun_unless_that_is_said, |db| {
    let program = Program::on(db).with("template");
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.errors);
    assert!(told.out.contains("fails: "), "{}", told.out);
    for words in ["migration 20260105000000: this would fail: ", "nothing was written", "in place of", "--yes"] {
        assert!(told.errors.contains(words), "{words}: {}", told.errors);
    }
    assert!(db.tables().is_empty(), "{:?}", db.tables());
    assert_eq!(document(&program, &["upgrade"])["error"]["kind"], "Migration");
    let mut terminal = Terminal::start(&program, &["upgrade"]);
    terminal.when("Begin all the same?", "n");
    let (code, seen) = terminal.end();
    assert_eq!((code, db.tables().len()), (Some(6), 0), "{seen}");
    let told = program.run(&["upgrade", "--yes"]);
    assert_eq!(told.code, Some(1), "{}", told.errors);
    assert_eq!(db.columns("users"), ["id", "name", "email"]);
});

case!(what_a_stamp_takes_out_of_the_record_is_asked_for, |db| {
    let program = Program::on(db);
    program.done(&["stamp", "head"]);
    program.done(&["stamp", "head"]);
    for (target, gone) in [("base", "20260102000000, 20260101000000"), ("20260101000000", "20260102000000")] {
        let told = program.run(&["stamp", target]);
        assert_eq!(told.code, Some(6), "{}{}", told.out, told.errors);
        let question = format!("{gone} would no longer be recorded as applied");
        assert!(told.errors.contains(&question) && told.errors.contains("--yes"), "{}", told.errors);
        assert!(program.done(&["current"]).starts_with("20260102000000"));
    }
    let mut terminal = Terminal::start(&program, &["stamp", "-1"]);
    terminal.when("Go on?", "y");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    program.done(&["stamp", "base", "--yes"]);
    assert!(program.done(&["current"]).contains("nothing is applied"));
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
