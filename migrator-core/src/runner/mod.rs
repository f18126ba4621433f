//! The migrator: what a program has, and how it is run.

mod backups;
mod body;
mod guarding;
mod options;
mod patience;
mod planning;
#[cfg(feature = "testing")]
mod rehearsed;
mod rehearsing;
mod repair;
mod run;
mod single;
mod step;
mod stop;
mod verification;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::backend::SqlMigrations;
use crate::connection::SchemaConnection;
use crate::error::Result;
use crate::event::Event;
use crate::graph::{Graph, Node};
use crate::history::{Applied, Book, HistoryEntry, Look};
use crate::metadata::Loss;
use crate::migration::{self, Migration};
use crate::name::RevisionId;
use crate::registry::{self, Registry};
use crate::report::RunReport;

use options::Options;
pub use options::{Backups, Policy};
pub use repair::{Repair, RepairOutcome, RepairReport, Repaired};
use run::{Route, Run};

/// Runs migrations: those that are linked into the program, listed by hand, or read from SQL files.
///
/// ```standalone_crate
/// use migrator_core::prelude::*;
///
/// #[migration(revision = "1", irreversible)]
/// mod create_users {
///     fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
///         op.create_table("users", |t| t.id())?;
///         Ok(())
///     }
/// }
///
/// fn main() -> MigrationResult {
///     let mut conn = SqliteConnection::establish(":memory:")?;
///     let migrator = Migrator::registered();
///     assert_eq!(format!("{migrator:?}"), r#"Migrator { migrations: ["1"], .. }"#);
///     assert_eq!(migrator.run_pending(&mut conn)?.to_string(), "applied 1  create users");
///     assert_eq!(migrator.run_pending(&mut conn)?.to_string(), "nothing is pending");
///     Ok(())
/// }
/// ```
pub struct Migrator {
    migrations: Result<Vec<Arc<dyn Migration>>>,
    options: Options,
    registry: OnceCell<Registry>,
}

impl std::fmt::Debug for Migrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Migrator");
        match &self.migrations {
            Ok(migrations) => {
                let revisions = migrations.iter().map(|migration| migration.metadata().revision().as_str());
                shown.field("migrations", &revisions.collect::<Vec<_>>())
            }
            Err(error) => shown.field("migrations", error),
        };
        shown.finish_non_exhaustive()
    }
}

impl Default for Migrator {
    fn default() -> Self {
        Self::new()
    }
}

impl Migrator {
    /// All migrations of the default group in this binary.
    pub fn registered() -> Self {
        Self::group(registry::DEFAULT_GROUP)
    }

    /// All migrations of a group in this binary.
    pub fn group(name: &str) -> Self {
        Self::new().with_all(registry::linked(name))
    }

    /// No migrations yet.
    pub fn new() -> Self {
        Self { migrations: Ok(Vec::new()), options: Options::default(), registry: OnceCell::new() }
    }

    /// One more migration.
    pub fn with(self, migration: impl Migration + 'static) -> Self {
        self.with_all([migration])
    }

