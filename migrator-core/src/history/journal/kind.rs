//! How a statement of a migration's own SQL is written down, by its words. Pure.

use crate::dialect::SqlRenderer;
use crate::sql::{Token, temporary_table, tokens};

/// How a statement is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Belongs to the session: sent each time, never written down. It may open or close a transaction.
    Session { opens: Option<bool> },
    /// Commits together with its row.
    WithRow,
    /// A row before it and after it; whether it was done can be seen in the schema.
    Seen,
    /// A row before it and after it; done twice it comes to the same.
    Repeatable,
    /// A row before it and after it; only its author knows what it does.
    Opaque,
}

const OPENING: [&str; 2] = ["BEGIN", "START"];
const CLOSING: [&str; 4] = ["COMMIT", "ROLLBACK", "END", "ABORT"];
const SESSION: [&str; 16] = [
    "SET",
    "USE",
    "LOCK",
    "UNLOCK",
    "PRAGMA",
    "SAVEPOINT",
    "RELEASE",
    "RESET",
    "PREPARE",
    "DEALLOCATE",
    "DISCARD",
    "ATTACH",
    "DETACH",
    "LISTEN",
    "UNLISTEN",
    "SHOW",
];
const ROWS: [&str; 12] =
    ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "SELECT", "VALUES", "TABLE", "MERGE", "COPY", "LOAD", "EXPLAIN"];
const DEFINING: [&str; 4] = ["CREATE", "ALTER", "DROP", "RENAME"];
const REPEATABLE: [&str; 13] = [
    "TRUNCATE", "GRANT", "REVOKE", "COMMENT", "ANALYZE", "ANALYSE", "OPTIMIZE", "CHECK", "VACUUM", "REINDEX",
    "CLUSTER", "REFRESH", "FLUSH",
];
/// Of those, what takes part in a transaction where definitions do.
const REPEATABLE_IN_A_TRANSACTION: [&str; 4] = ["TRUNCATE", "GRANT", "REVOKE", "COMMENT"];
/// What no transaction holds, wherever it stands.
const OUTSIDE: [&str; 5] = ["CONCURRENTLY", "DATABASE", "TABLESPACE", "SUBSCRIPTION", "SYSTEM"];
/// Done twice, these undo themselves, or end elsewhere.
const NOT_SEEN: [&str; 4] = ["EXCHANGE", "DISCARD", "IMPORT", "TABLESPACE"];
/// What stands beside the schema.
const BESIDE: [&str; 12] = [
    "USER",
    "ROLE",
    "DATABASE",
    "SCHEMA",
    "SERVER",
    "SEQUENCE",
    "SUBSCRIPTION",
    "SYSTEM",
    "RESOURCE",
    "INSTANCE",
    "LOGFILE",
    "UNDO",
];
/// What changes a thing so that it cannot be changed so again.
const ONCE: [&str; 3] = ["RENAME", "ADD", "DROP"];

/// Whether a function is called when the statement is sent: a definition only keeps the words.
pub(super) fn calls(sql: &str, function: &str, renderer: &dyn SqlRenderer) -> bool {
    let words: Vec<Token<'_>> = tokens(sql, renderer.dialect()).collect();
    let first = words.iter().find(|token| token.name().is_some());
    first.is_some_and(|first| first.is_any_word(&ROWS))
        && words.windows(2).any(|pair| pair[0].is_word(function) && pair[1].is_punct("("))
}

pub(super) fn kind_of(sql: &str, renderer: &dyn SqlRenderer) -> Kind {
    let words: Vec<Token<'_>> = tokens(sql, renderer.dialect()).collect();
    let Some(first) = words.iter().find(|token| token.name().is_some()) else { return Kind::Opaque };
    let facts = renderer.capabilities();
    let has = |some: &[&str]| words.iter().any(|token| token.is_any_word(some));
    match first {
        first if first.is_any_word(&OPENING) => Kind::Session { opens: Some(true) },
        first if first.is_any_word(&CLOSING) => Kind::Session { opens: closing(&words) },
        first if first.is_any_word(&SESSION) => Kind::Session { opens: None },
        _ if temporary_table(sql, renderer.dialect()).is_some() || only_sets(&words) => Kind::Session { opens: None },
        first if first.is_any_word(&ROWS) => Kind::WithRow,
        first if first.is_word("DO") && !facts.anonymous_blocks => Kind::WithRow,
        first if facts.transactional_ddl && !has(&OUTSIDE) && is_definition(first) => Kind::WithRow,
        first if first.is_any_word(&DEFINING) => defining(&words),
        first if first.is_any_word(&REPEATABLE) => Kind::Repeatable,
        _ => Kind::Opaque,
    }
}

