//! Lock advice of squawk-linter, feature `squawk`: those of its rules that are about locks and who waits for them.
//!
//! Every `cfg` that names the feature stands in this file.

use super::hold::Hold;
use crate::dialect::LockAdvice;

#[cfg(not(feature = "squawk"))]
pub(super) fn advice(_: &[&str], _in_transaction: bool, _own: &[Vec<Hold>]) -> Vec<LockAdvice> {
    Vec::new()
}

/// What is not among `own`, which is told anyway, in the order of the statements.
#[cfg(feature = "squawk")]
pub(super) fn advice(statements: &[&str], in_transaction: bool, own: &[Vec<Hold>]) -> Vec<LockAdvice> {
    lint::advice(statements, in_transaction, own)
}

#[cfg(feature = "squawk")]
mod lint {
    use std::panic::catch_unwind;

    use squawk_linter::{Linter, Rule, Violation};
    use squawk_syntax::{Parse, SourceFile};

    use super::super::hold::{Hold, Work};
    use crate::dialect::{Dialect, LockAdvice};
    use crate::name::TableName;
    use crate::sql::{Cursor, Token, spoken, tokens};

    /// Left out: style, what breaks programs that run meanwhile, losses (the guard's), timeouts (set by the run).
    const RULES: [(Rule, Work); 11] = [
        (Rule::RequireConcurrentIndexCreation, Work::Index),
        (Rule::RequireConcurrentIndexDeletion, Work::Moment),
        (Rule::RequireConcurrentReindex, Work::Index),
        (Rule::RequireConcurrentPartitionDetach, Work::Moment),
        (Rule::AddingForeignKeyConstraint, Work::Keys),
        (Rule::AddingFieldWithDefault, Work::Rewrite),
        (Rule::AddingSerialPrimaryKeyField, Work::Unique),
        (Rule::ChangingColumnType, Work::Rewrite),
        (Rule::AddingNotNullableField, Work::NotNull),
        (Rule::DisallowedUniqueConstraint, Work::Unique),
        (Rule::ConstraintMissingNotValid, Work::Check),
    ];

    /// What the rules are about. Anything else, a million rows to insert among it, is not parsed.
    const BEGINNINGS: [&[&str]; 6] = [
        &["CREATE", "TABLE"],
        &["CREATE", "INDEX"],
        &["CREATE", "UNIQUE"],
        &["ALTER", "TABLE"],
        &["DROP", "INDEX"],
        &["REINDEX"],
    ];

    /// Together, since some of it is about two statements in one transaction.
    pub(super) fn advice(statements: &[&str], in_transaction: bool, own: &[Vec<Hold>]) -> Vec<LockAdvice> {
        let mut script = String::new();
        let mut starts = Vec::new();
        for (statement, sql) in statements.iter().enumerate() {
            if concerns_locks(sql) && without_panic(|| SourceFile::parse(sql).errors().is_empty()) {
                starts.push((script.len(), statement));
                // behind a comment the semicolon would be one too
                script += sql;
                script += "\n;\n";
            }
        }
        let violations = without_panic(|| linted(&RULES.map(|(rule, _)| rule), &script, in_transaction));
        let told =
            violations.iter().filter(|found| !is_told_better(found, &violations) && !is_constant(found, &script));
        told.filter_map(|found| as_advice(found, &starts, statements, own)).collect()
    }

    fn concerns_locks(sql: &str) -> bool {
        let words: Vec<Token<'_>> = tokens(sql, Dialect::Postgres).take(2).collect();
        BEGINNINGS.iter().any(|beginning| {
            words.len() >= beginning.len() && beginning.iter().zip(&words).all(|(wanted, word)| word.is_word(wanted))
        })
    }

    /// Its parser asserts what it believes of itself; a plan must not end by that.
    fn without_panic<T: Default>(parse: impl FnOnce() -> T + std::panic::UnwindSafe) -> T {
        catch_unwind(parse).unwrap_or_default()
    }

    fn linted(rules: &[Rule], sql: &str, in_transaction: bool) -> Vec<Violation> {
        let mut linter = Linter::from(rules.iter().copied());
        linter.settings.assume_in_transaction = in_transaction;
        let parsed: Parse<SourceFile> = SourceFile::parse(sql);
        linter.lint(&parsed, sql)
    }

    /// What it says of every constraint, where it has said what is so of this kind.
    fn is_told_better(found: &Violation, all: &[Violation]) -> bool {
        let is_within =
            |other: &Violation| other.code != found.code && found.text_range.contains_range(other.text_range);
        found.code == Rule::ConstraintMissingNotValid && all.iter().any(is_within)
    }

