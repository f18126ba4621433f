//! What makes no sense is told in a sentence with the remedy, and nothing is half written.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::program::{Program, Told};
use crate::{TestDatabase, case};

#[track_caller]
fn refused(told: &Told, code: i32, words: &[&str]) {
    assert_eq!(told.code, Some(code), "{}{}", told.out, told.errors);
    assert!(told.errors.contains("error: "), "{}", told.errors);
    for word in words {
        assert!(told.errors.contains(word), "{word}: {}", told.errors);
    }
}

fn untouched(db: &TestDatabase) {
    assert!(db.tables().is_empty(), "{:?}", db.tables());
}

case!(a_mistyped_command_is_told_the_nearest, |db| {
    refused(&Program::on(db).run(&["upgrad"]), 2, &["'upgrade'"]);
    refused(&Program::on(db).run(&["upgrade", "--databse-url", "x"]), 2, &["'--database-url'"]);
    untouched(db);
});

case!(a_mistyped_revision_is_told_the_nearest, |db| {
    for (typed, meant) in
        [("20260102000001", "20260102000000"), ("20991231235959", "20260102000000"), ("19700101", "20260101000000")]
    {
        for command in ["upgrade", "show", "stamp", "plan"] {
            let told = Program::on(db).run(&[command, typed]);
            refused(
                &told,
                1,
                &[&format!("there is no revision or label {typed:?}"), &format!("did you mean {meant}?")],
            );
        }
    }
    untouched(db);
});

case!(as_many_letters_are_needed_as_tell_one_from_the_others, |db| {
    let program = Program::on(db);
    let told = program.run(&["show", "2026"]);
    refused(&told, 1, &["2 revisions start with 2026", "write the first 8 letters"]);
    assert!(program.done(&["show", "20260102"]).contains("add") || program.done(&["show", "20260102"]).contains("Add"));
    refused(&program.run(&["show", "202"]), 1, &["must have four letters"]);
});

case!(what_is_shown_may_be_counted_from_where_the_database_stands, |db| {
    let program = Program::on(db).with("branches");
    program.done(&["upgrade"]);
    let heads = program.done(&["current"]).lines().count();
    assert_eq!(heads, 2);
    for target in ["orders@-1", "orders@current-1", "orders@head-1"] {
        let told = program.done(&["show", target]);
        assert_eq!(told.matches("Revision ID").count(), 1, "{target}: {told}");
        assert_eq!(told, program.done(&["show", "orders@head-1"]), "{target}");
    }
    let other = db.another();
    let linear = Program::on(&other);
    linear.done(&["upgrade"]);
    let told = linear.done(&["show", "-1"]);
    assert_eq!(told.matches("Revision ID").count(), 1, "{told}");
});

case!(nothing_said_is_answered_with_what_there_is_to_say, |db| {
    let told = Program::on(db).run(&[]);
    assert_eq!((told.code, told.out.as_str()), (Some(2), ""));
    assert!(
        told.errors.starts_with("Safe database migrations") && told.errors.contains("  upgrade "),
        "{}",
        told.errors
    );
});

case!(a_target_that_is_wrong_says_that_nothing_was_written, |db| {
    let program = Program::on(db);
    program.done(&["upgrade", "+1"]);
    for args in
        [&["upgrade", "+7"][..], &["downgrade", "-7"], &["downgrade", "+1"], &["stamp", "nothing"], &["plan", "x"]]
    {
        refused(&program.run(args), 1, &["state: nothing was written", "remedy: "]);
    }
    assert!(program.done(&["current"]).starts_with("20260101000000"));
});

case!(no_url_is_told_how_to_name_one, |db| {
    let program = Program::on(db);
    for command in ["upgrade", "current", "check", "stamp"] {
        let args: Vec<&str> = [command].into_iter().chain((command == "stamp").then_some("head")).collect();
        let told = Told::of(program.command(&args).env_remove("DATABASE_URL"));
        refused(&told, 2, &["no database is named", "--database-url", "DATABASE_URL", ".env"]);
    }
});

case!(a_wrong_scheme_is_told_the_right_ones, |db| {
    for url in ["oracle://scott:tiger@host/db", "host=localhost dbname=x password=tiger"] {
        let told = Program::on(db).run(&["upgrade", "--database-url", url]);
        refused(&told, 2, &["postgres://"]);
        assert!(!told.errors.contains("tiger"), "{}", told.errors);
    }
});

case!(only = [Postgres, MariaDb], a_server_that_is_down_is_told_without_the_password, |db| {
    let (scheme, _) = db.url().split_once("://").unwrap();
    let told = Program::on(db).run(&["upgrade", "--database-url", &format!("{scheme}://bob:tiger@127.0.0.1:1/app")]);
    refused(&told, 1, &["cannot be reached", "127.0.0.1:1", "remedy"]);
    assert!(!told.errors.contains("tiger"), "{}", told.errors);
});

case!(only = [Sqlite], a_folder_that_is_not_there_is_told, |db| {
    for command in ["upgrade", "current", "plan", "verify", "check", "history", "backups"] {
        let told = Program::on(db).run(&[command, "--database-url", "sqlite://nowhere/app.db"]);
        refused(&told, 1, &["nowhere/app.db", "there is no folder nowhere", "remedy: make the folder"]);
    }
});

