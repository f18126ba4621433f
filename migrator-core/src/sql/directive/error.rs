//! What is wrong with a `-- migrator:` comment.

use std::fmt;

/// A `-- migrator:` comment that is not understood, or stands where it is not read.
///
/// Its text names the line and what was expected; whoever knows the file puts its name before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct DirectiveError {
    line: usize,
    pub(super) problem: Problem,
}

impl DirectiveError {
    pub(super) fn new(line: usize, problem: Problem) -> Self {
        Self { line, problem }
    }

    /// The line of the SQL text, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong, without the line.
    pub fn problem(&self) -> String {
        self.problem.to_string()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    Misplaced,
    NoColon,
    Repeated(&'static str),
    /// `found` is empty at the end of the line.
    Expected {
        what: &'static str,
        found: String,
    },
    Unknown {
        /// What kind of word it should have been.
        kind: &'static str,
        word: String,
        nearest: Option<&'static str>,
        known: &'static [&'static str],
    },
    SaidElsewhere {
        word: &'static str,
        instead: &'static str,
    },
    Malformed {
        word: String,
        form: &'static str,
    },
    WantsTable(String),
    WantsTableAndName(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced => f.write_str(
                "`-- migrator:` stands behind the first statement, where it is not read; move it to \
                 the top of the file",
            ),
            Self::NoColon => f.write_str("a colon is missing: `-- migrator: ..`"),
            Self::Repeated(word) => {
                write!(f, "`{word}` is said twice; give it a list: {word} = [\"a\", \"b\"]")
            }
            Self::Expected { what, found } if found.is_empty() => {
                write!(f, "expected {what}, found the end of the line")
            }
            Self::Expected { what, found } => write!(f, "expected {what}, found `{found}`"),
            Self::Unknown { kind, word, nearest, known } => {
                write!(f, "unknown {kind} `{word}`")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => write!(f, "; known are {}", known.join(", ")),
                }
            }
            Self::SaidElsewhere { word, instead } => {
                write!(f, "`{word}` is not said in a SQL migration: {instead}")
            }
            Self::Malformed { word, form } => write!(f, "`{word}` is written {form}"),
            Self::WantsTable(word) => {
                write!(f, "`{word}` takes one table: {word}(\"users\") or {word}((\"schema\", \"users\"))")
            }
            Self::WantsTableAndName(word) => {
                write!(f, "`{word}` takes a table and a name: {word}(\"users\", \"email\")")
            }
        }
    }
}
