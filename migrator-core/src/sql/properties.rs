//! What holds for every text, sense or nonsense.

use super::{Statement, split, tokens};
use crate::dialect::Dialect;
use proptest::prelude::*;
use proptest::sample::select;

fn dialect() -> impl Strategy<Value = Dialect> {
    select(vec![Dialect::Sqlite, Dialect::Postgres, Dialect::MySql, Dialect::MariaDb])
}

/// Everything that changes how the text after it is read.
const PIECES: [&str; 76] = [
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "\\",
    "$",
    "$$",
    "$a$",
    "$1",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "/*!40101 ",
    "/*M!",
    "/*+",
    "/",
    "*",
    "\n",
    "\r\n",
    " ",
    "\t",
    ";",
    ";",
    ";",
    ":",
    "@",
    "@@",
    "?",
    ".",
    ",",
    "(",
    ")",
    "E'",
    "U&\"",
    "x'",
    "1",
    "1.5e-",
    "0x",
    "é",
    "\u{feff}",
    "\0",
    "a",
    "a$",
    "CREATE ",
    "OR REPLACE ",
    "TEMP ",
    "TRIGGER ",
    "PROCEDURE p() ",
    "FUNCTION ",
    "EVENT e DO ",
    "FOR EACH ROW ",
    "DEFINER=",
    "BEGIN ",
    "BEGIN ATOMIC ",
    "BEGIN NOT ATOMIC ",
    "END ",
    "CASE ",
    "WHEN ",
    "THEN ",
    "ELSE ",
    "IF ",
    "END IF",
    "LOOP ",
    "WHILE ",
    "DO ",
    "REPEAT ",
    "END REPEAT",
    "FOR ",
    "l: ",
    "DECLARE ",
    "HANDLER ",
];

const DELIMITER_LINES: [&str; 6] =
    ["\nDELIMITER //\n", "//", "\nDELIMITER $$\n", "DELIMITER §", "\nDELIMITER ;\n", "DELIMITER "];

fn nonsense() -> impl Strategy<Value = String> {
    prop::collection::vec(select(PIECES.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

fn nonsense_with_delimiters() -> impl Strategy<Value = String> {
    let pieces = [PIECES.as_slice(), DELIMITER_LINES.as_slice()].concat();
    prop::collection::vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

/// Statements that any of the databases closes by itself.
fn statement() -> impl Strategy<Value = &'static str> {
    select(vec![
        "SELECT 1",
        "SELECT 'it''s; so', \"a;\"",
        "/* a; */ SELECT 1 -- b;\n",
        "BEGIN",
        "END",
        "INSERT INTO a (b) VALUES ((1), (2))",
        "SELECT CASE WHEN a THEN b END",
        "-- only a comment\n SELECT é",
    ])
}

fn assert_sources_join(sql: &str, dialect: Dialect) {
    let statements = split(sql, dialect);
    if statements.is_empty() {
        return;
    }
    assert_eq!(statements.iter().map(Statement::source).collect::<String>(), sql);
    for statement in statements {
        assert!(statement.source().contains(statement.text()));
        assert!(!statement.text().is_empty());
    }
}

/// Each statement's line is where its text is, counted anew.
fn assert_lines(sql: &str, dialect: Dialect) {
    for statement in split(sql, dialect) {
        let offset = statement.text().as_ptr() as usize - sql.as_ptr() as usize;
        assert_eq!(statement.line(), 1 + sql[..offset].matches('\n').count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 1024,
        ..ProptestConfig::default()
    })]

    #[test]
    fn sources_join_to_the_script(sql in nonsense_with_delimiters(), dialect in dialect()) {
        assert_sources_join(&sql, dialect);
        assert_lines(&sql, dialect);
    }

    #[test]
    fn no_text_panics(sql in any::<String>(), dialect in dialect()) {
        assert_sources_join(&sql, dialect);
        let _ = super::directives(&sql);
        let _ = super::directives(&format!("-- migrator: {sql}"));
    }

    #[test]
    fn tokens_lie_in_order(sql in nonsense(), dialect in dialect()) {
        let mut end = 0;
        for token in tokens(&sql, dialect) {
            prop_assert!(token.start >= end && !token.text.is_empty());
            prop_assert_eq!(&sql[token.start..token.end()], token.text);
            let _ = token.name();
            end = token.end();
        }
    }

    #[test]
    fn a_statement_is_one_statement(sql in nonsense(), dialect in dialect()) {
        for statement in split(&sql, dialect) {
            if statement.text().ends_with("--") {
                // MySQL reads it as a comment only now that nothing follows.
                continue;
            }
            let again = split(statement.text(), dialect);
            prop_assert_eq!(again.len(), 1);
            prop_assert_eq!(again[0].text(), statement.text());
        }
    }

    #[test]
    fn one_more_statement_is_one_more(
        script in prop::collection::vec(statement(), 0..8),
        last in statement(),
        dialect in dialect(),
    ) {
        let before = script.join(";\n");
        let after = format!("{before};{last}");
        let (before, after) = (split(&before, dialect), split(&after, dialect));
        prop_assert_eq!(before.len(), script.len());
        prop_assert_eq!(after.len(), script.len() + 1);
        let same = before.iter().zip(&after).all(|(a, b)| a.text() == b.text());
        prop_assert!(same);
    }
}

/// A reader that goes back would take hours on these.
#[test]
fn long_scripts_are_read_in_one_pass() {
    for piece in [
        "$a$",
        "$a",
        "a$",
        "$",
        "'",
        "/*",
        "/*!",
        "-- ",
        "--",
        "E'a'\n",
        "[",
        "(",
        ";",
        "x",
        "1e",
        "*/",
        "BEGIN ",
        "CASE ",
        "CREATE ",
        "\n",
        "\u{feff}",
        "-- migrator",
    ] {
        let sql = piece.repeat(100_000 / piece.len());
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
            split(&sql, dialect);
            split(&format!("DELIMITER $/\n{sql}"), dialect);
        }
        let _ = super::directives(&format!("SELECT 1; {sql}"));
    }
}