case!(only = [Sqlite], whoever_commits_just_now_is_waited_for, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    let mut other = db.connect();
    let other = other.as_any().downcast_mut::<diesel::SqliteConnection>().unwrap();
    for args in [&["current"][..], &["check"], &["upgrade"]] {
        other.batch_execute("begin exclusive").unwrap();
        let asked = program.command(args).stdout(Stdio::piped()).spawn().unwrap();
        thread::sleep(Duration::from_millis(500));
        other.batch_execute("commit").unwrap();
        assert!(asked.wait_with_output().unwrap().status.success(), "{args:?}");
    }
});

case!(only = [Sqlite], a_plan_of_what_takes_no_writes_says_so, |db| {
    let program = Program::on(db);
    program.done(&["upgrade", "+1"]);
    let url = format!("{}?mode=ro", db.url());
    let told = program.done(&["plan", "--database-url", &url]);
    assert!(told.contains("takes no writes now"), "{told}");
    assert_eq!(program.run(&["plan", "--check", "--database-url", &url]).code, Some(1));
    refused(&program.run(&["upgrade", "--database-url", &url]), 1, &["remedy"]);
    program.done(&["plan", "20260101000000", "--check", "--database-url", &url]);
});

case!(only = [Sqlite], what_takes_no_writes_is_told_before_anything_is_tried, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    let id = program.done(&["backup", "--quiet"]).split_whitespace().next().unwrap().to_owned();
    let url = format!("{}?mode=ro", db.url());
    for args in [&["backup"][..], &["prune", "--keep", "0", "--yes"], &["restore", &id, "--yes"], &["repair"]] {
        let told = program.run(&[args, &["--database-url", &url]].concat());
        refused(&told, 1, &["takes no writes", "state: nothing was written", "remedy: connect to the primary"]);
    }
    program.done(&["backups", "--database-url", &url]);
});

case!(only = [Sqlite], what_is_no_database_and_no_text_is_told_with_what_to_do, |db| {
    let program = Program::on(db);
    let write = |file: &str, bytes: &[u8]| std::fs::write(program.folder().join(file), bytes).unwrap();
    write("no.db", &[b'x'; 4096]);
    for command in ["current", "upgrade", "plan"] {
        let told = program.run(&[command, "--database-url", "no.db"]);
        refused(&told, 1, &["no.db: the file is not an SQLite database", "remedy: name the database's own file"]);
        assert!(!told.errors.contains("statement"), "{}", told.errors);
    }
    refused(&program.run(&["upgrade", "--database-url", "."]), 1, &["it is a directory: name a file in it"]);
    write("Cargo.toml", b"not toml [[[\n");
    refused(&program.run(&["new", "x"]), 2, &["has no line [package]", "cargo check"]);
    write("Cargo.toml", b"[workspace]\n");
    refused(&program.run(&["new", "x"]), 2, &["is a workspace"]);
    write("Cargo.toml", b"[package]\nname = \"x\"\n");
    std::fs::create_dir_all(program.folder().join("src")).unwrap();
    refused(&program.run(&["migrate", "x", "--schema", "src"]), 2, &["src is a directory", "name the file"]);
    write("src/schema.rs", b"\xff\xfe");
    refused(&program.run(&["check", "--schema"]), 1, &["schema.rs", "remedy: save it as UTF-8"]);
});

case!(only = [Sqlite], looking_does_not_create_a_file, |db| {
    let program = Program::on(db);
    for args in [&["current"][..], &["check"], &["history"]] {
        program.run(&[args, &["--database-url", "sqlite://new.db"]].concat());
        assert!(!program.folder().join("new.db").exists(), "{args:?}");
    }
});

case!(a_line_of_dotenv_that_makes_no_sense_is_told_without_it, |db| {
    let program = Program::on(db);
    std::fs::write(program.folder().join(".env"), "DATABASE_URL=\"postgres://bob:tiger\n").unwrap();
    let told = Told::of(program.command(&["current"]).env_remove("DATABASE_URL"));
    refused(&told, 2, &[".env"]);
    assert!(!told.errors.contains("tiger"), "{}", told.errors);
});

case!(only = [Sqlite], migrate_without_a_message_is_no_upgrade, |db| {
    refused(&Program::on(db).run(&["migrate"]), 2, &["migrate writes a file; to apply: upgrade"]);
    untouched(db);
});

case!(two_heads_are_not_one, |db| {
    for args in [["upgrade", "head"], ["plan", "head"]] {
        let told = Program::on(db).with("branches").run(&args);
        refused(
            &told,
            8,
            &["20260102000000", "20260104000000", "the command merge writes that migration", "go to heads"],
        );
        assert!(!told.errors.contains("down_revision"), "{}", told.errors);
    }
    untouched(db);
});

case!(a_loss_that_nobody_named_is_refused, |db| {
    let program = Program::on(db).with("lossy");
    program.done(&["upgrade", "20260102000000"]);
    program.done(&["plan", "--check"]);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    for args in [&["plan"][..], &["plan", "--sql"], &["plan", "--html", "plan.html"]] {
        program.done(args);
        assert_eq!(program.run(&[args, &["--check"]].concat()).code, Some(6), "{args:?}");
    }
    for args in [&["upgrade"][..], &["upgrade", "--yes"], &["upgrade", "--allow-data-loss"]] {
        refused(&program.run(args), 6, &["column name of users", "--allow-data-loss"]);
        assert_eq!(db.columns("users"), ["id", "name", "email"]);
    }
    program.done(&["upgrade", "--yes", "--allow-data-loss"]);
    assert_eq!(db.columns("users"), ["id", "email"]);
});
