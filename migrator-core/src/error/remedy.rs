//! What to do, said to somebody who writes the program, and to somebody who types its commands.

use std::borrow::Cow;

/// Who reads a remedy. What can be done is called differently in a program and on its command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Program,
    CommandLine,
}

impl Reader {
    fn told(self, program: &'static str, command_line: &'static str) -> &'static str {
        match self {
            Self::Program => program,
            Self::CommandLine => command_line,
        }
    }

    /// To let every loss of a run be.
    pub(crate) fn allow_every_loss(self) -> &'static str {
        self.told(".data_loss(Policy::Allow)", "--allow-data-loss --yes")
    }

    /// To keep a copy of these tables.
    pub(crate) fn back_up(self, tables: &str) -> String {
        match self {
            Self::Program => format!("backup({tables})"),
            Self::CommandLine => "--backup".to_owned(),
        }
    }

    /// To let a restore take away rows that came later.
    pub(crate) fn discard_newer_rows(self, id: &str) -> String {
        match self {
            Self::Program => "Restore::new(&id).discard_newer_rows()".to_owned(),
            Self::CommandLine => format!("restore {id} --allow-data-loss --yes"),
        }
    }

    /// To find out what became of an interrupted migration.
    pub(crate) fn repair(self) -> &'static str {
        self.told("repair(conn)", "repair")
    }

    /// To say what became of it: that what is in doubt is done again, and the other words for it.
    pub(crate) fn repair_as(self) -> [&'static str; 4] {
        match self {
            Self::Program => ["repair_as(conn, Repair::RunAgain)", "StatementDone", "Finished", "NotBegun"],
            Self::CommandLine => ["repair --as run-again", "statement-done", "finished", "not-begun"],
        }
    }

    /// To record where the database stands.
    pub(crate) fn stamp(self, revision: &str) -> String {
        match self {
            Self::Program => format!("stamp(conn, {revision:?})"),
            Self::CommandLine => format!("stamp {revision}"),
        }
    }

    /// To bring heads together.
    pub(crate) fn merge(self, heads: &str) -> String {
        match self {
            Self::Program => format!("merge them with a migration that names {heads} as its down_revision"),
            Self::CommandLine => "merge them: the command merge writes that migration".to_owned(),
        }
    }

    pub(crate) fn upgrade(self, target: &str) -> String {
        match self {
            Self::Program => format!("upgrade(conn, {target:?})"),
            Self::CommandLine => format!("upgrade {target}"),
        }
    }

    /// A setting that only the program has.
    pub(crate) fn setting(self, call: &'static str) -> Cow<'static, str> {
        match self {
            Self::Program => call.into(),
            Self::CommandLine => format!("{call} where the program makes its Migrator").into(),
        }
    }
}

/// What to do, as each of them reads it.
#[derive(Debug, Clone)]
pub(super) struct Remedy {
    pub(super) program: String,
    pub(super) command_line: String,
}

impl Remedy {
    pub(super) fn told(tell: impl Fn(Reader) -> String) -> Self {
        Self { program: tell(Reader::Program), command_line: tell(Reader::CommandLine) }
    }

    pub(super) fn same(text: String) -> Self {
        Self { command_line: text.clone(), program: text }
    }

    #[cfg(feature = "cli")]
    pub(super) fn and(self, other: &str) -> Self {
        Self { program: format!("{}; {other}", self.program), command_line: format!("{}; {other}", self.command_line) }
    }
}
