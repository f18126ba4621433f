//! What a migration says about itself: its place in the graph, its conditions, its backups, the losses it means.

use std::fmt;

use crate::count::counted;
use crate::name::{RevisionId, TableName};

/// What a migration says about itself. Every part but the revision is optional.
///
/// ```
/// use migrator_core::{Condition, Loss, Metadata};
/// let metadata = Metadata::new("20261123031600")
///     .description("split name into first and last name")
///     .down_revision("20261122101500")
///     .requires(Condition::table("users"))
///     .backup("users")
///     .allow_loss(Loss::column("users", "name"));
/// assert_eq!(metadata.revision(), "20261123031600");
/// ```
#[derive(Debug, Clone)]
pub struct Metadata {
    revision: RevisionId,
    description: String,
    parents: Parents,
    labels: Vec<String>,
    depends_on: Vec<RevisionId>,
    replaces: Vec<RevisionId>,
    transaction: bool,
    foreign_keys: bool,
    irreversible: bool,
    requires: Vec<Condition>,
    ensures: Vec<Condition>,
    skip_if: Vec<Condition>,
    backups: Vec<TableName>,
    losses: Vec<Loss>,
}

/// Which migrations one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parents {
    /// Not said: the greatest smaller revision of the group.
    Implicit,
    /// Said to have none.
    Base,
    /// Named; several make a merge.
    Revisions(Vec<RevisionId>),
}

impl Metadata {
    /// A migration of this revision, following the one before it in revision order.
    pub fn new(revision: &str) -> Self {
        Self {
            revision: RevisionId::new(revision),
            description: String::new(),
            parents: Parents::Implicit,
            labels: Vec::new(),
            depends_on: Vec::new(),
            replaces: Vec::new(),
            transaction: true,
            foreign_keys: true,
            irreversible: false,
            requires: Vec::new(),
            ensures: Vec::new(),
            skip_if: Vec::new(),
            backups: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// One sentence for reports and the history.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Names the migration that this one follows; called again, this one merges several.
    pub fn down_revision(mut self, revision: &str) -> Self {
        let revision = RevisionId::new(revision);
        match &mut self.parents {
            Parents::Revisions(named) => named.push(revision),
            Parents::Implicit | Parents::Base => self.parents = Parents::Revisions(vec![revision]),
        }
        self
    }

    /// Follows nothing: the start of a line of its own.
    pub fn base(mut self) -> Self {
        self.parents = Parents::Base;
        self
    }

    /// A name for the branch that starts here.
    pub fn branch_label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// A migration of another branch that must have run before this one.
    pub fn depends_on(mut self, revision: &str) -> Self {
        self.depends_on.push(RevisionId::new(revision));
        self
    }

    /// `false` runs the migration outside a transaction, for statements that a transaction does not allow.
    pub fn transaction(mut self, transaction: bool) -> Self {
        self.transaction = transaction;
        self
    }

    /// `false` switches SQLite's foreign keys off while this migration runs, and puts them back.
    pub fn foreign_keys(mut self, enforced: bool) -> Self {
        self.foreign_keys = enforced;
        self
    }

    /// Says that there is no way back.
    pub fn irreversible(mut self) -> Self {
        self.irreversible = true;
        self
    }

    /// What must hold before the upgrade; else nothing is written and the run ends with `PreconditionFailed`.
    pub fn requires(mut self, condition: Condition) -> Self {
        self.requires.push(condition);
        self
    }

    /// What must hold after the upgrade; else it is rolled back with `PostconditionFailed`.
    pub fn ensures(mut self, condition: Condition) -> Self {
        self.ensures.push(condition);
        self
    }

    /// When this holds the upgrade is not run and is recorded as skipped; given several times, all must hold.
    pub fn skip_if(mut self, condition: Condition) -> Self {
        self.skip_if.push(condition);
        self
    }

    /// A table that is copied first, on the way up and on the way down.
    pub fn backup(mut self, table: impl Into<TableName>) -> Self {
        self.backups.push(table.into());
        self
    }

    /// A loss that this migration means.
    pub fn allow_loss(mut self, loss: Loss) -> Self {
        self.losses.push(loss);
        self
    }

    /// A revision that this one stands for (a squash).
    pub fn replaces(mut self, revision: &str) -> Self {
        self.replaces.push(RevisionId::new(revision));
        self
    }

    /// The identity.
    pub fn revision(&self) -> &RevisionId {
        &self.revision
    }

    /// The sentence, empty if none was given.
    pub fn description_text(&self) -> &str {
        &self.description
    }

    /// The migrations this one follows.
    pub fn parents(&self) -> &Parents {
        &self.parents
    }

    /// The branch labels given here.
    pub fn branch_labels(&self) -> &[String] {
        &self.labels
    }

    /// The migrations of other branches that come first.
    pub fn dependencies(&self) -> &[RevisionId] {
        &self.depends_on
    }

    /// The revisions that this one stands for.
    pub fn replaced(&self) -> &[RevisionId] {
        &self.replaces
    }

    /// Whether it runs inside a transaction where the database can.
    pub fn is_transactional(&self) -> bool {
        self.transaction
    }

    /// Whether SQLite's foreign keys stay as the caller has them.
    pub fn keeps_foreign_keys(&self) -> bool {
        self.foreign_keys
    }

    /// Whether there is no way back.
    pub fn is_irreversible(&self) -> bool {
        self.irreversible
    }

    /// The conditions asked before the upgrade.
    pub fn required(&self) -> &[Condition] {
        &self.requires
    }

    /// The conditions asked after the upgrade.
    pub fn ensured(&self) -> &[Condition] {
        &self.ensures
    }

    /// The conditions under which the upgrade is skipped.
    pub fn skipped_if(&self) -> &[Condition] {
        &self.skip_if
    }

    /// The tables copied first.
    pub fn backups(&self) -> &[TableName] {
        &self.backups
    }

    /// The losses meant.
    pub fn allowed_losses(&self) -> &[Loss] {
        &self.losses
    }
}

/// Something that holds, or not, in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The table is there.
    Table(TableName),
    /// The table is not there.
    NoTable(TableName),
    /// The column is there.
    Column(TableName, String),
    /// The column is not there, or its table is not.
    NoColumn(TableName, String),
    /// The index is there.
    Index(TableName, String),
    /// The index is not there, or its table is not.
    NoIndex(TableName, String),
    /// The table is there and has no rows.
    Empty(TableName),
    /// The table is there and has rows.
    NotEmpty(TableName),
}

impl Condition {
    /// The table is there.
    pub fn table(table: impl Into<TableName>) -> Self {
        Self::Table(table.into())
    }

