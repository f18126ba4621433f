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
