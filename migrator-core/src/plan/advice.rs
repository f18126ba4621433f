//! What a statement locks, rewrites, or cannot undo: rules of ours, as values. Advice for a person; nothing is refused.

use std::borrow::Cow;
use std::fmt;

use crate::dialect::{Dialect, LockAdvice, SqlRenderer};
use crate::name::TableName;
use crate::sql::{begins_with, tokens};

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

impl From<LockAdvice> for Warning {
    fn from(told: LockAdvice) -> Self {
        Self { table: told.table, what: told.what, advice: told.advice.map(Cow::Owned) }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.advice.as_ref().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

/// What the statements of one migration are to be warned of, each thing once.
pub(crate) fn warnings(statements: &[&str], transactional: bool, renderer: &dyn SqlRenderer) -> Vec<Warning> {
    let mut locks = renderer.lock_advice(statements, transactional).into_iter().peekable();
    let mut all = Vec::new();
    let mut ddl = 0;
    for (at, sql) in statements.iter().enumerate() {
        ddl += usize::from(begins_with(sql, &["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"]));
        let of_this = std::iter::from_fn(|| locks.next_if(|advice| advice.statement == at));
        all.extend(of_this.map(Warning::from).chain(of_rebuild(sql, renderer.dialect())));
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
