//! A person's first hour: a fresh crate, `init`, migrations written, edited, applied, taken back, branched and merged.
//! The crate is compiled for real, beside this workspace's own build, and its program runs on each database there is.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The crate, and the program that `init` gives it.
struct Crate {
    folder: tempfile::TempDir,
    target: PathBuf,
}

impl Crate {
    fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrator-core").canonicalize().unwrap();
        let manifest = format!(
            "[package]\nname = \"first-hour\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nmigrator-core = {{ \
             path = {core:?}, features = [\"cli\", \"bundled\"{}] }}\n\n[profile.dev]\ndebug = \"line-tables-only\"\n",
            servers_features()
        );
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        fs::copy(core.join("../Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").unwrap();
        // target/debug/deps/first_hour-0123456789abcdef
        let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
        Self { folder, target }
    }

    /// What is compiled already for this workspace is not compiled again.
    fn build(&self) {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline", "--bin", "db"]).env("CARGO_TARGET_DIR", &self.target);
        let output = cargo.current_dir(&self.folder).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
    }

    fn with(&self, program: &Path, args: &[&str], url: Option<&str>) -> Output {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.folder).env_remove("DATABASE_URL").env("MIGRATIONS", "none");
        command.envs(url.map(|url| ("DATABASE_URL", url)));
        command.output().unwrap()
    }

    /// On one database; it must end with that code.
    #[track_caller]
    fn db(&self, args: &[&str], url: &str, code: i32) -> String {
        let output = self.with(&self.target.join("debug/db"), args, Some(url));
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", told(&output));
        told(&output)
    }

    /// Without a database: what writes files.
    #[track_caller]
    fn write(&self, args: &[&str]) -> String {
        let output = self.with(&self.target.join("debug/db"), args, None);
        assert!(output.status.success(), "{args:?}: {}", told(&output));
        told(&output)
    }

    /// The one file of the migrations whose name ends so.
    fn file(&self, ending: &str) -> PathBuf {
        let files = fs::read_dir(self.folder.path().join("src/migrations")).unwrap();
        let mut files = files.map(|entry| entry.unwrap().path());
        files.find(|path| path.to_str().unwrap().ends_with(ending)).unwrap()
    }

    fn revision(&self, ending: &str) -> String {
        self.file(ending).file_name().unwrap().to_str().unwrap()[1..15].to_owned()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn servers_features() -> String {
    let feature =
        |url: &str, name: &str| if std::env::var(url).is_ok() { format!(", {name:?}") } else { String::new() };
    feature("MIGRATOR_TEST_POSTGRES_URL", "postgres") + &feature("MIGRATOR_TEST_MARIADB_URL", "mysql")
}

/// A database of this test's own on each engine that there is; a server's is made by its own client.
struct Databases(Vec<String>);

impl Databases {
    fn fresh(folder: &Path) -> Self {
        let mut urls = vec![format!("sqlite://{}", folder.join("app.db").display())];
        let name = format!("first_hour_{}", std::process::id());
        if let Ok(server) = std::env::var("MIGRATOR_TEST_POSTGRES_URL") {
            sql(&server, &format!("create database {name}"));
            urls.push(format!("{}/{name}", server.rsplit_once('/').unwrap().0));
        }
        if let Ok(server) = std::env::var("MIGRATOR_TEST_MARIADB_URL") {
            sql(&server, &format!("create database {name}"));
            urls.push(format!("{}/{name}", server.rsplit_once('/').unwrap().0));
        }
        Self(urls)
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        for (variable, url) in
            ["MIGRATOR_TEST_POSTGRES_URL", "MIGRATOR_TEST_MARIADB_URL"].into_iter().filter_map(|variable| {
                let server = std::env::var(variable).ok()?;
                let scheme = server.split(':').next()?;
                Some((server.clone(), self.0.iter().find(|url| url.starts_with(scheme))?))
            })
        {
            sql(&variable, &format!("drop database {}", url.rsplit_once('/').unwrap().1));
        }
    }
}

fn sql(server: &str, statement: &str) {
    use diesel::connection::{Connection as _, SimpleConnection as _};
    #[cfg(feature = "postgres")]
    if server.starts_with("postgres") {
        return diesel::PgConnection::establish(server).unwrap().batch_execute(statement).unwrap();
    }
    #[cfg(feature = "mysql")]
    if server.starts_with("mysql") {
        return diesel::MysqlConnection::establish(server).unwrap().batch_execute(statement).unwrap();
    }
    panic!("{server}: compiled without this database: {statement}");
}

const SCHEMA: &str = "
diesel::table! { users (id) { id -> BigInt, name -> Text, email -> Nullable<Text>, age -> Integer, } }
diesel::table! { orders (id) { id -> BigInt, number -> Integer, note -> Nullable<Text>, } }
diesel::table! { invoices (id) { id -> BigInt, number -> Integer, } }
diesel::table! { countries (id) { id -> BigInt, name -> Text, } }
";

#[test]
fn a_persons_first_hour() {
    let project = Crate::fresh();
    let databases = Databases::fresh(project.folder.path());
    let each = |act: &dyn Fn(&str)| databases.0.iter().for_each(|url| act(url));

    // A program that has no migrations lays them out; the first start works.
    let starter = project.target.join("debug/command-line");
    assert!(starter.is_file(), "no program at {}", starter.display());
    let output = project.with(&starter, &["init"], None);
    assert!(output.status.success(), "{}", told(&output));
    project.build();
    let url = fs::read_to_string(project.folder.path().join(".env")).unwrap();
    assert_eq!(url, "DATABASE_URL=first-hour.db\n");
    assert!(project.write(&["upgrade"]).contains("first-hour.db"));
    each(&|url| assert!(project.db(&["upgrade"], url, 0).contains("applied")));

    // Two migrations written from their message and columns, and one that is still to be written.
    project.write(&["new", "create users", "name:string:80:not_null"]);
    project.write(&["new", "add email to users", "email:string:255:index", "age:integer:not_null:default=0"]);
    project.write(&["new", "tidy up"]);
    project.build();
    each(&|url| {
        project.db(&["check"], url, 3);
        assert!(project.db(&["upgrade"], url, 1).contains("still the template"));
        assert!(project.db(&["check"], url, 3).starts_with("3 pending"));
    });
    let template = project.file("_tidy_up.rs");
    let text = fs::read_to_string(&template).unwrap();
    let text = text.replacen("op.unwritten()?;", "op.create_index(\"users\", [\"name\"])?;", 1);
    fs::write(&template, text.replacen("op.unwritten()?;", "op.drop_index(\"users\", \"users_name_idx\")?;", 1))
        .unwrap();
    project.build();
    each(&|url| {
        assert!(project.db(&["upgrade"], url, 0).contains("verified"));
        project.db(&["check"], url, 0);
        project.db(&["downgrade"], url, 0);
        project.db(&["downgrade", "-2"], url, 0);
        project.db(&["upgrade"], url, 0);
        project.db(&["redo"], url, 0);
    });

    // Two branches, and one again.
    let tip = project.revision("_tidy_up.rs");
    for (message, head) in [("create orders", &tip), ("create invoices", &tip)] {
        project.write(&["new", message, "number:integer:not_null", "--head", head]);
    }
    project.build();
    each(&|url| {
        project.db(&["upgrade", "head"], url, 8);
        project.db(&["upgrade"], url, 0);
    });
    project.write(&["merge", "-m", "orders and invoices"]);
    project.build();
    each(&|url| {
        project.db(&["upgrade", "head"], url, 0);
        let current = project.db(&["current"], url, 0);
        assert!(current.starts_with(&project.revision("_orders_and_invoices.rs")), "{current}");
        assert_eq!(project.db(&["history"], url, 0).matches("* ").count(), 7, "{}", project.db(&["history"], url, 0));
    });

    // What schema.rs has beyond the database becomes a migration, and then there is nothing beyond.
    fs::write(project.folder.path().join("src/schema.rs"), SCHEMA).unwrap();
    project.db(&["migrate", "countries"], &databases.0[0], 0);
    project.build();
    each(&|url| {
        project.db(&["check", "--schema"], url, 3);
        project.db(&["upgrade"], url, 0);
        project.db(&["check", "--schema"], url, 0);
        assert!(project.db(&["migrate", "again"], url, 0).contains("the database is as schema.rs says"));
    });

    // What was written is as rustfmt writes it.
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--check", "--edition", "2024", "--config-path"]).arg(project.folder.path().join("Cargo.toml"));
    let program = project.folder.path().join("src/bin/db.rs");
    let output = rustfmt.arg(program).current_dir(&project.folder).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}
