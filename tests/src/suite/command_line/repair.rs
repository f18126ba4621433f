//! `repair`: what became of a migration that was interrupted.

use super::json::document;
use super::program::Program;
use crate::case;

case!(nothing_was_interrupted, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    assert!(program.done(&["repair"]).ends_with("nothing was interrupted\n"));
});

case!(only = [MariaDb], what_the_database_does_not_tell_a_person_says, |db| {
    let program = Program::on(db).with("dies");
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, None, "it died: {}", told.errors);
    assert_eq!(program.run(&["check"]).code, Some(7));
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(7));
    assert!(told.errors.contains("say repair --as run-again: the next run passes over"), "{}", told.errors);
    assert!(told.errors.contains("or finished where") && told.errors.contains("not-begun where"), "{}", told.errors);
    let value = document(&program, &["repair"]);
    assert_eq!((&value["exit_code"], &value["result"]["is_clear"]), (&7.into(), &false.into()), "{value}");
    let told = program.run(&["repair"]);
    assert!(told.out.contains("repair --as run-again"), "{}", told.out);
    program.done(&["repair", "--as", "finished"]);
    program.done(&["check"]);
});
