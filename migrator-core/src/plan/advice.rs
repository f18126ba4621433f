//! What a statement locks, rewrites, or cannot undo: rules of ours, as values. Advice for a person; nothing is refused.

use std::borrow::Cow;
use std::fmt;

use super::table_locks;
use crate::dialect::{Dialect, LockAdvice, SqlRenderer};
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
    pub(super) fn new(what: String, table: Option<TableName>, advice: Option<Cow<'static, str>>) -> Self {
        Self { table, what, advice }
    }

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
        let locks = renderer.capabilities().lock_modes.then(|| table_locks::of_statement(&words)).flatten();
        let (own, matter) = locks.unzip();
        let own = own.or_else(|| of_rebuild(sql, renderer.dialect()));
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
fn of_rebuild(sql: &str, dialect: Dialect) -> Option<Warning> {
    let table = sql.strip_prefix("-- rebuild of ")?;
    let table = tokens(table, dialect).next()?.name()?.into_owned();
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

/// The name behind one of these words: of the table behind TABLE, or behind the ON of an index.
pub(super) fn named(words: &[Token<'_>], behind: &[&str]) -> Option<TableName> {
    let at = words.iter().position(|word| word.is_any_word(behind))?;
    let mut rest = words[at + 1..].iter().skip_while(|word| word.is_any_word(&["IF", "EXISTS", "ONLY"]));
    let first = rest.next()?.name()?.into_owned();
    match (rest.next(), rest.next().and_then(Token::name)) {
        (Some(dot), Some(second)) if dot.is_punct(".") => Some((first.as_str(), second.as_ref()).into()),
        _ => Some(first.into()),
    }
}
