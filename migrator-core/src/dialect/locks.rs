//! What is known of the locks that statements take.

use crate::name::TableName;

/// Whom a statement holds up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(hidden)]
pub struct LockAdvice {
    /// Which of the statements that were asked about.
    pub(crate) statement: usize,
    /// The table that others wait for.
    pub(crate) table: Option<TableName>,
    pub(crate) what: String,
    pub(crate) advice: Option<String>,
}

/// Advice on locks, where a statement takes one that lets some others go on and not the rest.
#[doc(hidden)]
pub trait LockAdvisor {
    /// On the statements of one migration, in their order. What cannot be read gives none.
    fn lock_advice(&self, _statements: &[&str], _in_transaction: bool) -> Vec<LockAdvice> {
        Vec::new()
    }
}
