//! `backup`, `backups`, `restore`, `prune`.

use serde_json::Value;

use super::json::document;
use super::program::Program;
use crate::case;

fn ids(program: &Program) -> Vec<String> {
    let told: Value = serde_json::from_str(&program.done(&["backups", "--json"])).unwrap();
    let backups = told["result"]["backups"].as_array().unwrap();
    backups.iter().map(|backup| backup["id"].as_str().unwrap().to_owned()).collect()
}

case!(a_table_is_backed_up_lost_and_restored, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    assert!(program.done(&["backups"]).contains("there are no backups"));
    db.sql("insert into users (id, name) values (1, 'Ada'), (2, 'Grace')");
    let told = program.done(&["backup", "--prefix", "before the fall", "--table", "users"]);
    assert!(told.contains("users: 2 rows") && told.contains("before the fall"), "{told}");
    db.sql("delete from users");
    let id = ids(&program).remove(0);
    let told = program.done(&["restore", &id]);
    assert!(told.contains("2 rows"), "{told}");
    assert_eq!(db.texts("select name from users order by id"), [Some("Ada".to_owned()), Some("Grace".to_owned())]);
    db.sql("delete from users where id = 2");
    assert!(program.done(&["backup", "--table", "users"]).contains("users: 1 row in "));
});

case!(rows_that_a_backup_does_not_have_go_only_when_that_is_said, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    program.done(&["backup"]);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    let id = ids(&program).remove(0);
    for args in [&["restore", &id][..], &["restore", &id, "--yes"], &["restore", &id, "--allow-data-loss"]] {
        let told = program.run(args);
        assert_eq!(told.code, Some(6), "{}", told.errors);
        if args.len() == 2 {
            assert!(told.errors.contains(&format!("restore {id} --allow-data-loss --yes")), "{}", told.errors);
        }
        assert_eq!(db.count("select count(*) from users"), 1);
    }
    program.done(&["restore", &id, "--allow-data-loss", "--yes"]);
    assert_eq!(db.count("select count(*) from users"), 0);
});

case!(old_backups_are_pruned, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    program.done(&["backup"]);
    program.done(&["backup"]);
    let before = ids(&program);
    program.done(&["prune", "--keep", "1", "--yes"]);
    assert_eq!(ids(&program), before[1..]);
    assert!(program.done(&["prune", "--keep", "1"]).contains("nothing to drop"));
});

case!(without_a_terminal_no_backup_is_dropped_unless_that_is_said, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    program.done(&["backup"]);
    let before = ids(&program);
    for args in [&["prune", "--keep", "0"][..], &["prune", "--keep", "0", "--quiet"]] {
        let told = program.run(args);
        assert_eq!(told.code, Some(6), "{}{}", told.out, told.errors);
        assert!(told.errors.contains("nothing was written") && told.errors.contains("--yes"), "{}", told.errors);
        assert_eq!(ids(&program), before);
    }
    let refused = document(&program, &["prune", "--keep", "0"]);
    assert_eq!((&refused["exit_code"], &refused["error"]["kind"]), (&6.into(), &"Declined".into()), "{refused}");
    assert!(program.run(&["prune", "--keep", "0"]).out.contains(&format!("to drop:\n  {}", before[0])));
    let told = program.done(&["prune", "--keep", "0", "--yes"]);
    assert!(told.contains(&format!("dropped {}", before[0])), "{told}");
    assert!(ids(&program).is_empty());
    assert!(program.done(&["prune", "--keep", "0", "--yes"]).contains("nothing to drop"));
});

case!(values_are_overwritten_only_when_that_is_said, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    db.sql("insert into users (id, name) values (1, 'Ada'), (2, 'Grace')");
    program.done(&["backup"]);
    let id = ids(&program).remove(0);
    program.done(&["restore", &id]);
    db.sql("update users set name = 'Augusta' where id = 1");
    let told = program.run(&["restore", &id]);
    assert_eq!(told.code, Some(6), "{}{}", told.out, told.errors);
    assert!(told.errors.contains("1 row that backup") && told.errors.contains("--yes"), "{}", told.errors);
    let names = || db.texts("select name from users order by id").into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(names(), ["Augusta", "Grace"]);
    program.done(&["restore", &id, "--yes"]);
    assert_eq!(names(), ["Ada", "Grace"]);
    db.sql("alter table users add column nick varchar(20)");
    assert_eq!(program.run(&["restore", &id]).code, Some(6), "a column that the backup does not have");
    program.done(&["restore", &id, "--yes"]);
    assert_eq!(names(), ["Ada", "Grace"]);
    db.sql("alter table users add column nick varchar(20)");
    db.sql("update users set nick = 'x' where id = 1");
    let told = program.run(&["restore", &id, "--yes"]);
    assert_eq!(told.code, Some(6), "{}{}", told.out, told.errors);
    assert!(told.errors.contains("column nick with 1 value"), "{}", told.errors);
    assert!(told.errors.contains("--allow-data-loss"), "{}", told.errors);
    assert_eq!(db.count("select count(*) from users where nick = 'x'"), 1);
    db.sql("insert into users (id, name) values (7, 'Hedy')");
    let told = program.run(&["restore", &id, "--yes"]).errors;
    assert!(told.contains("column nick with 1 value") && told.contains("1 row of users"), "{told}");
    db.sql("delete from users where id = 7");
    let told = program.done(&["restore", &id, "--yes", "--allow-data-loss"]);
    assert!(told.contains("gone from it: column nick with 1 value"), "{told}");
    db.sql("delete from users where id = 1");
    program.done(&["restore", &id]);
    db.sql("drop table users");
    program.done(&["restore", &id]);
    assert_eq!(names(), ["Ada", "Grace"]);
});

case!(a_backup_that_is_not_there_is_told, |db| {
    let program = Program::on(db);
    for id in ["users", "20261123031600a1b2c3d4e5"] {
        let told = program.run(&["restore", id]);
        assert_eq!(told.code, Some(1), "{}", told.errors);
        assert!(told.errors.contains("remedy"), "{}", told.errors);
    }
});

case!(only = [Sqlite], the_whole_database_is_one_file, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    program.done(&["backup", "--file", "copy.db"]);
    assert!(program.done(&["current", "--database-url", "copy.db"]).starts_with("20260102000000"));
    assert_eq!(program.run(&["backup", "--file", "x.db", "--table", "users"]).code, Some(2));
    for file in ["nowhere/copy.db", "copy.db"] {
        let told = program.run(&["backup", "--file", file]);
        assert_eq!(told.code, Some(1), "{file}");
        assert!(told.errors.contains("state: ") && told.errors.contains("remedy: name a file"), "{}", told.errors);
    }
});
