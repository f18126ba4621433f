//! `plan` as a script and as a page; `rehearse`.

use super::json::document;
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

case!(a_plan_says_which_database_it_is_for, |db| {
    let program = Program::on(db);
    let host = db.url().split_once('@').map(|(_, rest)| rest.split('/').next().unwrap().to_owned());
    let name = db.url().rsplit('/').next().unwrap();
    program.done(&["plan", "--html", "plan.html"]);
    let page = std::fs::read_to_string(program.folder().join("plan.html")).unwrap();
    for told in [program.done(&["plan"]), program.done(&["plan", "--sql"]), page] {
        assert!(told.lines().any(|line| line.contains(", database ") && line.contains(name)), "{told}");
        assert!(host.iter().all(|host| told.contains(&format!(" at {host}, "))), "{told}");
        assert!(!told.contains("migrator_test@") && !told.contains(":migrator_test"), "{told}");
    }
    let planned = document(&program, &["plan"]);
    let named = planned["result"]["database"]["database"].as_str().unwrap();
    assert!(named.contains(name), "{planned:#}");
    assert!(!program.done(&["plan", "--quiet"]).contains(name));
});

case!(what_a_new_table_brings_is_among_the_changes, |db| {
    let program = Program::on(db).with("indexed");
    program.done(&["plan", "--html", "plan.html"]);
    let page = std::fs::read_to_string(program.folder().join("plan.html")).unwrap();
    for told in [program.done(&["upgrade"]), page] {
        for words in ["+ table members (", "+ index members_email_idx (email)", "(team_id) references teams (id)"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
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

case!(what_is_renamed_is_told_as_one_change, |db| {
    let program = Program::on(db).with("renames");
    program.done(&["upgrade", "20260102000000"]);
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(0), "{}", told.errors);
    assert!(told.out.contains("~ column name is renamed to full_name"), "{}", told.out);
    assert!(!told.out.contains("- column") && !told.out.contains("+ column"), "{}", told.out);
});

case!(only = [Sqlite], a_rebuild_says_what_it_is_for_and_how_much_it_is, |db| {
    let told = Program::on(db).with("rebuilds").done(&["plan"]);
    assert!(told.contains("-- rebuild of \"teams\", to change column name: "), "{told}");
    assert!(told.contains(" statements, which make the table anew and copy its rows"), "{told}");
});

case!(a_migration_is_told_to_begin_once, |db| {
    let program = Program::on(db).with("rebuilds");
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(0), "{}", told.errors);
    for revision in ["20260108000000", "20260109000000"] {
        assert_eq!(told.errors.matches(&format!("applying {revision}")).count(), 1, "{}", told.errors);
    }
});

case!(a_redo_says_both_ways, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    db.sql("insert into users (id, name, email) values (1, 'Ada', 'a@b')");
    let told = program.run(&["redo"]);
    assert_eq!(told.code, Some(6), "{}", told.out);
    let (undo, apply) = (told.out.find("to undo:\n  20260102000000"), told.out.find("to apply:\n  20260102000000"));
    assert!(undo.is_some() && undo < apply, "{}", told.out);
});
