//! What is asked of somebody who sits at a terminal, and what the answers do: in a pseudo-terminal of `script`.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::program::Program;
use crate::case;

/// The program at a terminal.
pub(super) struct Terminal {
    child: Child,
    seen: Arc<Mutex<String>>,
}

impl Terminal {
    pub(super) fn start(program: &Program, args: &[&str]) -> Self {
        let command = program.command(args);
        let words = [command.get_program()].into_iter().chain(command.get_args());
        let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        let mut script = Command::new("script");
        // Not every shell gives its place up for the only command that it is given.
        script.args(["-qec", &format!("exec {}", line.join(" ")), "/dev/null"]).current_dir(program.folder());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        script.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let (mut stdout, written) = (child.stdout.take().unwrap(), seen.clone());
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                written.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { child, seen }
    }

    fn seen(&self) -> String {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until that is on the screen, then types.
    #[track_caller]
    pub(super) fn when(&mut self, shown: &str, typed: &str) {
        let since = Instant::now();
        while !self.seen().contains(shown) {
            assert!(since.elapsed() < Duration::from_secs(60), "{shown} is not seen in: {}", self.seen());
            thread::sleep(Duration::from_millis(10));
        }
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(typed.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// The exit code, and all that was on the screen.
    pub(super) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        thread::sleep(Duration::from_millis(50));
        (code, self.seen())
    }
}

case!(a_restore_that_takes_rows_away_is_asked_for, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    let told = program.done(&["backup", "--quiet"]);
    let id = told.split_whitespace().next().unwrap().to_owned();
    db.sql("insert into users (id, name) values (1, 'Ada')");
    for (typed, code, rows) in [("n", 6, 1), ("y", 0, 0)] {
        let mut terminal = Terminal::start(&program, &["restore", &id, "--allow-data-loss"]);
        terminal.when("Restore it?", typed);
        let (ended, seen) = terminal.end();
        assert_eq!(ended, Some(code), "{seen}");
        assert_eq!(db.count("select count(*) from users"), rows);
        let (database, question) = (seen.find("database").unwrap(), seen.find("Restore it?").unwrap());
        assert!(database < question, "what it is about is said first: {seen}");
    }
});

case!(backups_are_dropped_when_somebody_says_so, |db| {
    let program = Program::on(db);
    program.done(&["upgrade"]);
    program.done(&["backup"]);
    for (typed, code, left) in [("n", 6, "users: 0 rows"), ("y", 0, "there are no backups")] {
        let mut terminal = Terminal::start(&program, &["prune", "--keep", "0"]);
        terminal.when("Drop 1 backup?", typed);
        let (ended, seen) = terminal.end();
        assert_eq!(ended, Some(code), "{seen}");
        assert!(seen.find("to drop:").unwrap() < seen.find("Drop 1 backup?").unwrap(), "{seen}");
        assert!(program.done(&["backups"]).contains(left));
    }
});

case!(a_loss_is_agreed_to_by_the_name_of_the_table, |db| {
    let program = Program::on(db).with("lossy");
    program.done(&["upgrade", "20260102000000"]);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    for (typed, code, columns) in [
        ("y\r", 6, &["id", "name", "email"][..]),
        ("\r", 6, &["id", "name", "email"]),
        ("users\r", 0, &["id", "email"]),
    ] {
        let mut terminal = Terminal::start(&program, &["upgrade"]);
        terminal.when("Type the table's name to go on", typed);
        let (ended, seen) = terminal.end();
        assert_eq!(ended, Some(code), "{seen}");
        assert!(seen.contains("column name of users with 1 value"), "{seen}");
        assert_eq!(db.columns("users"), columns);
    }
});

case!(a_loss_that_a_migration_names_is_asked_for, |db| {
    let program = Program::on(db).with("named");
    program.done(&["upgrade", "20260102000000"]);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    let told = program.run(&["upgrade"]);
    assert_eq!(told.code, Some(6), "{}", told.errors);
    assert!(told.errors.contains("--yes"), "{}", told.errors);
    let mut terminal = Terminal::start(&program, &["upgrade"]);
    terminal.when("Go on?", "n");
    let (ended, seen) = terminal.end();
    assert_eq!((ended, db.columns("users").len()), (Some(6), 3), "{seen}");
    program.done(&["upgrade", "--yes"]);
    assert_eq!(db.columns("users"), ["id", "email"]);
});

/// The last word on the screen's cursor is that it is seen.
fn shows_the_cursor(seen: &str) -> bool {
    seen.rfind("\x1b[?25h") >= seen.rfind("\x1b[?25l")
}

case!(whoever_breaks_off_at_a_question_is_told_that_nothing_was_done, |db| {
    let lossy = Program::on(db).with("lossy");
    lossy.done(&["upgrade", "20260102000000"]);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    let stopped = |program: &Program, args: &[&str], question: &str| {
        let mut terminal = Terminal::start(program, args);
        terminal.when(question, "\x03");
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(6), "{args:?}: {seen:?}");
        assert!(seen.contains("stopped at the question: nothing was done"), "{args:?}: {seen:?}");
        assert!(shows_the_cursor(&seen), "{args:?}: {seen:?}");
        assert_eq!(db.columns("users"), ["id", "name", "email"]);
    };
    stopped(&lossy, &["upgrade"], "Type the table's name to go on");
    stopped(&Program::on(db).with("named"), &["upgrade"], "Go on?");
    lossy.done(&["backup"]);
    stopped(&lossy, &["prune", "--keep", "0"], "Drop 1 backup?");
});