    /// It takes a sign, a bracket, or CURRENT_DATE for what has another value in each row.
    fn is_constant(found: &Violation, script: &str) -> bool {
        let mut default = &script[found.text_range];
        let mut words = tokens(default, Dialect::Postgres);
        if found.code != Rule::AddingFieldWithDefault || words.any(|word| word.is_word("GENERATED")) {
            return false;
        }
        while let Some(inside) = default.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            default = inside.trim();
        }
        let bare = format!("ALTER TABLE t ADD COLUMN c int DEFAULT {default}");
        !default.contains('(') || without_panic(|| linted(&[found.code], &bare, false).is_empty())
    }

    /// None where as long a wait is told by our own rules.
    fn as_advice(
        found: &Violation,
        starts: &[(usize, usize)],
        statements: &[&str],
        own: &[Vec<Hold>],
    ) -> Option<LockAdvice> {
        let at = usize::from(found.text_range.start());
        let (_, statement) = *starts.iter().rfind(|(start, _)| *start <= at)?;
        let (_, work) = RULES.iter().find(|(rule, _)| *rule == found.code)?;
        if own[statement].iter().any(|hold| hold.work >= *work) {
            return None;
        }
        let table = named(statements[statement]);
        let about = table.as_ref().map(|about| format!("{about}: ")).unwrap_or_default();
        Some(LockAdvice {
            statement,
            table,
            what: format!("{about}{} (squawk, {})", without_stop(&found.message), found.code),
            advice: found.help.as_deref().map(without_stop),
        })
    }

    /// The linter does not name what it speaks of.
    fn named(sql: &str) -> Option<TableName> {
        let tokens = spoken(sql, Dialect::Postgres);
        let mut cursor = Cursor::new(sql, Dialect::Postgres, &tokens);
        cursor.pass_to(&["TABLE", "ON"]);
        cursor.next();
        cursor.skip_if_exists();
        cursor.skip(&["ONLY"]);
        cursor.table()
    }

    fn without_stop(sentence: &str) -> String {
        sentence.trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
#[cfg(feature = "squawk")]
mod tests {
    use super::super::Renderer;
    use crate::plan::{Warning, warnings};

    fn told(statements: &[&str], transactional: bool) -> Vec<String> {
        let all = warnings(statements, transactional, &Renderer);
        all.iter().map(Warning::to_string).filter(|told| told.contains("squawk")).collect()
    }

    #[test]
    fn what_the_plan_says_anyway_is_not_told_twice() {
        for sql in [
            "CREATE UNIQUE INDEX i ON users (a)",
            "ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id)",
            "ALTER TABLE users ALTER COLUMN a TYPE bigint",
            "ALTER TABLE users ALTER COLUMN a SET NOT NULL",
            "ALTER TABLE users ADD CONSTRAINT k UNIQUE (a)",
            "ALTER TABLE users ADD CONSTRAINT k CHECK (a > 0)",
            "ALTER TABLE users ADD CONSTRAINT k EXCLUDE USING gist (a WITH =)",
            "ALTER TABLE users ADD COLUMN u uuid DEFAULT gen_random_uuid()",
            "ALTER TABLE users ADD COLUMN n int GENERATED BY DEFAULT AS IDENTITY",
            "ALTER TABLE users ADD COLUMN o int REFERENCES orgs (id)",
            "ALTER TABLE users ADD PRIMARY KEY (id)",
            "ALTER TABLE events DETACH PARTITION events_2025",
            "DROP INDEX app.by_name",
            "REINDEX TABLE users",
        ] {
            assert_eq!(told(&[sql], true), [""; 0], "{sql}");
        }
    }

    #[test]
    fn two_statements_in_one_transaction_are_read_together() {
        let check = "ALTER TABLE users ADD CONSTRAINT k CHECK (a > 0) NOT VALID -- for now";
        let statements = [check, "INSERT INTO users VALUES (1)", "ALTER TABLE users VALIDATE CONSTRAINT k"];
        let said = told(&statements, true);
        assert!(matches!(said.as_slice(), [one] if one.contains("in the same transaction")), "{said:?}");
        assert_eq!(told(&statements, false), [""; 0]);
    }

    #[test]
    fn what_holds_nobody_up_or_cannot_be_read_gives_none() {
        for sql in [
            "ALTER TABLE users ADD COLUMN a int DEFAULT -1",
            "ALTER TABLE users ADD COLUMN a timestamptz DEFAULT (now())",
            "ALTER TABLE users ADD COLUMN a date DEFAULT CURRENT_DATE",
            "ALTER TABLE users ADD PRIMARY KEY (",
            "DROP INDEX by_name ON users",
            "DROP INDEX \u{0}",
            "CREATE INDEX CONCURRENTLY i ON users (a)",
            "DROP TABLE users",
            "SELECT 'é",
            "",
        ] {
            assert_eq!(told(&[sql], true), [""; 0], "{sql}");
        }
        let check = "ALTER TABLE é ADD CONSTRAINT k CHECK (a > 0) NOT VALID";
        let among = ["ALTER TABLE users ADD PRIMARY KEY (", check, "REINDEX (", "ALTER TABLE é VALIDATE CONSTRAINT k"];
        assert!(matches!(told(&among, true).as_slice(), [one] if one.starts_with("é: ")));
    }
}
