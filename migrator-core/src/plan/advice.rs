//! What a statement locks, rewrites, or cannot undo: rules of ours, as values. Advice for a person; nothing is refused.

use std::borrow::Cow;
use std::fmt;

use crate::dialect::{Dialect, LockAdvice, Matter, SqlRenderer};
use crate::name::TableName;
use crate::sql::{Token, tokens};

/// What a person should know of a statement before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Warning {
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::optional_text"))]
    table: Option<TableName>,
    what: String,
    advice: Option<Cow<'static, str>>,
}

impl Warning {
    /// The table that is locked or rewritten, where one is.
    pub fn table(&self) -> Option<&TableName> {
        self.table.as_ref()
    }

    /// What happens.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// A way to have less of it, where there is one.
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.advice.as_ref().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

/// What the statements of one migration are to be warned of, each thing once. Tables that are new in the plan are left
/// out: nobody waits for them.
pub(crate) fn warnings<'s>(
    statements: impl Iterator<Item = &'s str>,
    is_new: impl Fn(&TableName) -> bool,
    transactional: bool,
    renderer: &dyn SqlRenderer,
) -> Vec<Warning> {
    let statements: Vec<&str> = statements.collect();
    let mut linted = renderer.lock_advice(&statements, transactional).into_iter().peekable();
    let mut all = Vec::new();
    let mut ddl = 0;
    for (at, sql) in statements.into_iter().enumerate() {
        let words: Vec<Token<'_>> = tokens(sql, renderer.dialect()).collect();
        ddl += usize::from(changes_schema(&words));
        let (own, matter) = match renderer.dialect() {
            Dialect::Postgres => of_postgres(&words).unzip(),
            Dialect::Sqlite => (of_sqlite(sql), None),
            _ => (None, None),
        };
        let of_this = std::iter::from_fn(|| linted.next_if(|advice| advice.statement == at));
        let more = of_this.filter(|advice| advice.matter.is_none() || advice.matter != matter.flatten());
        let found = own.into_iter().chain(more.map(|advice| of_linter(advice, &words)));
        all.extend(found.filter(|found| !found.table.as_ref().is_some_and(&is_new)));
    }
    if ddl > 1 && !renderer.capabilities().transactional_ddl {
        all.push(Warning {
            table: None,
            what: format!(
                "{} commits each of these {ddl} statements by itself: a failure in the middle leaves those before it",
                renderer.dialect()
            ),
            advice: Some("the run goes on behind them when it is started again".into()),
        });
    } else if ddl > 1 && !transactional {
        all.push(Warning {
            table: None,
            what: "outside a transaction each statement commits by itself".to_owned(),
            advice: Some("the run goes on behind them when it is started again".into()),
        });
    }
    let mut seen = Vec::new();
    all.retain(|warning| {
        !seen.contains(warning) && {
            seen.push(warning.clone());
            true
        }
    });
    all
}

fn changes_schema(words: &[Token<'_>]) -> bool {
    words.first().is_some_and(|word| word.is_any_word(&["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"]))
}

/// A rebuild is told in a comment.
fn of_sqlite(sql: &str) -> Option<Warning> {
    let table = sql.strip_prefix("-- rebuild of ")?;
    let table = tokens(table, Dialect::Sqlite).next()?.name()?.into_owned();
    Some(Warning {
        what: format!("{table} is rebuilt: all of its rows are copied, and nobody else writes meanwhile"),
        table: Some(table.into()),
        advice: None,
    })
}

/// What a linter says does not name what it is about.
fn of_linter(told: LockAdvice, words: &[Token<'_>]) -> Warning {
    let table = named(words, &["TABLE", "ON"]);
    let about = table.clone().or_else(|| named(words, &["INDEX"]));
    let about = about.map(|about| format!("{about}: ")).unwrap_or_default();
    let what = format!("{about}{} ({})", told.what, told.source);
    Warning { table, what, advice: told.advice.map(Cow::Owned) }
}

/// What a statement begins with, the words that make the rule apply, what to say.
struct Rule {
    begins: &'static [&'static str],
    has: &'static [&'static str],
    has_not: &'static [&'static str],
    what: &'static str,
    advice: Option<&'static str>,
    matter: Option<Matter>,
}

const NOBODY: &str = "is locked against everyone, readers too (ACCESS EXCLUSIVE)";

