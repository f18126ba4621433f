//! The lock that a statement takes on its table where locks have modes: by the words that say what it does, never by a
//! word that is a name.

use std::borrow::Cow;

use super::advice::{Warning, named};
use crate::dialect::Matter;
use crate::sql::Token;

/// What a statement does that others wait for, the longest wait first: of several in one statement that one is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Index,
    Type,
    NotNull,
    Unique,
    Check,
    ForeignKey,
    Other,
    Unchecked,
    Validation,
}

/// What is to be said of a statement that makes others wait.
pub(super) fn of_statement(words: &[Token<'_>]) -> Option<(Warning, Option<Matter>)> {
    let act = act_of(words)?;
    let table = named(words, &["TABLE", "ON"])?;
    let (what, advice) = act.told();
    let what = format!("{table} {what}");
    Some((Warning::new(what, Some(table), advice.map(Cow::Borrowed)), act.matter()))
}

fn act_of(words: &[Token<'_>]) -> Option<Act> {
    let behind = |begin: &[&str]| begins(words, begin).then(|| &words[begin.len()..]);
    if let Some(rest) = behind(&["CREATE", "INDEX"]).or_else(|| behind(&["CREATE", "UNIQUE", "INDEX"])) {
        return (!begins(rest, &["CONCURRENTLY"])).then_some(Act::Index);
    }
    if behind(&["DROP", "TABLE"]).is_some() {
        return Some(Act::Other);
    }
    let actions = actions(behind(&["ALTER", "TABLE"])?);
    actions.into_iter().map(act_of_action).min()
}

/// What stands behind the table's name, between commas that stand in no brackets.
fn actions<'w, 't>(behind: &'w [Token<'t>]) -> Vec<&'w [Token<'t>]> {
    let optional = behind.iter().take_while(|word| word.is_any_word(&["IF", "EXISTS", "ONLY"])).count();
    let name = &behind[optional..];
    let parts = if name.get(1).is_some_and(|dot| dot.is_punct(".")) { 3 } else { 1 };
    let star = usize::from(name.get(parts).is_some_and(|star| star.is_punct("*")));
    let rest = name.get(parts + star..).unwrap_or_default();
    let mut depth = 0_usize;
    rest.split(|word| {
        depth = match word.text {
            "(" | "[" => depth + 1,
            ")" | "]" => depth.saturating_sub(1),
            _ => depth,
        };
        depth == 0 && word.is_punct(",")
    })
    .collect()
}

