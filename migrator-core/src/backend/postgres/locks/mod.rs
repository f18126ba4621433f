//! Whom the statements of a migration hold up, and until when: told in plans, refused by nobody.
//!
//! The modes and what is done under them are PostgreSQL's own rules of DDL, one line each in [`read`]; a case of the
//! suite sends a sample of each and compares what is told with `pg_locks`.

mod actions;
mod hold;
mod read;
mod squawk;

#[cfg(test)]
mod tests;

use super::renderer::Renderer;
use crate::dialect::{LockAdvice, LockAdvisor};
use hold::Hold;

impl LockAdvisor for Renderer {
    fn lock_advice(&self, statements: &[&str], in_transaction: bool) -> Vec<LockAdvice> {
        let own: Vec<Vec<Hold>> = statements.iter().map(|sql| read::holds(sql)).collect();
        let mut linted = squawk::advice(statements, in_transaction, &own).into_iter().peekable();
        let mut all = Vec::new();
        for (statement, holds) in own.iter().enumerate() {
            all.extend(hold::told(holds).into_iter().map(|hold| hold.advice(statement)));
            all.extend(std::iter::from_fn(|| linted.next_if(|advice| advice.statement == statement)));
        }
        all
    }
}
