//! `plan` as a script and as a page; `rehearse`.

use super::program::Program;
use crate::{Engine, case};

case!(a_plan_is_a_script_and_a_page_and_changes_nothing, |db| {
    let program = Program::on(db);
    assert!(program.done(&["plan", "--sql"]).contains("CREATE TABLE"));
    program.done(&["plan", "--html", "plan.html"]);
    let page = std::fs::read_to_string(program.folder().join("plan.html")).unwrap();
    assert!(page.contains("<html") && page.contains("20260102000000"), "{page}");
    assert_eq!(program.run(&["plan", "--html", "nowhere/plan.html"]).code, Some(1));
    assert_eq!(program.run(&["plan", "--html", "plan.html", "--sql"]).code, Some(2));
    assert!(db.tables().is_empty());
});

case!(a_rehearsal_leaves_nothing_behind, |db| {
    let program = Program::on(db);
    let told = program.run(&["rehearse"]);
    if db.engine() == Engine::MariaDb {
        assert_eq!(told.code, Some(1), "{}", told.errors);
    } else {
        assert!(told.code == Some(0) && told.out.contains("rolled back"), "{}{}", told.out, told.errors);
    }
    assert!(db.tables().iter().all(|table| table.starts_with("__")), "{:?}", db.tables());
});