case!(a_signal_at_a_question_puts_the_terminal_back, |db| {
    let program = Program::on(db).with("named");
    program.done(&["upgrade", "20260102000000"]);
    db.sql("insert into users (id, name) values (1, 'Ada')");
    // The question is printed before it is listened for: a signal in between counts too.
    for _ in 0..5 {
        let mut terminal = Terminal::start(&program, &["upgrade"]);
        terminal.when("Go on?", "");
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", terminal.child.id())).unwrap();
        Command::new("kill").args(["-TERM", children.trim()]).status().unwrap();
        let (code, seen) = terminal.end();
        assert!(code == Some(6) && shows_the_cursor(&seen), "{code:?}: {seen:?}");
    }
});

case!(only = [Sqlite], with_two_heads_one_is_chosen, |db| {
    let program = Program::on(db).with("none");
    let file = |name: &str, text: &str| std::fs::write(program.folder().join(name), text).unwrap();
    std::fs::create_dir(program.folder().join("src")).unwrap();
    file("Cargo.toml", "[package]\nname = \"x\"\n");
    file("src/main.rs", "fn main() {}\n");
    program.done(&["init"]);
    let list = || std::fs::read_to_string(program.folder().join("src/migrations/mod.rs")).unwrap();
    let start = list().split("mod m").nth(1).unwrap().split('_').next().unwrap().to_owned();
    program.done(&["new", "one"]);
    program.done(&["new", "other", "--head", &start]);
    let mut terminal = Terminal::start(&program, &["new", "third"]);
    terminal.when("several heads", "\x03");
    let (code, seen) = terminal.end();
    assert!(code == Some(6) && shows_the_cursor(&seen) && seen.contains("nothing was done"), "{code:?}: {seen:?}");
    let mut terminal = Terminal::start(&program, &["new", "third"]);
    terminal.when("several heads", "\x1b[B\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    let other = list().lines().find(|line| line.ends_with("_other;")).unwrap()[5..19].to_owned();
    assert!(seen.contains(&format!("follows {other}")), "{seen}");
});

case!(colours_are_for_terminals_that_want_them, |db| {
    let program = Program::on(db);
    let (_, seen) = Terminal::start(&program, &["show", "nothing"]).end();
    assert!(seen.contains("\x1b[1;31merror:"), "{seen:?}");
    let (_, seen) = Terminal::start(&program, &["show", "nothing", "--color", "never"]).end();
    assert!(!seen.contains('\x1b'), "{seen:?}");
    let (_, seen) = Terminal::start(&program.without_colour(), &["show", "nothing"]).end();
    assert!(!seen.contains('\x1b'), "{seen:?}");
    let always = program.run(&["show", "nothing", "--color", "always"]);
    assert!(always.errors.contains("\x1b[1;31m"));
    assert!(!program.run(&["show", "nothing"]).errors.contains('\x1b'));
});
