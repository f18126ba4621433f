//! The changes of a table during which InnoDB lets nobody write: told in plans, refused by nobody.
//!
//! By their words. A case of the suite sends a sample of each with `LOCK=NONE`, which the server refuses where it is so.

use super::renderer::Renderer;
use crate::dialect::{Dialect, LockAdvice, LockAdvisor, SqlRenderer as _};
use crate::name::TableName;
use crate::sql::{Cursor, spoken};

impl LockAdvisor for Renderer {
    fn lock_advice(&self, statements: &[&str], _in_transaction: bool) -> Vec<LockAdvice> {
        let of = |(statement, sql): (usize, &&str)| {
            let (table, work) = held(sql, self.dialect())?;
            let what = format!("{table} takes no writes while {}", work.told());
            Some(LockAdvice { statement, table: Some(table), what, advice: work.advice().map(str::to_owned) })
        };
        statements.iter().enumerate().filter_map(of).collect()
    }
}

/// What is done while writers wait, the longest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// An index of a kind that is built from a table at rest.
    Index,
    /// A copy, where the column's type becomes another one.
    CopyForType,
    /// A copy, unless foreign keys are not checked.
    CopyForKeys,
    Copy,
}

impl Work {
    fn told(self) -> &'static str {
        match self {
            Self::Index => "the index is built (LOCK=SHARED)",
            Self::CopyForType => "it is copied as a whole, if the type of a column changes (ALGORITHM=COPY)",
            Self::CopyForKeys | Self::Copy => "it is copied as a whole (ALGORITHM=COPY)",
        }
    }

    fn advice(self) -> Option<&'static str> {
        match self {
            Self::CopyForType => Some("on a large table: a new column, filled in batches, then a rename"),
            _ => None,
        }
    }
}

fn held(sql: &str, dialect: Dialect) -> Option<(TableName, Work)> {
    let tokens = spoken(sql, dialect);
    let mut cursor = Cursor::new(sql, dialect, &tokens);
    if cursor.take(&["CREATE"]) {
        return created(&mut cursor);
    }
    if !cursor.take(&["ALTER"]) {
        return None;
    }
    cursor.skip(&["ONLINE", "IGNORE"]);
    if !cursor.take(&["TABLE"]) {
        return None;
    }
    cursor.skip_if_exists();
    let table = cursor.table()?;
    Some((table, actions(&mut cursor)?))
}

/// `CREATE FULLTEXT INDEX i ON t (..)`
fn created(cursor: &mut Cursor<'_>) -> Option<(TableName, Work)> {
    cursor.take_all(&["OR", "REPLACE"]);
    if !cursor.take(&["FULLTEXT", "SPATIAL"]) {
        return None;
    }
    cursor.pass_behind("ON");
    Some((cursor.table()?, Work::Index))
}

/// The longest of them. None where the statement itself says that it would rather be refused.
fn actions(cursor: &mut Cursor<'_>) -> Option<Work> {
    let mut longest = None;
    loop {
        if cursor.is_at(&["LOCK", "ALGORITHM"]) && refuses_to_wait(*cursor) {
            return None;
        }
        longest = longest.max(action(*cursor));
        if !cursor.pass_comma() {
            return longest;
        }
    }
}

/// `LOCK = NONE`, `ALGORITHM = INSTANT`
fn refuses_to_wait(mut cursor: Cursor<'_>) -> bool {
    cursor.next();
    cursor.take_punct("=");
    cursor.is_at(&["NONE", "INSTANT", "NOCOPY"])
}

fn action(mut cursor: Cursor<'_>) -> Option<Work> {
    let verb = cursor.next()?;
    match () {
        () if verb.is_word("ADD") => added(cursor),
        () if verb.is_any_word(&["MODIFY", "CHANGE"]) => Some(Work::CopyForType),
        () if verb.is_word("DROP") => {
            let copied = cursor.take_all(&["PRIMARY", "KEY"]) || cursor.take_all(&["SYSTEM", "VERSIONING"]);
            copied.then_some(Work::Copy)
        }
        () if verb.is_word("CONVERT") => cursor.take(&["TO"]).then_some(Work::Copy),
        () if verb.is_any_word(&["ORDER", "PARTITION"]) => cursor.take(&["BY"]).then_some(Work::Copy),
        () => None,
    }
}

fn added(mut cursor: Cursor<'_>) -> Option<Work> {
    let is_column = cursor.take(&["COLUMN"]);
    if !is_column && cursor.take(&["FULLTEXT", "SPATIAL"]) {
        return Some(Work::Index);
    }
    if !is_column && cursor.take_all(&["SYSTEM", "VERSIONING"]) {
        return Some(Work::Copy);
    }
    if !is_column && cursor.take(&["CONSTRAINT"]) && !cursor.is_at(&KINDS) {
        cursor.name();
    }
    match () {
        () if is_column => column(cursor),
        () if cursor.is_at(&["FOREIGN"]) => Some(Work::CopyForKeys),
        () if cursor.is_at(&["CHECK"]) => Some(Work::Copy),
        () if cursor.is_at(&KINDS) => None,
        () => column(cursor),
    }
}

/// What ADD is said of besides columns.
const KINDS: [&str; 9] = ["CHECK", "FOREIGN", "INDEX", "KEY", "PARTITION", "PERIOD", "PRIMARY", "UNIQUE", "VECTOR"];

/// A column that each row gets another value of.
fn column(mut cursor: Cursor<'_>) -> Option<Work> {
    cursor.skip_if_exists();
    if cursor.is_at_punct("(") {
        return within(cursor);
    }
    cursor.name()?;
    let mut work = None;
    while !cursor.is_over() && !cursor.is_at_punct(",") {
        work = work.max(match () {
            () if cursor.is_at(&["AUTO_INCREMENT", "STORED", "PERSISTENT"]) => Some(Work::Copy),
            () if cursor.is_at(&["REFERENCES"]) => Some(Work::CopyForKeys),
            () if cursor.take(&["DEFAULT"]) => is_computed(cursor).then_some(Work::Copy),
            () => None,
        });
        cursor.pass();
    }
    work
}

/// `ADD COLUMN (a int, b int)`
fn within(cursor: Cursor<'_>) -> Option<Work> {
    let words = &cursor.tokens()[cursor.at()..];
    let copies = words.iter().any(|word| word.is_any_word(&["AUTO_INCREMENT", "STORED", "PERSISTENT", "REFERENCES"]));
    copies.then_some(Work::Copy)
}

/// `DEFAULT uuid()`, `DEFAULT (a + 1)`; the time of the statement is one for all rows.
fn is_computed(mut cursor: Cursor<'_>) -> bool {
    let is_moment =
        cursor.is_at(&["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP", "CURDATE", "CURRENT_DATE"]);
    !is_moment && (cursor.is_at_punct("(") || cursor.name().is_some() && cursor.is_at_punct("("))
}
