//! The error of everything here: what happened, what stands now, what to do.

mod kind;
mod remedy;

use std::error::Error as StdError;
use std::fmt;

use crate::name::RevisionId;
use crate::report::RunReport;

pub use kind::ErrorKind;
pub(crate) use remedy::Reader;
use remedy::Remedy;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not happen.
///
/// Its text is written for somebody at three in the morning: the revision and statement, what state the database is in
/// now, and what to do. Programs decide by [`kind`](Error::kind); scripts by [`exit_code`](Error::exit_code).
///
/// ```
/// use migrator_core::{ErrorKind, Migrator};
/// let error = Migrator::new().heads().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NoMigrations);
/// assert!(error.to_string().contains("use my_migrations as _;"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    what: String,
    revision: Option<RevisionId>,
    statement: Option<String>,
    state: Option<String>,
    outcome: Option<String>,
    remedy: Option<Remedy>,
    report: Option<RunReport>,
    failure: Failure,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a database's refusal means for whoever sent the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[doc(hidden)]
#[non_exhaustive]
pub enum Failure {
    /// Sending it again as it is would not help.
    #[default]
    Final,
    /// Somebody else holds what it needs; later it may go through.
    Busy,
    /// The session is gone.
    ConnectionLost,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            what: without_passwords(&what.into()),
            revision: None,
            statement: None,
            state: None,
            outcome: None,
            remedy: None,
            report: None,
            failure: Failure::Final,
            source: None,
        }))
    }

    /// A target that cannot be gone to: targets are understood before anything is done.
    pub(crate) fn target(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self::new(kind, what).state("nothing was written")
    }

    /// What the database cannot do, and the way round.
    pub(crate) fn unsupported(what: impl Into<String>, way_round: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, what).remedy(way_round)
    }

    /// The migration it happened in; the first one named stays.
    pub(crate) fn in_revision(mut self, revision: &RevisionId) -> Self {
        self.0.revision.get_or_insert_with(|| revision.clone());
        self
    }

    /// The statement it happened at; the first one named stays.
    pub(crate) fn at_statement(mut self, sql: &str) -> Self {
        self.0.statement.get_or_insert_with(|| without_passwords(sql));
        self
    }

    /// Was sent for this statement, whatever else went with it.
    pub(crate) fn of_statement(mut self, sql: &str) -> Self {
        self.0.statement = Some(without_passwords(sql));
        self
    }

    /// What the database looks like now; the first word stays.
    pub(crate) fn state(mut self, state: impl Into<String>) -> Self {
        self.0.state.get_or_insert_with(|| state.into());
        self
    }

    /// What became of the whole, said by whoever cleaned up; what is said later is added.
    pub(crate) fn outcome(mut self, outcome: impl AsRef<str>) -> Self {
        let before = self.0.outcome.take().map(|before| before + "; ").unwrap_or_default();
        self.0.outcome = Some(before + outcome.as_ref());
        self
    }

    pub(crate) fn told_state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    pub(crate) fn has_state(&self) -> bool {
        self.0.state.is_some()
    }

    pub(crate) fn has_outcome(&self) -> bool {
        self.0.outcome.is_some()
    }

    /// What to do; the first word stays.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy.get_or_insert_with(|| Remedy::same(remedy.into()));
        self
    }

    /// What to do, where it is called differently in a program and on its command line.
    pub(crate) fn remedy_told(mut self, tell: impl Fn(Reader) -> String) -> Self {
        self.0.remedy.get_or_insert_with(|| Remedy::told(tell));
        self
    }

    /// The remedy of another error.
    pub(crate) fn remedy_of(mut self, other: &Self) -> Self {
        self.0.remedy = self.0.remedy.or_else(|| other.0.remedy.clone());
        self
    }

    /// What else may be done.
    #[cfg(feature = "cli")]
    pub(crate) fn besides(mut self, other: &str) -> Self {
        self.0.remedy = Some(match self.0.remedy.take() {
            Some(remedy) => remedy.and(other),
            None => Remedy::same(other.to_owned()),
        });
        self
    }

    /// The same for somebody at the command line: the remedy names the command to type instead of the call to write.
    ///
    /// The command line tells its own errors so; a program that has commands of its own may do the same.
    ///
    /// ```
    /// use migrator_core::{Restore, prelude::*};
    /// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # diesel::connection::SimpleConnection::batch_execute(&mut conn, "create table users (id integer primary key)")?;
    /// let backup = migrator_core::create_table_backup(&mut conn, "users", "before")?;
    /// # diesel::connection::SimpleConnection::batch_execute(&mut conn, "insert into users values (1)")?;
    /// let error = Restore::new(&backup.id()).run(&mut conn).unwrap_err();
    /// assert!(error.to_string().contains("discard_newer_rows()"));
    /// let error = error.on_command_line();
    /// assert!(error.to_string().contains(&format!("restore {} --allow-data-loss", backup.id())));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_command_line(mut self) -> Self {
        self.0.remedy = self.0.remedy.map(|remedy| Remedy::same(remedy.command_line));
        self
    }

    pub(crate) fn with_report(mut self, report: RunReport) -> Self {
        self.0.report.get_or_insert(report);
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn failing(mut self, failure: Failure) -> Self {
        self.0.failure = failure;
        self
    }

    /// The same failure, told by whoever knows more of it.
    pub(crate) fn retold(
        mut self,
        kind: ErrorKind,
        what: impl Into<String>,
        remedy: impl Fn(Reader) -> String,
    ) -> Self {
        let inner = &mut *self.0;
        (inner.kind, inner.what) = (kind, without_passwords(&what.into()));
        inner.remedy = Some(Remedy::told(remedy));
        self
    }

    /// What the library reads or writes for itself was refused: its own statements are no matter of whoever reads this.
    pub(crate) fn of_books(mut self, act: &str) -> Self {
        let inner = &mut *self.0;
        if inner.kind == ErrorKind::Database && inner.failure == Failure::Final {
            inner.what = format!("the history could not be {act}: {}", inner.what);
            inner.statement = None;
        }
        self
    }

    /// The same words, without the source and the report.
    pub(crate) fn copy(&self) -> Self {
        let inner = &*self.0;
        Self(Box::new(Inner {
            kind: inner.kind,
            what: inner.what.clone(),
            revision: inner.revision.clone(),
            statement: inner.statement.clone(),
            state: inner.state.clone(),
            outcome: inner.outcome.clone(),
            remedy: inner.remedy.clone(),
            report: None,
            failure: inner.failure,
            source: None,
        }))
    }

    pub(crate) fn failure(&self) -> Failure {
        self.0.failure
    }

    /// The sentence that says what happened, without the state and the remedy.
    pub(crate) fn what(&self) -> &str {
        &self.0.what
    }

    /// What the database looks like now, in the words of whoever failed and of whoever cleaned up.
    fn whole_state(&self) -> Option<String> {
        let Inner { state, outcome, .. } = &*self.0;
        let told = [state, outcome].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("; ");
        (!told.is_empty()).then_some(told)
    }

    /// What went wrong, for programs.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The migration it happened in.
    pub fn revision(&self) -> Option<&RevisionId> {
        self.0.revision.as_ref()
    }

    /// The statement it happened at.
    pub fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// How far the run got, where one had begun.
    pub fn report(&self) -> Option<&RunReport> {
        self.0.report.as_ref()
    }

    /// The exit code of a program that ends with this error: see [`ErrorKind::exit_code`].
    pub fn exit_code(&self) -> u8 {
        self.kind().exit_code()
    }
}

