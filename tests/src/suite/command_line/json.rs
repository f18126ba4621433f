//! `--json`: one document, whatever happens.

use serde_json::Value;

use super::program::Program;
use super::schema;
use crate::{Engine, case};

#[track_caller]
pub(super) fn document(program: &Program, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let told = program.run(&args);
    assert_eq!(told.errors, "", "{args:?}");
    let value: Value =
        serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{args:?}: {error}: {}", told.out));
    assert_eq!(value["exit_code"].as_i64(), told.code.map(i64::from), "{args:?}");
    assert!(value["result"].is_object() != value["error"].is_object(), "{args:?}: {value}");
    assert_eq!(schema::faults(&value), [""; 0], "{args:?}: {value:#}");
    value
}

case!(every_command_answers_with_one_document, |db| {
    let program = Program::on(db);
    for args in [
        &["current"][..],
        &["check"],
        &["history"],
        &["history", "-v"],
        &["heads"],
        &["branches"],
        &["show", "2026010200"],
        &["plan"],
        &["plan", "--sql"],
        &["plan", "--html", "plan.html"],
        &["rehearse"],
        &["upgrade"],
        &["plan", "-1"],
        &["downgrade", "-1"],
        &["redo"],
        &["stamp", "head"],
        &["completions", "bash"],
        &["verify"],
        &["backup"],
        &["backups"],
        &["prune", "--keep", "0"],
        &["repair"],
        &["restore", "20261123031600a1b2c3d4e5"],
        &["show", "nothing"],
        &["upgrade", "nothing"],
        &["downgrade", "-7"],
        &["upgrad"],
        &["new", "x"],
        &["init"],
        &["migrate"],
    ] {
        let value = document(&program, args);
        let known = args[0] != "upgrad";
        assert_eq!(value["command"].as_str(), known.then_some(args[0]), "{args:?}");
    }
});

case!(every_way_to_end_is_one_document, |db| {
    let program = Program::on(db);
    let ends = |program: &Program, args: &[&str], code: i64| {
        assert_eq!(document(program, args)["exit_code"], code, "{args:?}");
    };
    ends(&program, &["check"], 3);
    ends(&program, &["upgrade"], 0);
    ends(&program, &["check", "--schema"], 2);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    ends(&program, &["backup", "--table", "users", "--table", "nobody"], 1);
    db.sql("create index by_hand on users (id)");
    ends(&program, &["verify"], 4);
    ends(&Program::on(db).with("template"), &["plan"], 1);
    ends(&Program::on(db).with("branches"), &["upgrade", "head"], 8);
    let lossy = Program::on(db).with("lossy");
    ends(&lossy, &["plan"], 0);
    for args in [&["upgrade"][..], &["upgrade", "--yes"]] {
        ends(&lossy, args, 6);
    }
    ends(&lossy, &["rehearse"], if db.engine() == Engine::MariaDb { 1 } else { 6 });
    ends(&lossy, &["upgrade", "--yes", "--allow-data-loss", "--backup"], 0);
    ends(&lossy, &["backups"], 0);
    ends(&lossy, &["history", "-v"], 0);
    ends(&program, &[], 2);
    if db.engine() == Engine::Sqlite {
        ends(&program, &["backup", "--file", "copy.db"], 0);
    }
    if db.engine() == Engine::MariaDb {
        ends(&lossy, &["downgrade", "--yes"], 0);
        let dies = Program::on(db).with("dies");
        assert_eq!(dies.run(&["upgrade"]).code, None);
        ends(&dies, &["check"], 7);
        ends(&dies, &["upgrade"], 7);
        ends(&dies, &["repair"], 7);
        ends(&dies, &["repair", "--as", "run-again"], 0);
    }
});

case!(errors_have_a_kind_for_programs, |db| {
    let program = Program::on(db);
    for (args, kind, code) in [
        (&["show", "nothing"][..], "UnknownTarget", 1),
        (&["downgrade", "-7"], "InvalidTarget", 1),
        (&["upgrad"], "Usage", 2),
        (&["upgrade", "--database-url", "x://y"], "Usage", 2),
    ] {
        let value = document(&program, args);
        assert_eq!(
            (value["error"]["kind"].as_str(), value["exit_code"].as_i64()),
            (Some(kind), Some(code)),
            "{args:?}"
        );
        assert_eq!(value["error"]["exit_code"], code, "{args:?}: {value}");
    }
});

case!(a_history_is_newest_first_however_it_is_told, |db| {
    let program = Program::on(db);
    for args in [&["history"][..], &["history", "-r", ":head"]] {
        let text = program.done(args);
        let told = document(&program, args);
        let told: Vec<&str> = told["result"]["revisions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["revision"].as_str().unwrap())
            .collect();
        assert_eq!(told, ["20260102000000", "20260101000000"]);
        assert!(text.find(told[0]).unwrap() < text.find(told[1]).unwrap(), "{text}");
    }
});

case!(what_ran_is_told_step_by_step, |db| {
    let value = document(&Program::on(db), &["upgrade"]);
    let steps = value["result"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0]["revision"], "20260101000000");
});

case!(only = [Sqlite], commands_that_write_files_answer_with_one_document_too, |db| {
    let program = Program::on(db).with("none");
    std::fs::create_dir(program.folder().join("src")).unwrap();
    std::fs::write(program.folder().join("Cargo.toml"), "[package]\nname = \"x\"\n").unwrap();
    std::fs::write(program.folder().join("src/main.rs"), "fn main() {}\n").unwrap();
    let init = document(&program, &["init"]);
    assert_eq!(init["exit_code"], 0);
    let first = init["result"]["files"][1].as_str().unwrap();
    let revision = first.split(['m', '_']).find(|word| word.len() == 14).unwrap().to_owned();
    for args in
        [&["new", "one", "a:text", "--table", "t"][..], &["new", "two", "--head", &revision], &["new", "x"], &["merge"]]
    {
        document(&program, args);
    }
});

case!(a_document_that_is_not_as_the_schema_says_is_seen, |db| {
    let mut value = document(&Program::on(db), &["heads"]);
    value["result"]["heads"][0]["revision"] = 1.into();
    assert!(!schema::faults(&value).is_empty());
});
