//! `migrate`: the file that brings the database to what `schema.rs` says.

use std::fs;

use super::json::document;
use super::program::Program;
use super::terminal::Terminal;
use crate::{Engine, TestDatabase, case};

const USERS: &str = "diesel::table! { users (id) { id -> Integer, name -> Text, } }\n";

/// In a crate with an empty list of migrations and that schema.rs, beside a database with users.
fn in_a_crate(db: &TestDatabase, schema_rs: &str) -> Program {
    let program = Program::on(db).with("none");
    let folder = program.folder();
    fs::create_dir_all(folder.join("src/migrations")).unwrap();
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"x\"\n").unwrap();
    fs::write(folder.join("src/migrations/mod.rs"), "//! Migrations.\n").unwrap();
    fs::write(folder.join("src/schema.rs"), schema_rs).unwrap();
    db.sql("create table users (id integer not null primary key, name text not null)");
    program
}

fn written(program: &Program) -> Vec<String> {
    let files = fs::read_dir(program.folder().join("src/migrations")).unwrap();
    let mut names: Vec<String> = files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "mod.rs");
    names
}

case!(with_no_difference_no_file_is_written, |db| {
    let program = in_a_crate(db, USERS);
    let told = program.done(&["migrate", "nothing"]);
    assert!(told.contains("the database is as schema.rs says"), "{told}");
    assert_eq!(document(&program, &["migrate", "nothing"])["result"]["file"], serde_json::Value::Null);
    assert!(written(&program).is_empty());
    program.done(&["check", "--schema"]);
});

case!(what_schema_rs_has_beyond_becomes_a_file, |db| {
    let program = in_a_crate(
        db,
        &format!("{USERS}diesel::table! {{ orders (id) {{ id -> BigInt, note -> Nullable<Text>, }} }}\n"),
    );
    let checked = program.run(&["check", "--schema"]);
    assert_eq!(checked.code, Some(3));
    assert!(checked.out.contains("+ table orders") && checked.out.contains("diesel print-schema"), "{}", checked.out);
    let dry = program.done(&["migrate", "--dry-run", "-m", "take orders"]);
    assert!(dry.contains("op.create_table(\"orders\"") && written(&program).is_empty(), "{dry}");
    assert!(dry.contains("ensures(table(\"orders\"))"), "{dry}");
    let dry = document(&program, &["migrate", "--dry-run", "take orders"]);
    let told = document(&program, &["migrate", "take orders"]);
    for told in [&dry, &told] {
        assert_eq!(told["result"]["ensures"][0], "table(\"orders\")", "{told:#}");
        assert_eq!(told["result"]["requires"].as_array().map(Vec::len), Some(0), "{told:#}");
    }
    assert_eq!(told["result"]["downgrade"][0], "op.drop_table(\"orders\")?;");
    let files = written(&program);
    assert!(files.len() == 1 && files[0].ends_with("_take_orders.rs"), "{files:?}");
    let again = program.run(&["migrate", "take orders again"]);
    assert_eq!(again.code, Some(1), "{}", again.errors);
    assert!(again.errors.contains("behind the migrations that are written"), "{}", again.errors);
});