fn act_of_action(action: &[Token<'_>]) -> Act {
    let Some((verb, rest)) = action.split_first() else { return Act::Other };
    if verb.is_word("ADD") {
        return added(rest);
    }
    if verb.is_word("ALTER") {
        return altered(behind_name(rest, "COLUMN"));
    }
    if verb.is_word("VALIDATE") { Act::Validation } else { Act::Other }
}

fn added(rest: &[Token<'_>]) -> Act {
    if rest.len() > 2 && begins(&rest[rest.len() - 2..], &["NOT", "VALID"]) {
        return Act::Unchecked;
    }
    let is_constraint = begins(rest, &["CONSTRAINT"]);
    let what = if is_constraint { behind_name(rest, "CONSTRAINT") } else { rest };
    let says = |word: &str| match is_constraint {
        true => begins(what, &[word]),
        // Words that no column and no type can be called.
        false => what.iter().any(|token| token.is_word(word)),
    };
    match () {
        () if begins(what, &["FOREIGN", "KEY"]) => Act::ForeignKey,
        () if says("UNIQUE") || begins(what, &["PRIMARY", "KEY"]) => Act::Unique,
        () if says("CHECK") => Act::Check,
        () => Act::Other,
    }
}

fn altered(what: &[Token<'_>]) -> Act {
    match () {
        () if begins(what, &["TYPE"]) || begins(what, &["SET", "DATA", "TYPE"]) => Act::Type,
        () if begins(what, &["SET", "NOT", "NULL"]) => Act::NotNull,
        () => Act::Other,
    }
}

/// What follows a name, before which a word may stand that says of what it is one.
fn behind_name<'w, 't>(words: &'w [Token<'t>], kind: &str) -> &'w [Token<'t>] {
    words.get(1 + usize::from(words.len() > 1 && words[0].is_word(kind))..).unwrap_or_default()
}

fn begins(words: &[Token<'_>], wanted: &[&str]) -> bool {
    words.len() >= wanted.len() && words.iter().zip(wanted).all(|(word, wanted)| word.is_word(wanted))
}

impl Act {
    /// What the table suffers, and a way to have less of it.
    fn told(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Index => (
                "takes no writes while the index is built (SHARE)",
                Some("concurrently() in a migration with `transaction = false` lets writers go on"),
            ),
            Self::Type => (
                "is locked against everyone, readers too, and may be written anew as a whole (ACCESS EXCLUSIVE)",
                Some("on a large table: a new column, filled in batches, then a rename"),
            ),
            Self::NotNull => (
                "is locked against everyone, readers too, while all rows are read (ACCESS EXCLUSIVE)",
                Some("with `transaction = false` they are read while others go on"),
            ),
            Self::Unique => (
                "is locked against everyone, readers too, while an index is built (ACCESS EXCLUSIVE)",
                Some("a unique index built concurrently does the same for writers"),
            ),
            Self::Check => (
                "is locked against everyone, readers too, while all rows are checked (ACCESS EXCLUSIVE)",
                Some("NOT VALID, then VALIDATE CONSTRAINT, with `transaction = false`: others go on meanwhile"),
            ),
            Self::ForeignKey => (
                "and the table it references take no writes while all rows are checked (SHARE ROW EXCLUSIVE)",
                Some("online() in a migration with `transaction = false` checks them while writers go on"),
            ),
            Self::Other => ("is locked against everyone, readers too (ACCESS EXCLUSIVE)", None),
            Self::Unchecked => ("takes no writes for a moment (SHARE ROW EXCLUSIVE)", None),
            Self::Validation => ("is read as a whole while others go on (SHARE UPDATE EXCLUSIVE)", None),
        }
    }

    fn matter(self) -> Option<Matter> {
        match self {
            Self::Index => Some(Matter::Index),
            Self::Type => Some(Matter::Type),
            Self::NotNull => Some(Matter::NotNull),
            Self::Unique => Some(Matter::Unique),
            Self::Check => Some(Matter::Check),
            Self::ForeignKey => Some(Matter::ForeignKey),
            Self::Other | Self::Unchecked | Self::Validation => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::sql::tokens;

    fn said(sql: &str) -> Option<String> {
        of_statement(&tokens(sql, Dialect::Postgres).collect::<Vec<_>>()).map(|(warning, _)| warning.to_string())
    }

    #[track_caller]
    fn says(sql: &str, words: &str) {
        let told = said(sql).unwrap_or_default();
        assert!(told.contains(words), "{sql}: {told}");
    }

    #[test]
    fn each_statement_is_warned_of_by_the_lock_it_takes() {
        for (sql, words) in [
            ("CREATE UNIQUE INDEX i ON app.users (a)", "app.users takes no writes while the index is built"),
            ("ALTER TABLE users ALTER COLUMN a TYPE BIGINT", "written anew"),
            ("ALTER TABLE users ALTER a SET DATA TYPE BIGINT", "written anew"),
            ("ALTER TABLE users ALTER COLUMN a SET NOT NULL", "all rows are read"),
            (
                "ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id)",
                "users and the table it references",
            ),
            ("ALTER TABLE users ADD FOREIGN KEY (a) REFERENCES orgs", "users and the table it references"),
            ("ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id) NOT VALID", "for a moment"),
            ("ALTER TABLE users VALIDATE CONSTRAINT k", "others go on"),
            ("ALTER TABLE IF EXISTS users ADD COLUMN a int", "users is locked against everyone"),
            ("ALTER TABLE users ADD COLUMN a int UNIQUE", "an index is built"),
            ("ALTER TABLE users ADD PRIMARY KEY (a)", "an index is built"),
            ("ALTER TABLE users ADD CHECK (a > 0)", "all rows are checked"),
            ("DROP TABLE users", "ACCESS EXCLUSIVE"),
        ] {
            says(sql, words);
        }
        assert_eq!(said("CREATE INDEX CONCURRENTLY i ON users (a)"), None);
        assert_eq!(said("CREATE TABLE users (a int)"), None);
        assert_eq!(said("INSERT INTO users VALUES (1)"), None);
    }

    #[test]
    fn a_name_is_no_word_of_the_statement() {
        for sql in [
            "ALTER TABLE users ADD COLUMN type text",
            "ALTER TABLE users ADD type text DEFAULT 'CHECK (a)'",
            "ALTER TABLE users RENAME COLUMN type TO kind",
            "ALTER TABLE users ALTER COLUMN type SET DEFAULT 'x'",
            "ALTER TABLE users DROP CONSTRAINT validate",
            "ALTER TABLE \"FOREIGN\".\"KEY\" ADD COLUMN \"UNIQUE\" int",
            "ALTER TABLE users ADD COLUMN a numeric(1, 2), DROP COLUMN type",
        ] {
            let told = said(sql).unwrap_or_default();
            assert!(told.ends_with("is locked against everyone, readers too (ACCESS EXCLUSIVE)"), "{sql}: {told}");
        }
        says("ALTER TABLE users ALTER type TYPE text", "written anew");
        says("CREATE INDEX \"CONCURRENTLY\" ON users (a)", "the index is built");
    }

    #[test]
    fn of_several_actions_the_longest_wait_is_told() {
        says("ALTER TABLE ONLY users ADD COLUMN a int, ALTER COLUMN b TYPE bigint", "users is locked");
        says("ALTER TABLE users ADD COLUMN a int, ALTER COLUMN b TYPE bigint", "written anew");
        says("ALTER TABLE users VALIDATE CONSTRAINT k, ADD COLUMN a int", "readers too (ACCESS EXCLUSIVE)");
    }
}
