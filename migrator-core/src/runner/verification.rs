//! Where a database stands against the program, and whether it is sound.

use super::Migrator;
use super::run::{Route, Run};
use crate::connection::SchemaConnection;
use crate::error::{Error, Result};
use crate::history::{Book, Look};
use crate::report::Status;

impl Migrator {
    /// Where the database stands against the program: what is pending, what does not fit. Nothing is written and no lock
    /// is taken; [`Status::exit_code`] is what a check in CI ends with.
    ///
    /// # Errors
    /// What is wrong with the migrations themselves, or `Database`.
    ///
    /// ```
    /// use migrator_core::prelude::*;
    /// # fn main() -> MigrationResult {
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let status = Migrator::new().allow_empty().check(&mut conn)?;
    /// assert!(status.is_up_to_date());
    /// assert_eq!(status.to_string(), "nothing is pending: nothing is applied");
    /// # Ok(())
    /// # }
    /// ```
    pub fn check(&self, conn: &mut dyn SchemaConnection) -> Result<Status> {
        self.looking(conn)?.status()
    }

    /// A run that only looks.
    fn looking<'a>(&'a self, conn: &'a mut dyn SchemaConnection) -> Result<Run<'a>> {
        let registry = self.registry()?;
        let database = conn.database();
        let depth = database.transaction_depth()?;
        let mut book = Book::open(database);
        let applied = match book.look(database, registry.complete_digest(), registry)? {
            Look::AsExpected => registry.complete(),
            Look::Found(applied) => applied,
        };
        Ok(Run::from(registry, &self.options, conn, (book, applied), depth))
    }
}

impl Run<'_> {
    fn status(&mut self) -> Result<Status> {
        let graph = &self.registry.graph;
        let applied = self.applied.revisions();
        let interrupted = self.book.under_way(self.conn.database())?.map(|begun| begun.revision);
        Ok(Status {
            current: graph.tips(&applied),
            heads: graph.heads(),
            pending: graph.pending(&applied),
            out_of_order: graph.late_arrivals(&applied),
            unknown: self.report.unknown.clone(),
            edited: self.report.edited.clone(),
            interrupted,
            refusal: self.refusal()?,
        })
    }

    /// Why `run_pending` would write nothing.
    fn refusal(&self) -> Result<Option<String>> {
        let route = Route::Up("heads");
        let planned = self.planned(&route)?;
        let refused = match planned.is_empty() {
            true => self.refuse_edited(),
            false => self.refuse_what_does_not_fit(&route, &planned),
        };
        Ok(refused.err().map(|error: Error| error.to_string().lines().take(1).collect()))
    }
}
