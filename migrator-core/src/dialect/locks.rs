//! What somebody else's linter knows of the locks that statements take.

/// What holds others up. A plan tells each once of a statement, however many know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum Matter {
    /// An index is built.
    Index,
    /// Rows are checked against another table.
    ForeignKey,
    /// Rows are written anew for a column's type.
    Type,
    /// Rows are read for NULL.
    NotNull,
    /// An index is built for a constraint.
    Unique,
    /// Rows are checked by an expression.
    Check,
}

/// One thing to know of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(hidden)]
pub struct LockAdvice {
    /// Which of the statements that were asked about.
    pub(crate) statement: usize,
    /// Where more than one may know of it.
    pub(crate) matter: Option<Matter>,
    /// The linter and its rule.
    pub(crate) source: String,
    pub(crate) what: String,
    pub(crate) advice: Option<String>,
}

/// Advice on locks, where a linter reads this product's SQL and was compiled in.
#[doc(hidden)]
pub trait LockLinter {
    /// On the statements of one migration, in their order. What cannot be read gives none.
    fn lock_advice(&self, _statements: &[&str], _in_transaction: bool) -> Vec<LockAdvice> {
        Vec::new()
    }
}