/// Going back to a savepoint ends nothing; a chain begins anew.
fn closing(words: &[Token<'_>]) -> Option<bool> {
    let has = |word: &str| words.iter().any(|token| token.is_word(word));
    (!has("TO")).then(|| has("CHAIN") && !has("NO"))
}

/// A statement that defines, where that takes part in no transaction.
fn defining(words: &[Token<'_>]) -> Kind {
    let has = |some: &[&str]| words.iter().any(|token| token.is_any_word(some));
    let about = words.iter().skip(1).find(|token| !token.is_any_word(&["OR", "REPLACE", "TEMPORARY"]));
    if !about.is_some_and(|token| token.is_any_word(&BESIDE)) && !has(&["SONAME"]) {
        return if has(&NOT_SEEN) { Kind::Opaque } else { Kind::Seen };
    }
    let asks = words.iter().take(6).any(|token| token.is_any_word(&["EXISTS", "REPLACE"]));
    if asks || (words[0].is_word("ALTER") && !has(&ONCE)) { Kind::Repeatable } else { Kind::Opaque }
}

/// Whether the schema shows of a statement that is [`Seen`](Kind::Seen), whatever comes later, if it was done: a CREATE,
/// ALTER or DROP of one table or index. Not what empties a table, puts one in the place of another or exchanges names, and
/// not what stands outside the schema.
pub(super) fn shows(sql: &str, renderer: &dyn SqlRenderer) -> bool {
    const OF: [&str; 5] = ["TABLE", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL"];
    const NOT_SHOWN: [&str; 6] = ["REPLACE", "TRUNCATE", "RENAME", "CHANGE", "ORDER", "FORCE"];
    let words: Vec<Token<'_>> = tokens(sql, renderer.dialect()).filter(|token| token.name().is_some()).collect();
    let [first, second, ..] = words.as_slice() else { return false };
    let several = first.is_word("DROP") && tokens(sql, renderer.dialect()).any(|token| token.is_punct(","));
    first.is_any_word(&["CREATE", "ALTER", "DROP"])
        && second.is_any_word(&OF)
        && !several
        && !words.iter().any(|word| word.is_any_word(&NOT_SHOWN))
}

/// A SELECT that calls nothing but `set_config`, as dumps of PostgreSQL begin.
fn only_sets(words: &[Token<'_>]) -> bool {
    let sets = words.iter().filter(|word| word.is_word("SET_CONFIG")).count();
    sets > 0 && words[0].is_word("SELECT") && words.iter().filter(|word| word.is_punct("(")).count() == sets
}

fn is_definition(first: &Token<'_>) -> bool {
    first.is_any_word(&DEFINING) || first.is_any_word(&REPEATABLE_IN_A_TRANSACTION)
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use diesel::{Connection, SqliteConnection};

    use super::*;
    use crate::connection::Database;

    #[test]
    fn a_statement_is_written_down_by_its_first_words() {
        let renderer = SqliteConnection::establish(":memory:").unwrap().renderer().unwrap();
        let opens = |opens| Kind::Session { opens };
        for (sql, kind) in [
            ("begin immediate", opens(Some(true))),
            ("/* so */ COMMIT", opens(Some(false))),
            ("rollback to savepoint s", opens(None)),
            ("commit and chain", opens(Some(true))),
            ("pragma user_version = 7", opens(None)),
            ("create temporary table t (a)", opens(None)),
            ("SELECT pg_catalog.set_config('search_path', '', false)", opens(None)),
            ("select set_config('a.b', added(1)::text, false)", Kind::WithRow),
            ("insert into t values (1)", Kind::WithRow),
            ("create table t (a)", Kind::WithRow),
            ("create index concurrently i on t (a)", Kind::Seen),
            ("alter table t discard tablespace", Kind::Opaque),
            ("create database d", Kind::Opaque),
            ("drop database if exists d", Kind::Repeatable),
            ("alter system set a = 1", Kind::Repeatable),
            ("vacuum", Kind::Repeatable),
            ("optimize table t", Kind::Repeatable),
            ("call something()", Kind::Opaque),
            ("-- nothing", Kind::Opaque),
        ] {
            assert_eq!(kind_of(sql, renderer), kind, "{sql}");
        }
    }
}