/// With `{:#}` its last line says where the guide goes on; [`ErrorKind::entry`] is that place as a path.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { what, revision, statement, remedy, .. } = &*self.0;
        let (state, remedy) = (self.whole_state(), remedy.as_ref().map(|remedy| &remedy.program));
        if let Some(revision) = revision {
            write!(f, "migration {revision}: ")?;
        }
        f.write_str(what)?;
        for (heading, text) in [("statement", statement.as_ref()), ("state", state.as_ref()), ("remedy", remedy)] {
            if let Some(text) = text {
                write!(f, "\n  {heading}: {}", text.trim().replace('\n', "\n    "))?;
            }
        }
        if f.alternate() {
            write!(f, "\n  more: migrator's guide, page troubleshooting, under {}", self.kind())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `fn main() -> Result<..>` prints this to the person at the terminal.
        write!(f, "{:?}: {self}", self.kind())
    }
}

/// The sentences apart: `kind`, `message`, `revision`, `statement`, `state`, `remedy`, `exit_code`, `report`.
#[cfg(feature = "serde")]
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let Inner { what, revision, statement, remedy, report, .. } = &*self.0;
        let mut fields = serializer.serialize_struct("Error", 8)?;
        fields.serialize_field("kind", &self.kind())?;
        fields.serialize_field("message", what)?;
        fields.serialize_field("revision", revision)?;
        fields.serialize_field("statement", statement)?;
        fields.serialize_field("state", &self.whole_state())?;
        fields.serialize_field("remedy", &remedy.as_ref().map(|remedy| &remedy.program))?;
        fields.serialize_field("exit_code", &self.exit_code())?;
        fields.serialize_field("report", report)?;
        fields.end()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The text with the password of every `scheme://user:password@host` in it replaced.
pub(crate) fn without_passwords(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'')).unwrap_or(after.len());
        clean.push_str(before);
        match (after[..end].rfind('@'), after[..end].find(':')) {
            (Some(host), Some(colon)) if colon < host => {
                clean.push_str(&after[..colon]);
                clean.push_str(":***");
                clean.push_str(&after[host..end]);
            }
            _ => clean.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_stands_and_what_to_do() {
        let error = Error::new(ErrorKind::DataLoss, "3 rows would be lost")
            .in_revision(&RevisionId::new("7"))
            .at_statement("drop table users")
            .state("rolled back; nothing was written")
            .remedy("say allow_loss(table(\"users\"))");
        assert_eq!(
            error.to_string(),
            "migration 7: 3 rows would be lost\n  statement: drop table users\n  state: rolled back; nothing was \
             written\n  remedy: say allow_loss(table(\"users\"))"
        );
    }

    #[test]
    fn a_password_in_a_url_never_appears() {
        let clean = without_passwords("could not reach postgres://bob:s3:cr@et@db:5432/app, mysql://root@h/x");
        assert_eq!(clean, "could not reach postgres://bob:***@db:5432/app, mysql://root@h/x");
    }

    #[test]
    fn an_error_goes_anywhere() {
        fn everywhere<T: Send + Sync + 'static>() {}
        everywhere::<Error>();
        everywhere::<RunReport>();
        everywhere::<crate::Migrator>();
        everywhere::<crate::TableBackup>();
        everywhere::<crate::HistoryEntry>();
        everywhere::<crate::Event>();
    }
}
