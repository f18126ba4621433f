//! `verify`, and the look after an upgrade.

use super::program::Program;
use crate::case;

case!(verify_ends_with_four_when_something_is_found, |db| {
    let program = Program::on(db);
    assert!(program.done(&["upgrade"]).ends_with("verified\n"));
    program.done(&["verify"]);
    program.done(&["verify", "--full"]);
    db.sql("create index by_hand on users (id)");
    let told = program.run(&["verify"]);
    assert_eq!(told.code, Some(4), "{}{}", told.out, told.errors);
    assert!(told.out.contains("by_hand"), "{}", told.out);
});

case!(what_was_only_recorded_did_not_end, |db| {
    let program = Program::on(db).with("ensured");
    db.sql("create table teams (id integer not null primary key)");
    program.done(&["stamp", "head"]);
    program.done(&["verify"]);
    db.sql("drop table teams");
    let told = program.run(&["verify"]);
    assert_eq!(told.code, Some(4), "{}{}", told.out, told.errors);
    assert!(told.out.contains("it held when the migration was recorded without running"), "{}", told.out);
    assert!(!told.out.contains("when the migration ended"), "{}", told.out);
});

case!(what_is_still_being_installed_is_explained, |db| {
    let program = Program::on(db);
    program.done(&["upgrade", "+1"]);
    let told = program.done(&["history", "-v"]);
    assert!(told.contains("installing: the database had no tables when its first migration began"), "{told}");
});
