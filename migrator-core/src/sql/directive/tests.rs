use super::*;

fn read(sql: &str) -> Vec<Directive> {
    directives(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"))
}

fn error(sql: &str) -> String {
    directives(sql).expect_err(sql).to_string()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn every_word_of_the_attribute() {
    let table = TableName::from("users");
    for (text, directive) in [
        (
            r#"allow_loss(column("users", "name"), table(("a", "b")), rows("logs"))"#,
            Directive::AllowLoss(vec![Loss::column("users", "name"), Loss::table(("a", "b")), Loss::rows("logs")]),
        ),
        (
            r#"requires(table("users"), no_table("t"), column("t", "c"), no_column("t", "c"))"#,
            Directive::Requires(vec![
                Condition::table("users"),
                Condition::no_table("t"),
                Condition::column("t", "c"),
                Condition::no_column("t", "c"),
            ]),
        ),
        (
            r#"ensures(index("t", "i"), no_index(("s", "t"), "i"))"#,
            Directive::Ensures(vec![Condition::index("t", "i"), Condition::no_index(("s", "t"), "i")]),
        ),
        (
            r#"skip_if(empty("t"), not_empty("t"))"#,
            Directive::SkipIf(vec![Condition::empty("t"), Condition::not_empty("t")]),
        ),
        (r#"backup("users")"#, Directive::Backup(vec![table.clone()])),
        (
            r#"backup(("schema", "users"), "users",)"#,
            Directive::Backup(vec![TableName::from(("schema", "users")), table]),
        ),
        (r#"down_revision = "a""#, Directive::DownRevision(Some(strings(&["a"])))),
        (r#"down_revision=["a","b"]"#, Directive::DownRevision(Some(strings(&["a", "b"])))),
        ("down_revision = none", Directive::DownRevision(None)),
        (r#"down_revision("a", "b")"#, Directive::DownRevision(Some(strings(&["a", "b"])))),
        ("down_revision(none)", Directive::DownRevision(None)),
        (r#"depends_on("a.b")"#, Directive::DependsOn(strings(&["a.b"]))),
        (r#"branch_label("b")"#, Directive::BranchLabel(strings(&["b"]))),
        (r#"depends_on = "a.b""#, Directive::DependsOn(strings(&["a.b"]))),
        (r#"branch_label = ["é\"", "b"]"#, Directive::BranchLabel(strings(&["é\"", "b"]))),
        (r#"replaces = ["a", "b",]"#, Directive::Replaces(strings(&["a", "b"]))),
    ] {
        assert_eq!(read(&format!("-- migrator: {text}")), [directive], "{text}");
    }
}

#[test]
fn comments_before_the_first_statement_are_read() {
    let sql = "\u{feff}\r\n-- Names go.\r\n/* more\r\n-- migrator: nonsense\r\n*/ --MIGRATOR:backup(\"a\")\r\n\
               # -- a note of MySQL\r\n  -- Migrator : backup(\"b\"), depends_on = \"c\"\r\n\
               -- the migrator: backs up first\r\nDROP TABLE a; -- gone";
    assert_eq!(
        read(sql),
        [
            Directive::Backup(vec!["a".into()]),
            Directive::Backup(vec!["b".into()]),
            Directive::DependsOn(strings(&["c"])),
        ]
    );
}

#[test]
fn a_file_may_say_nothing() {
    for sql in ["", "SELECT 1", "-- migrators: none", "-- migrator adds a column", "/*", "-- é"] {
        assert_eq!(read(sql), [], "{sql}");
    }
}

#[test]
fn errors_name_the_line_and_the_cure() {
    for (sql, text) in [
        ("\n-- migrator: allow_los(rows(\"t\"))", "line 2: unknown directive `allow_los`; did you mean `allow_loss`?"),
        (
            "-- migrator: frobnicate",
            "line 1: unknown directive `frobnicate`; known are allow_loss, backup, branch_label, \
             depends_on, down_revision, ensures, replaces, requires, skip_if",
        ),
        ("-- migrator: requires(tabel(\"t\"))", "line 1: unknown condition `tabel`; did you mean `table`?"),
        ("-- migrator: allow_loss(index(\"t\", \"i\"))", "line 1: unknown loss `index`; known are table, column, rows"),
        (
            "-- migrator: requires(column(\"t\"))",
            "line 1: `column` takes a table and a name: column(\"users\", \"email\")",
        ),
        (
            "-- migrator: allow_loss(rows())",
            "line 1: `rows` takes one table: rows(\"users\") or rows((\"schema\", \"users\"))",
        ),
        ("-- migrator: backup", "line 1: `backup` is written backup(\"users\") or backup((\"schema\", \"users\"))"),
        (
            "-- migrator: down_revision(a)",
            "line 1: `down_revision` is written down_revision = \"a\", [\"a\", \"b\"] or none",
        ),
        ("-- migrator: depends_on = []", "line 1: `depends_on` is written depends_on = \"a\" or [\"a\", \"b\"]"),
        (
            "-- migrator: backup(users)",
            "line 1: `backup` is written backup(\"users\") or backup((\"schema\", \"users\"))",
        ),
        (
            "-- migrator: backup('users')",
            "line 1: expected a string in double quotes, a word or a list, found `'users')`",
        ),
        ("-- migrator: backup(\"a\" \"b\")", "line 1: expected a comma or `)`, found `\"b\")`"),
        ("-- migrator: backup(\"a", "line 1: expected a closing `\"`, found the end of the line"),
        ("-- migrator: backup(\"a\") -- why", "line 1: expected a comma or the end of the line, found `--`"),
        ("-- migrator:", "line 1: expected a directive, found the end of the line"),
        ("-- migrator backup(\"a\")", "line 1: a colon is missing: `-- migrator: ..`"),
        (
            "-- migrator: replaces = \"a\"\n-- migrator: replaces = \"b\"",
            "line 2: `replaces` is said twice; give it a list: replaces = [\"a\", \"b\"]",
        ),
        (
            "-- migrator: transaction = false",
            "line 1: `transaction` is not said in a SQL migration: write `run_in_transaction = \
             false` in the migration's metadata.toml",
        ),
    ] {
        assert_eq!(error(sql), text, "{sql}");
    }
}

#[test]
fn a_directive_behind_a_statement_is_an_error() {
    for (sql, line) in [
        ("SELECT 1;\n-- migrator: backup(\"a\")", 2),
        ("\nSELECT 1; -- migrator: backup(\"a\")", 2),
        ("/* a */ SELECT 1; --migrator : nonsense", 1),
        ("/*!40101 SET a */;\n\n-- migrator: backup(\"a\")", 3),
        ("SELECT 1\n-- migrator backup(\"a\")", 2),
    ] {
        let error = directives(sql).expect_err(sql);
        assert_eq!((error.line(), error.problem), (line, Problem::Misplaced), "{sql}");
    }
}