case!(after_an_upgrade_what_schema_rs_lacks_is_told_with_what_mends_it, |db| {
    let program = Program::on(db);
    fs::create_dir(program.folder().join("src")).unwrap();
    fs::write(program.folder().join("Cargo.toml"), "[package]\nname = \"x\"\n").unwrap();
    let schema_rs = program.folder().join("src/schema.rs");
    let text = "diesel::table! { users (id) { id -> BigInt, name -> Text, } }\n";
    fs::write(&schema_rs, text).unwrap();
    assert!(program.done(&["upgrade", "+1"]).ends_with("verified\n"));
    let told = program.done(&["upgrade"]);
    for words in
        ["src/schema.rs differs from the database", "- column users.email", "diesel print-schema > src/schema.rs"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let checked = program.run(&["check", "--schema"]);
    assert_eq!(checked.code, Some(3), "{}", checked.out);
    assert!(checked.out.contains("- column users.email"), "{}", checked.out);
    program.done(&["downgrade"]);
    let told = document(&program, &["upgrade"]);
    assert!(told["result"]["schema_difference"].as_str().unwrap().contains("users.email"), "{told:#}");
    fs::write(&schema_rs, text.replace("name -> Text", "name -> Text, email -> Nullable<Text>")).unwrap();
    program.done(&["check", "--schema"]);
    program.done(&["downgrade"]);
    assert!(program.done(&["upgrade"]).ends_with("verified\n"));
    program.done(&["downgrade"]);
    fs::write(&schema_rs, "diesel::table! { users (id) { id - BigInt, } }\n").unwrap();
    let told = program.done(&["upgrade"]);
    assert!(told.contains("src/schema.rs was not compared with the database: src/schema.rs, line 1: "), "{told}");
    program.done(&["downgrade"]);
    assert!(document(&program, &["upgrade"])["result"]["schema_not_compared"].is_string());
});

case!(a_type_that_nobody_knows_is_told, |db| {
    let program = in_a_crate(db, &USERS.replace("Text", "Txt"));
    for args in [&["migrate", "x"][..], &["check", "--schema"]] {
        let told = program.run(args);
        assert_eq!(told.code, Some(1), "{args:?}: {}{}", told.out, told.errors);
        assert!(told.errors.contains("users.name is of type Txt") && told.errors.contains("Text?"), "{}", told.errors);
    }
    let imported = USERS.replace("{ users", "{ use diesel::sql_types::*; use crate::types::Words; users");
    fs::write(program.folder().join("src/schema.rs"), imported.replace("Text", "Words")).unwrap();
    let note = "users.name is of type Words, which schema.rs does not declare: it is not compared with ";
    assert!(program.done(&["migrate", "x"]).contains(note));
    assert!(program.done(&["check", "--schema"]).contains(note));
    let checked = document(&program, &["check", "--schema"]);
    assert!(checked["result"]["schema_notes"][0].as_str().unwrap().contains(note), "{checked:#}");
});

case!(a_type_that_the_database_does_not_have_is_told_with_its_line, |db| {
    let program = in_a_crate(db, USERS);
    let (types, others): (&[&str], &[&str]) = match db.engine() {
        Engine::Sqlite => (&["Array<Text>", "Unsigned<Integer>", "Inet"], &[]),
        Engine::Postgres => (&["Unsigned<Integer>", "Range<Integer>"], &["Array<Text>", "Inet", "Macaddr"]),
        Engine::MariaDb => (&["Array<Text>", "Inet"], &["Unsigned<Integer>"]),
    };
    let with = |sql_type: &str| {
        let text = USERS.replace("name -> Text", &format!("name -> Text,\n    extra -> Nullable<{sql_type}>"));
        fs::write(program.folder().join("src/schema.rs"), text).unwrap();
    };
    for sql_type in types {
        with(sql_type);
        let told = program.run(&["migrate", "x"]);
        assert_eq!(told.code, Some(1), "{sql_type}: {}", told.out);
        assert!(told.errors.contains("src/schema.rs, line 2: users.extra is of type "), "{}", told.errors);
        assert!(told.errors.contains("has none") && told.errors.contains("no file was written"), "{}", told.errors);
    }
    for sql_type in others {
        with(sql_type);
        program.done(&["migrate", "x", "--dry-run"]);
    }
    assert!(written(&program).is_empty());
});

case!(only = [Postgres], a_type_of_the_database_s_own_is_another_than_text, |db| {
    db.sql("create table hosts (id integer not null primary key, place inet not null, note text not null)");
    let program = in_a_crate(db, USERS);
    let with = |place: &str, note: &str| {
        let text = format!(
            "{USERS}diesel::table! {{ use diesel::sql_types::*; hosts (id) {{ id -> Integer, place -> {place}, note -> {note}, }} }}"
        );
        fs::write(program.folder().join("src/schema.rs"), text).unwrap();
    };
    with("Inet", "Text");
    program.done(&["check", "--schema"]);
    for (place, note, column) in [("Text", "Text", "place"), ("Inet", "Inet", "note"), ("Macaddr", "Text", "place")] {
        with(place, note);
        let checked = program.run(&["check", "--schema"]);
        assert_eq!(checked.code, Some(3), "{place} {note}: {}", checked.out);
        assert!(checked.out.contains(&format!("~ column hosts.{column}")), "{}", checked.out);
    }
});

case!(only = [Sqlite], what_stands_twice_is_told_with_both_lines, |db| {
    let program = in_a_crate(db, &format!("{USERS}\n{USERS}"));
    let told = program.run(&["migrate", "x"]);
    assert_eq!(told.code, Some(1), "{}", told.out);
    assert!(told.errors.contains("line 3: table users stands here again; it is in line 1"), "{}", told.errors);
    fs::write(program.folder().join("src/schema.rs"), USERS.replace("name -> Text", "name -> Text, name -> Text"))
        .unwrap();
    assert!(program.run(&["migrate", "x"]).errors.contains("line 1: column name stands here again"));
});

case!(behind_its_migrations_a_database_is_to_be_upgraded_first, |db| {
    let program = Program::on(db);
    fs::create_dir(program.folder().join("src")).unwrap();
    fs::write(program.folder().join("Cargo.toml"), "[package]\nname = \"x\"\n").unwrap();
    let text = "diesel::table! { users (id) { id -> BigInt, name -> Text, email -> Nullable<Text>, } }\n";
    fs::write(program.folder().join("src/schema.rs"), text).unwrap();
    let checked = program.run(&["check", "--schema"]);
    assert_eq!(checked.code, Some(3), "{}", checked.errors);
    let upgraded = program.done(&["upgrade", "+1"]);
    for told in [&checked.out, &upgraded] {
        assert!(told.contains("behind its migrations: upgrade first"), "{told}");
        assert!(!told.contains("print-schema"), "{told}");
    }
    program.done(&["upgrade"]);
    program.done(&["check", "--schema"]);
});

case!(another_primary_key_is_a_difference, |db| {
    let program = in_a_crate(db, &USERS.replace("users (id)", "users (id, name)"));
    let checked = program.run(&["check", "--schema"]);
    assert_eq!(checked.code, Some(3), "{}{}", checked.out, checked.errors);
    assert!(checked.out.contains("the primary key of users is (id) in the database"), "{}", checked.out);
    let told = program.done(&["migrate", "keys", "--dry-run"]);
    assert!(!told.contains("the database is as schema.rs says"), "{told}");
});

case!(a_rename_is_asked_for_or_said, |db| {
    let program = in_a_crate(db, &USERS.replace("name", "full_name"));
    let told = program.run(&["migrate", "names"]);
    assert_eq!(told.code, Some(6), "{}", told.errors);
    assert!(told.errors.contains("--rename users.name=full_name"), "{}", told.errors);
    assert!(written(&program).is_empty());
    let told = program.done(&["migrate", "--dry-run", "names", "--rename", "users.name=full_name"]);
    assert!(told.contains("op.rename_column(\"users\", \"name\", \"full_name\")"), "{told}");
    let mut terminal = Terminal::start(&program, &["migrate", "--dry-run", "names"]);
    terminal.when("what was users.name", "\r");
    let (code, seen) = terminal.end();
    assert!(code == Some(0) && seen.contains("op.rename_column"), "{seen}");
});

case!(a_default_is_taken_as_its_column_takes_it_or_refused, |db| {
    let program = in_a_crate(db, "");
    db.sql("insert into users (id, name) values (1, 'Ada')");
    let schema_rs = |columns: &str| {
        let text = USERS.replace("name -> Text,", &format!("name -> Text, {columns}"));
        fs::write(program.folder().join("src/schema.rs"), text).unwrap();
    };
    for (column, said, written) in [
        ("b -> Bool", "1", ".default(true)"),
        ("b -> Bool", "False", ".default(false)"),
        ("n -> SmallInt", "-7", ".default(-7)"),
        ("d -> Double", "12.50", ".default(12.5)"),
        ("d -> Double", "12", ".default(12)"),
        ("p -> Numeric", "0.5", ".default(0.5)"),
        ("p -> Numeric", "1234567890.1234567890", ".default(\"1234567890.1234567890\")"),
        ("t -> Text", " x ", ".default(\" x \")"),
        ("t -> Date", "2026-11-23", ".default(\"2026-11-23\")"),
        ("t -> Timestamp", "2026-11-23 08:30:00", ".default(\"2026-11-23 08:30:00\")"),
    ] {
        schema_rs(&format!("{column},"));
        let default = format!("users.{}={said}", &column[..1]);
        let dry = program.done(&["migrate", "x", "--dry-run", "--default", &default]);
        assert!(dry.contains(written), "{default}: {dry}");
    }
    for (column, said, words) in [
        ("b -> Bool", "2", "remedy: give it true or false"),
        ("b -> Bool", "yes", "users.b is of type "),
        ("n -> SmallInt", "70000", "a whole number from -32768 to 32767"),
        ("n -> Integer", "1.5", "a whole number"),
        ("d -> Double", "much", "a number"),
        ("p -> Numeric", "much", "a number"),
        ("t -> Date", "tomorrow", "a day, like 2026-11-23"),
        ("t -> Timestamp", "noon", "a day and a time"),
        ("#[max_length = 2] c -> Varchar", "abc", "at most 2 letters"),
    ] {
        schema_rs(&format!("{column},"));
        let name = column.split(" -> ").next().unwrap().split(' ').next_back().unwrap();
        let told = program.run(&["migrate", "x", "--default", &format!("users.{name}={said}")]);
        assert_eq!(told.code, Some(1), "{column} {said}: {}{}", told.out, told.errors);
        assert!(told.errors.contains(words), "{words}: {}", told.errors);
    }
    schema_rs("points -> Integer,");
    for (default, meant) in [("user.points=1", "did you mean users?"), ("users.point=1", "did you mean points?")] {
        let told = program.run(&["migrate", "x", "--default", default]);
        assert_eq!(told.code, Some(1), "{}", told.errors);
        assert!(told.errors.contains(meant), "{}", told.errors);
    }
    assert!(written(&program).is_empty());
    let mut terminal = Terminal::start(&program, &["migrate", "--dry-run", "points"]);
    terminal.when("what do the rows of users get in points", "many\r");
    terminal.when("a whole number from", "7\r");
    let (code, seen) = terminal.end();
    assert!(code == Some(0) && seen.contains(".default(7)"), "{seen}");
});

case!(a_rename_to_what_schema_rs_does_not_have_is_refused, |db| {
    let program = in_a_crate(db, &USERS.replace("name", "full_name"));
    for (option, said) in [("--rename", "users.name=fullname"), ("--separate", "users.name=fullname")] {
        let told = program.run(&["migrate", "names", option, said]);
        assert_eq!(told.code, Some(1), "{}", told.errors);
        assert!(told.errors.contains("did you mean full_name?"), "{}", told.errors);
    }
    let told = program.run(&["migrate", "names", "--rename", "users.nam=full_name"]);
    assert!(told.code == Some(1) && told.errors.contains("did you mean name?"), "{}", told.errors);
});

case!(only = [Sqlite], bad_input_writes_nothing, |db| {
    let program = in_a_crate(db, "diesel::table! {\n    users (id) {\n        id -> ,\n    }\n}\n");
    let told = program.run(&["migrate", "x"]);
    assert_eq!(told.code, Some(1));
    assert!(told.errors.contains("error: src/schema.rs, line 3: "), "{}", told.errors);
    assert!(told.errors.contains("state: no file was written"), "{}", told.errors);
    let told = program.run(&["check", "--schema"]);
    assert!(told.errors.contains("line 3") && !told.errors.contains("no file was written"), "{}", told.errors);
    fs::remove_file(program.folder().join("src/schema.rs")).unwrap();
    let told = program.run(&["migrate", "x"]);
    assert_eq!(told.code, Some(2));
    assert!(told.errors.contains("there is no src/schema.rs"), "{}", told.errors);
    fs::write(program.folder().join("diesel.toml"), "[print_schema]\nfile = \"src/db/tables.rs\"\n").unwrap();
    assert!(program.run(&["migrate", "x"]).errors.contains("there is no src/db/tables.rs"));
    fs::create_dir(program.folder().join("src/db")).unwrap();
    let text = "diesel::table! {\n    users (id) {\n        id -> Integer\n        name -> Text,\n    }\n}\n";
    fs::write(program.folder().join("src/db/tables.rs"), text).unwrap();
    let told = program.run(&["migrate", "x"]);
    let words = "src/db/tables.rs, line 3: a comma is missing behind column id";
    assert!(told.code == Some(1) && told.errors.contains(words), "{}", told.errors);
    assert!(written(&program).is_empty());
});
