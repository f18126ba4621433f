//! Migrations that a case puts together out of closures.

use migrator_core::{Metadata, Migration, MigrationResult, Operations};

type Body = Box<dyn Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync>;

/// A migration made in a case.
pub(crate) struct Handmade {
    metadata: Metadata,
    up: Body,
    down: Body,
    verify: Body,
    unverified: bool,
}

/// Does nothing, either way, until told.
pub(crate) fn migration(metadata: Metadata) -> Handmade {
    let nothing = || -> Body { Box::new(|_| Ok(())) };
    Handmade { metadata, up: nothing(), down: nothing(), verify: nothing(), unverified: false }
}

/// The same, with a revision and nothing else said.
pub(crate) fn revision(revision: &str) -> Handmade {
    migration(Metadata::new(revision))
}

/// Makes a table of that name, with an `id` and a `name`, and drops it on the way down.
pub(crate) fn creates(revision: &str, table: &'static str) -> Handmade {
    migration(Metadata::new(revision))
        .up(move |op| {
            op.create_table(table, |t| {
                t.id();
                t.string("name", 40);
            })?;
            Ok(())
        })
        .down(move |op| {
            op.drop_table(table)?;
            Ok(())
        })
}

impl Handmade {
    pub(crate) fn up(mut self, body: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static) -> Self {
        self.up = Box::new(body);
        self
    }

    pub(crate) fn down(
        mut self,
        body: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
    ) -> Self {
        self.down = Box::new(body);
        self
    }

    pub(crate) fn verify(
        mut self,
        body: impl Fn(&mut Operations<'_>) -> MigrationResult + Send + Sync + 'static,
    ) -> Self {
        self.verify = Box::new(body);
        self
    }

    /// Without a check of its own, as a migration is that the attribute finds no `verify` in.
    pub(crate) fn unverified(mut self) -> Self {
        self.unverified = true;
        self
    }

    /// The way up in SQL.
    pub(crate) fn sends(self, sql: &'static str) -> Self {
        self.up(move |op| {
            op.execute(sql)?;
            Ok(())
        })
    }
}

impl Migration for Handmade {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        (self.up)(op)
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        (self.down)(op)
    }

    fn verify(&self, op: &mut Operations<'_>) -> MigrationResult {
        (self.verify)(op)
    }

    fn has_verify(&self) -> bool {
        !self.unverified
    }
}