    /// More migrations: [`migrations!`](crate::migrations)`[create_users, add_email]`.
    pub fn with_all<M: Migration + 'static>(mut self, migrations: impl IntoIterator<Item = M>) -> Self {
        if let Ok(all) = &mut self.migrations {
            all.extend(migrations.into_iter().map(|migration| Arc::new(migration) as Arc<dyn Migration>));
        }
        self.changed()
    }

    /// The SQL migrations of `diesel_migrations`, embedded or in a directory, in the same history.
    ///
    /// A source that cannot be read is an error of the first action.
    #[expect(clippy::needless_pass_by_value, reason = "as an embedded source is passed")]
    pub fn sql_migrations(mut self, source: impl SqlMigrations) -> Self {
        match migration::sql::read(&source) {
            Ok(migrations) => self.with_all(migrations),
            Err(error) => {
                self.migrations = self.migrations.and(Err(error));
                self
            }
        }
    }

    fn changed(mut self) -> Self {
        self.registry = OnceCell::new();
        self
    }

    fn set(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Longest wait for the lock without a sign of life of whoever holds it: 60 s unless said. While it lives, waiters wait.
    ///
    /// A lock that is held is a sign of life: SQLite, PostgreSQL and MySQL give it back when its holder's session ends. To
    /// end the wait whoever lives, say [`give_up_after`](Migrator::give_up_after).
    ///
    /// On a Galera cluster the nodes do not see each other's sessions: there the lock is a row that its holder renews before
    /// each statement, and this is how long it may stay silent before another node takes over; at least 10 s. Say more than
    /// the longest statement takes that changes rows.
    pub fn lock_timeout(self, timeout: Duration) -> Self {
        self.set(|options| (options.lock_timeout, options.limits.silence) = (timeout, timeout))
    }

    /// Hard limit of the wait for the lock, whoever holds it; none unless said.
    ///
    /// The lock of migrations outside a transaction (all of them on MySQL and MariaDB) is kept from one to the next, so that
    /// who waits for it waits for the whole run of its holder: say more than that takes.
    pub fn give_up_after(self, limit: Duration) -> Self {
        self.set(|options| options.give_up_after = Some(limit))
    }

    /// Which tables are copied before a migration: those it declares, unless said. `Destructive` copies besides what
    /// a loss that was named is about to be taken from.
    pub fn backup_before(self, backups: Backups) -> Self {
        self.set(|options| options.backups = backups)
    }

    /// Whether losses that no migration names are refused (they are, unless said) or allowed.
    pub fn data_loss(self, policy: Policy) -> Self {
        self.set(|options| options.data_loss = policy)
    }

    /// Says `allow_loss` for a migration whose file may not be edited.
    pub fn allow_loss(self, revision: &str, loss: Loss) -> Self {
        let revision = RevisionId::new(revision);
        self.set(|options| options.allowed.entry(revision).or_default().push(loss))
    }

    /// Whether a database that knows more than the program may be changed: refused unless said.
    pub fn unknown_revisions(self, policy: Policy) -> Self {
        self.set(|options| options.unknown_revisions = policy)
    }

    /// Whether a migration older than an applied one is applied (and reported), or refused: applied unless said.
    pub fn out_of_order(self, policy: Policy) -> Self {
        self.set(|options| options.out_of_order = policy)
    }

    /// Whether an applied migration whose text changed since is only reported, or refused: reported unless said.
    pub fn edited(self, policy: Policy) -> Self {
        self.set(|options| options.edited = policy)
    }

    /// A program without any migration is no error.
    pub fn allow_empty(self) -> Self {
        self.set(|options| options.allow_empty = true)
    }

    /// Told of what happens as it happens; several observers are told in turn.
    pub fn observer(self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.set(|options| options.observers.add(observer))
    }

    /// The migrations in order; worked out once.
    fn registry(&self) -> Result<&Registry> {
        self.registry.get_or_try_init(|| {
            let migrations = self.migrations.as_ref().map_err(crate::Error::copy)?;
            Registry::build(migrations, self.options.allow_empty)
        })
    }

    /// Applies what is pending, up to all heads: what an application calls at its start.
    ///
    /// With nothing pending this is one SELECT: no DDL, no lock, no transaction.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind); [`Error::report`](crate::Error::report) says how far it got.
    pub fn run_pending(&self, conn: &mut dyn SchemaConnection) -> Result<RunReport> {
        self.go(&Route::Up("heads"), conn)
    }

    /// Upgrades to a target: `head`, `heads`, `+2`, a revision or a unique prefix of 4 letters and more.
    ///
    /// # Errors
    /// `MultipleHeads` for `head` when there are several; `UnknownTarget`, `AmbiguousTarget`, `InvalidTarget`; and those
    /// of [`run_pending`](Migrator::run_pending).
    pub fn upgrade(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<RunReport> {
        self.go(&Route::Up(target), conn)
    }

    /// Downgrades to a target: `base`, `-1`, a revision or a unique prefix of 4 letters and more.
    ///
    /// # Errors
    /// `Irreversible` before anything is written when a migration on the way has no way back; and those of
    /// [`upgrade`](Migrator::upgrade).
    pub fn downgrade(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<RunReport> {
        self.go(&Route::Down(target), conn)
    }

    /// Records a target as what the database has, without running anything.
    ///
    /// # Errors
    /// `UnknownTarget`, `AmbiguousTarget`, `InvalidTarget`, and what the database refuses.
    pub fn stamp(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<RunReport> {
        self.go(&Route::Stamp(target), conn)
    }

    /// What a stamp would take out of the record.
    #[cfg(feature = "cli")]
    pub(crate) fn unstamped(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<Vec<RevisionId>> {
        let applied = self.applied(conn)?.revisions();
        Ok(self.registry()?.graph.stamp(&applied, target)?.remove)
    }

    /// The revisions that no other one follows.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves: see [`ErrorKind`](crate::ErrorKind).
    pub fn heads(&self) -> Result<Vec<RevisionId>> {
        Ok(self.registry()?.graph.heads())
    }

    /// The tips of what is applied; revisions that the program does not know among them.
    ///
    /// # Errors
    /// What is wrong with the migrations, or `Database`.
    pub fn current(&self, conn: &mut dyn SchemaConnection) -> Result<Vec<RevisionId>> {
        let applied = self.applied(conn)?.revisions();
        Ok(self.registry()?.graph.tips(&applied))
    }

    /// What `run_pending` would apply, in order.
    ///
    /// # Errors
    /// What is wrong with the migrations, or `Database`.
    pub fn pending(&self, conn: &mut dyn SchemaConnection) -> Result<Vec<RevisionId>> {
        let applied = self.applied(conn)?.revisions();
        Ok(self.registry()?.graph.pending(&applied))
    }

    /// Everything that was done to the database, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub fn history(&self, conn: &mut dyn SchemaConnection) -> Result<Vec<HistoryEntry>> {
        let database = conn.database();
        Book::open(database).entries(database)
    }

    /// The revision graph: bases, branch points, pictures in letters and as Mermaid.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves.
    pub fn graph(&self) -> Result<&Graph> {
        Ok(&self.registry()?.graph)
    }

    /// The revisions that several others follow.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves.
    pub fn branches(&self) -> Result<Vec<RevisionId>> {
        Ok(self.registry()?.graph.branch_points())
    }

    /// The Rust text of a migration that merges several heads into one: `merge("a b", "20261123100000", "merge a and b")`.
    ///
    /// # Errors
    /// `InvalidTarget` for fewer than two, or when one includes another; `DuplicateRevision` or `InvalidRevision` for the new
    /// revision.
    pub fn merge(&self, targets: &str, revision: &str, message: &str) -> Result<String> {
        self.registry()?.graph.merge(targets, &RevisionId::new(revision), message)
    }

    /// The revisions of a range as Alembic writes it: `b:d`, `b:`, `:b`, `-2:d`, `current:`.
    ///
    /// # Errors
    /// `UnknownTarget`, `AmbiguousTarget`, `InvalidTarget`, and `Database`.
    pub fn range(&self, conn: &mut dyn SchemaConnection, range: &str) -> Result<Vec<RevisionId>> {
        let applied = self.applied(conn)?.revisions();
        self.registry()?.graph.range(&applied, range)
    }

    /// The revisions that a target names from where the database stands.
    #[cfg(feature = "cli")]
    pub(crate) fn at(&self, conn: &mut dyn SchemaConnection, target: &str) -> Result<Vec<RevisionId>> {
        let applied = self.applied(conn)?.revisions();
        self.registry()?.graph.at(&applied, target)
    }

    /// The graph in letters, newest on top, as `git log --graph` draws one; what is not applied is marked as pending.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves, or `Database`.
    pub fn picture(&self, conn: &mut dyn SchemaConnection) -> Result<String> {
        let applied = self.applied(conn)?;
        let caption = |node: &Node| {
            let mark = if applied.contains(&node.revision) { "" } else { " (pending)" };
            format!("{}{mark}", node.caption())
        };
        Ok(self.registry()?.graph.picture_with(caption))
    }

    fn go(&self, route: &Route<'_>, conn: &mut dyn SchemaConnection) -> Result<RunReport> {
        Run::along(route, self.registry()?, &self.options, conn)
    }

    fn applied(&self, conn: &mut dyn SchemaConnection) -> Result<Applied> {
        let database = conn.database();
        match Book::open(database).look(database, "", self.registry()?)? {
            Look::Found(applied) => Ok(applied),
            Look::AsExpected => Ok(Applied::default()),
        }
    }
}