/// The first that applies is said. Sources: PostgreSQL's chapter on explicit locking, and its page on ALTER TABLE.
const RULES: [Rule; 11] = [
    Rule {
        begins: &["CREATE", "INDEX"],
        has: &[],
        has_not: &["CONCURRENTLY"],
        what: "takes no writes while the index is built (SHARE)",
        advice: Some("concurrently() in a migration with `transaction = false` lets writers go on"),
        matter: Some(Matter::Index),
    },
    Rule { begins: &["CREATE", "INDEX"], has: &[], has_not: &[], what: "", advice: None, matter: None },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["VALIDATE"],
        has_not: &[],
        what: "is read as a whole while others go on (SHARE UPDATE EXCLUSIVE)",
        advice: None,
        matter: None,
    },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["NOT", "VALID"],
        has_not: &[],
        what: "takes no writes for a moment (SHARE ROW EXCLUSIVE)",
        advice: None,
        matter: None,
    },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["FOREIGN", "KEY"],
        has_not: &[],
        what: "and the table it references take no writes while all rows are checked (SHARE ROW EXCLUSIVE)",
        advice: Some("online() in a migration with `transaction = false` checks them while writers go on"),
        matter: Some(Matter::ForeignKey),
    },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["TYPE"],
        has_not: &[],
        what: "is locked against everyone, readers too, and may be written anew as a whole (ACCESS EXCLUSIVE)",
        advice: Some("on a large table: a new column, filled in batches, then a rename"),
        matter: Some(Matter::Type),
    },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["SET", "NOT", "NULL"],
        has_not: &[],
        what: "is locked against everyone, readers too, while all rows are read (ACCESS EXCLUSIVE)",
        advice: Some("with `transaction = false` they are read while others go on"),
        matter: Some(Matter::NotNull),
    },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["UNIQUE"],
        has_not: &[],
        what: "is locked against everyone, readers too, while an index is built (ACCESS EXCLUSIVE)",
        advice: Some("a unique index built concurrently does the same for writers"),
        matter: Some(Matter::Unique),
    },
    Rule {
        begins: &["ALTER", "TABLE"],
        has: &["CHECK"],
        has_not: &[],
        what: "is locked against everyone, readers too, while all rows are checked (ACCESS EXCLUSIVE)",
        advice: Some("NOT VALID, then VALIDATE CONSTRAINT, with `transaction = false`: others go on meanwhile"),
        matter: Some(Matter::Check),
    },
    Rule { begins: &["ALTER", "TABLE"], has: &[], has_not: &[], what: NOBODY, advice: None, matter: None },
    Rule { begins: &["DROP", "TABLE"], has: &[], has_not: &[], what: NOBODY, advice: None, matter: None },
];

fn of_postgres(words: &[Token<'_>]) -> Option<(Warning, Option<Matter>)> {
    let begin: Vec<Token<'_>> = words.iter().filter(|word| !word.is_word("UNIQUE")).take(2).copied().collect();
    let applies = |rule: &&Rule| {
        let begins = begin.len() == 2 && begin.iter().zip(rule.begins).all(|(word, wanted)| word.is_word(wanted));
        begins && holds(words, rule.has) && (rule.has_not.is_empty() || !holds(words, rule.has_not))
    };
    let rule = RULES.iter().find(applies).filter(|rule| !rule.what.is_empty())?;
    let table = named(words, &["TABLE", "ON"])?;
    let what = format!("{table} {}", rule.what);
    Some((Warning { what, table: Some(table), advice: rule.advice.map(Cow::Borrowed) }, rule.matter))
}

/// Whether these words stand side by side somewhere.
fn holds(words: &[Token<'_>], wanted: &[&str]) -> bool {
    let stands = |at: &[Token<'_>]| at.iter().zip(wanted).all(|(word, wanted)| word.is_word(wanted));
    wanted.is_empty() || words.windows(wanted.len()).any(stands)
}

/// The name behind one of these words: of the table behind TABLE, or behind the ON of an index.
fn named(words: &[Token<'_>], behind: &[&str]) -> Option<TableName> {
    let at = words.iter().position(|word| word.is_any_word(behind))?;
    let mut rest = words[at + 1..].iter().skip_while(|word| word.is_any_word(&["IF", "EXISTS", "ONLY"]));
    let first = rest.next()?.name()?.into_owned();
    match (rest.next(), rest.next().and_then(Token::name)) {
        (Some(dot), Some(second)) if dot.is_punct(".") => Some((first.as_str(), second.as_ref()).into()),
        _ => Some(first.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sql: &str) -> Option<String> {
        of_postgres(&tokens(sql, Dialect::Postgres).collect::<Vec<_>>()).map(|(warning, _)| warning.to_string())
    }

    #[test]
    fn each_statement_is_warned_of_by_the_lock_it_takes() {
        for (sql, word) in [
            ("CREATE UNIQUE INDEX i ON app.users (a)", "app.users takes no writes while the index is built"),
            ("ALTER TABLE users ALTER COLUMN a TYPE BIGINT", "written anew"),
            ("ALTER TABLE users ALTER COLUMN a SET NOT NULL", "all rows are read"),
            (
                "ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id)",
                "users and the table it references",
            ),
            ("ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id) NOT VALID", "for a moment"),
            ("ALTER TABLE users VALIDATE CONSTRAINT k", "others go on"),
            ("ALTER TABLE IF EXISTS users ADD COLUMN a int", "users is locked against everyone"),
            ("DROP TABLE users", "ACCESS EXCLUSIVE"),
        ] {
            let told = said(sql).unwrap_or_default();
            assert!(told.contains(word), "{sql}: {told}");
        }
        assert_eq!(said("CREATE INDEX CONCURRENTLY i ON users (a)"), None);
        assert_eq!(said("CREATE TABLE users (a int)"), None);
        assert_eq!(said("INSERT INTO users VALUES (1)"), None);
    }
}