    /// The table is not there.
    pub fn no_table(table: impl Into<TableName>) -> Self {
        Self::NoTable(table.into())
    }

    /// The column is there.
    pub fn column(table: impl Into<TableName>, column: impl Into<String>) -> Self {
        Self::Column(table.into(), column.into())
    }

    /// The column is not there, or its table is not.
    pub fn no_column(table: impl Into<TableName>, column: impl Into<String>) -> Self {
        Self::NoColumn(table.into(), column.into())
    }

    /// The index is there.
    pub fn index(table: impl Into<TableName>, index: impl Into<String>) -> Self {
        Self::Index(table.into(), index.into())
    }

    /// The index is not there, or its table is not.
    pub fn no_index(table: impl Into<TableName>, index: impl Into<String>) -> Self {
        Self::NoIndex(table.into(), index.into())
    }

    /// The table is there and has no rows.
    pub fn empty(table: impl Into<TableName>) -> Self {
        Self::Empty(table.into())
    }

    /// The table is there and has rows.
    pub fn not_empty(table: impl Into<TableName>) -> Self {
        Self::NotEmpty(table.into())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(t) => write!(f, "table({})", Literal(t)),
            Self::NoTable(t) => write!(f, "no_table({})", Literal(t)),
            Self::Column(t, c) => write!(f, "column({}, {c:?})", Literal(t)),
            Self::NoColumn(t, c) => write!(f, "no_column({}, {c:?})", Literal(t)),
            Self::Index(t, i) => write!(f, "index({}, {i:?})", Literal(t)),
            Self::NoIndex(t, i) => write!(f, "no_index({}, {i:?})", Literal(t)),
            Self::Empty(t) => write!(f, "empty({})", Literal(t)),
            Self::NotEmpty(t) => write!(f, "not_empty({})", Literal(t)),
        }
    }
}

/// Something that a migration may take away for good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Loss {
    /// A table with the rows in it.
    Table(TableName),
    /// A column with the values in it.
    Column(TableName, String),
    /// Rows of a table that stays.
    Rows(TableName),
}

impl Loss {
    /// A table with the rows in it.
    pub fn table(table: impl Into<TableName>) -> Self {
        Self::Table(table.into())
    }

    /// A column with the values in it.
    pub fn column(table: impl Into<TableName>, column: impl Into<String>) -> Self {
        Self::Column(table.into(), column.into())
    }

    /// Rows of a table that stays.
    pub fn rows(table: impl Into<TableName>) -> Self {
        Self::Rows(table.into())
    }

    /// Whether naming this loss covers that one: a table covers its columns and rows.
    pub fn covers(&self, other: &Self) -> bool {
        self == other || matches!(self, Self::Table(table) if table == other.affected_table())
    }

    /// `column email of users with 3 values`
    pub(crate) fn told(&self, count: impl fmt::Display) -> String {
        match self {
            Self::Table(table) => format!("table {table} with {}", counted(count, "row")),
            Self::Column(table, column) => format!("column {column} of {table} with {}", counted(count, "value")),
            Self::Rows(table) => format!("{} of {table}", counted(count, "row")),
        }
    }

    /// The table it is about.
    pub fn affected_table(&self) -> &TableName {
        let (Self::Table(table) | Self::Column(table, _) | Self::Rows(table)) = self;
        table
    }

    /// The same, of a table by another name.
    pub(crate) fn with_table(mut self, name: impl FnOnce(TableName) -> TableName) -> Self {
        let (Self::Table(table) | Self::Column(table, _) | Self::Rows(table)) = &mut self;
        *table = name(table.clone());
        self
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(t) => write!(f, "table({})", Literal(t)),
            Self::Column(t, c) => write!(f, "column({}, {c:?})", Literal(t)),
            Self::Rows(t) => write!(f, "rows({})", Literal(t)),
        }
    }
}

/// A table's name as it is written in the attribute, to be pasted.
struct Literal<'a>(&'a TableName);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.schema() {
            Some(schema) => write!(f, "({schema:?}, {:?})", self.0.name()),
            None => write!(f, "{:?}", self.0.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_losses_print_as_they_are_written() {
        assert_eq!(Condition::no_column("users", "e\"x").to_string(), r#"no_column("users", "e\"x")"#);
        assert_eq!(Loss::rows(("app", "users")).to_string(), r#"rows(("app", "users"))"#);
    }

    #[test]
    fn naming_a_table_covers_its_columns_and_rows_and_no_other_table() {
        let named = Loss::table("users");
        assert!(named.covers(&Loss::column("users", "email")));
        assert!(named.covers(&Loss::rows("users")));
        assert!(!named.covers(&Loss::rows("orgs")));
        assert!(!Loss::rows("users").covers(&Loss::table("users")));
    }
}
